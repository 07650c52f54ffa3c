using System.Collections.Immutable;
using Writ.Shell.Syntax;

namespace Writ.Shell.Resolving;

/// <summary>Which variables a loop may change: after its first round nothing is known of them. Whatever looks like the
/// name of one counts.</summary>
static class LoopVariables
{
    public static void Forget(IEnumerable<SyntaxNode> nodes, ShellState state)
    {
        var hasCode = false;
        var mayMove = false;
        foreach (var node in nodes)
            foreach (var inner in SyntaxWalk.All(node))
                switch (inner)
                {
                    case Assignment assignment:
                        state.Set(assignment.Name, null);
                        break;
                    case ForCommand { Name.ConstantValue: { } name }:
                        state.Set(name, null);
                        break;
                    case ParameterPart { Operator: ParameterOperator.Assign } parameter:
                        state.Set(parameter.Name, null);
                        break;
                    case LiteralPart literal:
                        ForgetNames(literal.Text, state);
                        break;
                    case SimpleCommand command:
                        hasCode |= RunsCode(command.Words);
                        mayMove |= MayMove(command.Words, state);
                        break;
                }
        if (hasCode)
            state.ForgetVariables();
        // A directory changed in one round is where the next one begins.
        if (hasCode || mayMove)
        {
            state.Directory = null;
            state.Positions = null;
        }
    }

    static bool MayMove(ImmutableArray<Word> words, ShellState state) => words.Length > 0
        && words[0].ConstantValue is null or "cd" or "pushd" or "popd" or "set" or "shift" or "trap" or "mapfile"
            or "readarray" || (words.Length > 0 && !state.Functions.IsEmpty
                && state.Functions.ContainsKey(words[0].ConstantValue ?? ""));

    static bool RunsCode(ImmutableArray<Word> words) => words.Length > 0
        && words[0].ConstantValue is null or "eval" or "source" or "." or "declare" or "typeset" or "export" or "local"
            or "readonly" or "builtin" or "command";

    static void ForgetNames(string text, ShellState state)
    {
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            while (i < text.Length && (char.IsAsciiLetterOrDigit(text[i]) || text[i] == '_'))
                i++;
            if (i > start && !char.IsAsciiDigit(text[start]))
                state.Set(text[start..i], null);
            else if (i == start)
                i++;
        }
    }
}

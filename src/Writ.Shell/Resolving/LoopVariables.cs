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
                        if (IsNumber(assignment, state))
                            state.SetNumber(assignment.Name);
                        else
                            state.Set(assignment.Name, null);
                        break;
                    case ForCommand { Name.ConstantValue: { } name }:
                        state.Set(name, null);
                        break;
                    case ParameterPart { Operator: ParameterOperator.Assign } parameter:
                        state.Set(parameter.Name, null);
                        break;
                    case LiteralPart literal:
                        ForgetNames(literal.Text, state, isForeign: false);
                        break;
                    case SimpleCommand command:
                        if (MayAssign(command.Words, state))
                            foreach (var literal in command.Words.SelectMany(SyntaxWalk.All).OfType<LiteralPart>())
                                ForgetNames(literal.Text, state, isForeign: true);
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

    // A number before the loop, and numbers in it: whatever round it is, it is one.
    static bool IsNumber(Assignment assignment, ShellState state) => NumberOutput.IsNumber(assignment.Name, state)
        && assignment.Value.Parts is [ArithmeticPart or LiteralPart or ParameterPart or CommandSubstitutionPart]
        && (assignment.Value.Parts[0] is not ParameterPart parameter
            || parameter.Operator == ParameterOperator.Length || parameter.Name is "#" or "?")
        && NumberOutput.IsNumber(assignment.Value, state);

    // Builtins that are given the name of a variable as a word, and whatever may be one of them.
    static bool MayAssign(ImmutableArray<Word> words, ShellState state) => words.Length > 0
        && (words[0].ConstantValue is not { } name || state.Functions.ContainsKey(name)
            || name is "read" or "mapfile" or "readarray" or "printf" or "getopts" or "unset" or "wait" or "coproc"
            || RunsCode(words));

    static void ForgetNames(string text, ShellState state, bool isForeign)
    {
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            while (i < text.Length && (char.IsAsciiLetterOrDigit(text[i]) || text[i] == '_'))
                i++;
            if (i > start && !char.IsAsciiDigit(text[start]))
            {
                if (isForeign)
                    state.Set(text[start..i], null);
                else
                    state.ForgetValue(text[start..i]);
            }
            else if (i == start)
                i++;
        }
    }
}

using System.Collections.Immutable;
using Writ.Shell.Syntax;

namespace Writ.Shell.Resolving;

sealed partial class ResolveWalk
{
    // The variables that the function being followed keeps to itself.
    List<string> _locals = [];

    // The commands whose output is in the variables that the words of the command being read name.
    List<(int From, int To)> _named = [];

    // Subscripts in the compound assignment being read are texts.
    bool _isAssociative;

    // Inside of code that is text of the line every place is that text's; null outside of it.
    SourceSpan? _codeSpan;

    static List<ResolvedArgument> Expand(Word word, ShellState state) => WordExpansion.Arguments(word, state);

    static ImmutableArray<ResolvedRedirection> Expand(ImmutableArray<Redirection> redirections, ShellState state) =>
        [.. redirections.Select(r => new ResolvedRedirection(
            r.Operator,
            r.Descriptor,
            WordExpansion.Text(r.Target, state),
            r.Document is not null || r.Operator == RedirectionOperator.HereString
                ? KnownOutput.HereText(r, state)
                : null))];

    // What stands on standard input after the redirections; null when it is not known.
    static string? InputAfter(ImmutableArray<ResolvedRedirection> redirections, string? input)
    {
        foreach (var redirection in redirections)
            if (redirection.Operator is RedirectionOperator.HereDocument or RedirectionOperator.HereDocumentTabless
                or RedirectionOperator.HereString && redirection.Descriptor is null or 0)
                input = redirection.Text;
            else if (redirection.Operator is RedirectionOperator.Read or RedirectionOperator.ReadWrite
                or RedirectionOperator.DuplicateInput && redirection.Descriptor is null or 0)
                input = null;
        return input;
    }

    void ResolveSimple(SimpleCommand command, ShellState state, ResolveScope scope)
    {
        var outer = _named;
        _named = [];
        ResolveWords(command, state, scope);
        _named = outer;
    }

    void ResolveWords(SimpleCommand command, ShellState state, ResolveScope scope)
    {
        var from = _commands.Count;
        foreach (var assignment in command.Assignments)
        {
            if (assignment.Subscript is not null)
                ScanSubscript(assignment.Name, assignment.Subscript, state, scope);
            _isAssociative = state.IsAssociative(assignment.Name);
            Scan(assignment.Value, state, scope);
            _isAssociative = false;
            if (IsSpecial(assignment.Name))
                ScanArithmeticText([WordExpansion.Text(assignment.Value, state)], assignment.Value.Span, state, scope);
        }
        _isAssociative = !command.Words.IsEmpty && DeclaresAssociative(command.Words);
        foreach (var word in command.Words)
            Scan(word, state, scope);
        _isAssociative = false;
        foreach (var redirection in command.Redirections)
            ScanRedirection(redirection, state, scope);
        var redirections = Expand(command.Redirections, state);
        if (command.Words.IsEmpty)
        {
            var made = _commands.Count;
            var named = _named;
            var set = Assign(command.Assignments, state);
            if (!redirections.IsEmpty || !set.IsEmpty)
                Add([], set, redirections, state, scope, command.Span, from);
            foreach (var assignment in command.Assignments)
            {
                state.SetSource(assignment.Name, from, made);
                foreach (var (first, last) in named)
                    state.SetSource(assignment.Name, first, last);
            }
            return;
        }
        var arguments = Arguments(command, state);
        // What is set in front of a command is in its environment, and gone after it.
        var inner = command.Assignments.IsEmpty ? state : state.Copy();
        var assignments = Assign(command.Assignments, inner);
        var input = InputAfter(redirections, scope.Input);
        var call = new CommandCall(arguments, assignments, redirections, command.Span, from);
        if (arguments.IsEmpty)
            Add([], assignments, redirections, state, scope, command.Span, from);
        else
            Run(call, inner, state, scope with { Input = input });
        if (!arguments.IsEmpty && arguments[0].Value is null)
            RunGuess(command, call, state, scope);
    }

    static bool DeclaresAssociative(ImmutableArray<Word> words) =>
        words[0].ConstantValue is "declare" or "typeset" or "local"
            && words.Any(
                w => w.ConstantValue is ['-', .. { } letters] && letters.Contains('A', StringComparison.Ordinal));

    // What looks like an assignment is one where `declare` and its like are written as they are, and is not split.
    static ImmutableArray<ResolvedArgument> Arguments(SimpleCommand command, ShellState state)
    {
        var declares = command.Words[0].Parts is [LiteralPart first]
            && first.Text is "declare" or "typeset" or "export" or "readonly" or "local";
        return [.. command.Words.SelectMany(
            w => declares && IsAssigned(w) ? [WordExpansion.Text(w, state)] : Expand(w, state))];
    }

    static bool IsAssigned(Word word) => word.Parts is [LiteralPart literal, ..]
        && literal.Text.IndexOf('=', StringComparison.Ordinal) > 0
        && Names(literal.Text).FirstOrDefault() is { } name && literal.Text.StartsWith(name, StringComparison.Ordinal);

    // The program is not known; what it is if nothing else is set is worth knowing all the same.
    void RunGuess(SimpleCommand command, CommandCall call, ShellState state, ResolveScope scope)
    {
        var guess = state.Guess();
        var arguments = Arguments(command, guess);
        if (!arguments.IsEmpty && arguments[0].Value is { Length: > 0 })
            Run(call.Inner(arguments, _commands.Count), state.Copy(), state.Copy(), scope with { IsCertain = false });
    }

    static ImmutableArray<ResolvedAssignment> Assign(ImmutableArray<Assignment> assignments, ShellState state)
    {
        if (assignments.IsEmpty)
            return [];
        var found = ImmutableArray.CreateBuilder<ResolvedAssignment>(assignments.Length);
        foreach (var assignment in assignments)
        {
            var isText = !assignment.Value.Parts.Any(p => p is ArrayPart);
            var isPlain = assignment.Subscript is null && isText;
            var given = isText ? WordExpansion.Text(assignment.Value, state) : null;
            var value = isPlain ? given!.Value : null;
            var pattern = isPlain && value is null && !assignment.IsAppending ? given : null;
            // What is appended to, or gets another element, is a number only if it was one.
            var isNumber = given is not null && NumberOutput.IsNumber(given)
                && ((isPlain && !assignment.IsAppending) || NumberOutput.IsNumber(assignment.Name, state));
            if (isPlain && assignment.IsAppending)
                value = state.TryGet(assignment.Name, out var old) && value is not null ? old + value : null;
            if (value is null && isNumber)
                state.SetNumber(assignment.Name);
            else
                state.Set(assignment.Name, value);
            if (pattern is not null && GlobText.IsGlob(pattern))
                state.SetPattern(assignment.Name, pattern);
            if (assignment is { Subscript: null, IsAppending: false, Value.Parts: [ArrayPart array] }
                && array.Elements.All(e => e.Subscript is null))
                state.SetArray(assignment.Name, [.. array.Elements.SelectMany(e => Expand(e.Value, state))]);
            found.Add(new ResolvedAssignment(assignment.Name, value));
        }
        return found.ToImmutable();
    }

    // Records a command; those found since `from` run for its words, and give it their output.
    void Add(
        ImmutableArray<ResolvedArgument> arguments,
        ImmutableArray<ResolvedAssignment> assignments,
        ImmutableArray<ResolvedRedirection> redirections,
        ShellState state,
        ResolveScope scope,
        SourceSpan span,
        int from)
    {
        const CommandPlace Unsure = CommandPlace.Conditional | CommandPlace.Function | CommandPlace.Trap;
        var isUnknown = arguments.Length > 0 && arguments[0].Value is null;
        var isExact = scope.IsCertain && !state.MayHaveEnded && (scope.Place & Unsure) == 0
            && arguments.All(a => a.Value is not null);
        _commands.Add(new ResolvedCommand(
            arguments,
            assignments,
            redirections,
            scope.Via,
            scope.Place,
            isUnknown ? Certainty.Unknown : isExact ? Certainty.Exact : Certainty.Superset,
            state.Directory,
            _codeSpan ?? span)
        {
            Input = scope.Input,
            TriedDirectory = state.Directory is null ? state.TriedDirectory : null,
        });
        AddFlows(from, _commands.Count - 1, _commands.Count - 1, _commands.Count, FlowKind.Substitution);
        foreach (var (first, last) in _named)
            AddFlows(first, last, _commands.Count - 1, _commands.Count, FlowKind.Variable);
    }

    // `state` is the shell's; `inner` has what is set for this command alone.
    void Run(CommandCall call, ShellState inner, ShellState state, ResolveScope scope)
    {
        if (!IsWithinLimits(scope, call.Span))
            return;
        var first = call.Arguments[0];
        Add(call.Arguments, call.Assignments, call.Redirections, state, scope, call.Span, call.From);
        if (first.Value is not { } name)
        {
            Unresolve(UnresolvedCodes.Program, call.Span, $"which program {first.Text} is");
            // It may be nothing at all; then what follows is the command.
            if (first.IsMany && call.Arguments.Length > 1)
                Run(
                    call.Inner(call.Arguments[1..], _commands.Count), inner, state,
                    scope with { IsCertain = false, Depth = scope.Depth + 1 });
            return;
        }
        if (state.Functions.TryGetValue(name, out var function) && !call.SkipsFunctions && !call.IsProgram)
        {
            CallFunction(function, name, call, inner, state, scope);
            return;
        }
        if (!call.IsProgram && !name.Contains('/', StringComparison.Ordinal)
            && TryRunBuiltin(name, call, inner, state, scope))
            return;
        // Some systems have it as a program as well: a script in which the builtins are there.
        if (ShellPath.BaseName(name) == "command")
            RunPlainly("command", call with { IsProgram = false }, inner, state, scope);
        else
            RunThrough(ShellPath.BaseName(name), call, inner, scope);
    }

    void CallFunction(
        FunctionDefinition function,
        string name,
        CommandCall call,
        ShellState inner,
        ShellState state,
        ResolveScope scope)
    {
        _called.Add(function);
        var through = scope.Through($"function {name}");
        if (scope.Via.Count(v => v == $"function {name}") > 2)
        {
            Unresolve(UnresolvedCodes.Limit, call.Span, $"the function {name} calls itself");
            AddUnknown(call, inner, through);
            return;
        }
        var positions = state.Positions;
        var before = state.Copy();
        var outerLocals = _locals;
        _locals = [];
        inner.Positions = call.Arguments[1..];
        ResolveCommand(function.Body, inner, through);
        inner.Positions = positions;
        foreach (var local in _locals)
        {
            inner.Unset(local);
            inner.Set(local, before.TryGet(local, out var old) ? old : null);
        }
        _locals = outerLocals;
        if (inner != state)
            state.Join(inner);
    }

    // Code that is text of the line: read and resolved in the given state.
    void ResolveCode(string text, SourceSpan span, ShellState state, ResolveScope scope)
    {
        if (!IsWithinLimits(scope, span))
            return;
        var parsed = ShellParser.Parse(text);
        if (parsed.Fault is { } fault)
            Unresolve(UnresolvedCodes.Syntax, span, $"code: {fault.Describe(text)}");
        var outer = _codeSpan;
        _codeSpan ??= span;
        ResolveScript(parsed.Script, state, scope);
        _codeSpan = outer;
    }
}

/// <summary>One command about to run.</summary>
/// <param name="Arguments">At least the program.</param>
/// <param name="Assignments">In front of it.</param>
/// <param name="Redirections">Of it.</param>
/// <param name="Span">Where it stands.</param>
/// <param name="From">The first command that ran for its words.</param>
sealed record CommandCall(
    ImmutableArray<ResolvedArgument> Arguments,
    ImmutableArray<ResolvedAssignment> Assignments,
    ImmutableArray<ResolvedRedirection> Redirections,
    SourceSpan Span,
    int From)
{
    /// <summary>Called with <c>command</c>: functions do not count.</summary>
    public bool SkipsFunctions { get; init; }

    /// <summary>Started by another program: neither functions nor builtins count.</summary>
    public bool IsProgram { get; init; }

    /// <summary>The command that this one runs.</summary>
    public CommandCall Inner(ImmutableArray<ResolvedArgument> arguments, int from) =>
        this with { Arguments = arguments, Assignments = [], Redirections = [], From = from };

    /// <summary>The arguments as one text, if all are known.</summary>
    public static string? Joined(IEnumerable<ResolvedArgument> arguments)
    {
        var values = arguments.Select(a => a.Value).ToList();
        return values.Contains(null) ? null : string.Join(' ', values);
    }
}

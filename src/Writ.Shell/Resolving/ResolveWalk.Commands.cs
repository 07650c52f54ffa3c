using Writ.Shell.Syntax;

namespace Writ.Shell.Resolving;

sealed partial class ResolveWalk
{
    void ResolveCommand(Command command, ShellState state, ResolveScope scope)
    {
        if (!IsWithinLimits(scope, command.Span))
            return;
        if (command is SimpleCommand simple)
        {
            ResolveSimple(simple, state, scope);
            return;
        }
        var inner = scope with { Input = ResolveCompoundRedirections(command, state, scope) };
        switch (command)
        {
            case SubshellCommand subshell:
                ResolveList(subshell.Body, state.Copy(), inner);
                break;
            case GroupCommand group:
                ResolveList(group.Body, state, inner);
                break;
            case IfCommand branch:
                ResolveIf(branch, state, inner);
                break;
            case WhileCommand loop:
                ResolveWhile(loop, state, inner);
                break;
            case ForCommand loop:
                ResolveFor(loop, state, inner);
                break;
            case ArithmeticForCommand loop:
                ResolveArithmeticFor(loop, state, inner);
                break;
            case CaseCommand choice:
                ResolveCase(choice, state, inner);
                break;
            case ArithmeticCommand arithmetic:
                ScanArithmetic(arithmetic.Expression, state, inner);
                break;
            case ConditionalCommand conditional:
                ScanTest(conditional.Condition, state, inner);
                break;
            case FunctionDefinition function:
                Define(function, state, inner);
                break;
            case CoprocessCommand coprocess:
                ResolveCommand(coprocess.Body, state.Copy(), inner.In(CommandPlace.Background));
                state.Set(coprocess.Name?.ConstantValue ?? "COPROC", null);
                break;
        }
    }

    // The redirections of a compound command are made for everything inside of it, and are effects of their own.
    string? ResolveCompoundRedirections(Command command, ShellState state, ResolveScope scope)
    {
        if (command.Redirections.IsEmpty || command is FunctionDefinition)
            return scope.Input;
        var from = _commands.Count;
        foreach (var redirection in command.Redirections)
            ScanRedirection(redirection, state, scope);
        var redirections = Expand(command.Redirections, state);
        // `done < <(find ...)`
        if (command.Redirections is [{ Operator: RedirectionOperator.Read, Descriptor: null or 0 } only])
            _listed = only.Target.Parts is [ProcessSubstitutionPart { IsOutput: false } list]
                && ListedFiles.IsPlain(list.Body) && _commands.Count > from
                ? ListedFiles.Of(_commands, _flows, _commands.Count - 1)
                : null;
        else if (!command.Redirections.IsEmpty)
            _listed = null;
        Add([], [], redirections, state, scope, command.Span, from);
        return InputAfter(redirections, scope.Input);
    }

    void ResolveIf(IfCommand branch, ShellState state, ResolveScope scope)
    {
        ResolveList(branch.Condition, state, scope);
        var inner = scope.In(CommandPlace.Conditional);
        var then = state.Copy();
        ResolveList(branch.Then, then, inner);
        if (branch.Else is not null)
            ResolveList(branch.Else, state, inner);
        state.Join(then);
    }

    void ResolveWhile(WhileCommand loop, ShellState state, ResolveScope scope)
    {
        if (NeverEnds(loop))
            Unresolve(UnresolvedCodes.Limit, loop.Span, "a loop that never ends");
        LoopVariables.Forget([loop.Condition, loop.Body], state);
        ResolveList(loop.Condition, state, scope.In(CommandPlace.Loop));
        var body = state.Copy();
        ResolveList(loop.Body, body, scope.In(CommandPlace.Loop | CommandPlace.Conditional));
        state.Join(body);
    }

    // Its condition holds always, and nothing in it ends it, waits or reads.
    static bool NeverEnds(WhileCommand loop) =>
        loop.Condition.Items is [{ Links: [{ Pipeline: { IsNegated: false, Stages: [var stage] } }] }]
        && stage.Command is SimpleCommand { Words: [var word] } && word.ConstantValue is ":" or "true"
        && !SyntaxWalk.All(loop.Body).Any(n => n is SimpleCommand { Words: [var first, ..] }
            && first.ConstantValue is null or "break" or "exit" or "return" or "exec" or "sleep" or "read" or "wait");

    void ResolveFor(ForCommand loop, ShellState state, ResolveScope scope)
    {
        var name = loop.Name.ConstantValue ?? "";
        var from = _commands.Count;
        var values = new List<ResolvedArgument>();
        if (loop.Words is { } words)
            foreach (var word in words)
            {
                Scan(word, state, scope);
                values.AddRange(Expand(word, state));
            }
        else
            values.AddRange(state.Positions ?? [ResolvedArgument.Unknown("\"$@\"", isMany: true)]);
        foreach (var value in values)
            ScanSpecial(name, value, loop.Name.Span, state, scope);
        if (values is [{ Value: null, IsMany: true }] && loop.Words is [{ Parts: [CommandSubstitutionPart list] }]
            && ListedFiles.IsPlain(list.Body) && _commands.Count > from
            && ListedFiles.Of(_commands, _flows, _commands.Count - 1) is { } listed)
            values = [.. listed.Select(ListedFiles.Word)];
        var inner = scope.In(CommandPlace.Loop);
        if (!loop.IsSelect && values.Count is > 0 and <= ResolveLimits.LoopRoundsMax
            && values.TrueForAll(v => v.Value is not null))
        {
            // A body that ends the loop early leaves what follows unsure.
            for (var i = 0; i < values.Count; i++)
            {
                var before = state.Copy();
                state.Set(name, values[i].Value);
                ResolveList(loop.Body, state, i == 0 ? inner : inner.In(CommandPlace.Conditional));
                if (i > 0)
                    state.Join(before);
            }
            return;
        }
        var made = _commands.Count;
        LoopVariables.Forget([loop.Body], state);
        if (!loop.IsSelect && values.Count is > 0 and <= ResolveLimits.LoopRoundsMax
            && values.TrueForAll(v => v.Value is not null || GlobText.IsGlob(v)))
        {
            FollowNames(loop, name, values, (from, made), state, inner);
            return;
        }
        if (!loop.IsSelect && values.TrueForAll(NumberOutput.IsNumber))
            state.SetNumber(name);
        else
            state.Set(name, null);
        state.SetSource(name, from, made);
        var body = state.Copy();
        ResolveList(loop.Body, body, inner.In(CommandPlace.Conditional));
        state.Join(body);
    }

    // A round for each name and each pattern of names; a pattern may stand for any number of them.
    void FollowNames(
        ForCommand loop,
        string name,
        List<ResolvedArgument> values,
        (int From, int To) source,
        ShellState state,
        ResolveScope scope)
    {
        foreach (var value in values)
        {
            var round = state.Copy();
            if (value.Value is null)
                round.SetPattern(name, value);
            else
                round.Set(name, value.Value);
            round.SetSource(name, source.From, source.To);
            ResolveList(loop.Body, round, scope.In(CommandPlace.Conditional));
            state.Join(round);
        }
        state.Set(name, null);
    }

    void ResolveArithmeticFor(ArithmeticForCommand loop, ShellState state, ResolveScope scope)
    {
        LoopVariables.Forget([loop], state);
        ScanArithmetic(loop.Start, state, scope);
        ScanArithmetic(loop.Test, state, scope);
        ScanArithmetic(loop.Step, state, scope);
        var body = state.Copy();
        ResolveList(loop.Body, body, scope.In(CommandPlace.Loop | CommandPlace.Conditional));
        state.Join(body);
    }

    void ResolveCase(CaseCommand choice, ShellState state, ResolveScope scope)
    {
        Scan(choice.Subject, state, scope);
        var before = state.Copy();
        foreach (var clause in choice.Clauses)
        {
            foreach (var pattern in clause.Patterns)
                Scan(pattern, before, scope);
            // A clause may be reached from the one above it.
            var inner = state.Copy();
            inner.Join(before);
            if (clause.Body is not null)
                ResolveList(clause.Body, inner, scope.In(CommandPlace.Conditional));
            state.Join(inner);
        }
    }

    void Define(FunctionDefinition function, ShellState state, ResolveScope scope)
    {
        var name = function.Name.ConstantValue;
        if (name is null)
            Unresolve(UnresolvedCodes.Meaning, function.Span, "a function whose name is not known");
        else
            state.Functions = state.Functions.SetItem(name, function);
        if (name is "command_not_found_handle")
            Unresolve(UnresolvedCodes.Meaning, function.Span, "a function that bash calls for what is not installed");
        _defined.Add((function, state.Copy(), scope));
    }

    // A condition shows nothing of what it looks at.
    void ScanTest(Condition condition, ShellState state, ResolveScope scope)
    {
        var outer = _isInTest;
        _isInTest = true;
        ScanCondition(condition, state, scope);
        _isInTest = outer;
    }

    void ScanCondition(Condition condition, ShellState state, ResolveScope scope)
    {
        switch (condition)
        {
            case UnaryCondition unary:
                Scan(unary.Operand, state, scope);
                // It looks for an element of an array, and evaluates the subscript to find it.
                if (unary.Operator == "-v")
                    ScanName(WordExpansion.Text(unary.Operand, state), unary.Span, state, scope);
                break;
            case BinaryCondition binary:
                Scan(binary.Left, state, scope);
                Scan(binary.Right, state, scope);
                // These evaluate both sides as arithmetic, subscripts with substitutions included.
                if (binary.Operator is "-eq" or "-ne" or "-lt" or "-le" or "-gt" or "-ge")
                {
                    ScanArithmeticText([WordExpansion.Text(binary.Left, state)], binary.Span, state, scope);
                    ScanArithmeticText([WordExpansion.Text(binary.Right, state)], binary.Span, state, scope);
                }
                break;
            case NotCondition not:
                ScanCondition(not.Operand, state, scope);
                break;
            case GroupCondition group:
                ScanCondition(group.Operand, state, scope);
                break;
            case JoinedCondition joined:
                ScanCondition(joined.Left, state, scope);
                ScanCondition(joined.Right, state, scope);
                break;
        }
    }
}

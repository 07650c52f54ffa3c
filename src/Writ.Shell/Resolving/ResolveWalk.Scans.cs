using System.Collections.Immutable;
using Writ.Shell.Syntax;

namespace Writ.Shell.Resolving;

// Before a word is expanded, everything that runs while it is expanded is found.
sealed partial class ResolveWalk
{
    void Scan(Word word, ShellState state, ResolveScope scope) => Scan(word.Parts, state, scope);

    void Scan(ImmutableArray<WordPart> parts, ShellState state, ResolveScope scope)
    {
        foreach (var part in parts)
            Scan(part, state, scope);
    }

    void Scan(WordPart part, ShellState state, ResolveScope scope)
    {
        switch (part)
        {
            case DoubleQuotedPart quoted:
                Scan(quoted.Parts, state, scope);
                break;
            case ExtendedGlobPart glob:
                Scan(glob.Parts, state, scope);
                break;
            case BracePart brace:
                foreach (var alternative in brace.Alternatives)
                    Scan(alternative, state, scope);
                break;
            case ArithmeticPart arithmetic:
                Scan(arithmetic.Parts, state, scope);
                ScanArithmeticText(arithmetic.Parts, arithmetic.Span, state, scope);
                break;
            case ParameterPart parameter:
                ScanParameter(parameter, state, scope);
                break;
            case CommandSubstitutionPart substitution:
                ScanInside(substitution.Body, substitution.Fault, part.Span, state, scope);
                if (substitution.Body is { } body && substitution.Backquoted is null && IsPrintedWrongly(body))
                    Unresolve(
                        UnresolvedCodes.Expansion, part.Span, "bash loses a `;` after a here-document inside of $( )");
                break;
            case ProcessSubstitutionPart substitution:
                ScanInside(substitution.Body, substitution.Fault, part.Span, state, scope);
                break;
            case ArrayPart array:
                foreach (var element in array.Elements)
                {
                    if (element.Subscript is not null && _isAssociative)
                        Scan(element.Subscript, state, scope);
                    else if (element.Subscript is not null)
                        ScanArithmetic(element.Subscript, state, scope);
                    Scan(element.Value, state, scope);
                }
                break;
            case UnknownExpansionPart unknown:
                Scan(unknown.Parts, state, scope);
                state.MayHaveEnded = true;
                Unresolve(UnresolvedCodes.Expansion, part.Span, $"an expansion that is not known: {unknown.Raw}");
                break;
        }
    }

    // Bash prints a substitution anew before it runs it, and leaves a semicolon out after here-documents.
    static bool IsPrintedWrongly(CommandList body) =>
        SyntaxWalk.All(body).Any(n => n is HereDocument)
        && SyntaxWalk.All(body).Any(n => n is ListItem { Terminator: ListTerminator.Semicolon });

    // A variable that nothing in the line has set is one of the environment.
    void NoteRead(ParameterPart parameter, ShellState state)
    {
        var showsValue = !_isInTest && parameter.Operator is not (ParameterOperator.Length or ParameterOperator.Names
            or ParameterOperator.Alternate);
        if (showsValue && !state.IsOwn(parameter.Name) && _reads.Count < ResolveLimits.CommandsMax)
            _reads.Add(new VariableRead(parameter.Name, _codeSpan ?? parameter.Span));
    }

    void ScanSubstitution(
        CommandList? body, SyntaxFault? fault, SourceSpan span, ShellState state, ResolveScope scope)
    {
        if (fault is not null)
            Unresolve(UnresolvedCodes.Syntax, span, $"commands that bash will find wrong: expected {fault.Expected}");
        if (body is not null)
            ResolveList(
                body, state.Copy(), scope.In(CommandPlace.Substitution) with { Depth = scope.Depth + 1, Input = null });
    }

    // What runs inside of a test is no test itself.
    void ScanInside(CommandList? body, SyntaxFault? fault, SourceSpan span, ShellState state, ResolveScope scope)
    {
        var outer = _isInTest;
        _isInTest = false;
        ScanSubstitution(body, fault, span, state, scope);
        _isInTest = outer;
    }

    void ScanParameter(ParameterPart parameter, ShellState state, ResolveScope scope)
    {
        if (state.Source(parameter.Name) is { To: > 0 } source && !_named.Contains(source))
            _named.Add(source);
        NoteRead(parameter, state);
        var isAll = parameter.Subscript?.ConstantValue is "@" or "*";
        if (parameter.Subscript is not null && !isAll)
            ScanSubscript(parameter.Name, parameter.Subscript, state, scope);
        var isWord = parameter.Operator is ParameterOperator.Default or ParameterOperator.Assign
            or ParameterOperator.Require or ParameterOperator.Alternate;
        if (parameter.Argument is not null)
            Scan(parameter.Argument, state, isWord ? scope.In(CommandPlace.Conditional) : scope);
        // What bash may refuse ends the command, and with it the line.
        state.MayHaveEnded |= parameter.Operator == ParameterOperator.Require || parameter.IsIndirect;
        if (parameter.SecondArgument is not null)
            Scan(parameter.SecondArgument, state, scope);
        if (parameter.Operator == ParameterOperator.Substring)
        {
            ScanArithmeticText(parameter.Argument!.Parts, parameter.Span, state, scope);
            if (parameter.SecondArgument is not null)
                ScanArithmeticText(parameter.SecondArgument.Parts, parameter.Span, state, scope);
        }
        if (parameter.Operator == ParameterOperator.Assign)
        {
            var value = state.TryGet(parameter.Name, out var known) ? known : "";
            if (IsSpecial(parameter.Name))
                ScanArithmeticText([WordExpansion.Text(parameter.Argument!, state)], parameter.Span, state, scope);
            if (string.IsNullOrEmpty(value) && known is null && !state.AreVariablesComplete)
                state.Set(parameter.Name, null);
            else if (value is null or "")
                state.Set(parameter.Name, WordExpansion.Text(parameter.Argument!, state).Value);
        }
        // `@P` runs the substitutions in the value; an indirection may name `a[$(...)]`.
        var runsValue = parameter is { Operator: ParameterOperator.Transform, OperatorText: "@P" };
        if (!runsValue && !(parameter.IsIndirect && parameter.Operator != ParameterOperator.Names && !isAll))
            return;
        // A prompt's own escapes come first, and may make a dollar sign.
        if (!state.TryGet(parameter.Name, out var text) || text is null
            || (runsValue && text.Contains('\\', StringComparison.Ordinal)))
            Unresolve(UnresolvedCodes.Expansion, parameter.Span, $"what is in ${parameter.Name} may run");
        else if (runsValue)
            ResolveText(text, parameter.Span, state, scope);
        else
            ScanName(ResolvedArgument.Known(text), parameter.Span, state, scope);
    }

    // The name of a variable, where a subscript is evaluated and substitutions in it run.
    void ScanName(ResolvedArgument name, SourceSpan span, ShellState state, ResolveScope scope)
    {
        // A number may stand in the subscript; the name itself has to be known.
        if (name.Arithmetic is not { } text
            || (name.Value is null && !name.Prefix.Contains('[', StringComparison.Ordinal)))
        {
            Unresolve(UnresolvedCodes.Code, span, "the name of a variable, whose subscript may run");
            return;
        }
        var open = text.IndexOf('[', StringComparison.Ordinal);
        if (open >= 0)
            ScanArithmeticText(
                [ResolvedArgument.Known(text[(open + 1)..].TrimEnd(']'))], span, state,
                scope with { IsCertain = false });
    }

    // The subscript of a variable: arithmetic, unless it is one whose subscripts are texts.
    void ScanSubscript(string name, Word subscript, ShellState state, ResolveScope scope)
    {
        if (state.IsAssociative(name))
            Scan(subscript, state, scope);
        else
            ScanArithmetic(subscript, state, scope);
    }

    // Numbers of the shell: what is assigned to one is arithmetic.
    void ScanSpecial(string name, ResolvedArgument value, SourceSpan span, ShellState state, ResolveScope scope)
    {
        if (IsSpecial(name))
            ScanArithmeticText([value], span, state, scope);
    }

    static bool IsSpecial(string name) => name is "RANDOM" or "SRANDOM" or "SECONDS" or "OPTIND";

    void ScanArithmetic(Word expression, ShellState state, ResolveScope scope)
    {
        Scan(expression, state, scope);
        ScanArithmeticText(expression.Parts, expression.Span, state, scope);
    }

    void ScanArithmeticText(
        ImmutableArray<WordPart> parts, SourceSpan span, ShellState state, ResolveScope scope) =>
        ScanArithmeticText([WordExpansion.Quoted(parts, state)], span, state, scope);

    // Arithmetic evaluates the values of variables as expressions again, and in a subscript even runs substitutions.
    void ScanArithmeticText(
        IEnumerable<ResolvedArgument> texts, SourceSpan span, ShellState state, ResolveScope scope)
    {
        foreach (var text in texts)
        {
            state.MayHaveEnded |= ArithmeticValue.Of(text.Value) is null;
            if (text.Arithmetic is not { } value)
            {
                Unresolve(
                    UnresolvedCodes.Code, span, $"bash evaluates {text.Text} as arithmetic, and it may run commands");
                continue;
            }
            if (ArithmeticValue.IsNumber(value))
                continue;
            foreach (var evaluated in Evaluated(value, span, state))
                if (evaluated.AsSpan().IndexOfAny("$`") >= 0)
                    ResolveText(evaluated, span, state, scope);
            if (value.Contains('=', StringComparison.Ordinal) || value.Contains("++", StringComparison.Ordinal)
                || value.Contains("--", StringComparison.Ordinal))
                foreach (var name in Names(value))
                    state.SetNumber(name);
        }
    }

    // The expression, and every known value that a name in it leads to. The value of a name is evaluated as well.
    List<string> Evaluated(string expression, SourceSpan span, ShellState state)
    {
        var found = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([expression]);
        while (open.TryPop(out var text))
        {
            found.Add(text);
            foreach (var name in Names(text))
                if (seen.Add(name) && !OpenValues(name, open, state))
                    Unresolve(
                        UnresolvedCodes.Code, span,
                        $"bash evaluates what is in {name} as arithmetic, and it may run commands");
        }
        return found;
    }

    static bool OpenValues(string name, Stack<string> open, ShellState state)
    {
        if (state.Array(name) is not { } elements)
        {
            if (state.TryGet(name, out var value) && value is not null)
                open.Push(value);
            else
                return state.IsNumber(name);
            return true;
        }
        foreach (var element in elements)
            if (element.Arithmetic is { } text)
                open.Push(text);
        return elements.All(e => e.Arithmetic is not null);
    }

    static IEnumerable<string> Names(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var start = i;
            while (i < text.Length && (char.IsAsciiLetterOrDigit(text[i]) || text[i] == '_'))
                i++;
            if (i > start && !char.IsAsciiDigit(text[start]))
                yield return text[start..i];
        }
    }

    // Text that is expanded once more, as the body of a here-document is: only what runs in it is wanted.
    void ResolveText(string text, SourceSpan span, ShellState state, ResolveScope scope)
    {
        const string End = "END_OF_THE_TEXT_THAT_IS_EXPANDED";
        var parsed = ShellParser.Parse($": <<{End}\n{text}\n{End}\n");
        var document = SyntaxWalk.All(parsed.Script).OfType<HereDocument>().FirstOrDefault();
        var inner = scope.Through("expansion");
        if (parsed.Outcome != ParseOutcome.Parsed || document is null || !IsWithinLimits(inner, span)
            || text.Contains(End, StringComparison.Ordinal))
        {
            Unresolve(UnresolvedCodes.Expansion, span, "a value that is expanded once more");
            return;
        }
        var outer = _codeSpan;
        _codeSpan ??= span;
        Scan(document.Parts, state, inner);
        _codeSpan = outer;
    }

    void ScanRedirection(Redirection redirection, ShellState state, ResolveScope scope)
    {
        if (redirection.DescriptorVariable is { } variable)
        {
            ScanName(ResolvedArgument.Known(variable), redirection.Span, state, scope);
            state.SetNumber(variable.Split('[')[0]);
        }
        if (redirection.Document is { } document)
            Scan(document.Parts, state, scope);
        else
            Scan(redirection.Target, state, scope);
    }
}

using System.Collections.Immutable;
using Writ.Shell.Syntax;

namespace Writ.Shell.Resolving;

// Programs that run programs.
sealed partial class ResolveWalk
{
    void RunThrough(string name, CommandCall call, ShellState inner, ResolveScope scope)
    {
        if (name is "bash" or "sh" or "dash" or "zsh" or "ksh" or "ash" or "rbash" or "mksh")
        {
            RunShell(name, call, inner, scope);
            return;
        }
        if (name == "find")
        {
            RunFind(call, inner, scope);
            return;
        }
        if (name is "fd" or "fdfind")
        {
            RunFd(name, call, inner, scope);
            return;
        }
        RunByGrammar(name, call, inner, scope);
        RunCodeOptions(name, call, inner, scope);
        RunInterpreter(name, call, inner, scope);
    }

    void RunByGrammar(string name, CommandCall call, ShellState inner, ResolveScope scope)
    {
        var isLoader = name.StartsWith("ld-", StringComparison.Ordinal)
            || name.StartsWith("ld.so", StringComparison.Ordinal);
        var grammar = ProgramGrammars.Find(isLoader ? "ld.so" : name);
        var from = 1;
        if (grammar is null && name is "docker" or "podman" or "nerdctl" or "kubectl" or "oc")
        {
            RunInContainer(name, call, inner, scope);
            return;
        }
        if (grammar is not null)
            RunByGrammar(grammar, from, call, inner, scope);
    }

    void RunByGrammar(ProgramGrammar grammar, int from, CommandCall call, ShellState inner, ResolveScope scope)
    {
        if (OptionReader.Read(call.Arguments, from, grammar) is not { } options)
        {
            Unresolve(UnresolvedCodes.Option, call.Span, $"where the command of {grammar.Name} begins");
            AddUnknown(call, inner, scope.Through(grammar.Name));
            return;
        }
        foreach (var (name, value) in options.Options)
        {
            if (grammar.CodeOptions.Contains(name))
                RunShellText(value?.Value, grammar.Name, call, inner, scope);
            if (grammar.Name == "env" && name is "S" or "split-string")
            {
                RunSplit(grammar, value?.Value, options, call, inner, scope);
                return;
            }
        }
        var state = inner.Copy();
        foreach (var assignment in options.Assignments)
            state.Set(assignment.Name, assignment.Value);
        if (grammar.Name == "flock" && options.Rest < call.Arguments.Length
            && call.Arguments[options.Rest].Value is "-c" or "--command")
        {
            var code = options.Rest + 1 < call.Arguments.Length ? call.Arguments[options.Rest + 1].Value : null;
            RunShellText(code, "flock", call, state, scope);
            return;
        }
        RunRest(grammar, options, call, state, scope);
    }

    // Code that a program hands to a shell.
    void RunShellText(string? code, string via, CommandCall call, ShellState state, ResolveScope scope)
    {
        if (code is null)
        {
            Unresolve(UnresolvedCodes.Code, call.Span, $"the code that {via} runs");
            return;
        }
        var shell = (ImmutableArray<ResolvedArgument>)
            [ResolvedArgument.Known("sh"), ResolvedArgument.Known("-c"), ResolvedArgument.Known(code)];
        Run(Outside(call, shell), state.Copy(), state.Copy(), Forgotten(scope).Through(via));
    }

    static ResolveScope Forgotten(ResolveScope scope) => scope with { Input = null };

    void RunRest(
        ProgramGrammar grammar, OptionReader options, CommandCall call, ShellState state, ResolveScope scope)
    {
        var rest = call.Arguments[options.Rest..];
        var through = scope.Through(grammar.Name);
        switch (grammar.Rest)
        {
            case RestKind.Command when !rest.IsEmpty:
                Run(Outside(call, rest) with { Assignments = [.. options.Assignments] }, state, state, through);
                break;
            case RestKind.Command when options.Options.Exists(o => o.Name is "s" or "i" or "shell" or "login"):
                RunText(scope.Input, grammar.Name, call, state, scope);
                break;
            case RestKind.CommandWithMore:
                RunWithMore(options, call, rest, state, through, scope.Input);
                break;
            case RestKind.Code when grammar.Name == "watch" && options.Options.Exists(o => o.Name is "x" or "exec"):
                Run(Outside(call, rest), state, state, through);
                break;
            case RestKind.Code when grammar.Name == "parallel":
                Unresolve(UnresolvedCodes.Code, call.Span, "the lines that parallel makes commands of");
                var template = rest.TakeWhile(a => a.Value is not (":::" or "::::" or ":::+" or "::::+")).ToArray();
                if (template.Length > 0 && CommandCall.Joined(template) is { } parallel)
                {
                    var guess = state.Copy();
                    guess.Positions = null;
                    if (!parallel.Contains("{}", StringComparison.Ordinal))
                        parallel += " \"$@\"";
                    ResolveCode(parallel, call.Span, guess, through with { IsCertain = false, Input = null });
                }
                break;
            case RestKind.Code or RestKind.RemoteCode when !rest.IsEmpty:
                var remote = grammar.Rest == RestKind.RemoteCode;
                var elsewhere = state.Copy();
                if (remote)
                {
                    elsewhere.ForgetVariables();
                    elsewhere.Directory = null;
                }
                RunText(
                    CommandCall.Joined(rest),
                    remote ? $"{grammar.Name} {string.Join(' ', options.Operands.Select(o => o.Text))}" : grammar.Name,
                    call,
                    elsewhere,
                    Forgotten(scope));
                break;
        }
    }

    // A program started by another is no function or builtin of this shell.
    CommandCall Outside(CommandCall call, ImmutableArray<ResolvedArgument> arguments) =>
        call.Inner(arguments, _commands.Count) with { IsProgram = true };

    void AddUnknown(CommandCall call, ShellState state, ResolveScope scope) => Add(
        [ResolvedArgument.Unknown(call.Arguments[0].Text, isMany: true)],
        [],
        [],
        state,
        scope with { IsCertain = false },
        call.Span,
        _commands.Count);

    void RunWithMore(
        OptionReader options,
        CommandCall call,
        ImmutableArray<ResolvedArgument> rest,
        ShellState state,
        ResolveScope scope,
        string? input)
    {
        if (rest.IsEmpty)
            rest = [ResolvedArgument.Known("echo")];
        string? replaced = null;
        foreach (var (name, value) in options.Options)
            if (name is "I" or "i" or "replace")
                replaced = value is null ? "{}" : value.Value ?? "";
        if (KnownWords(options, input) is { } words)
        {
            RunKnown(call, rest, replaced, words, state, scope with { Input = null });
            return;
        }
        var more = replaced is null
            ? rest.Add(ResolvedArgument.Unknown("the lines xargs reads", isMany: true))
            : rest.Select(a => Replaced(a, replaced)).ToImmutableArray();
        Run(Outside(call, more), state, state, scope with { Input = null });
    }

    // The words of an input that is known, where xargs does nothing but split it.
    static string[]? KnownWords(OptionReader options, string? input)
    {
        if (input is null || options.Options.Exists(o => o.Name is not ("0" or "null" or "t" or "verbose" or "r"
            or "no-run-if-empty" or "I" or "i" or "replace" or "P" or "max-procs" or "p" or "interactive")))
            return null;
        var isNull = options.Options.Exists(o => o.Name is "0" or "null");
        if (!isNull && input.AsSpan().IndexOfAny("'\"\\") >= 0)
            return null;
        var isByLine = options.Options.Exists(o => o.Name is "I" or "i" or "replace");
        var words = isNull ? input.TrimEnd('\0').Split('\0')
            : isByLine ? [.. input.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.TrimStart())]
            : input.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return words.Length <= ResolveLimits.LoopRoundsMax ? words : null;
    }

    void RunKnown(
        CommandCall call,
        ImmutableArray<ResolvedArgument> rest,
        string? mark,
        string[] words,
        ShellState state,
        ResolveScope scope)
    {
        if (mark is null)
        {
            Run(Outside(call, rest.AddRange(words.Select(ResolvedArgument.Known))), state, state, scope);
            return;
        }
        foreach (var word in words)
            Run(
                Outside(call, [.. rest.Select(a => a.Value is { } v && mark.Length > 0
                    ? ResolvedArgument.Known(v.Replace(mark, word, StringComparison.Ordinal))
                    : Replaced(a, mark))]),
                state, state, scope);
    }

    // An argument into which something unknown is put.
    static ResolvedArgument Replaced(ResolvedArgument argument, string mark)
    {
        if (argument.Value is not { } value || !(mark.Length == 0 || value.Contains(mark, StringComparison.Ordinal)))
            return argument;
        var at = mark.Length == 0 ? 0 : value.IndexOf(mark, StringComparison.Ordinal);
        return new ResolvedArgument(null, value[..at], IsMany: false, argument.Text);
    }

    // `env -S`: the words of the text stand in its place. It is split by rules of its own, which quotes and blanks
    // agree with.
    void RunSplit(
        ProgramGrammar grammar,
        string? text,
        OptionReader options,
        CommandCall call,
        ShellState state,
        ResolveScope scope)
    {
        var parsed = text is null || text.AsSpan().IndexOfAny("$\\#`") >= 0 ? null : ShellParser.Parse($": {text}");
        if (parsed is not { Outcome: ParseOutcome.Parsed, Script.Lines: [{ Items: [{ Links: [var link] }] }] }
            || link.Pipeline.Stages is not [{ Command: SimpleCommand { Redirections.IsEmpty: true } split }]
            || split.Words.Any(w => w.ConstantValue is null) || !IsWithinLimits(scope, call.Span))
        {
            Unresolve(UnresolvedCodes.Code, call.Span, "what env -S makes of its text");
            return;
        }
        var arguments = split.Words.Skip(1).Select(w => ResolvedArgument.Known(w.ConstantValue!))
            .Concat(options.Assignments.Select(a => a.Value is null
                ? new ResolvedArgument(null, $"{a.Name}=", IsMany: false, a.Name)
                : ResolvedArgument.Known($"{a.Name}={a.Value}")))
            .Concat(call.Arguments[options.Rest..]).Prepend(call.Arguments[0]);
        var again = call with { Arguments = [.. arguments] };
        RunByGrammar(grammar, 1, again, state, scope with { Depth = scope.Depth + 1 });
    }

    void RunShell(string name, CommandCall call, ShellState state, ResolveScope scope)
    {
        var arguments = call.Arguments;
        var isCode = false;
        var reads = false;
        var isDry = false;
        var i = 1;
        for (; i < arguments.Length && arguments[i].Value is ['-' or '+', _, ..] option; i++)
        {
            if (option is "--" or "-")
            {
                i++;
                break;
            }
            if (option is "--version" or "--help")
                return;
            if (option.StartsWith("--", StringComparison.Ordinal))
            {
                i += option is "--rcfile" or "--init-file" ? 1 : 0;
                if (option is "--rcfile" or "--init-file" or "--login")
                    Unresolve(UnresolvedCodes.Script, call.Span, $"a file of commands read by {name}");
                continue;
            }
            isCode |= option[0] == '-' && option.Contains('c', StringComparison.Ordinal);
            isDry |= option == "-n";
            reads |= option[0] == '-' && option.Contains('s', StringComparison.Ordinal);
            var values = option.AsSpan(1).Count('o') + option.AsSpan(1).Count('O');
            for (var value = 1; value <= values && i + value < arguments.Length; value++)
                if (arguments[i + value].Value is null or "extglob" or "expand_aliases" or "xpg_echo" or "posix")
                    Unresolve(UnresolvedCodes.Meaning, call.Span, $"options of {name} that change what words mean");
            i += values;
        }
        var inner = state.Copy();
        var outside = scope with { Input = null };
        if (i < arguments.Length && arguments[i].Value is null && arguments[i].IsMany)
        {
            Unresolve(UnresolvedCodes.Code, call.Span, $"what {name} runs");
            return;
        }
        if (isCode)
        {
            inner.Set("0", i + 1 < arguments.Length ? arguments[i + 1].Value : null);
            inner.Positions = PositionsAfter(arguments[Math.Min(i + 1, arguments.Length)..]);
            var code = i < arguments.Length ? arguments[i].Value : "";
            RunShellCode(name, code, $"{name} -c", call, inner, outside);
            return;
        }
        if (reads || i >= arguments.Length || arguments[i].Value is "/dev/stdin" or "/proc/self/fd/0")
        {
            inner.Positions = i < arguments.Length && reads ? arguments[i..] : [];
            RunShellCode(name, scope.Input, name, call, inner, outside);
            return;
        }
        // With `-n` alone it reads the file and runs nothing.
        if (!isDry || i != 2)
            Unresolve(UnresolvedCodes.Script, call.Span, $"what is in {arguments[i].Text}", arguments[i].Value);
    }

    // The first is $0, and the only one where one argument stands for any number of them.
    static ImmutableArray<ResolvedArgument> PositionsAfter(ImmutableArray<ResolvedArgument> arguments) =>
        arguments is [{ IsMany: false }, ..] ? arguments[1..] : arguments;

    // Other shells read some things otherwise; which one `sh` is, the line does not tell.
    void RunShellCode(
        string name, string? code, string via, CommandCall call, ShellState state, ResolveScope scope)
    {
        RunText(code, via, call, state, scope);
        if (code is not null && name is not ("bash" or "rbash")
            && (name is not ("sh" or "dash" or "ash") || !PortableShell.IsPortable(ShellParser.Parse(code))))
            Unresolve(UnresolvedCodes.Meaning, call.Span, $"what {name} takes otherwise than bash");
    }

    void RunFind(CommandCall call, ShellState state, ResolveScope scope)
    {
        var arguments = call.Arguments;
        for (var i = 1; i < arguments.Length; i++)
        {
            if (arguments[i].Value is null && arguments[i] is { IsMany: true, Prefix: "" or ['-', ..] })
                Unresolve(UnresolvedCodes.Option, call.Span, "an argument of find that may be -exec");
            if (arguments[i].Value is not ("-exec" or "-execdir" or "-ok" or "-okdir"))
                continue;
            var end = i + 1;
            while (end < arguments.Length && arguments[end].Value is not ";"
                && !(arguments[end].Value is "+" && arguments[end - 1].Value is "{}"))
                end++;
            var inner = arguments[(i + 1)..end].Select(a => Replaced(a, "{}")).ToImmutableArray();
            if (end < arguments.Length && arguments[end].Value == "+" && !inner.IsEmpty)
                inner = inner[..^1].Add(ResolvedArgument.Unknown("{}", isMany: true));
            var through = Forgotten(scope).Through($"find {arguments[i].Value}");
            if (!inner.IsEmpty)
                Run(Outside(call, inner), state.Copy(), state.Copy(), through);
            i = end;
        }
    }

    void RunFd(string name, CommandCall call, ShellState state, ResolveScope scope)
    {
        var arguments = call.Arguments;
        for (var i = 1; i < arguments.Length; i++)
        {
            if (arguments[i].Value is null && arguments[i].IsMany)
                Unresolve(UnresolvedCodes.Option, call.Span, $"an argument of {name} that may be --exec");
            if (arguments[i].Value is not { } option || !(option is "-x" or "-X" or "--exec" or "--exec-batch"
                || option.StartsWith("--exec", StringComparison.Ordinal)
                || (option.Length > 2 && option[0] == '-' && option[1] != '-' && option.AsSpan().IndexOfAny("xX") > 0)))
                continue;
            var inner = arguments[(i + 1)..].TakeWhile(a => a.Value != ";")
                .Select(a => a.Value?.Contains('{', StringComparison.Ordinal) == true ? Replaced(a, "{") : a)
                .Append(ResolvedArgument.Unknown("the files found", isMany: true)).ToImmutableArray();
            if (inner.Length > 1)
                Run(Outside(call, inner), state.Copy(), state.Copy(), Forgotten(scope).Through(name));
            return;
        }
    }

    void RunInContainer(string name, CommandCall call, ShellState state, ResolveScope scope)
    {
        var arguments = call.Arguments;
        var at = 1;
        // Options of the program itself come before its sub-command; one with a value apart is not looked through.
        while (at < arguments.Length && arguments[at].Value is ['-', ..] option
            && option is not ("-H" or "-c" or "-l" or "-n" or "-s" or "--host" or "--context" or "--namespace"
                or "--log-level" or "--config" or "--kubeconfig" or "--cluster" or "--user" or "--server"))
            at++;
        while (at < arguments.Length && arguments[at].Value is ['-', ..] option)
            at += option.Contains('=', StringComparison.Ordinal) ? 1 : 2;
        if (at >= arguments.Length)
            return;
        if (arguments[at].Value is not { } verb)
        {
            Unresolve(UnresolvedCodes.Option, call.Span, $"the sub-command of {name}");
            return;
        }
        if (verb == "container" && at + 1 < arguments.Length)
            verb = arguments[++at].Value ?? "";
        var elsewhere = state.Copy();
        elsewhere.ForgetVariables();
        elsewhere.Directory = null;
        if (name is "kubectl" or "oc")
        {
            var dashes = Enumerable.Range(at, arguments.Length - at)
                .FirstOrDefault(i => arguments[i].Value == "--", -1);
            if (verb is "exec" or "run" or "debug" && dashes > 0 && dashes + 1 < arguments.Length)
                Run(Outside(call, arguments[(dashes + 1)..]), elsewhere, elsewhere,
                    Forgotten(scope).Through($"{name} {verb}"));
            else if (verb is "exec" or "run" or "debug" or "rsh")
                Unresolve(UnresolvedCodes.Option, call.Span, $"where the command of {name} {verb} begins");
            return;
        }
        if (ProgramGrammars.Find($"{name} {verb}") is { } grammar)
            RunByGrammar(grammar, at + 1, call, elsewhere, Forgotten(scope));
    }
}

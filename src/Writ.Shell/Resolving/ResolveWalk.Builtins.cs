using System.Buffers;
using System.Collections.Immutable;
using Writ.Shell.Syntax;

namespace Writ.Shell.Resolving;

sealed partial class ResolveWalk
{
    const string MeaningOptions = "options of the shell that change what words mean";

    static readonly SearchValues<char> _harmlessOptions = SearchValues.Create("euxvoEhm");

    // True when the name is a builtin that there is something to know of.
    bool TryRunBuiltin(string name, CommandCall call, ShellState inner, ShellState state, ResolveScope scope)
    {
        ScanSubscripts(name, call, state, scope);
        switch (name)
        {
            case "cd" or "pushd" or "popd":
                ChangeDirectory(name, call, state);
                return true;
            case "export" or "declare" or "typeset" or "readonly" or "local":
                Declare(call, state);
                return true;
            case "unset" or "read" or "mapfile" or "readarray" or "getopts":
                ForgetNames(call, state);
                if (name is "read" or "mapfile" or "readarray")
                    SetSources(call, state);
                if (name == "read")
                    SetListed(call, state);
                RunCallback(name, call, state, scope);
                return true;
            case "printf" or "wait" when HasArgument(call, "-v") || HasArgument(call, "-p"):
                ForgetNames(call, state);
                if (name == "printf" && call.Arguments is [_, { Value: "-v" }, { Value: { } variable }, ..]
                    && Names(variable).FirstOrDefault() == variable)
                    state.Set(variable, KnownOutput.Printf(call.Arguments[3..]));
                return true;
            case "let":
                ScanArithmeticText(call.Arguments.Skip(1), call.Span, state, scope);
                ForgetNames(call, state);
                return true;
            case "eval":
                Evaluate(call, state, scope);
                return true;
            case "source" or "." when IsInput(call) && scope.Input is { } input:
                RunText(input, name, call, state, scope with { Input = null });
                return true;
            case "source" or ".":
                Unresolve(
                    UnresolvedCodes.Script, call.Span, $"what is in {TextOf(call, 1)}",
                    call.Arguments.Length > 1 ? call.Arguments[1].Value : null);
                state.ForgetVariables();
                state.Directory = null;
                return true;
            case "trap":
                SetTrap(call, state, scope);
                return true;
            case "exec" or "command" or "builtin":
                RunPlainly(name, call, inner, state, scope);
                return true;
            case "exit" or "return" or "break" or "continue" or "logout":
                state.MayHaveEnded = true;
                return true;
            case "set" or "shift":
                if (name == "set" && !call.Arguments.Skip(1).TakeWhile(a => a.Value != "--").All(IsHarmlessOption))
                    Unresolve(UnresolvedCodes.Meaning, call.Span, MeaningOptions);
                SetPositions(name, call, state);
                return true;
            case "alias" or "enable" or "hash" or "shopt" or "bind" or "complete" or "compgen":
                ChangeMeaning(name, call, state, scope);
                return true;
            default:
                return false;
        }
    }

    static bool HasArgument(CommandCall call, string value) =>
        call.Arguments.Any(a => a.Value is { } v && v.StartsWith(value, StringComparison.Ordinal));

    static string TextOf(CommandCall call, int index) =>
        index < call.Arguments.Length ? call.Arguments[index].Text : "a file";

    // Names of variables may have subscripts, and in those substitutions run.
    void ScanSubscripts(string name, CommandCall call, ShellState state, ResolveScope scope)
    {
        if (!NamedVariables.IsNaming(name))
            return;
        foreach (var argument in NamedVariables.In(name, call.Arguments))
            ScanName(argument, call.Span, state, scope);
        if (NamedVariables.IsDeclaring(name))
            ScanDeclared(call, state, scope);
        else if (name is "read" or "mapfile" or "readarray" or "printf" or "wait" or "getopts")
            foreach (var argument in NamedVariables.In(name, call.Arguments))
                if (argument.Value is { } variable)
                    ScanSpecial(
                        variable, ResolvedArgument.Unknown(variable, isMany: false), call.Span, state, scope);
    }

    // `declare 'a=(...)'`: what stands between the parentheses is expanded, once more if it was before.
    void ScanDeclared(CommandCall call, ShellState state, ResolveScope scope)
    {
        foreach (var argument in call.Arguments.Skip(1))
        {
            var text = argument.Value ?? argument.Prefix;
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || text[0] is '-' or '+')
                continue;
            ScanSpecial(
                text[..equals],
                argument.Value is null ? argument : ResolvedArgument.Known(text[(equals + 1)..]),
                call.Span, state, scope);
            if (equals + 1 == text.Length || text[equals + 1] != '(')
                continue;
            if (argument.Value is null)
                Unresolve(UnresolvedCodes.Code, call.Span, "the elements of an array, which are expanded once more");
            else if (text.AsSpan().IndexOfAny("$`") >= 0)
                ResolveText(text, call.Span, state, scope with { IsCertain = false });
        }
    }

    static void ChangeDirectory(string name, CommandCall call, ShellState state)
    {
        var operands = call.Arguments.Skip(1).Where(a => a.Value is not { Length: > 1 } v || v[0] != '-').ToList();
        var isPlain = name != "popd" && operands is [{ Value: { Length: > 0 } }] && operands[0].Value is not "-"
            && !operands[0].Value!.StartsWith('+') && !state.TryGet("CDPATH", out var path) | path is null;
        var target = isPlain ? operands[0].Value! : null;
        if (name == "cd" && operands.Count == 0 && state.TryGet("HOME", out var home))
            target = home;
        state.Directory = target is null ? null
            : target.StartsWith('/') ? ShellPath.Combine("", target)
            : state.Directory is { } directory ? ShellPath.Combine(directory, target)
            : null;
    }

    void Declare(CommandCall call, ShellState state)
    {
        var isLocal = call.Arguments[0].Value is "declare" or "typeset" or "local" && !HasArgument(call, "-g");
        var options = string.Concat(
            call.Arguments.Skip(1).Where(a => a.Value is ['-' or '+', ..]).Select(a => a.Value));
        // A reference, arithmetic at each assignment, other letters: what is assigned later is something else.
        if (options.AsSpan().IndexOfAny("niulc") >= 0 && call.Arguments[0].Value is not ("export" or "readonly"))
            Unresolve(UnresolvedCodes.Meaning, call.Span, "a variable that changes what is assigned to it");
        if (isLocal && options.Contains('A', StringComparison.Ordinal))
            foreach (var argument in call.Arguments.Skip(1))
                if (argument.Value is not ['-', ..]
                    && Names(argument.Value ?? argument.Prefix).FirstOrDefault() is { } map)
                    state.SetAssociative(map);
        var isReadOnly = call.Arguments[0].Value == "readonly" || options.Contains('r', StringComparison.Ordinal);
        foreach (var argument in call.Arguments.Skip(1))
        {
            if (argument.Value is not { } value)
            {
                var equals = argument.Prefix.IndexOf('=', StringComparison.Ordinal);
                var isNumber = equals > 0 && argument.Prefix[equals - 1] != '+' && argument.Arithmetic is { } text
                    && ArithmeticValue.IsNumber(text[(equals + 1)..]);
                if (isNumber)
                    state.SetNumber(argument.Prefix[..equals]);
                else if (equals > 0)
                    state.Set(argument.Prefix[..equals].TrimEnd('+'), null);
                else
                    state.ForgetVariables();
                continue;
            }
            var at = value.IndexOf('=', StringComparison.Ordinal);
            if (value is ['-' or '+', ..] || Names(value).FirstOrDefault() is not { } name)
                continue;
            if (isLocal)
                _locals.Add(name);
            if (at <= 0)
            {
                // A new local variable is not set; any other keeps its value.
                if (isLocal)
                    state.Set(name, null);
                if (isReadOnly)
                    state.Protect(name);
                continue;
            }
            // With `-i`, `-u`, `-n` and their like the value becomes another.
            var isPlain = call.Arguments.Skip(1).All(a => a.Value is not { Length: > 1 } v
                || v[0] is not ('-' or '+') || v is "-x" or "-r" or "-g" or "-rx");
            var isNamed = value[at - 1] != '+' && !value[..at].Contains('[', StringComparison.Ordinal);
            state.Set(value[..at].TrimEnd('+').Split('[')[0], isPlain && isNamed ? value[(at + 1)..] : null);
            if (isReadOnly)
                state.Protect(name);
        }
    }

    static void ForgetNames(CommandCall call, ShellState state)
    {
        foreach (var argument in call.Arguments.Skip(1))
            if (argument.Value is null)
                state.ForgetVariables();
            else
                foreach (var name in Names(argument.Value))
                    if (call.Arguments[0].Value == "unset")
                        state.Unset(name);
                    else
                        state.Set(name, null);
        foreach (var name in (string[])["REPLY", "MAPFILE", "OPTARG"])
            state.Set(name, null);
        state.SetNumber("OPTIND");
    }

    static bool IsInput(CommandCall call) => call.Arguments is [_, { Value: "/dev/stdin" or "/dev/fd/0" }];

    // What is read has come from whatever feeds the command that reads it, which is the last one recorded.
    void SetSources(CommandCall call, ShellState state)
    {
        foreach (var argument in call.Arguments.Skip(1))
            if (argument.Value is { } value)
                foreach (var name in Names(value))
                    state.SetSource(name, _commands.Count - 1, _commands.Count);
        state.SetSource("REPLY", _commands.Count - 1, _commands.Count);
        state.SetSource("MAPFILE", _commands.Count - 1, _commands.Count);
    }

    // `find ... | while read -r f`: a whole line is a name.
    void SetListed(CommandCall call, ShellState state)
    {
        if (_listed is not [var pattern] || !call.Redirections.IsEmpty
            || call.Arguments is not [_, .., { Value: { } name }]
            || Names(name).FirstOrDefault() != name
            || !call.Arguments.AsSpan()[1..^1].ToArray().All(a => a.Value is "-r"))
            return;
        var source = state.Source(name);
        state.SetPattern(name, ListedFiles.Word(pattern));
        state.SetSource(name, source.From, source.To);
    }

    void RunCallback(string name, CommandCall call, ShellState state, ResolveScope scope)
    {
        if (name is not ("mapfile" or "readarray"))
            return;
        for (var i = 1; i < call.Arguments.Length; i++)
            if (call.Arguments[i].Value is "-C")
                RunText(i + 1 < call.Arguments.Length ? call.Arguments[i + 1].Value : null, name, call, state, scope);
    }

    void RunText(string? code, string via, CommandCall call, ShellState state, ResolveScope scope)
    {
        if (code is null)
            Unresolve(UnresolvedCodes.Code, call.Span, $"the code that {via} runs");
        else
            ResolveCode(code, call.Span, state, scope.Through(via));
    }

    void Evaluate(CommandCall call, ShellState state, ResolveScope scope)
    {
        var words = call.Arguments.AsSpan()[1..];
        if (words.Length > 0 && words[0].Value == "--")
            words = words[1..];
        var code = CommandCall.Joined(words.ToArray());
        // With an option bash refuses it.
        if (words.Length == call.Arguments.Length - 1 && code is ['-', ..])
            scope = scope with { IsCertain = false };
        RunText(code, "eval", call, state, scope);
        if (code is null)
        {
            AddUnknown(call, state, scope.Through("eval"));
            state.ForgetVariables();
            state.Directory = null;
        }
    }

    void SetTrap(CommandCall call, ShellState state, ResolveScope scope)
    {
        var operands = call.Arguments.Skip(1).SkipWhile(a => a.Value is "--" or "-p" or "-l").ToList();
        if (operands.Count < 2 && operands.TrueForAll(o => o.Value is not null) || operands[0].Value is "-" or "")
            return;
        // What it sets, it sets between any two commands; at the end nothing comes after it.
        var isLast = operands.Skip(1).All(o => o.Value is "EXIT" or "0");
        if (!isLast && operands[0].Value is { } code && MaySet(code))
            Unresolve(UnresolvedCodes.Meaning, call.Span, "a trap that may change what the other commands use");
        // It runs with what is known at another time.
        var later = state.Copy();
        later.ForgetVariables();
        later.Directory = null;
        later.Positions = null;
        RunText(operands[0].Value, "trap", call, later, scope.In(CommandPlace.Trap));
    }

    // Everything but commands that are known to set nothing.
    static bool MaySet(string code) => SyntaxWalk.All(ShellParser.Parse(code).Script).Any(n => n switch
    {
        Assignment or ArithmeticPart or ArithmeticCommand or ArithmeticForCommand or ForCommand => true,
        FunctionDefinition or CoprocessCommand => true,
        ParameterPart { Operator: ParameterOperator.Assign } => true,
        Redirection { DescriptorVariable: not null } => true,
        SimpleCommand { Words: [var first, ..] } => first.ConstantValue is not ("echo" or ":" or "true" or "exit"
            or "return" or "rm" or "kill" or "date" or "cat" or "logger" or "sleep" or "ls" or "false" or "pwd"),
        _ => false,
    });

    // What runs the rest of its arguments without looking at functions.
    void RunPlainly(string name, CommandCall call, ShellState inner, ShellState state, ResolveScope scope)
    {
        var i = 1;
        for (; i < call.Arguments.Length && call.Arguments[i].Value is ['-', _, ..] option; i++)
        {
            if (option == "--")
            {
                i++;
                break;
            }
            if (name == "command" && option.AsSpan(1).IndexOfAny("vV") >= 0)
                return;
            if (name == "exec" && option.EndsWith('a'))
                i++;
        }
        if (i >= call.Arguments.Length)
        {
            // `exec < FILE`
            if (!call.Redirections.IsEmpty)
                _listed = null;
            return;
        }
        var rest = call.Inner(call.Arguments[i..], _commands.Count) with { SkipsFunctions = true };
        Run(rest, inner, state, scope.Through(name));
        state.MayHaveEnded |= name == "exec";
    }

    // To stop at errors, to show what runs; and operands.
    static bool IsHarmlessOption(ResolvedArgument argument) => argument.Value is { } value
        && ((value is not ("posix" or "keyword" or "braceexpand" or "noglob" or "noexec" or "allexport" or "history"
            or "histexpand" or "physical" or "privileged" or "noclobber") && value is not ['-' or '+', ..])
            || (value is ['-' or '+', _, ..] && value.AsSpan(1).IndexOfAnyExcept(_harmlessOptions) < 0));

    static void SetPositions(string name, CommandCall call, ShellState state)
    {
        if (name == "shift")
        {
            var count = call.Arguments.Length == 1 ? 1 : int.TryParse(call.Arguments[1].Value, out var n) ? n : -1;
            state.Positions = state.Positions is { } old && count >= 0 && old.All(p => !p.IsMany)
                ? old.Length >= count ? old[count..] : old
                : null;
            return;
        }
        var dashes = -1;
        for (var i = 1; i < call.Arguments.Length && dashes < 0; i++)
            if (call.Arguments[i].Value is "--")
                dashes = i;
        if (dashes >= 0)
            state.Positions = call.Arguments[(dashes + 1)..];
        else if (call.Arguments.Skip(1).Any(a => a.Value is not ['-' or '+', ..]))
            state.Positions = null;
    }

    // A list of words is expanded when it is completed from, substitutions included.
    void RunList(string? words, CommandCall call, ShellState state, ResolveScope scope)
    {
        if (words is null)
            Unresolve(UnresolvedCodes.Expansion, call.Span, "words that are expanded once more");
        else if (words.AsSpan().IndexOfAny("$`") >= 0)
            ResolveText(words, call.Span, state, scope);
    }

    void ChangeMeaning(string name, CommandCall call, ShellState state, ResolveScope scope)
    {
        switch (name)
        {
            case "alias":
                foreach (var argument in call.Arguments.Skip(1))
                {
                    var at = argument.Value?.IndexOf('=', StringComparison.Ordinal) ?? -1;
                    if (argument.Value is not null && at <= 0)
                        continue;
                    Unresolve(UnresolvedCodes.Meaning, call.Span, $"the alias {argument.Text}");
                    RunText(argument.Value?[(at + 1)..], "alias", call, state.Copy(), scope.In(CommandPlace.Function));
                }
                break;
            case "enable" when HasArgument(call, "-f"):
                Unresolve(UnresolvedCodes.Script, call.Span, "a builtin loaded from a file");
                break;
            case "hash" when HasArgument(call, "-p"):
                Unresolve(UnresolvedCodes.Meaning, call.Span, "another file under a program's name");
                break;
            case "shopt" when !call.Arguments.Skip(1).All(a => a.Value is "-s" or "-u" or "-q" or "-p" or "nullglob"
                or "dotglob" or "globstar" or "failglob" or "nocaseglob" or "inherit_errexit" or "checkwinsize"
                || (a.Value == "extglob" && scope.Via.IsEmpty)):
                Unresolve(UnresolvedCodes.Meaning, call.Span, MeaningOptions);
                break;
            case "bind" or "complete" or "compgen" when HasArgument(call, "-C") || HasArgument(call, "-x"):
                for (var i = 1; i + 1 < call.Arguments.Length; i++)
                    if (call.Arguments[i].Value is "-C" or "-x")
                        RunText(call.Arguments[i + 1].Value, name, call, state.Copy(), scope);
                break;
            case "complete" or "compgen" when HasArgument(call, "-W"):
                for (var i = 1; i + 1 < call.Arguments.Length; i++)
                    if (call.Arguments[i].Value is "-W")
                        RunList(call.Arguments[i + 1].Value, call, state, scope);
                break;
        }
    }
}

using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Writ.Shell.Resolving;

// Code that is not the shell's, and options of ordinary programs whose value is code.
sealed partial class ResolveWalk
{
    // The options by which these take code; other code is in a file or on standard input.
    static readonly FrozenDictionary<string, string[]> _interpreters = new Dictionary<string, string[]>
    {
        ["python"] = ["-c"],
        ["python2"] = ["-c"],
        ["python3"] = ["-c"],
        ["pypy"] = ["-c"],
        ["pypy3"] = ["-c"],
        ["perl"] = ["-e", "-E"],
        ["ruby"] = ["-e"],
        ["node"] = ["-e", "--eval", "-p", "--print"],
        ["nodejs"] = ["-e", "--eval", "-p", "--print"],
        ["deno"] = ["eval"],
        ["bun"] = ["-e", "--eval"],
        ["php"] = ["-r"],
        ["lua"] = ["-e"],
        ["tclsh"] = [],
        ["expect"] = ["-c"],
        ["osascript"] = ["-e"],
        ["pwsh"] = ["-c", "-Command", "-EncodedCommand"],
        ["fish"] = ["-c"],
        ["csh"] = ["-c"],
        ["tcsh"] = ["-c"],
        ["nu"] = ["-c"],
        ["R"] = ["-e"],
        ["Rscript"] = ["-e"],
        ["julia"] = ["-e"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // Programs, and the options whose value a shell runs. A name that ends in `=` has its value behind it.
    static readonly (string Program, string Option)[] _codeOptions =
    [
        ("tar", "--checkpoint-action=exec="), ("tar", "--to-command="), ("tar", "--use-compress-program="),
        ("tar", "--info-script="), ("tar", "--new-volume-script="), ("tar", "--rmt-command="),
        ("tar", "--rsh-command="), ("rsync", "--rsh="), ("split", "--filter="), ("man", "--pager="),
        ("sort", "--compress-program="), ("rg", "--pre="), ("rg", "--hostname-bin="), ("zip", "--unzip-command="),
        ("git", "--upload-pack="), ("git", "--receive-pack="),
    ];

    // Programs, and options whose value stands apart or directly behind them.
    static readonly (string Program, string Option)[] _codeValues =
    [
        ("tar", "--to-command"), ("tar", "--use-compress-program"), ("tar", "-I"), ("tar", "-F"),
        ("tar", "--info-script"), ("rsync", "-e"), ("split", "--filter"), ("rsync", "--rsh"), ("man", "-P"),
        ("man", "--pager"), ("sort", "--compress-program"), ("rg", "--pre"), ("rg", "--hostname-bin"),
        ("zip", "-TT"), ("git", "--upload-pack"), ("git", "--receive-pack"),
    ];

    static readonly FrozenSet<string> _gitCode = new[]
    {
        "core.pager", "core.sshcommand", "core.editor", "core.fsmonitor", "core.askpass", "core.gitproxy",
        "sequence.editor", "diff.external", "gpg.program", "credential.helper", "pager.log", "pager.diff", "pager.show",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // Texts that the code hands to a shell, or to a program as a list of words.
    void RunTexts(string name, ResolvedArgument given, CommandCall call, ShellState state, ResolveScope scope)
    {
        if (given.Value is not { } code)
            return;
        var texts = InlineCode.Read(code).Texts;
        var unsure = Forgotten(scope) with { IsCertain = false };
        for (var i = 0; i < texts.Length; i++)
        {
            if (!texts[i].IsRun || texts[i].Value.Length == 0)
                continue;
            var last = i;
            while (last + 1 < texts.Length && texts[last + 1] is { IsElement: true, IsRun: false })
                last++;
            if (last > i)
                Run(
                    Outside(call, [.. texts[i..(last + 1)].Select(t => ResolvedArgument.Known(t.Value))]),
                    state.Copy(), state.Copy(), unsure.Through(name));
            RunShellText(texts[i].Value, name, call, state, unsure);
        }
    }

    void RunInterpreter(string name, CommandCall call, ShellState state, ResolveScope scope)
    {
        if (!_interpreters.TryGetValue(name, out var options) || call.Arguments.Length == 0)
            return;
        var operands = call.Arguments.Skip(1).ToList();
        if (operands is [{ Value: "--version" or "-V" or "-v" or "--help" or "-h" }]
            || (name == "php" && operands is [{ Value: "-m" or "--modules" or "-i" or "--info" or "--ini" }]))
            return;
        // Isolated, so that no file of the project can stand in for the module.
        if (name.StartsWith("python", StringComparison.Ordinal)
            && operands is [{ Value: "-I" or "-P" }, { Value: "-m" }, { Value: { } module }, ..]
            && module is "pip" or "json.tool")
        {
            if (module == "pip")
                Run(
                    Outside(call, [ResolvedArgument.Known("pip"), .. operands.Skip(3)]), state.Copy(), state.Copy(),
                    scope.Through(name));
            return;
        }
        var takesCode = operands.Exists(a => a.Value is null || options.Any(o =>
            o.StartsWith("--", StringComparison.Ordinal) || o[0] != '-' || o.Length > 2
                ? a.Value.StartsWith(o, StringComparison.Ordinal)
                : a.Value is ['-', not '-', ..] && a.Value.Contains(o[1], StringComparison.Ordinal)));
        foreach (var operand in operands)
            RunTexts(name, operand, call, state, scope);
        if (scope.Input is { } input)
            RunTexts(name, ResolvedArgument.Known(input), call, state, scope);
        var file = operands.Find(a => a.Value is null or not ['-', _, ..]);
        if (takesCode || file is null or { Value: "-" })
            Unresolve(UnresolvedCodes.Code, call.Span, $"what the code given to {name} does");
        else
            Unresolve(UnresolvedCodes.Script, call.Span, $"what is in {file.Text}", file.Value);
    }

    void RunCodeOptions(string name, CommandCall call, ShellState state, ResolveScope scope)
    {
        var arguments = call.Arguments;
        // Chosen once: most programs have none, and each word would be held against all of them.
        string[] joined = [.. _codeOptions.Where(o => o.Program == name).Select(o => o.Option)];
        string[] followed = [.. _codeValues.Where(o => o.Program == name).Select(o => o.Option)];
        var (isGit, isRemote) = (name == "git", name is "ssh" or "scp" or "sftp");
        for (var i = 1; i < arguments.Length && (joined.Length + followed.Length > 0 || isGit || isRemote); i++)
        {
            if (arguments[i].Value is not { } value)
                continue;
            foreach (var option in joined)
                if (Behind(value, option) is { } code)
                    RunShellText(code, $"{name} {option.TrimEnd('=')}", call, state, scope);
            foreach (var option in followed)
                if (value == option && i + 1 < arguments.Length)
                    RunShellText(arguments[i + 1].Value, $"{name} {option}", call, state, scope);
            if (isGit)
                RunGitCode(arguments, i, call, state, scope);
            if (isRemote && value.Contains("Command", StringComparison.OrdinalIgnoreCase))
                RunProxyCommand(value, call, state, scope);
        }
        if (name is "awk" or "gawk" or "mawk" or "nawk" && !AwkCode.IsHarmless(arguments))
        {
            Unresolve(UnresolvedCodes.Code, call.Span, "what the code given to awk runs");
            foreach (var argument in arguments.Skip(1))
                RunTexts(name, argument, call, state, scope);
        }
        if (name is "sed" or "gsed" && SedScript.MayRunCode(arguments[1..]))
        {
            Unresolve(UnresolvedCodes.Code, call.Span, "what the code given to sed runs");
            foreach (var code in arguments.Skip(1).SelectMany(a => SedScript.Codes(a.Value)).Take(SedScript.CodesMax))
                RunShellText(code, name, call, state, scope with { IsCertain = false });
        }
        if (name is "make" or "gmake" && arguments.Skip(1).Any(a => a.Value is null or "-" or "/dev/stdin"
            || a.Value.StartsWith("--eval", StringComparison.Ordinal)))
            Unresolve(UnresolvedCodes.Code, call.Span, "what the rules given to make run");
    }

    // Long options may be shortened as long as they stay unique; who shortens `--use-compress-program` means it.
    static string? Behind(string value, string option)
    {
        if (value.StartsWith(option, StringComparison.Ordinal))
            return value[option.Length..];
        if (option == "--checkpoint-action=exec=" && value.StartsWith("--checkpoint-", StringComparison.Ordinal)
            && value.IndexOf("=exec=", StringComparison.Ordinal) is > 0 and var action)
            return value[(action + "=exec=".Length)..];
        var equals = value.IndexOf('=', StringComparison.Ordinal);
        var isShortened = equals > 4 && option.TrimEnd('=').StartsWith(value[..equals], StringComparison.Ordinal)
            && option.IndexOf('=', StringComparison.Ordinal) == option.Length - 1;
        return isShortened ? value[(equals + 1)..] : null;
    }

    void RunProxyCommand(string value, CommandCall call, ShellState state, ResolveScope scope)
    {
        foreach (var name in (string[])["ProxyCommand", "LocalCommand", "KnownHostsCommand"])
        {
            var at = value.IndexOf(name, StringComparison.OrdinalIgnoreCase);
            var end = at + name.Length;
            if (at >= 0 && end < value.Length && value[end] is '=' or ' ')
                RunText(value[(end + 1)..].TrimStart('=', ' '), name, call, state.Copy(), Forgotten(scope));
        }
    }

    void RunGitCode(
        ImmutableArray<ResolvedArgument> arguments,
        int i,
        CommandCall call,
        ShellState state,
        ResolveScope scope)
    {
        var value = arguments[i].Value!;
        var next = i + 1 < arguments.Length ? arguments[i + 1] : null;
        if (value == "-c" && next?.Value is { } setting)
        {
            var equals = setting.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? setting : setting[..equals];
            var code = equals < 0 ? "" : setting[(equals + 1)..];
            if (name.StartsWith("alias.", StringComparison.OrdinalIgnoreCase) && code.StartsWith('!'))
                RunText(code[1..], "git alias", call, state.Copy(), Forgotten(scope));
            else if (_gitCode.Contains(name) || name.EndsWith(".textconv", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("filter.", StringComparison.OrdinalIgnoreCase))
                RunText(code.TrimStart('!'), $"git {name}", call, state.Copy(), Forgotten(scope));
        }
        if (value is "--exec" or "-x" && arguments.Any(a => a.Value == "rebase"))
            RunText(next?.Value, "git rebase --exec", call, state.Copy(), Forgotten(scope));
        if (next is null)
            return;
        var outside = Forgotten(scope);
        if (value is "foreach" && arguments[i - 1].Value == "submodule")
        {
            var code = CommandCall.Joined(arguments[(i + 1)..].Where(a => a.Value is not ['-', '-', ..]));
            RunText(code, "git submodule foreach", call, state.Copy(), outside);
        }
        if (value is "run" && arguments[i - 1].Value == "bisect")
            Run(Outside(call, arguments[(i + 1)..]), state.Copy(), state.Copy(), outside.Through("git bisect run"));
    }
}

using System.Collections.Immutable;
using Writ.Linux;

namespace Writ.Server.Hosting;

/// <summary>What the daemon was started to do.</summary>
public abstract record WritdCommand
{
    WritdCommand() { }

    public sealed record Serve(WritdOptions Options) : WritdCommand;

    public sealed record Init(string Data, string Name, string Origin, string Founder, string FounderName)
        : WritdCommand;

    /// <summary>Verify everything that is stored, and change nothing.</summary>
    public sealed record Check(string Data) : WritdCommand;

    public sealed record Help : WritdCommand;
}

/// <summary>The daemon's command line: every problem is reported at once, and what is unknown is a problem.</summary>
public static class CommandLine
{
    public const string Usage = """
        writd [serve] [--data DIR] [--socket PATH] [--listen URL[,URL...]] [--cert FILE --key FILE]
                      [--launcher FILE] [--session-uids FIRST-LAST|none]
                      [--control-group DIR] [--verify-on-start] [--quiet]
        writd init    [--data DIR] --name NAME --origin HOST/NAME --founder ID --founder-name NAME
        writd check   [--data DIR]

        The environment says the same: WRIT_DATA, WRIT_SOCKET, WRIT_LISTEN, WRIT_LAUNCH,
        WRIT_SESSION_UIDS, WRIT_CONTROL_GROUP.
        """;

    static readonly Dictionary<string, ImmutableArray<string>> _optionsByCommand = new(StringComparer.Ordinal)
    {
        ["serve"] =
        [
            "--data", "--socket", "--listen", "--cert", "--key", "--launcher", "--session-uids", "--control-group",
            "--verify-on-start", "--quiet",
        ],
        ["init"] = ["--data", "--name", "--origin", "--founder", "--founder-name"],
        ["check"] = ["--data"],
    };

    static readonly ImmutableArray<string> _switches = ["--verify-on-start", "--quiet"];

    /// <summary>The command, or everything that is wrong with what was typed.</summary>
    public static (WritdCommand? Command, ImmutableArray<string> Faults) Parse(
        IReadOnlyList<string> arguments, Func<string, string?> environment)
    {
        if (arguments.Any(a => a is "--help" or "-h" or "help"))
            return (new WritdCommand.Help(), []);
        var named = arguments.Count > 0 && !arguments[0].StartsWith('-');
        var name = named ? arguments[0] : "serve";
        if (!_optionsByCommand.TryGetValue(name, out var known))
            return (null, [$"There is no command '{name}'."]);
        var faults = ImmutableArray.CreateBuilder<string>();
        var values = Values(arguments.Skip(named ? 1 : 0).ToArray(), name, known, faults);
        var command = Command(name, values, environment, faults);
        return faults.Count == 0 ? (command, []) : (null, faults.ToImmutable());
    }

    static Dictionary<string, string> Values(
        string[] arguments, string command, ImmutableArray<string> known, ImmutableArray<string>.Builder faults)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Length; i++)
        {
            var (option, value) = Split(arguments[i]);
            if (!known.Contains(option))
                faults.Add($"'{command}' has no option '{option}'.");
            else if (_switches.Contains(option))
                values[option] = value ?? "true";
            else if (value is null && ++i == arguments.Length)
                faults.Add($"{option} needs a value.");
            else if (!values.TryAdd(option, value ?? arguments[i]))
                faults.Add($"{option} is given twice.");
        }
        return values;
    }

    static (string Option, string? Value) Split(string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (argument, null) : (argument[..equals], argument[(equals + 1)..]);
    }

    static WritdCommand? Command(
        string name, Dictionary<string, string> values, Func<string, string?> environment,
        ImmutableArray<string>.Builder faults)
    {
        var data = Path.GetFullPath(
            values.GetValueOrDefault("--data") ?? environment("WRIT_DATA") ?? DefaultData(environment));
        switch (name)
        {
            case "init":
                return new WritdCommand.Init(
                    data, Required("--name"), Required("--origin"), Required("--founder"), Required("--founder-name"));
            case "check":
                return new WritdCommand.Check(data);
            default:
                var options = new WritdOptions
                {
                    Data = data,
                    Socket = values.GetValueOrDefault("--socket") ?? environment("WRIT_SOCKET")
                        ?? DefaultSocket(data, environment),
                    Urls = [.. (values.GetValueOrDefault("--listen") ?? environment("WRIT_LISTEN")
                        ?? WritdOptions.DefaultUrl)
                        .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
                    CertificateFile = values.GetValueOrDefault("--cert"),
                    CertificateKeyFile = values.GetValueOrDefault("--key"),
                    Launcher = values.GetValueOrDefault("--launcher") ?? environment("WRIT_LAUNCH"),
                    SessionUids = values.GetValueOrDefault("--session-uids") ?? environment("WRIT_SESSION_UIDS"),
                    ControlGroup = values.GetValueOrDefault("--control-group") ?? environment("WRIT_CONTROL_GROUP"),
                    VerifyOnStart = values.ContainsKey("--verify-on-start"),
                    Quiet = values.ContainsKey("--quiet"),
                };
                faults.AddRange(options.Faults());
                return new WritdCommand.Serve(options);
        }

        string Required(string option)
        {
            if (values.GetValueOrDefault(option) is { Length: > 0 } value)
                return value;
            faults.Add($"{option} is missing.");
            return "";
        }
    }

    static string DefaultData(Func<string, string?> environment) =>
        Path.Combine(environment("HOME") is { Length: > 0 } home ? home : "/root", ".local", "state", "writ");

    static string DefaultSocket(string data, Func<string, string?> environment) =>
        environment("XDG_RUNTIME_DIR") is { Length: > 0 } runtime ? Path.Combine(runtime, "writ", "agent.sock")
        : ThisProcess.EffectiveUid == 0 ? "/run/writ/agent.sock"
        : Path.Combine(data, "run", "agent.sock");
}

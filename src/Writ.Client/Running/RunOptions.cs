using System.Collections.Immutable;
using System.Globalization;
using Writ.Preparations;

namespace Writ.Client.Running;

/// <summary>What was written after <c>writ run</c>, or after <c>writ rollback</c>.</summary>
/// <param name="Undoes">The run to take back, instead of a command.</param>
/// <param name="Assistant">The command is an assistant, and lives in a sandbox for its session.</param>
/// <param name="EndsSession">That session was opened for it.</param>
/// <param name="Prepares">The command is for another agent to carry out.</param>
/// <param name="Prepared">What another agent prepared, and the command is to be exactly.</param>
sealed record RunOptions(
    RequestId? Request, SessionId? Session, TimeSpan? Wait, bool Json, string? Socket, ImmutableArray<string>? Argv,
    RunId? Undoes = null, bool Assistant = false, bool EndsSession = false, bool Prepares = false,
    Preparation? Prepared = null)
{
    static readonly TimeSpan _waitMax = TimeSpan.FromDays(1);

    /// <summary>A run and options around it; null when it cannot be understood.</summary>
    public static RunOptions? ParseRollback(ReadOnlySpan<string> args)
    {
        // Options may come after the run, which is no command that would have options of its own.
        if (args is [var first, ..] && !first.StartsWith('-'))
            args = (string[])[.. args[1..], first];
        return Parse(args) is { Argv: [var run], Request: null } options && IdRules.IsWellFormed(run)
            ? options with { Argv = null, Undoes = new RunId(run) }
            : null;
    }

    /// <summary>Null when it cannot be understood.</summary>
    public static RunOptions? Parse(ReadOnlySpan<string> args)
    {
        var options = new RunOptions(null, null, null, Json: false, null, null);
        for (var i = 0; i < args.Length; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : null;
            switch (args[i])
            {
                case "--":
                    return options.WithCommand(args[(i + 1)..]);
                case "--request" when value is not null && IdRules.IsWellFormed(value):
                    options = options with { Request = new RequestId(value) };
                    i++;
                    break;
                case "--session" when value is not null && IdRules.IsWellFormed(value):
                    options = options with { Session = new SessionId(value) };
                    i++;
                    break;
                case "--socket" when value is not null:
                    options = options with { Socket = value };
                    i++;
                    break;
                case "--wait":
                    options = options with { Wait = _waitMax };
                    break;
                case var wait when wait.StartsWith("--wait=", StringComparison.Ordinal):
                    if (!int.TryParse(wait.AsSpan(7), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                        || seconds > _waitMax.TotalSeconds)
                        return null;
                    options = options with { Wait = TimeSpan.FromSeconds(seconds) };
                    break;
                case "--json":
                    options = options with { Json = true };
                    break;
                case "--prepare":
                    options = options with { Prepares = true };
                    break;
                case "--prepared" when value?.Split('=', 2) is [var id, var digest] && IdRules.IsWellFormed(id):
                    options = options with { Prepared = new Preparation(new RequestId(id), digest) };
                    i++;
                    break;
                case "--assistant":
                    options = options with { Assistant = true };
                    break;
                case "--ends-session":
                    options = options with { EndsSession = true };
                    break;
                case var word when word.StartsWith('-'):
                    return null;
                default:
                    return options.WithCommand(args[i..]);
            }
        }
        return options.Request is null || options.NeedsCommand ? null : options.WithSession();
    }

    bool NeedsCommand => Assistant || Prepares || Prepared is not null;

    RunOptions? WithCommand(ReadOnlySpan<string> argv) =>
        argv.IsEmpty || Request is not null || (Prepares && (Assistant || Prepared is not null || Wait is not null))
            ? null
            : WithSession() with { Argv = [.. argv] };

    // What was named on the command line goes before what the environment says.
    RunOptions WithSession() =>
        Session is null && Environment.GetEnvironmentVariable("WRIT_SESSION") is { Length: > 0 } id
            && IdRules.IsWellFormed(id)
            ? this with { Session = new SessionId(id) }
            : this;
}

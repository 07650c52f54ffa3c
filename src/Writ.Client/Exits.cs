using Writ.Wire;

namespace Writ.Client;

/// <summary>The exit statuses that scripts may rely on; <c>writ run</c> adds those of the command.</summary>
public static class Exits
{
    public const int Ok = 0;
    public const int Error = 1;
    public const int Usage = 2;
    public const int Blocked = 3;
    public const int Pending = 4;
    public const int Refused = 5;
    public const int Unreachable = 6;

    /// <summary>As a shell says of a program that is there and does not start.</summary>
    public const int NotExecutable = 126;

    /// <summary>As a shell says of a command that SIGPIPE ended.</summary>
    public const int BrokenPipe = 141;

    /// <summary>By the catalogue; for a code it does not know (of a newer control plane) by the status.</summary>
    public static int For(Problem problem) => RefusalCatalog.All.TryGetValue(problem.Code, out var entry)
        ? entry.Exit
        : problem.Status switch
        {
            401 or 403 => Refused,
            429 or 503 => Unreachable,
            _ => Error,
        };
}

namespace Writ.Cli.Connecting;

/// <summary>What the client's exit status says; every other one is the command's own.</summary>
static class AgentExitCodes
{
    public const int Ok = 0;
    public const int Error = 1;
    public const int Usage = 2;
    public const int Blocked = 3;
    public const int Pending = 4;
    public const int Refused = 5;
    public const int Unreachable = 6;
    public const int NotExecutable = 126;
    public const int NotFound = 127;
    public const int BrokenPipe = 141;

    /// <summary>The status for a refusal, by its stable code.</summary>
    public static int For(string code) => code switch
    {
        "request.waiting" => Pending,
        "request.no-executable" => NotFound,
        "realm.busy" or "realm.stopped" or "run.too-many" => Unreachable,
        "request.expired" or "request.closed" or "writ.expired" or "writ.consumed" or "writ.issued"
            or "writ.unknown" => Refused,
        _ when code.StartsWith("approval.", StringComparison.Ordinal) => Refused,
        _ => Blocked,
    };
}

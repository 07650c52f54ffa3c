namespace Writ.Server.Agents;

/// <summary>
/// The exit status that a run's client ends with when the run was refused after the connection was made.
/// </summary>
static class AgentStatus
{
    const int Blocked = 3;
    const int Void = 5;

    public static int For(string code) =>
        code.StartsWith("writ.", StringComparison.Ordinal) || code.StartsWith("approval.", StringComparison.Ordinal)
        || code.StartsWith("request.", StringComparison.Ordinal)
            ? Void
            : Blocked;
}

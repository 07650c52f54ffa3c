using Writ.Runs;
using Writ.Server.Running;
using Writ.Workflows;
using RunOutcome = Writ.Runs.RunOutcome;

namespace Writ.Server.Agents;

/// <summary>What the ledger and the client are told of a run, from what the runner says of it.</summary>
static class RunAccount
{
    internal static Tier TierOf(ContainmentTier tier) => tier switch
    {
        ContainmentTier.T3 => Tier.T3,
        ContainmentTier.T2 => Tier.T2,
        ContainmentTier.T1 => Tier.T1,
        _ => Tier.T0,
    };

    internal static RunEnd EndOf(Running.RunOutcome ended) => ended.Reason switch
    {
        RunEndReason.Exited => ended.ShellSignal == 0 ? RunEnd.Exited : RunEnd.Signalled,
        RunEndReason.TimedOut => RunEnd.TimedOut,
        RunEndReason.OutputLimit => RunEnd.OutputLimit,
        RunEndReason.Killed => RunEnd.Killed,
        _ => RunEnd.NotStarted,
    };

    internal static string? Sentence(Running.RunOutcome ended) => ended switch
    {
        { RefusalCode: { } code } => $"writ: not run [{code}]",
        { StoppedBy: { } why } => $"writ: killed: {why.Why} [{why.Code}]",
        { Reason: RunEndReason.TimedOut } => "writ: ended because its time was over [run.timed-out]",
        { Reason: RunEndReason.OutputLimit } => "writ: ended because it printed too much [run.output-limit]",
        { Reason: RunEndReason.Killed } => "writ: killed [run.killed]",
        { Reason: RunEndReason.NotStarted } => "writ: not run [run.not-started]",
        _ => null,
    };

    internal static RunOutcome NotStarted(string detail, RunEnd end) => new(end, 126, 0, 0, 0, null, null, detail);

    internal static Runs.Containment ContainmentOf(Running.Containment found, AssistantPlace? assistant) => new(
        TierOf(found.Tier), found.BubblewrapVersion is { } version ? $"bubblewrap {version}"
            : "none", found.LandlockAbi,
        found.Seccomp, found.Uid, found.Weak.AddRange(assistant?.Weak ?? []), found.Mediated,
        found.Owner, found.Limits);
}

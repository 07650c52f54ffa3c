namespace Writ.Server.Running;

/// <summary>
/// What it would have taken, a moment ago, to build the sandbox of a run like this one: found out while its verdict was
/// being made durable, when there was nothing else to do.
/// </summary>
/// <param name="Draft">The plan as it was known then.</param>
/// <param name="At">When that was, as a time stamp of the runner's clock.</param>
sealed record ForeseenStart(RunPlan Draft, RunIdentity Identity, SandboxBasis Basis, long At)
{
    // A verdict takes a millisecond or two. What was looked at long before a start is looked at again.
    static readonly TimeSpan _ageMax = TimeSpan.FromMilliseconds(20);

    /// <summary>The sandbox of this plan would be built of the same, and nothing of its own goes in.</summary>
    internal bool Serves(RunPlan plan, TimeProvider time) =>
        time.GetElapsedTime(At) <= _ageMax
        && (plan.Session, plan.WorkTree, plan.WorkTreeWritable, plan.TierMin, plan.DemandsOwnUser)
            == (Draft.Session, Draft.WorkTree, Draft.WorkTreeWritable, Draft.TierMin, Draft.DemandsOwnUser)
        && plan.ReadOnlyPaths.SequenceEqual(Draft.ReadOnlyPaths)
        && plan.Limits == Draft.Limits with { WallTimeMax = plan.Limits.WallTimeMax }
        && plan is { Terminal: null, Egress: null, Credentials: null, Identity: null, Assistant: null };
}

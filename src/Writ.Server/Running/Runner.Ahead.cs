using Writ.Linux;

namespace Writ.Server.Running;

/// <summary>What is done for a run before it is there: its sandbox stands, and is known to be the one.</summary>
public sealed partial class Runner
{
    /// <summary>
    /// Finds out what the sandbox of such a run would be built of now, for a start that comes at once; null where none
    /// stands that it would have to be compared with.
    /// </summary>
    internal ForeseenStart? Foresee(RunPlan draft)
    {
        if (draft.Session is not { } session || draft.Terminal is not null || !_spares.StandsFor(session)
            || TierFor(draft.TierMin) != ContainmentTier.T2)
            return null;
        var identity = Identity(draft, ContainmentTier.T2);
        using var stay = identity.Stay;
        if (stay is null && draft.DemandsOwnUser)
            return null;
        var order = Sandbox(draft, ContainmentTier.T2, identity, copy: null, layer: null);
        return new ForeseenStart(draft, identity, SandboxBasis.Of(order, draft.Limits), _time.GetTimestamp());
    }

    RunStart.Started? TryBegin(RunPlan plan, ContainmentTier tier, ForeseenStart foreseen) =>
        tier == ContainmentTier.T2 && foreseen.Serves(plan, _time) && !NeedsCopy(plan)
        && _spares.TryBegin(
            plan.Session!, () => foreseen.Basis, plan, Document(plan, tier, foreseen.Identity).Render()) is { } run
            ? new RunStart.Started(run)
            : null;

    /// <summary>
    /// Prepares a sandbox for the session's next run, in the background, as if it were this one again. Where that is
    /// not possible nothing happens: the next run then builds its own, and says what is wrong.
    /// </summary>
    public void PrepareNext(RunPlan plan)
    {
        if (plan.Session is not { } session || plan.Egress is not null || plan.Credentials is not null
            || plan.Identity is not null || plan.Assistant is not null
            || TierFor(plan.TierMin) != ContainmentTier.T2
            || ProblemWith(plan) is not null)
            return;
        SessionStay? stay = null;
        try
        {
            var next = plan with { Terminal = null };
            var identity = Identity(next, ContainmentTier.T2);
            stay = identity.Stay;
            if (stay is null && plan.DemandsOwnUser)
                return;
            var order = Sandbox(next, ContainmentTier.T2, identity, copy: null, layer: null);
            _spares.Prepare(session, SandboxBasis.Of(order, plan.Limits), name =>
            {
                var loop = Loop(name, order, plan.Limits, ContainmentTier.T2, identity);
                stay = null;
                return loop;
            });
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or LinuxFaultException)
        {
            return;
        }
        finally
        {
            stay?.Dispose();
        }
    }
}

using Writ.Egress;
using Writ.Runs;
using Writ.Server.Sequencer;

namespace Writ.Server.Egress;

/// <summary>Who decides what may be reached out of one run, and keeps the account of it.</summary>
public interface IEgressDesk
{
    /// <summary>Whether a place may be looked up: the grant that names it, or why not.</summary>
    (EgressGrant? Grant, EgressVerdict? Refused) Look(EgressDestination place);

    /// <summary>Decides one connection; where people have to agree, waits for them.</summary>
    Task<EgressVerdict> Decide(EgressAttempt attempt, EgressAddress address, CancellationToken gone);

    /// <summary>Takes what became of a connection; waits while the ledger is behind.</summary>
    ValueTask Record(EgressRecord record);
}

/// <summary>Decides by the realm as it is at that moment.</summary>
sealed class RunEgressDesk(
    RealmActor realm, RunId run, RunBounds bounds, IEgressHold hold, EgressRecorder recorder, EgressLimits limits,
    TimeProvider time) : IEgressDesk
{
    public (EgressGrant? Grant, EgressVerdict? Refused) Look(EgressDestination place) =>
        EgressJudge.Look(realm.State, bounds, place, time.GetUtcNow());

    public async Task<EgressVerdict> Decide(EgressAttempt attempt, EgressAddress address, CancellationToken gone)
    {
        var now = time.GetUtcNow();
        var verdict = EgressJudge.Decide(realm.State, bounds, attempt, address, now);
        return verdict.Answer == EgressAnswer.Gated
            ? await hold.HoldAsync(run, bounds, attempt, verdict, now + limits.HoldMax, gone)
            : verdict;
    }

    public ValueTask Record(EgressRecord record) => recorder.Add(record);
}

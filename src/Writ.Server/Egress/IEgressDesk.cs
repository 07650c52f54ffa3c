using Writ.Egress;
using Writ.Holds;
using Writ.Runs;
using Writ.Runs.Recordings;
using Writ.Server.Holding;
using Writ.Server.Sequencer;

namespace Writ.Server.Egress;

/// <summary>Who decides what may be reached out of one run, and keeps the account of it.</summary>
public interface IEgressDesk
{
    /// <summary>Whether a place may be looked up: the grant that names it, or why not.</summary>
    (EgressGrant? Grant, EgressVerdict? Refused) Look(EgressDestination place);

    /// <summary>Decides one connection; where people have to agree, and the workflow lets it wait, waits for them.
    /// </summary>
    /// <param name="waits">Called once when it stands in the inbox.</param>
    /// <param name="gone">Whoever wanted the connection wants it no more.</param>
    Task<EgressVerdict> Decide(
        EgressAttempt attempt, EgressAddress address, Action<HeldNotice> waits, CancellationToken gone);

    /// <summary>Takes what became of a connection; waits while the ledger is behind.</summary>
    ValueTask Record(EgressRecord record);
}

/// <summary>Decides by the realm as it is at that moment.</summary>
sealed class RunEgressDesk(
    RealmActor realm, RunId run, RunBounds bounds, IHoldingDesk holding, EgressRecorder recorder, KnownSecrets secrets,
    EgressLimits limits, TimeProvider time) : IEgressDesk
{
    static readonly EgressVerdict _unrecorded = EgressVerdict.Refuse(
        "net.recorder-fault", "What the run reaches cannot be recorded.");

    public (EgressGrant? Grant, EgressVerdict? Refused) Look(EgressDestination place) =>
        recorder.IsBroken ? (null, _unrecorded) : EgressJudge.Look(realm.State, bounds, place, time.GetUtcNow());

    public async Task<EgressVerdict> Decide(
        EgressAttempt attempt, EgressAddress address, Action<HeldNotice> waits, CancellationToken gone)
    {
        if (recorder.IsBroken)
            return _unrecorded;
        var now = time.GetUtcNow();
        var verdict = EgressJudge.Decide(realm.State, bounds, attempt, address, now);
        var parent = bounds.Request.Id;
        if (verdict.Answer != EgressAnswer.Gated || !holding.Holds(parent))
            return verdict;
        var answer = await holding.HoldAsync(
            run, parent, HeldAction.Connect.Of(MaskedReach.Of(attempt, secrets), address), now + limits.HoldMax, waits,
            gone);
        return answer switch
        {
            HoldAnswer.Approved => new EgressVerdict(
                EgressAnswer.Allowed, "net.approved", verdict.Rule,
                "The people who were asked agreed to this method and path of this place at this address.", []),
            HoldAnswer.Refused refused => EgressVerdict.Refuse(refused.Code, refused.Why, verdict.Rule),
            _ => EgressVerdict.Refuse("net.approval-needed", verdict.Why, verdict.Rule),
        };
    }

    public ValueTask Record(EgressRecord record) => recorder.Add(MaskedReach.Of(record, secrets));
}

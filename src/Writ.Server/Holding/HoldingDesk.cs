using System.Collections.Concurrent;
using System.Collections.Immutable;
using Writ.Approvals;
using Writ.Holds;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Agents;
using Writ.Server.Sequencer;
using Writ.Sessions;

namespace Writ.Server.Holding;

/// <summary>
/// Puts what stands still inside a run into the realm's inbox and watches the ledger for what becomes of it. It decides
/// nothing: every answer is one of the realm's, and is durable before whoever waits hears of it.
/// </summary>
sealed class HoldingDesk : IHoldingDesk, IDisposable
{
    static readonly Actor.Host _host = new("runner");
    static readonly TimeSpan _retryAfter = TimeSpan.FromMilliseconds(50);

    readonly RealmActor _realm;
    readonly IdSource _ids;
    readonly TimeProvider _time;
    readonly ConcurrentDictionary<RequestId, TaskCompletionSource> _waiting = new();
    readonly IDisposable _subscription;

    public HoldingDesk(RealmActor realm, IdSource ids, TimeProvider time)
    {
        (_realm, _ids, _time) = (realm, ids, time);
        _subscription = realm.Subscribe(committed =>
            Wake(committed.Entry.Data.Events ?? [], committed.Entry.Data.Move));
    }

    public void Dispose() => _subscription.Dispose();

    public bool Holds(RequestId parent) => _realm.State.Find(parent) is var (session, _)
        && _realm.State.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow)?.Held is not null;

    public async Task<HoldAnswer> HoldAsync(
        RunId run, RequestId parent, HeldAction action, DateTimeOffset until, Action<HeldNotice> waits,
        CancellationToken gone)
    {
        var state = _realm.State;
        if (HoldRules.MayNot(state, run, parent) is { } mayNot)
            return new HoldAnswer.Refused(null, mayNot.Code, mayNot.Why);
        var running = (RequestState.Running)state.Find(parent)!.Value.Request;
        var request = HoldRules.RequestOf(
            new RequestId(_ids.New("req")), running.Request, new Hold(run, parent, action));
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[request.Id] = changed;
        try
        {
            return await Hold(request, until, waits, changed.Task, gone);
        }
        catch (RealmUnavailableException e)
        {
            return new HoldAnswer.Refused(request.Id, e.Code, e.Message);
        }
        finally
        {
            _waiting.TryRemove(request.Id, out _);
        }
    }

    async Task<HoldAnswer> Hold(
        Request request, DateTimeOffset until, Action<HeldNotice> waits, Task changed, CancellationToken gone)
    {
        var answer = await _realm.Submit(
            new HoldMove.Open(request, Milliseconds(until)), _host, _ids.New("mv"), CancellationToken.None);
        if (answer.Decided is not Decided.Accepted { Events: [RequestEvent.Judged judged] })
            return Refused(null, ((Decided.Refused)answer.Decided).Refusal);
        if (judged.Verdict.Kind == VerdictKind.Blocked)
            return new HoldAnswer.Refused(request.Id, judged.Verdict.Code, judged.Verdict.Why);
        if (judged.Verdict.Kind == VerdictKind.Approval)
        {
            waits(new HeldNotice(request.Id, Asks(judged.Verdict), judged.ExpiresAt));
            await Settled(judged.ExpiresAt, changed, gone);
        }
        return _realm.State.Find(request.Id)?.Request is RequestState.Ready && !gone.IsCancellationRequested
            ? await GoOn(request.Id)
            : await Withdraw(request.Id);
    }

    // Until its state has changed, its time is over, or nobody wants it any more. Timers may be early by some
    // milliseconds, and what is taken back early has not expired.
    async Task Settled(DateTimeOffset expiresAt, Task changed, CancellationToken gone)
    {
        while (!changed.IsCompleted && !gone.IsCancellationRequested
            && expiresAt - _time.GetUtcNow() is var left && left > TimeSpan.Zero)
        {
            using var limit = new CancellationTokenSource(left + TimeSpan.FromMilliseconds(1), _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, gone);
            await changed.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task<HoldAnswer> GoOn(RequestId request)
    {
        var answer = await _realm.Submit(new HoldMove.Go(request), _host, _ids.New("mv"), CancellationToken.None);
        if (answer.Decided is Decided.Accepted { Events: [HoldEvent.LetGo] })
            return new HoldAnswer.Approved(request);
        var refusal = AgentDesk.Voided(answer, request)
            ?? throw new InvariantBrokenException("What does not go on was refused or closed.");
        if (_realm.State.Find(request)?.Request is RequestState.Waiting or RequestState.Ready)
            await Withdraw(request);
        return Refused(request, refusal);
    }

    /// <summary>Takes it out of the inbox, where it is still there, and says how it ended.</summary>
    async Task<HoldAnswer> Withdraw(RequestId request)
    {
        var key = _ids.New("mv");
        while (_realm.State.Find(request)?.Request is RequestState.Waiting or RequestState.Ready)
            try
            {
                await _realm.Submit(new HoldMove.Withdraw(request), _host, key, CancellationToken.None);
            }
            catch (RealmUnavailableException e) when (e.Code != RealmUnavailableException.Stopped)
            {
                // A full queue or disk only delays it; the run's end closes it in any case.
                await Task.Delay(_retryAfter, _time, CancellationToken.None);
            }
        var code = _realm.State.Find(request)?.Request is RequestState.Closed closed ? closed.Code : "session.ended";
        return new HoldAnswer.Refused(request, code, code switch
        {
            "approval.refused" => "Somebody who was asked refused it.",
            "request.expired" => "Nobody who was asked decided in time.",
            _ => "It waits no more.",
        });
    }

    void Wake(ImmutableArray<Event> events, Move move)
    {
        if (_waiting.IsEmpty)
            return;
        foreach (var happened in events)
            switch (happened, move)
            {
                case (ApprovalEvent.Completed, ApprovalMove.Dispose m):
                    Wake(m.Request);
                    break;
                case (RequestEvent.Closed e, _):
                    Wake(e.Request);
                    break;
                case (SessionEvent.Ended e, _):
                    foreach (var voided in e.Voided)
                        Wake(voided);
                    break;
            }
    }

    void Wake(RequestId request)
    {
        if (_waiting.TryGetValue(request, out var changed))
            changed.TrySetResult();
    }

    // As a ledger keeps it, so that whoever decides it again has the same.
    static DateTimeOffset Milliseconds(DateTimeOffset at) =>
        new(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero);

    static string Asks(Verdict verdict) =>
        string.Join(", ", verdict.Gates.Select(g => $"{g.Quorum} of {g.Team}").Distinct());

    static HoldAnswer.Refused Refused(RequestId? request, Refusal refusal) => new(request, refusal.Code, refusal.Why);
}

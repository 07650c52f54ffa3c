using System.Collections.Immutable;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Sequencer;
using Writ.Sessions;

namespace Writ.Server.Agents;

/// <summary>What was asked and how it was judged, for requests the realm's state no longer holds in full.</summary>
sealed record Remembered(
    Request Request, SessionTerms Session, string Digest, Verdict Verdict, DateTimeOffset? At, string? Code,
        RunOutcome? Outcome,
    ImmutableArray<long> Entries);

/// <summary>
/// A bounded memory of recent requests, filled from what is committed. It is a convenience for answering agents; losing
/// it loses nothing that the ledger does not have.
/// </summary>
sealed class RequestHistory : IDisposable
{
    const int RequestsMax = 4_096;

    readonly Lock _gate = new();
    readonly Dictionary<RequestId, Remembered> _byId = [];
    readonly Queue<RequestId> _order = new();
    readonly IDisposable _subscription;

    public RequestHistory(RealmActor realm)
    {
        _subscription = realm.Subscribe(OnCommitted);
        foreach (var session in realm.State.Sessions.Values.OfType<SessionState.Open>())
            foreach (var state in session.Requests.Values)
                if (state is RequestState.Waiting w)
                    Add(new Remembered(w.Request, session.Terms, w.Digest, w.Verdict, null, null, null, []));
                else if (state is RequestState.Ready r)
                    Add(new Remembered(r.Request, session.Terms, r.Digest, r.Verdict, null, null, null, []));
                else if (state is RequestState.Ordered o)
                    Add(new Remembered(o.Request, session.Terms, o.Digest, o.Verdict, null, null, null, []));
    }

    public Remembered? Find(RequestId id)
    {
        lock (_gate)
            return _byId.GetValueOrDefault(id);
    }

    public void Dispose() => _subscription.Dispose();

    void OnCommitted(Committed committed)
    {
        var data = committed.Entry.Data;
        if (data.Events is not { } events)
            return;
        foreach (var happened in events)
            switch (happened, data.Move)
            {
                case (RequestEvent.Judged judged, RequestMove.Submit submit):
                    if (TermsOf(committed.After, submit.Request.Session) is { } terms)
                        Add(new Remembered(submit.Request, terms, judged.Digest, judged.Verdict, committed.Entry.Time,
                            judged.Verdict.Kind == VerdictKind.Blocked ? judged.Verdict.Code
                                : null, null, [committed.Index]));
                    break;
                case (RequestEvent.Closed closed, _):
                    Change(closed.Request, committed.Index, r => r with { Code = closed.Code });
                    break;
                case (SessionEvent.Ended ended, _):
                    foreach (var id in ended.Voided)
                        Change(id, committed.Index, r => r with { Code = ended.Code });
                    break;
                case (RunEvent.Ended, RunMove.End end):
                    Change(end.Request, committed.Index, r => r with
                    {
                        Outcome = end.Outcome,
                        Code = RunEnds.Code(end.Outcome.End),
                    });
                    break;
                case (RequestEvent.Reported, RequestMove.Report report):
                    Change(report.Request, committed.Index, r => r with
                    {
                        Code = report.Succeeded ? "request.done" : "request.failed",
                    });
                    break;
            }
    }

    static SessionTerms? TermsOf(RealmState realm, SessionId id) => realm.Sessions.GetValueOrDefault(id) switch
    {
        SessionState.Open open => open.Terms,
        SessionState.Ended ended => ended.Terms,
        _ => null,
    };

    void Add(Remembered remembered)
    {
        lock (_gate)
        {
            if (!_byId.TryAdd(remembered.Request.Id, remembered))
                return;
            _order.Enqueue(remembered.Request.Id);
            if (_order.Count > RequestsMax)
                _byId.Remove(_order.Dequeue());
        }
    }

    void Change(RequestId id, long index, Func<Remembered, Remembered> change)
    {
        lock (_gate)
            if (_byId.TryGetValue(id, out var remembered))
                _byId[id] = change(remembered) with { Entries = remembered.Entries.Add(index) };
    }
}

using System.Collections.Immutable;
using Writ.Approvals;
using Writ.Egress;
using Writ.Holds;
using Writ.Leases;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Storage;
using Writ.Sessions;
using Writ.Trees;
using Writ.Wire;

namespace Writ.Server.Reading;

/// <summary>A request told from its entries alone: what state no longer holds, the ledger still says.</summary>
sealed class RequestStory
{
    RunId _run;
    string _beforeUndoing = "";

    public Request? Request { get; private set; }

    public string State { get; private set; } = "";

    public string? Code { get; private set; }

    public string Digest { get; private set; } = "";

    public Verdict? Verdict { get; private set; }

    public ImmutableArray<Approval> Approvals { get; private set; } = [];

    public DateTimeOffset? RequestedAt { get; private set; }

    public DateTimeOffset? ExpiresAt { get; private set; }

    public RunOutcome? Outcome { get; private set; }

    /// <summary>What was started in its run, in order.</summary>
    public ImmutableArray<ExecutionBatch> Executions { get; private set; } = [];

    /// <summary>What its run asked to reach, in order.</summary>
    public ImmutableArray<EgressBatch> Egress { get; private set; } = [];
    /// <summary>The credentials of its run, by their names.</summary>
    public ImmutableSortedDictionary<string, LeaseView> Leases { get; private set; } =
        ImmutableSortedDictionary.Create<string, LeaseView>(StringComparer.Ordinal);

    /// <summary>Requests that were to take its run back, in order.</summary>
    public ImmutableArray<RequestId> UndoneBy { get; private set; } = [];

    /// <summary>What became of what its run changed.</summary>
    public TreeFate? Changed { get; private set; }

    /// <summary>The run that carried it out.</summary>
    public RunId? Run { get; private set; }

    public long SubmittedIn { get; private set; }

    public static RequestStory Read(ILedgerStore store, RequestId id, IEnumerable<long> entries)
    {
        var story = new RequestStory();
        foreach (var index in entries)
            if (store.Read(index, 1) is [var bytes, ..])
                story.Take(id, index, Entry.FromBytes(bytes.Span));
        return story;
    }

    void Take(RequestId id, long index, Entry entry)
    {
        // An id may have been refused before it was taken, so only what was accepted tells of the request.
        if (entry.Data.Events is not { } events)
            return;
        foreach (var happened in events)
        {
            if (IsOf(id, entry.Data.Move))
                Leases = LeaseView.After(Leases, happened, entry.Data.Move, entry.Time);
            Take(id, index, entry, happened);
        }
    }

    // Entries of other requests stand among those that are read, where something of both is said.
    static bool IsOf(RequestId id, Move move) => move switch
    {
        LeaseMove m => m.Request == id,
        RunMove.Consume m => m.Request == id,
        RunMove.End m => m.Request == id,
        _ => false,
    };

    void Take(RequestId id, long index, Entry entry, Event happened)
    {
        switch (happened, entry.Data.Move)
        {
            case (RequestEvent.Judged e, var m) when RequestRules.AskedBy(m) is { } asked && asked.Id == id:
                (Request, Digest, Verdict) = (asked, e.Digest, e.Verdict);
                (RequestedAt, ExpiresAt, SubmittedIn) = (entry.Time, e.ExpiresAt, index);
                State = e.Verdict.Kind switch
                {
                    VerdictKind.Automatic => "ready",
                    VerdictKind.Approval => "waiting",
                    _ => "closed",
                };
                Code = State == "closed" ? e.Verdict.Code : null;
                break;
            case (RequestEvent.Judged, RequestMove.Submit m) when m.Request.Undoes?.Request == id:
                UndoneBy = UndoneBy.Add(m.Request.Id);
                break;
            case (ApprovalEvent.Given, ApprovalMove.Dispose m) when m.Request == id:
                Approvals = Approvals.Add(new Approval(m.Person, m.Signature, entry.Time, m.ExpiresAt));
                break;
            case (ApprovalEvent.Completed e, ApprovalMove.Dispose m) when m.Request == id:
                (State, ExpiresAt) = ("ready", e.ReadyUntil);
                break;
            case (RequestEvent.Allowed, RequestMove.Allow m) when m.Request == id:
                State = "allowed";
                break;
            case (RequestEvent.Reported, RequestMove.Report m) when m.Request == id:
                Close(m.Succeeded ? "request.done" : "request.failed");
                break;
            case (RunEvent.WritIssued e, RequestMove.Execute m) when m.Request == id:
                (State, ExpiresAt) = ("ordered", e.Order.ExpiresAt);
                break;
            case (RunEvent.WritConsumed, RunMove.Consume m) when m.Request == id:
                (State, Run) = ("running", m.Run);
                break;
            case (RunEvent.ExecutionsRecorded, RunMove.RecordExecutions m) when m.Request == id:
                Executions = Executions.Add(m.Batch);
                break;
            case (RunEvent.EgressRecorded, RunMove.RecordEgress m) when m.Request == id:
                Egress = Egress.Add(m.Batch);
                break;
            case (RunEvent.Ended, RunMove.End m) when m.Request == id:
                Outcome = m.Outcome;
                Close(RunEnds.Code(m.Outcome.End));
                break;
            case (HoldEvent.LetGo, HoldMove.Go m) when m.Request == id:
                Close("hold.let-go");
                break;
            case (RequestEvent.Closed e, _) when e.Request == id:
                Close(e.Code);
                break;
            case (SessionEvent.Ended e, _) when e.Voided.Contains(id):
                Close(e.Code);
                break;
            case (TreeEvent tree, _):
                TakeChanges(id, tree, entry);
                break;
        }
    }

    string StateAfter(string before, TreeResult result) => (before, result.Code, result.Left) switch
    {
        ("committing", null, > 0) => "partly",
        ("committing", null, _) => "committed",
        ("committing", _, _) => "held",
        ("undoing", null, _) => "held",
        _ => _beforeUndoing,
    };

    void TakeChanges(RequestId id, Event happened, Entry entry)
    {
        switch (happened, entry.Data.Move)
        {
            case (TreeEvent.Recorded e, TreeMove.Record m) when m.Request == id:
                _run = m.Run;
                Changed = new TreeFate(
                    e.Held.State == HeldState.Held ? "held" : "committing", entry.Time, By: null);
                break;
            case (TreeEvent.CommitOrdered, TreeMove.Commit m):
                Changed = new TreeFate("committing", entry.Time, m.Person);
                break;
            case (TreeEvent.UndoOrdered, TreeMove.Undo m):
                _beforeUndoing = Changed?.State ?? "";
                Changed = new TreeFate("undoing", entry.Time, m.Person);
                break;
            case (TreeEvent.Settled, TreeMove.Settle m) when Changed is { } changed:
                Changed = changed with { State = StateAfter(changed.State, m.Result), At = entry.Time };
                break;
            case (TreeEvent.RestDropped, _) when Changed is { } changed:
                Changed = changed with { State = "committed", At = entry.Time };
                break;
            case (TreeEvent.Forgotten e, var m) when Changed is { } changed && e.Run == _run:
                Changed = new TreeFate(
                    e.Code[(e.Code.IndexOf('.', StringComparison.Ordinal) + 1)..], entry.Time,
                    m is TreeMove.Discard && entry.Data.Actor is Actor.Person person ? person.Id
                        : m is TreeMove.Settle ? changed.By : null);
                break;
        }
    }

    void Close(string code) => (State, Code) = ("closed", code);
}

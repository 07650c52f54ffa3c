using Writ.Approvals;
using Writ.Changes;
using Writ.Findings;
using Writ.Holds;
using Writ.Leases;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Trees;
using Writ.Wire;

namespace Writ.Server.Reading;

/// <summary>What one entry adds to the derived index.</summary>
static class DerivedRows
{
    const string RequestEntry = "INSERT OR IGNORE INTO request_entry VALUES($1, $2)";

    // What is told of a run is told of its request.
    const string RunEntry = "INSERT OR IGNORE INTO request_entry SELECT request, $2 FROM run WHERE id = $1";

    public static IEnumerable<(string Sql, object[] Values)> Of(long index, Entry entry)
    {
        foreach (var request in RequestsOf(entry.Data).Distinct())
            yield return (RequestEntry, [request.Value ?? "", index]);
        foreach (var run in RunsOf(entry.Data).Distinct())
            yield return (RunEntry, [run.Value ?? "", index]);
        if (entry.Data.Refusal is not null)
            yield break;
        foreach (var name in NamesIn(entry.Data).Distinct(StringComparer.Ordinal))
            yield return ("INSERT OR IGNORE INTO about VALUES($1, $2)", [name, index]);
        if (entry.Data.Move is SessionMove.Open open)
            yield return ("INSERT OR IGNORE INTO session VALUES($1, $2)", [open.Terms.Id.Value, index]);
        if (entry.Data.Move is RunMove.Consume consumed)
            yield return ("INSERT OR IGNORE INTO run VALUES($1, $2)",
                [consumed.Run.Value, consumed.Request.Value]);
        if (entry.Data.Move is SessionMove.RecordPrompt said)
            yield return ("INSERT OR IGNORE INTO prompt VALUES($1, $2, $3, $4, $5)",
                [said.Session.Value, index, said.Prompt.PromptId, said.Prompt.Digest, said.Prompt.Bytes]);
    }

    /// <summary>Findings and changes of which an accepted entry tells.</summary>
    static IEnumerable<string> NamesIn(EntryBody data)
    {
        if (data.Move is FindingMove.Accept accepted)
            yield return $"finding/{accepted.Finding}";
        if (data.Move is ChangeMove.Propose proposed)
            yield return $"change/{proposed.Change}";
        if (data.Move is ChangeMove.Review reviewed)
            yield return $"change/{reviewed.Change}";
        foreach (var happened in data.Events ?? [])
            if (happened is FindingEvent.Raised raised)
                yield return $"finding/{raised.Finding}";
            else if (happened is FindingEvent.Settled settled)
                yield return $"finding/{settled.Finding}";
    }

    /// <summary>The runs of whose changes an entry tells.</summary>
    static IEnumerable<RunId> RunsOf(EntryBody data)
    {
        switch (data.Move)
        {
            case TreeMove.Record m:
                yield return m.Run;
                break;
            case TreeMove.Commit m:
                yield return m.Run;
                break;
            case TreeMove.Discard m:
                yield return m.Run;
                break;
            case TreeMove.Undo m:
                yield return m.Run;
                break;
            case TreeMove.Settle m:
                yield return m.Run;
                break;
        }
        foreach (var forgotten in (data.Events ?? []).OfType<TreeEvent.Forgotten>())
            yield return forgotten.Run;
    }

    /// <summary>Every request an entry tells of, by its move or by what came of it.</summary>
    static IEnumerable<RequestId> RequestsOf(EntryBody data)
    {
        switch (data.Move)
        {
            case RequestMove.Submit m:
                yield return m.Request.Id;
                // What takes a run back is told of where the run is.
                if (m.Request.Undoes is { } undoes)
                    yield return undoes.Request;
                break;
            case HoldMove.Open m:
                yield return m.Request.Id;
                break;
            case HoldMove.Go m:
                yield return m.Request;
                break;
            case HoldMove.Withdraw m:
                yield return m.Request;
                break;
            case RequestMove.Allow m:
                yield return m.Request;
                break;
            case RequestMove.Execute m:
                yield return m.Request;
                break;
            case RequestMove.Report m:
                yield return m.Request;
                break;
            case ApprovalMove.Dispose m:
                yield return m.Request;
                break;
            case LeaseMove m:
                yield return m.Request;
                break;
            case RunMove.Consume m:
                yield return m.Request;
                break;
            case RunMove.RecordExecutions m:
                yield return m.Request;
                break;
            case RunMove.RecordEgress m:
                yield return m.Request;
                break;
            case RunMove.End m:
                yield return m.Request;
                break;
        }
        foreach (var happened in data.Events ?? [])
            if (happened is RequestEvent.Closed closed)
                yield return closed.Request;
            else if (happened is SessionEvent.Ended ended)
                foreach (var voided in ended.Voided)
                    yield return voided;
    }
}

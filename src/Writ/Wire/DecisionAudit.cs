using System.Text.Json;
using Writ.Approvals;
using Writ.Changes;
using Writ.Ledger;
using Writ.People;
using Writ.Realms;
using Writ.Requests;

namespace Writ.Wire;

/// <summary>Where an audit stopped: the first entry that does not follow from those before it.</summary>
/// <param name="Code"><c>audit.not-an-entry</c>, <c>audit.not-canonical</c>, <c>audit.time</c> or
/// <c>audit.decided-otherwise</c>.</param>
public sealed record AuditFault(long Index, string Code, string Why);

/// <summary>What an audit has gone through, for the summary a person reads.</summary>
public sealed record AuditTally(
    long Entries, long Refusals, long Verdicts, long Approvals, long Runs, int People, string PolicyDigest);

/// <summary>
/// Decides every recorded move again, in order, from nothing but the entries: an operator who changed an outcome, left
/// out a refusal or invented an approval is found, even when every signature over the log is right.
/// </summary>
public sealed class DecisionAudit
{
    long _refusals;
    long _verdicts;
    long _approvals;
    long _runs;

    /// <summary>The state after the entries taken so far.</summary>
    public RealmState State { get; private set; } = RealmState.None;

    /// <summary>The index of the entry that is expected next.</summary>
    public long Next { get; private set; }

    public AuditTally Tally => new(
        Next, _refusals, _verdicts, _approvals, _runs, State.Registry.People.Count, State.Registry.Policy.Digest);

    /// <summary>Takes the next entry; null when it is exactly what the rules make of the moves so far.</summary>
    public AuditFault? Take(ReadOnlySpan<byte> bytes)
    {
        if (!CanonicalJson.IsCanonical(bytes))
            return Fault("audit.not-canonical", "The entry is not in the canonical form in which entries are written.");
        Entry entry;
        try
        {
            entry = Entry.FromBytes(bytes);
        }
        catch (Exception e) when (Unreadable.Is(e))
        {
            return Fault(
                "audit.not-an-entry", $"The entry cannot be read at {Unreadable.Place(e) ?? "its start"}.");
        }
        // A reader fills what is left out with nothing; an entry without a move or its actor says nothing.
        return entry is { Data: { Move: not null, Actor: not null } }
            ? Take(entry)
            : Fault("audit.not-an-entry", "The entry has no move, or nobody who made it.");
    }

    /// <summary>As for bytes, for an entry that was read already.</summary>
    public AuditFault? Take(Entry entry)
    {
        if (entry.Time < State.Now)
            return Fault("audit.time", $"It is dated {entry.Time:u}, before the entry in front of it.");
        if (Next == 0 && entry.Data.Move is not RealmMove.Create)
            return Fault("audit.decided-otherwise", "A ledger begins with the creation of its realm.");
        var data = entry.Data;
        var decided = RealmDecider.Decide(State, data.Move, data.Actor, entry.Time);
        var again = decided switch
        {
            Decided.Accepted accepted => data with { Events = accepted.Events, Refusal = null },
            Decided.Refused refused => data with { Events = null, Refusal = refused.Refusal },
            _ => throw new InvariantBrokenException("An answer is either accepted or refused."),
        };
        if (!Canonical.Bytes(again, WireJson.Default.EntryBody).Span
            .SequenceEqual(Canonical.Bytes(data, WireJson.Default.EntryBody).Span))
            return Fault("audit.decided-otherwise", $"'{Said(data)}' is recorded, and the rules say '{Said(again)}'.");
        State = RealmDecider.Evolve(State, data.Move, data.Actor, data.Events ?? [], entry.Time);
        Count(data);
        Next++;
        return null;
    }

    void Count(EntryBody data)
    {
        if (data.Refusal is not null)
            _refusals++;
        foreach (var happened in data.Events ?? [])
            switch (happened)
            {
                case RequestEvent.Judged:
                    _verdicts++;
                    break;
                case ApprovalEvent.Given or ChangeEvent.Reviewed or PersonEvent.Enrolled:
                    _approvals++;
                    break;
                case Runs.RunEvent.WritConsumed:
                    _runs++;
                    break;
            }
    }

    static string Said(EntryBody data) => data.Refusal is { } refusal
        ? $"refused: {refusal.Code}"
        : string.Join(", ", (data.Events ?? []).Select(Said));

    static string Said(Event happened) => happened switch
    {
        RequestEvent.Judged judged => $"judged {judged.Verdict.Kind} ({judged.Verdict.Code})",
        RequestEvent.Closed closed => $"closed ({closed.Code})",
        _ => happened.GetType().Name,
    };

    AuditFault Fault(string code, string why) => new(Next, code, why);
}

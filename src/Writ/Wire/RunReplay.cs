using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Writ.Egress;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Workflows;

namespace Writ.Wire;

/// <summary>A recorded decision about something inside a run that the rules do not make again.</summary>
/// <param name="Entry">The entry that records it.</param>
/// <param name="Number">Of the attempt within its run.</param>
/// <param name="What">The program with its arguments, or the place.</param>
/// <param name="Recorded">The code that is recorded, and the rule where one said so.</param>
/// <param name="Again">The same as the rules say it now, from the recorded facts.</param>
public sealed record RunDifference(long Entry, int Number, string What, string Recorded, string Again);

/// <summary>What became of deciding one kind of attempts again.</summary>
/// <param name="Count">All that the ledger knows of.</param>
/// <param name="Same">Decided again, with the same answer.</param>
/// <param name="ByPeople">They waited for people: their own requests are decided again as requests.</param>
/// <param name="Supervised">Ended by a limit or a fault of the world, of which policy says nothing.</param>
/// <param name="Cut">Not whole in the record, which has a digest of the whole.</param>
/// <param name="Elsewhere">In a list outside of the ledger that was not at hand.</param>
public sealed record RunReplayTally(int Count, int Same, int ByPeople, int Supervised, int Cut, int Elsewhere);

/// <summary>
/// Decides again what was recorded of one run: every program that it started and every place that it reached, from the
/// facts in the record and the realm as it stood. The record tells moments in milliseconds since the run began, and
/// the ledger when it may have begun at the earliest; where the realm changed in between, one of its states has to give
/// the recorded answer.
/// </summary>
/// <param name="list">The lines of a list that the ledger names by its digest; null where it is not at hand. Whoever
/// gives it has compared it with the digest.</param>
public sealed class RunReplay(RunId run, Func<string, ReadOnlyMemory<byte>?> list)
{
    const int DifferencesMax = 100;
    const int WhatMax = 300;

    // A verdict is remembered so long, while the realm stays as it is.
    static readonly TimeSpan _remembered = TimeSpan.FromSeconds(5);

    readonly Dictionary<RequestId, RunBounds> _ordered = [];
    readonly List<(DateTimeOffset From, RealmState State)> _moments = [];
    readonly List<RunDifference> _differences = [];
    RunBounds? _bounds;
    DateTimeOffset _began;
    bool _ownScratch;
    bool _isOver;

    /// <summary>The request that the run carried out; null while no entry has told of the run.</summary>
    public RequestId? Request => _bounds?.Request.Id;

    public RunReplayTally Programs { get; private set; } = new(0, 0, 0, 0, 0, 0);

    public RunReplayTally Connections { get; private set; } = new(0, 0, 0, 0, 0, 0);

    /// <summary>The first differences.</summary>
    public ImmutableArray<RunDifference> Differences => [.. _differences];

    /// <summary>Takes the next entry, with the states before it and after it.</summary>
    public void Take(long index, EntryBody data, DateTimeOffset at, RealmState before, RealmState after)
    {
        if (data.Events is { } events)
            Follow(data.Move, events, at, before);
        if (_bounds is not null && !_isOver && !ReferenceEquals(before, after))
            _moments.Add((at, after));
        if (data.Refusal is not null || _bounds is not { } bounds)
            return;
        switch (data.Move)
        {
            case RunMove.RecordExecutions m when m.Run == run:
                Programs = Again(index, Programs, m.Batch.Count, Records(m.Batch.Listed, m.Batch.ListDigest,
                    WireJson.Default.ExecutionRecord, m.Batch.Count), r => Decide(bounds, r, at));
                break;
            case RunMove.RecordEgress m when m.Run == run:
                Connections = Again(index, Connections, m.Batch.Count, Records(m.Batch.Listed, m.Batch.ListDigest,
                    WireJson.Default.EgressRecord, m.Batch.Count), r => Decide(bounds, r, at));
                break;
            case RunMove.End m when m.Run == run:
                _isOver = true;
                _moments.Clear();
                break;
        }
    }

    void Follow(Move move, ImmutableArray<Event> events, DateTimeOffset at, RealmState before)
    {
        switch (move)
        {
            case RequestMove.Execute m when events is [RunEvent.WritIssued issued]
                && before.Find(m.Request)?.Request is RequestState.Ready ready:
                _ordered[m.Request] = new RunBounds(
                    ready.Request, ready.Verdict, ready.Approvals, issued.Order.IssuedAt);
                break;
            case RunMove.Consume m when m.Run == run && _bounds is null:
                // The verdict that counts is the second one.
                _bounds = _ordered.GetValueOrDefault(m.Request) is { } bounds
                    && before.Find(m.Request)?.Request is RequestState.Ordered ordered
                        ? bounds with { Request = ordered.Request, Verdict = ordered.Verdict }
                        : null;
                (_began, _ownScratch) = (at, m.Tier >= Tier.T2);
                break;
            case RunMove.Consume m:
                _ordered.Remove(m.Request);
                break;
        }
    }

    // Where a list is not at hand, what its entry holds itself is left.
    List<T> Records<T>(ImmutableArray<T> listed, string? digest, JsonTypeInfo<T> type, int count)
    {
        if (digest is null || list(digest) is not { } lines)
            return [.. listed];
        var records = new List<T>();
        foreach (var line in Encoding.UTF8.GetString(lines.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            if (records.Count < count && JsonSerializer.Deserialize(line, type) is { } record)
                records.Add(record);
        return records;
    }

    RunReplayTally Again<T>(
        long index, RunReplayTally tally, int count, List<T> records, Func<T, (Standing, RunDifference?)> decide)
    {
        tally = tally with { Count = tally.Count + count, Elsewhere = tally.Elsewhere + count - records.Count };
        foreach (var record in records)
        {
            var (standing, difference) = decide(record);
            tally = standing switch
            {
                Standing.Same => tally with { Same = tally.Same + 1 },
                Standing.ByPeople => tally with { ByPeople = tally.ByPeople + 1 },
                Standing.Supervised => tally with { Supervised = tally.Supervised + 1 },
                Standing.Cut => tally with { Cut = tally.Cut + 1 },
                _ => tally,
            };
            if (difference is not null && _differences.Count < DifferencesMax)
                _differences.Add(difference with { Entry = index });
        }
        return tally;
    }

    (Standing, RunDifference?) Decide(RunBounds bounds, ExecutionRecord record, DateTimeOffset recorded)
    {
        if (record.Held is not null)
            return (Standing.ByPeople, null);
        var program = record.Program;
        var said = Said(record.Code, record.Rule);
        var what = Short(string.Join(' ', program.Argv));
        if (record is { Number: 0, Code: "exec.request" or "exec.blocked" })
        {
            var isOrdered = record.ArgvDigest is { } digest
                ? digest == ActionDigests.Argv(bounds.Request.Argv)
                : program.Argv.AsSpan().SequenceEqual(bounds.Request.Argv.AsSpan());
            return isOrdered == (record.Code == "exec.request")
                ? (Standing.Same, null)
                : (Standing.Other, new RunDifference(
                    0, 0, what, said, isOrdered ? "exec.request" : "exec.blocked: it is not what the writ orders"));
        }
        if (record.Code is not ("exec.automatic" or "exec.covered" or "exec.blocked" or "exec.not-covered"
            or "exec.session-over"))
            return (Standing.Supervised, null);
        if (record.ArgvDigest is not null)
            return (Standing.Cut, null);
        return Compared(record.Number, what, said, record.AtMs, recorded, (realm, now) =>
        {
            var verdict = ExecutionJudge.Decide(realm, bounds, program, _ownScratch, now);
            return Said(verdict.Code, verdict.Rule);
        });
    }

    (Standing, RunDifference?) Decide(RunBounds bounds, EgressRecord record, DateTimeOffset recorded)
    {
        if (record.Code == "net.approved" || record.Code.StartsWith("hold.", StringComparison.Ordinal))
            return (Standing.ByPeople, null);
        // What became of a connection that was let through is the world's.
        var isDecided = record.Code is "net.automatic" or "net.covered" or "net.blocked" or "net.approval-needed"
            or "net.not-granted" or "net.address-refused" or "net.session-over" or "net.outside-credential"
            or "net.cleartext" or "net.credential-over" or "net.intercept-changed";
        if (!isDecided)
            return (Standing.Supervised, null);
        if (record.Path is ['/', .., '…'])
            return (Standing.Cut, null);
        var place = new EgressDestination(record.Host, record.Port);
        var attempt = new EgressAttempt(
            // A request that was seen in a tunnel was decided as what it is.
            record.Method is null ? record.Via : EgressVia.Http, place, record.Method ?? "", record.Path ?? "",
            record.Encrypted);
        return Compared(record.Number, $"{record.Method} {attempt.Url}".TrimStart(),
            Said(record.Code, record.Rule), record.AtMs, recorded, (realm, now) =>
            {
                var (_, refused) = EgressJudge.Look(realm, bounds, place, now);
                if (refused is null && record.Address is { } address && EgressAddress.Parse(address) is { } parsed)
                {
                    var verdict = EgressJudge.Decide(realm, bounds, attempt, parsed, now);
                    return verdict.Answer == EgressAnswer.Gated
                        ? Said("net.approval-needed", verdict.Rule)
                        : Said(verdict.Code, verdict.Rule);
                }
                return refused is null ? "net.unresolved" : Said(refused.Code, refused.Rule);
            });
    }

    // The recorded answer, at one of the moments at which it can have been given.
    (Standing, RunDifference?) Compared(
        int number, string what, string said, int atMs, DateTimeOffset recorded,
        Func<RealmState, DateTimeOffset, string> decide)
    {
        var from = _began + TimeSpan.FromMilliseconds(atMs);
        var first = Math.Max(0, _moments.FindLastIndex(m => m.From <= from));
        string? again = null;
        for (var i = first; i < _moments.Count && _moments[i].From <= recorded; i++)
        {
            // Policies may ask for the time, in minutes.
            var last = i + 1 < _moments.Count && _moments[i + 1].From < recorded ? _moments[i + 1].From : recorded;
            var begins = _moments[i].From > from ? _moments[i].From : from;
            foreach (var now in (ReadOnlySpan<DateTimeOffset>)[begins, last, begins - _remembered])
            {
                var answer = decide(_moments[i].State, now);
                if (answer == said)
                    return (Standing.Same, null);
                again ??= answer;
            }
        }
        return (Standing.Other, new RunDifference(0, number, what, said, again ?? "nothing: no state is known"));
    }

    static string Said(string code, string? rule) => rule is null ? code : $"{code} by {rule}";

    static string Short(string text) => text.Length <= WhatMax ? text : string.Concat(text.AsSpan(0, WhatMax), "…");

    enum Standing
    {
        Other,
        Same,
        ByPeople,
        Supervised,
        Cut,
    }
}

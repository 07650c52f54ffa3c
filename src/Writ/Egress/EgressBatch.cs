namespace Writ.Egress;

/// <summary>What became of one connection. Member 0 is the one that says least.</summary>
public enum EgressEnd
{
    /// <summary>Not let through.</summary>
    Refused,

    /// <summary>Let through, and nobody answered there.</summary>
    Failed,

    /// <summary>Let through, and ended by a limit or with the run.</summary>
    Cut,

    /// <summary>Let through, to its own end.</summary>
    Done,
}

/// <summary>One connection that a run asked for.</summary>
/// <param name="Number">Counted from 0 in the order of asking.</param>
/// <param name="AtMs">Milliseconds since the proxy stands.</param>
/// <param name="Host">As it is compared; empty where none could be read.</param>
/// <param name="Path">Of HTTP where it can be seen, without what stands behind '?'; long ones are cut.</param>
/// <param name="Address">The one that was dialled, or that was refused; null where none was looked for.</param>
/// <param name="BytesSent">Of content and of HTTP's heads, to there.</param>
/// <param name="BytesReceived">From there.</param>
/// <param name="Intercepted">TLS was opened on the way; null where it was not.</param>
/// <param name="Credential">The name and fingerprint of what was added outside of the sandbox.</param>
public sealed record EgressRecord(
    int Number, int AtMs, int DurationMs, EgressVia Via, string Host, int Port, string? Method, string? Path,
    bool Encrypted, string? Address, EgressEnd End, string Code, string? Rule, string? Why, long BytesSent,
    long BytesReceived, bool? Intercepted = null, string? Credential = null);

/// <summary>How many connections to one place came to the same end by the same rule, and what went through.</summary>
public sealed record EgressTally(
    string Host, int Port, EgressEnd End, string Code, string? Rule, int Count, long BytesSent, long BytesReceived);

/// <summary>
/// Consecutive connections of one run as the ledger keeps them: every place with its counts and bytes, and all records
/// where they are few; else those that were not let through, and the digest under which the whole list is kept.
/// </summary>
/// <param name="First">How many were recorded before it.</param>
/// <param name="Elsewhere">Connections to places that have no tally of their own here; 0 where all have.</param>
/// <param name="ListDigest">Salted digest of the blob with every record, one line of JSON each; null when all of them
/// are here.</param>
public sealed record EgressBatch(
    int First, int Count, ImmutableArray<EgressTally> Tallies, int Elsewhere, ImmutableArray<EgressRecord> Listed,
    string? ListDigest)
{
    public const int CountMax = 1_024;
    public const int ListedMax = 32;
    public const int TalliesMax = 64;
    public const int TextMax = 8_000;

    /// <summary>Why this cannot be the next batch; null when it can.</summary>
    /// <param name="recorded">How many of the run are recorded; null when nobody counts any more.</param>
    internal string? Problem(int? recorded)
    {
        if (Tallies.IsDefault || Listed.IsDefault || Tallies.Length > TalliesMax || Listed.Length > ListedMax)
            return $"A batch has at most {TalliesMax} tallies and {ListedMax} records.";
        if (Count is < 1 or > CountMax || First < 0 || (recorded is { } before && before != First))
            return $"A batch has at most {CountMax} connections and follows the one before it.";
        if (Elsewhere < 0 || Tallies.Any(t => t.Count is < 1 or > CountMax || t.BytesSent < 0 || t.BytesReceived < 0)
            || Elsewhere + Tallies.Sum(t => (long)t.Count) != Count)
            return "The tallies of a batch count each of its connections once.";
        var isElsewhere = ListDigest?.StartsWith("sha256:", StringComparison.Ordinal) ?? false;
        if (Listed.Length > Count || ((Listed.Length < Count || Elsewhere > 0) && !isElsewhere))
            return "A batch holds all of its records, or says where they are kept.";
        if (Listed.Any(r => r.Number < 0 || r.BytesSent < 0 || r.BytesReceived < 0))
            return "A record counts from 0.";
        return Tallies.Sum(Length) + Listed.Sum(Length) > 2 * TextMax
            ? $"The records of a batch have at most {2 * TextMax} characters."
            : Contradiction();
    }

    // Where every record is here, the tallies follow from them.
    string? Contradiction()
    {
        if (Listed.Length < Count)
            return null;
        foreach (var tally in Tallies)
        {
            var same = Listed.Where(r => (r.Host, r.Port, r.End, r.Code, r.Rule)
                == (tally.Host, tally.Port, tally.End, tally.Code, tally.Rule)).ToArray();
            if (same.Length != tally.Count || same.Sum(r => r.BytesSent) != tally.BytesSent
                || same.Sum(r => r.BytesReceived) != tally.BytesReceived)
                return "The tallies of a batch are what its records add up to.";
        }
        return null;
    }

    /// <summary>How much text a record holds.</summary>
    public static long Length(EgressRecord record) =>
        record.Host.Length + (record.Method?.Length ?? 0) + (record.Path?.Length ?? 0)
        + (record.Address?.Length ?? 0) + record.Code.Length + (record.Rule?.Length ?? 0) + (record.Why?.Length ?? 0)
        + (record.Credential?.Length ?? 0);

    /// <summary>How much text a tally holds.</summary>
    public static long Length(EgressTally tally) =>
        tally.Host.Length + tally.Code.Length + (tally.Rule?.Length ?? 0);

    /// <summary>A batch of these, in this order.</summary>
    /// <param name="list">Keeps the whole list, and says under which digest; asked only where that is needed.</param>
    public static EgressBatch Of(
        int first, ImmutableArray<EgressRecord> records, Func<ImmutableArray<EgressRecord>, string> list)
    {
        var all = records.GroupBy(r => (r.Host, r.Port, r.End, r.Code, r.Rule))
            .Select(g => new EgressTally(
                g.Key.Host, g.Key.Port, g.Key.End, g.Key.Code, g.Key.Rule, g.Count(), g.Sum(r => r.BytesSent),
                g.Sum(r => r.BytesReceived)))
            .OrderByDescending(t => t.Count).ThenBy(t => t.Host, StringComparer.Ordinal).ThenBy(t => t.Port)
            .ThenBy(t => t.End).ThenBy(t => t.Code, StringComparer.Ordinal)
            .ThenBy(t => t.Rule, StringComparer.Ordinal).ToImmutableArray();
        var tallies = Fitting(all, TalliesMax, Length);
        var elsewhere = records.Length - tallies.Sum(t => t.Count);
        var isWhole = elsewhere == 0 && records.Length <= ListedMax && records.Sum(Length) <= TextMax;
        return new EgressBatch(
            first, records.Length, tallies, elsewhere,
            isWhole ? records : Fitting([.. records.Where(r => r.End == EgressEnd.Refused)], ListedMax, Length),
            isWhole ? null : list(records));
    }

    static ImmutableArray<T> Fitting<T>(ImmutableArray<T> items, int countMax, Func<T, long> length)
    {
        var kept = ImmutableArray.CreateBuilder<T>();
        var room = (long)TextMax;
        foreach (var item in items)
        {
            room -= length(item);
            if (room < 0 || kept.Count == countMax)
                break;
            kept.Add(item);
        }
        return kept.ToImmutable();
    }
}

namespace Writ.Runs;

/// <summary>What became of one attempt to start a program. Member 0 is the one that says least.</summary>
public enum ExecutionEnd
{
    /// <summary>Whoever asked was gone before it was decided, or before it was seen to start.</summary>
    Gone,

    /// <summary>Not permitted: the call failed and its caller went on.</summary>
    Denied,

    /// <summary>Permitted, and the kernel could not start it: no such file, not a program.</summary>
    Failed,

    /// <summary>It started as it was decided.</summary>
    Started,

    /// <summary>Something else started than was decided; it was ended before its first instruction.</summary>
    Killed,
}

/// <summary>One attempt with both decisions: what was asked for, and what was there when it had started.</summary>
/// <param name="Number">Counted from 0 in the order of asking.</param>
/// <param name="Parent">The attempt whose program asked; null for the writ's own command, and where nobody knows.
/// </param>
/// <param name="AtMs">Milliseconds since the run's first.</param>
/// <param name="Program">As it was asked for; long values are cut, and then <paramref name="ArgvDigest"/> is of the
/// whole.</param>
/// <param name="Found">What had started, where that was something else.</param>
/// <param name="Held">The request under which it waited for people; null where it did not.</param>
public sealed record ExecutionRecord(
    int Number, int? Parent, int AtMs, int Pid, ExecutedProgram Program, string? ArgvDigest, ExecutionEnd End,
    string Code, string? Rule, string? Why, ExecutedProgram? Found, RequestId? Held = null);

/// <summary>How many attempts came to the same end by the same rule.</summary>
public sealed record ExecutionTally(ExecutionEnd End, string Code, string? Rule, int Count);

/// <summary>
/// Consecutive attempts of one run as the ledger keeps them: all of them where they are few, else those that were not
/// permitted, with the counts of all and the digest under which the whole list is kept.
/// </summary>
/// <param name="First">The number of its first attempt.</param>
/// <param name="ListDigest">Salted digest of the blob with every record of the batch, one line of JSON each; null when
/// all of them are here.</param>
public sealed record ExecutionBatch(
    int First, int Count, ImmutableArray<ExecutionTally> Tallies, ImmutableArray<ExecutionRecord> Listed,
    string? ListDigest)
{
    public const int CountMax = 4_096;

    /// <summary>How many are kept in the entry itself.</summary>
    public const int ListedMax = 32;

    public const int TalliesMax = 64;

    /// <summary>Longest text of a batch all together, so that its entry fits the ledger whatever it contains.</summary>
    public const int TextMax = 8_000;

    /// <summary>Why this cannot be the next batch; null when it can.</summary>
    /// <param name="recorded">How many of the run are recorded; null when nobody counts any more.</param>
    internal string? Problem(int? recorded)
    {
        if (Tallies.IsDefault || Listed.IsDefault || Tallies.Length > TalliesMax || Listed.Length > ListedMax)
            return $"A batch has at most {TalliesMax} tallies and {ListedMax} records.";
        if (Count is < 1 or > CountMax || First < 0 || (recorded is { } before && before != First))
            return $"A batch has at most {CountMax} attempts and follows the one before it.";
        var counted = 0L;
        foreach (var tally in Tallies)
            counted += tally.Count is < 1 or > CountMax ? CountMax + 1 : tally.Count;
        if (counted != Count)
            return "The tallies of a batch count each of its attempts once.";
        var isElsewhere = ListDigest?.StartsWith("sha256:", StringComparison.Ordinal) ?? false;
        if (Listed.Length > Count || (Listed.Length < Count && !isElsewhere))
            return "A batch holds all of its records, or says where they are kept.";
        var at = First - 1;
        var text = 0L;
        foreach (var record in Listed)
        {
            if (record.Number <= at || record.Number >= (long)First + Count || record.Parent >= record.Number)
                return "The records of a batch come in their order, each after the one that led to it.";
            at = record.Number;
            text += Length(record);
        }
        return text > TextMax ? $"The records of a batch have at most {TextMax} characters." : null;
    }

    /// <summary>How much text a record holds.</summary>
    public static long Length(ExecutionRecord record) =>
        (record.ArgvDigest?.Length ?? 0) + record.Code.Length + (record.Rule?.Length ?? 0) + (record.Why?.Length ?? 0)
        + Length(record.Program) + (record.Found is { } found ? Length(found) : 0);

    static long Length(ExecutedProgram program) =>
        program.Name.Length + program.Executable.Length + program.Cwd.Length + Length(program.Argv)
        + Length(program.Via) + Length(program.Loaders)
        + (program.Script is { } script ? script.Path.Length + (script.Digest?.Length ?? 0) : 0);

    static long Length(ImmutableArray<string> texts)
    {
        const int eachCosts = 4;
        var length = (long)texts.Length * eachCosts;
        foreach (var text in texts)
            length += text.Length;
        return length;
    }
}

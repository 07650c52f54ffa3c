namespace Writ.Findings;

/// <summary>
/// Whom and what a finding is about. Every part that is given has to hold for a session to be concerned; of several
/// targets one is enough. One that names nothing concerns no session.
/// </summary>
/// <param name="WorkTree">The directory in which it was found.</param>
/// <param name="Person">Whose key it is.</param>
public sealed record FindingScope(
    AgentId? Agent = null, WorkflowId? Workflow = null, EnvironmentId? Environment = null,
    ImmutableArray<TargetId>? Targets = null, SessionId? Session = null, string? WorkTree = null,
    PersonId? Person = null);

/// <summary>Something that should not be as it is, as it was seen.</summary>
/// <param name="Code">Stable, and in <c>docs/refusals.md</c> with what to do about it.</param>
/// <param name="Subject">What tells two of one code apart; the same cause has the same subject again.</param>
/// <param name="Detail">A sentence for people. It holds no secret.</param>
/// <param name="Evidence">What in the ledger tells of it: <c>session/ID</c>, <c>request/ID</c>, <c>run/ID</c>,
/// <c>change/ID</c>.</param>
/// <param name="Fingerprint">Of a secret, by the realm's own key; it tells nothing to anybody else.</param>
public sealed record FindingCause(
    FindingKind Kind, string Code, string Subject, string Detail, FindingScope Scope, ImmutableArray<string> Evidence,
    string? Fingerprint = null);

/// <summary>A person lives with a finding for a time, and says why.</summary>
public sealed record FindingAcceptance(PersonId By, string Reason, DateTimeOffset At, DateTimeOffset Until);

/// <summary>A finding that the realm knows.</summary>
/// <param name="Owner">The person who was to act when it was raised.</param>
/// <param name="Last">When it was raised last; some happen again and again.</param>
/// <param name="Accepted">Who lives with it, and until when.</param>
public sealed record KnownFinding(
    FindingId Id, FindingCause Cause, PersonId Owner, DateTimeOffset Since, DateTimeOffset Last, int Times = 1,
    FindingAcceptance? Accepted = null)
{
    /// <summary>Nobody lives with it, or not any longer.</summary>
    public bool IsOpen(DateTimeOffset now) => Accepted is not { } accepted || accepted.Until <= now;
}

/// <summary>One that is over.</summary>
/// <param name="Code">Why.</param>
public sealed record SettledFinding(KnownFinding Finding, string Code, DateTimeOffset At);

/// <summary>The findings of a realm: all that stand, and the last that were settled. The default knows none.</summary>
/// <param name="Dropped">How many more there were than the book holds.</param>
public sealed record FindingBook(
    ImmutableDictionary<FindingId, KnownFinding> Standing, ImmutableDictionary<FindingId, SettledFinding> Settled,
    int Dropped)
{
    public const int StandingMax = 5_000;

    /// <summary>Findings that can be looked at after their end; of older ones the ledger tells.</summary>
    public const int SettledMax = 512;

    public static FindingBook Empty { get; } = new(
        ImmutableDictionary<FindingId, KnownFinding>.Empty, ImmutableDictionary<FindingId, SettledFinding>.Empty, 0);

    internal FindingBook With(FindingId id, FindingCause cause, PersonId owner, DateTimeOffset at)
    {
        if (Standing.TryGetValue(id, out var known))
            return this with
            {
                Standing = Standing.SetItem(id, known with { Cause = cause, Last = at, Times = known.Times + 1 }),
            };
        return Standing.Count >= StandingMax
            ? this with { Dropped = Dropped + 1 }
            : this with
            {
                Standing = Standing.Add(id, new KnownFinding(id, cause, owner, at, at)),
                Settled = Settled.Remove(id),
            };
    }

    internal FindingBook Settle(FindingId id, string code, DateTimeOffset at)
    {
        var kept = Settled.Count < SettledMax ? Settled
            : Settled.Remove(Settled.Values.OrderBy(s => s.At)
                .ThenBy(s => s.Finding.Id.Value, StringComparer.Ordinal).First().Finding.Id);
        return this with
        {
            Standing = Standing.Remove(id),
            Settled = kept.SetItem(id, new SettledFinding(Standing[id], code, at)),
        };
    }
}

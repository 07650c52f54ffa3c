using System.Text.Json.Serialization;

namespace Writ.Leases;

/// <summary>
/// One credential for one run: what was agreed when its writ was used up. It carries its profile as it was then, so
/// that it can be taken back whatever the realm says now.
/// </summary>
/// <param name="Until">What it is never renewed beyond: its session, the approvals of its request, its profile.</param>
public sealed record Lease(
    LeaseId Id, CredentialProfile Profile, TargetId Target, RunId Run, WritId Writ, RequestId Request,
    SessionId Session, DateTimeOffset RequestedAt, DateTimeOffset Until)
{
    [JsonIgnore]
    public string Account => LeaseNames.Account(Id);
}

/// <summary>
/// Where a lease stands. Each state that an account may exist in leads to Ended, and only a confirmation of the backend
/// leads there from them.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "state")]
[JsonDerivedType(typeof(Requested), "requested")]
[JsonDerivedType(typeof(Intended), "intended")]
[JsonDerivedType(typeof(Issued), "issued")]
[JsonDerivedType(typeof(Revoking), "revoking")]
[JsonDerivedType(typeof(Failed), "revocation-failed")]
[JsonDerivedType(typeof(Ended), "ended")]
public abstract record LeaseState(Lease Lease)
{
    /// <summary>Its run has begun; the backend was not called yet.</summary>
    public sealed record Requested(Lease Lease) : LeaseState(Lease);

    /// <summary>The backend is about to be called, or was: an account may exist.</summary>
    public sealed record Intended(Lease Lease) : LeaseState(Lease);

    /// <summary>The backend has confirmed it.</summary>
    /// <param name="Fingerprint">Of the secret; the secret itself is nowhere but in the run.</param>
    public sealed record Issued(Lease Lease, string Fingerprint, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt)
        : LeaseState(Lease);

    /// <summary>It is over here, and the backend has not confirmed it.</summary>
    /// <param name="Code">Why it is over.</param>
    public sealed record Revoking(Lease Lease, string Code, DateTimeOffset Since) : LeaseState(Lease);

    /// <summary>Taking it back has failed; it is tried again until it works.</summary>
    /// <param name="Fault">What the backend said last, as a code.</param>
    public sealed record Failed(Lease Lease, string Code, DateTimeOffset Since, string Fault) : LeaseState(Lease);

    /// <summary>The backend has confirmed that it is gone, or was never called.</summary>
    public sealed record Ended(Lease Lease, string Code, DateTimeOffset At) : LeaseState(Lease);

    /// <summary>The word that people know.</summary>
    [JsonIgnore]
    public string Word => this switch
    {
        Requested => "requested",
        Intended => "intended",
        Issued => "issued",
        Revoking => "revoking",
        Failed => "revocation-failed",
        Ended { Code: "lease.expired" } => "expired",
        Ended { Code: "lease.never-issued" } => "never-issued",
        _ => "revoked",
    };
}

/// <summary>The leases of a realm: all that live, and the last that ended. The default knows none.</summary>
public sealed record LeaseBook(
    ImmutableDictionary<LeaseId, LeaseState> Live, ImmutableDictionary<LeaseId, LeaseState.Ended> Ended)
{
    /// <summary>Leases that live at once in a realm.</summary>
    public const int LiveMax = 20_000;

    /// <summary>Leases that can be looked at by name after their end; of older ones the ledger tells.</summary>
    public const int EndedMax = 1_024;

    /// <summary>So many that could not be taken back at a target keep it from giving out more.</summary>
    public const int FailedMax = 3;

    public static LeaseBook Empty { get; } = new(
        ImmutableDictionary<LeaseId, LeaseState>.Empty, ImmutableDictionary<LeaseId, LeaseState.Ended>.Empty);

    public LeaseState? Find(LeaseId id) => Live.GetValueOrDefault(id) ?? Ended.GetValueOrDefault(id);

    /// <summary>Those of one run that live, by their names.</summary>
    public ImmutableArray<LeaseState> Of(RunId run) =>
        [.. Live.Values.Where(l => l.Lease.Run == run).OrderBy(l => l.Lease.Id.Value, StringComparer.Ordinal)];

    internal LeaseBook With(LeaseState state)
    {
        if (state is not LeaseState.Ended ended)
            return this with { Live = Live.SetItem(state.Lease.Id, state) };
        var kept = Ended.Count < EndedMax ? Ended
            : Ended.Remove(Ended.Values.OrderBy(e => e.At)
                .ThenBy(e => e.Lease.Id.Value, StringComparer.Ordinal).First().Lease.Id);
        return new LeaseBook(Live.Remove(ended.Lease.Id), kept.SetItem(ended.Lease.Id, ended));
    }
}

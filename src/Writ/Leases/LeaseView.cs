namespace Writ.Leases;

/// <summary>A lease as people see it.</summary>
/// <param name="State">requested, intended, issued, revoking, revocation-failed, revoked, expired or never-issued.
/// </param>
/// <param name="Until">What it is never renewed beyond.</param>
/// <param name="ExpiresAt">When it ends, where it is issued.</param>
/// <param name="Fingerprint">Of the secret.</param>
/// <param name="Code">Why it is over.</param>
/// <param name="Since">When that was.</param>
/// <param name="Fault">What its backend said last, where it could not be taken back.</param>
/// <param name="Cut">Connections that were cut when it was taken back.</param>
public sealed record LeaseView(
    LeaseId Id, string State, string Profile, TargetId Target, CredentialTier Tier, RevocationClass Revocation,
    string Account, RunId Run, RequestId Request, SessionId? Session, WritId Writ, DateTimeOffset RequestedAt,
    DateTimeOffset Until, DateTimeOffset? IssuedAt = null, DateTimeOffset? ExpiresAt = null, string? Fingerprint = null,
    string? Code = null, DateTimeOffset? Since = null, string? Fault = null, int? Cut = null)
{
    public static LeaseView Of(LeaseState state)
    {
        var lease = state.Lease;
        var view = new LeaseView(
            lease.Id, state.Word, lease.Profile.Id, lease.Target, lease.Profile.Tier, lease.Profile.Backend.Class,
            lease.Account, lease.Run, lease.Request, lease.Session, lease.Writ, lease.RequestedAt, lease.Until);
        return state switch
        {
            LeaseState.Issued s => view with
            {
                IssuedAt = s.IssuedAt,
                ExpiresAt = s.ExpiresAt,
                Fingerprint = s.Fingerprint,
            },
            LeaseState.Revoking s => view with { Code = s.Code, Since = s.Since },
            LeaseState.Failed s => view with { Code = s.Code, Since = s.Since, Fault = s.Fault },
            LeaseState.Ended s => view with { Code = s.Code, Since = s.At },
            _ => view,
        };
    }

    /// <summary>What an accepted entry adds to what is known of the leases of a request.</summary>
    public static ImmutableSortedDictionary<string, LeaseView> After(
        ImmutableSortedDictionary<string, LeaseView> known, Event happened, Move move, DateTimeOffset at)
    {
        if ((happened, move) is (LeaseEvent.Requested e, Runs.RunMove.Consume m))
            return known.SetItem(e.Lease.Value, new LeaseView(
                e.Lease, "requested", e.Profile, e.Target, e.Tier, e.Revocation, LeaseNames.Account(e.Lease), m.Run,
                m.Request, Session: null, m.Writ, at, e.Until));
        if (happened is Runs.RunEvent.Ended)
            return known.SetItems(known.Where(l => l.Value.Code is null).Select(l => KeyValuePair.Create(
                l.Key, l.Value.Over("lease.run-ended", at))));
        if (move is not LeaseMove { Lease.Value: var id } || known.GetValueOrDefault(id) is not { } view)
            return known;
        return known.SetItem(id, (happened, move) switch
        {
            (LeaseEvent.IntentRecorded, _) => view with { State = "intended" },
            (LeaseEvent.Issued i, LeaseMove.Issue n) => view with
            {
                State = "issued",
                IssuedAt = at,
                ExpiresAt = i.ExpiresAt,
                Fingerprint = n.Fingerprint,
            },
            (LeaseEvent.Renewed, LeaseMove.Renew n) => view with { ExpiresAt = n.Until },
            (LeaseEvent.Revoking r, _) => view.Over(r.Code, at),
            (LeaseEvent.RevocationFailed, LeaseMove.Fail n) =>
                view with { State = "revocation-failed", Fault = n.Fault },
            (LeaseEvent.Ended o, LeaseMove.Confirm n) => view with
            {
                State = o.Code == "lease.expired" ? "expired" : "revoked",
                Code = o.Code,
                Since = at,
                Cut = n.Connections,
            },
            _ => view,
        });
    }

    LeaseView Over(string code, DateTimeOffset at) => State == "requested"
        ? this with { State = "never-issued", Code = "lease.never-issued", Since = at }
        : this with { State = "revoking", Code = code, Since = at };
}

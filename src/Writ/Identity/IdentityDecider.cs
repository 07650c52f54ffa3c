using Writ.Kills;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;

namespace Writ.Identity;

/// <summary>
/// Who is given an identity, by whose key, for how long. Everything is refused here before it is signed, and what is
/// refused is in the record like what is not.
/// </summary>
public static class IdentityDecider
{
    /// <summary>Keys that the book holds at most; more than rotation ever needs.</summary>
    public const int KeysMax = 64;

    /// <summary>SVIDs that one session is given at most.</summary>
    public const int SvidsOfSessionMax = 10_000;

    /// <summary>SVIDs of one move.</summary>
    public const int SvidsMax = 8;

    const int SerialMax = 64;
    const int ReasonMax = 1_024;

    /// <summary>Nothing that is issued lives longer.</summary>
    public static readonly TimeSpan LifeMax = TimeSpan.FromMinutes(10);

    static readonly TimeSpan _keyLifeMax = TimeSpan.FromDays(90);

    public static Decided Publish(RealmState realm, IdentityMove.Publish move, Actor actor, DateTimeOffset now)
    {
        if (actor is not Actor.Host)
            return Decided.No("identity.not-issuer", "Only the control plane's issuer publishes keys.");
        if (realm.Registry.Document.Identity is null)
            return Decided.No("identity.none", "This realm has no trust domain.");
        if (move.Keys.IsDefaultOrEmpty || realm.Issuer.Keys.Count + move.Keys.Length > KeysMax)
            return Decided.No("identity.bad-key", $"One to {KeysMax} keys are published.");
        if (move.Keys.DistinctBy(k => k.Kid).Count() < move.Keys.Length
            || move.Keys.Any(k => realm.Issuer.Keys.ContainsKey(k.Kid)))
            return Decided.No("identity.bad-key", "A key is published once.");
        foreach (var key in move.Keys)
            if (!Enum.IsDefined(key.Tier) || key.ActiveFrom < key.PublishedAt || key.ExpiresAt <= key.ActiveFrom
                || key.ExpiresAt > now + _keyLifeMax || key.PublishedAt > now || IssuerPublic.TryJwk(key) is null)
                return Decided.No("identity.bad-key", "A key is known before it signs, ends within 90 days, and bears "
                    + "its thumbprint as its name.");
        return Decided.Because(new IdentityEvent.Published());
    }

    public static Decided Retire(RealmState realm, IdentityMove.Retire move, Actor actor)
    {
        if (actor is not Actor.Host)
            return Decided.No("identity.not-issuer", "Only the control plane's issuer retires keys.");
        return move.Kids.IsDefaultOrEmpty || !move.Kids.All(realm.Issuer.Keys.ContainsKey)
            || move.Kids.Distinct().Count() < move.Kids.Length
            ? Decided.No("identity.bad-key", "Only keys that are published are retired, each once.")
            : Decided.Because(new IdentityEvent.Retired());
    }

    public static Decided Rotate(RealmState realm, IdentityMove.Rotate move, Actor actor, DateTimeOffset now)
    {
        if (RealmRules.RequireGovernance(realm, actor, now, out _) is { } no)
            return Decided.No(no);
        if (realm.Registry.Document.Identity is null || realm.Issuer.Keys.IsEmpty)
            return Decided.No("identity.none", "This realm has no keys for identities.");
        return move.Reason.Length is 0 or > ReasonMax
            ? Decided.No("identity.bad-reason", $"A reason has 1 to {ReasonMax} characters.")
            : Decided.Because(new IdentityEvent.Rotated());
    }

    public static Decided Issue(RealmState realm, IdentityMove.Issue move, Actor actor, DateTimeOffset now)
    {
        if (actor is not Actor.Host)
            return Decided.No("identity.not-issuer", "Identities are asked for at a run's own socket.");
        if (Malformed(move) is { } why)
            return Decided.No("identity.malformed", why);
        if (move.Attestation.By != AttestedBy.Launched || string.IsNullOrEmpty(move.Attestation.Namespace))
            return Decided.No("identity.unattested", "Whoever asks is no process that Writ started for this run.");
        if (realm.Find(move.Request) is not (var session, RequestState.Running running) || running.Run != move.Run)
            return Decided.No("identity.run-over", $"Run {move.Run} is not under way.");
        if (RealmRules.RequireOpen(realm, session.Terms.Id, now, out _) is { } closed)
            return Decided.No(closed);
        if (RealmRules.StoppedBy(realm, session) is { } scope)
            return Decided.No("session.stopped", $"{scope} is stopped by the kill switch.");
        if (session.Svids + move.Svids.Length > SvidsOfSessionMax)
            return Decided.No("identity.too-many", $"A session is given at most {SvidsOfSessionMax} SVIDs.");
        return Unfit(realm, session, running, move, now) is { } no
            ? Decided.No(no)
            : Decided.Because(new IdentityEvent.Issued());
    }

    public static RealmState Evolve(RealmState realm, IdentityEvent happened, Move move)
    {
        var book = realm.Issuer;
        switch (happened, move)
        {
            case (IdentityEvent.Published, IdentityMove.Publish m):
                return realm with
                {
                    Issuer = new IssuerBook(
                        book.Keys.SetItems(m.Keys.Select(k => KeyValuePair.Create(k.Kid, k))), book.Sequence + 1),
                };
            case (IdentityEvent.Retired, IdentityMove.Retire m):
                return realm with { Issuer = new IssuerBook(book.Keys.RemoveRange(m.Kids), book.Sequence + 1) };
            case (IdentityEvent.Rotated, IdentityMove.Rotate):
                return realm with { Issuer = IssuerBook.Empty with { Sequence = book.Sequence + 1 } };
            case (IdentityEvent.Issued, IdentityMove.Issue m):
                var session = realm.Find(m.Request)!.Value.Session;
                return realm.With(session with { Svids = session.Svids + m.Svids.Length });
            default:
                throw new InvariantBrokenException(
                    $"{happened.GetType().Name} does not come of {move.GetType().Name}.");
        }
    }

    /// <summary>The identities that a run may have now; empty when none.</summary>
    public static ImmutableArray<IdentityTier> TiersOf(RealmState realm, RequestId request) =>
        realm.Find(request) is (var session, RequestState.Running running)
        && realm.Registry.Document.Identity is not null
        && realm.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow)?.Identity is { } grant
            ? [.. grant.Tiers.Where(t => IsFor(running, t)).Order()]
            : [];

    /// <summary>The id of a run's identity; null where the realm has no trust domain.</summary>
    public static SpiffeId? IdOf(RealmIdentity? identity, SessionTerms terms, IdentityTier tier) =>
        identity?.Domain is { } domain
            ? SpiffeId.Of(
                domain, "agent", terms.Agent.Value, "session", terms.Id.Value, IdentityDoor.Word(tier))
            : null;

    // What nobody agreed to may look, and no more.
    static bool IsFor(RequestState.Running running, IdentityTier tier) =>
        IdentityDoor.Names(running.Request, tier) && (tier == IdentityTier.Read || running.Approved);

    static string? Malformed(IdentityMove.Issue move)
    {
        if (move.Svids.IsDefault || move.Audiences.IsDefault || move.Attestation is null
            || move.Svids.Length is 0 or > SvidsMax || move.Audiences.Length > IdentityGrant.AudiencesMax)
            return $"One to {SvidsMax} SVIDs are asked for, and at most {IdentityGrant.AudiencesMax} audiences.";
        var isX509 = move.Svids[0]?.Use == IssuerUse.X509;
        if (move.Svids.Any(s => s is null || (s.Use == IssuerUse.X509) != isX509) || move.Audiences.IsEmpty != isX509)
            return "Certificates have no audience, tokens have one, and one answer holds one kind.";
        if (move.Svids.DistinctBy(s => s.Id).Count() < move.Svids.Length
            || move.Svids.Any(s => s.Serial.Length is < 16 or > SerialMax || !s.Serial.All(IsSerial)))
            return "An answer holds an id once, each with a serial number.";
        string?[] texts =
            [move.Attestation.Namespace, move.Attestation.ControlGroup, move.Attestation.Executable,
                move.Attestation.ExecutableDigest, .. move.Audiences, .. move.Svids.Select(s => s.Kid)];
        return texts.Any(t => t?.Length > Attestation.TextMax) ? "What is said of whoever asks is too long." : null;
    }

    static bool IsSerial(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-';

    static Refusal? Unfit(
        RealmState realm, SessionState.Open session, RequestState.Running running, IdentityMove.Issue move,
        DateTimeOffset now)
    {
        if (realm.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow)?.Identity is not { } grant
            || realm.Registry.Document.Identity is not { } identity || !IdentityDoor.IsOpen(running.Request))
            return new Refusal("identity.not-granted", "The run's workflow gives no identity.");
        foreach (var audience in move.Audiences)
            if (!grant.Audiences.Any(a => a.Name == audience)
                || !IdentityDoor.NamesAudience(running.Request, audience))
                return new Refusal("identity.audience", "The run's workflow does not name this audience.");
        var rsa = grant.Audiences.Any(a => a.Rsa == true && move.Audiences.Contains(a.Name));
        foreach (var svid in move.Svids)
            if (Unfit(realm, session, running, svid, grant, identity, rsa, now) is { } no)
                return no;
        return null;
    }

    static Refusal? Unfit(
        RealmState realm, SessionState.Open session, RequestState.Running running, SvidOrder svid,
        IdentityGrant grant, RealmIdentity identity, bool rsa, DateTimeOffset now)
    {
        if (!grant.Tiers.Contains(svid.Tier) || !IdentityDoor.Names(running.Request, svid.Tier))
            return new Refusal("identity.tier", "The run's workflow gives no identity of this tier.");
        if (!IsFor(running, svid.Tier))
            return new Refusal("identity.tier-not-approved",
                "Nobody approved this run, so its identity is for reading only.");
        if (IdOf(identity, session.Terms, svid.Tier)?.ToString() != svid.Id)
            return new Refusal("identity.not-own", "This is not the id of the run's agent and session.");
        if (svid.Use == (rsa ? IssuerUse.JwtEs256 : IssuerUse.JwtRs256))
            return new Refusal("identity.bad-key", "The audience reads another kind of signature.");
        if (realm.Issuer.Current(svid.Tier, svid.Use, now)?.Kid != svid.Kid)
            return new Refusal("identity.bad-key", "This key does not sign now.");
        if (svid.ExpiresAt <= now || svid.ExpiresAt > now + LifeMax || svid.ExpiresAt > session.ExpiresAt
            || svid.ExpiresAt > realm.Issuer.Keys[svid.Kid].ExpiresAt)
            return new Refusal("identity.life", $"An SVID lives {LifeMax.TotalMinutes} minutes at most, and neither "
                + "longer than its session nor than its key.");
        return null;
    }
}

using System.Security.Cryptography;
using System.Text;
using Writ.Realms;

namespace Writ.People;

/// <summary>A device key of a person, by which everything they sign is verified, offline and for years.</summary>
/// <param name="Spki">The ECDSA P-256 public key, SubjectPublicKeyInfo DER, base64.</param>
public sealed record DeviceKey(string KeyId, string Spki, DateTimeOffset EnrolledAt);

/// <summary>A one-time code somebody may enrol with. The ledger holds its digest, never the code.</summary>
public sealed record Invitation(string CodeDigest, PersonId InvitedBy, DateTimeOffset ExpiresAt);

/// <summary>A login that the realm still honours; it reads and opens sessions, it never approves.</summary>
/// <param name="ByProvider">A provider's word stands behind it, and no key: it governs nothing.</param>
public sealed record Login(
    PersonId Person, string TokenDigest, DateTimeOffset ExpiresAt, bool? ByProvider = null);

/// <summary>What can be asked about people.</summary>
public abstract record PersonMove : Move
{
    public sealed record Invite(PersonId Person, string CodeDigest, DateTimeOffset ExpiresAt) : PersonMove;

    /// <param name="CodeDigest">SHA-256 of the code that was presented, as <c>sha256:hex</c>.</param>
    /// <param name="Signature">Proof that the key is held: over <see cref="EnrolmentDocument"/>.</param>
    public sealed record Enrol(PersonId Person, string CodeDigest, string Spki, string Signature) : PersonMove;

    /// <param name="Signature">Over <see cref="LoginDocument"/>.</param>
    public sealed record LogIn(
        PersonId Person, LoginId Login, string TokenDigest, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt,
        string Signature) : PersonMove;

    /// <summary>A login by the word of the realm's OpenID provider.</summary>
    public sealed record SignIn(
        LoginId Login, string TokenDigest, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt, ProviderEvidence Evidence)
        : PersonMove;

    public sealed record LogOut(LoginId Login) : PersonMove;

    public sealed record Offboard(PersonId Person, string Reason) : PersonMove;
}

/// <summary>What can happen to people.</summary>
public abstract record PersonEvent : Event
{
    public sealed record Invited : PersonEvent;

    public sealed record Enrolled(string KeyId) : PersonEvent;

    public sealed record LoggedIn : PersonEvent;

    public sealed record SignedIn(PersonId Person) : PersonEvent;

    public sealed record LoggedOut : PersonEvent;

    /// <param name="Orphaned">What lost its owner at this moment, as <c>workflow/x</c>, <c>target/y</c>.</param>
    public sealed record Offboarded(ImmutableArray<string> Orphaned) : PersonEvent;
}

/// <summary>Enrolment, login and leaving.</summary>
static class PersonDecider
{
    public const int TextMax = 2_048;
    public static readonly TimeSpan InvitationLifeMax = TimeSpan.FromDays(3);
    public static readonly TimeSpan LoginLifeMax = TimeSpan.FromHours(12);
    public static readonly TimeSpan LoginFreshness = TimeSpan.FromMinutes(2);

    public static Decided Invite(RealmState realm, PersonMove.Invite move, Actor actor, DateTimeOffset now)
    {
        if (RealmRules.RequireGovernance(realm, actor, now, out var inviter) is { } no)
            return Decided.No(no);
        if (!realm.Registry.IsActive(move.Person))
            return Decided.No("person.unknown", $"{move.Person} is not an active person of this realm.");
        if (move.ExpiresAt <= now || move.ExpiresAt > now + InvitationLifeMax)
            return Decided.No("person.bad-expiry", $"An invitation lives at most {InvitationLifeMax.TotalDays} days.");
        if (move.CodeDigest.Length > TextMax)
            return Decided.No("person.malformed", "That is not the digest of a code.");
        Invariant.Must(inviter.Value is not null, "Governance was just established.");
        return Decided.Because(new PersonEvent.Invited());
    }

    public static Decided Enrol(RealmState realm, PersonMove.Enrol move, DateTimeOffset now)
    {
        if (!realm.Registry.IsActive(move.Person))
            return Decided.No("person.unknown", $"{move.Person} is not an active person of this realm.");
        if (!realm.Invitations.TryGetValue(move.Person, out var invitation)
            || !CryptographicOperations.FixedTimeEquals(
                Encoding.UTF8.GetBytes(invitation.CodeDigest), Encoding.UTF8.GetBytes(move.CodeDigest)))
            return Decided.No("person.bad-code", "That enrolment code is not valid for this person.");
        if (invitation.ExpiresAt <= now)
            return Decided.No("person.code-expired", "That enrolment code has expired; ask for a new one.");
        if (!Signatures.IsPublicKey(move.Spki))
            return Decided.No("person.bad-key", "The key is not an ECDSA P-256 public key.");
        if (realm.Keys.Any(k => k.Value.Spki == move.Spki))
            return Decided.No("person.key-taken", "That key is enrolled already; one key is one person.");
        var document = new EnrolmentDocument(realm.Origin, move.Person, move.CodeDigest, move.Spki);
        return Signatures.Verify(move.Spki, document.Render(), move.Signature)
            ? Decided.Because(new PersonEvent.Enrolled(Signatures.KeyId(move.Spki)))
            : Decided.No("person.bad-signature", "The signature does not match the key that is to be enrolled.");
    }

    public static Decided LogIn(RealmState realm, PersonMove.LogIn move, DateTimeOffset now)
    {
        if (!realm.Registry.IsActive(move.Person) || !realm.Keys.TryGetValue(move.Person, out var key))
            return Decided.No("person.not-enrolled", $"{move.Person} has no enrolled key in this realm.");
        if ((now - move.IssuedAt).Duration() > LoginFreshness)
            return Decided.No("person.stale-signature",
                "The login was signed too long ago, or by a clock that is off.");
        if (move.ExpiresAt <= now || move.ExpiresAt > now + LoginLifeMax)
            return Decided.No("person.bad-expiry", $"A login lives at most {LoginLifeMax.TotalHours} hours.");
        if (!IdRules.IsWellFormed(move.Login.Value) || move.TokenDigest.Length > TextMax)
            return Decided.No("person.bad-login", "A login has a well-formed id and the digest of its token.");
        if (realm.Logins.ContainsKey(move.Login))
            return Decided.No("person.login-replayed", "This login was presented before.");
        var document = new LoginDocument(
            realm.Origin, move.Person, move.Login, move.TokenDigest, move.IssuedAt, move.ExpiresAt);
        return Signatures.Verify(key.Spki, document.Render(), move.Signature)
            ? Decided.Because(new PersonEvent.LoggedIn())
            : Decided.No("person.bad-signature", "The signature does not match the enrolled key.");
    }

    public static Decided LogOut(RealmState realm, PersonMove.LogOut move, Actor actor, DateTimeOffset now)
    {
        if (RealmRules.RequirePerson(realm, actor, now, out var person) is { } no)
            return Decided.No(no);
        return realm.Logins.TryGetValue(move.Login, out var login) && login.Person == person
            ? Decided.Because(new PersonEvent.LoggedOut())
            : Decided.No("person.unknown-login", "There is no such login of yours.");
    }

    public static Decided Offboard(RealmState realm, PersonMove.Offboard move, Actor actor, DateTimeOffset now)
    {
        if (RealmRules.RequireGovernance(realm, actor, now, out _) is { } no)
            return Decided.No(no);
        if (!realm.Registry.IsActive(move.Person))
            return Decided.No("person.unknown", $"{move.Person} is not an active person of this realm.");
        if (move.Reason.Length > TextMax)
            return Decided.No("person.malformed", $"A reason has at most {TextMax} characters.");
        var orphaned = OwnedBy(realm.Registry, move.Person);
        var after = realm with { Registry = realm.Registry.Without(move.Person) };
        return Decided.Because([
            new PersonEvent.Offboarded(orphaned),
            .. RealmRules.EndUnownedSessions(after, move.Person, now),
        ]);
    }

    public static RealmState Evolve(RealmState realm, PersonEvent happened, Move move, Actor actor,
        DateTimeOffset at) =>
        (happened, move) switch
        {
            (PersonEvent.Invited, PersonMove.Invite m) => realm with
            {
                Invitations = realm.Invitations.SetItem(
                    m.Person, new Invitation(m.CodeDigest, ((Actor.Person)actor).Id, m.ExpiresAt)),
            },
            (PersonEvent.Enrolled e, PersonMove.Enrol m) => realm with
            {
                Invitations = realm.Invitations.Remove(m.Person),
                Keys = realm.Keys.SetItem(m.Person, new DeviceKey(e.KeyId, m.Spki, at)),
                Logins = realm.Logins.RemoveRange(realm.Logins.Where(l => l.Value.Person == m.Person)
                    .Select(l => l.Key)),
            },
            (PersonEvent.LoggedIn, PersonMove.LogIn m) => realm with
            {
                Logins = realm.Logins
                    .RemoveRange(realm.Logins.Where(l => l.Value.ExpiresAt <= at).Select(l => l.Key))
                    .SetItem(m.Login, new Login(m.Person, m.TokenDigest, m.ExpiresAt)),
            },
            (PersonEvent.SignedIn e, PersonMove.SignIn m) => realm with
            {
                Logins = realm.Logins
                    .RemoveRange(realm.Logins.Where(l => l.Value.ExpiresAt <= at).Select(l => l.Key))
                    .SetItem(m.Login, new Login(e.Person, m.TokenDigest, m.ExpiresAt, ByProvider: true)),
            },
            (PersonEvent.LoggedOut, PersonMove.LogOut m) => realm with { Logins = realm.Logins.Remove(m.Login) },
            (PersonEvent.Offboarded, PersonMove.Offboard m) => realm with
            {
                Registry = realm.Registry.Without(m.Person),
                Keys = realm.Keys.Remove(m.Person),
                Invitations = realm.Invitations.Remove(m.Person),
                Logins = realm.Logins.RemoveRange(realm.Logins.Where(l => l.Value.Person == m.Person)
                    .Select(l => l.Key)),
            },
            _ => throw new InvariantBrokenException(
                $"{happened.GetType().Name} does not come of {move.GetType().Name}."),
        };

    static ImmutableArray<string> OwnedBy(Registry registry, PersonId person) =>
    [
        .. registry.Document.Workflows
            .Where(w => w.WorkflowOwner == person || w.PlatformOwner == person || w.SecurityOwner == person)
            .Select(w => $"workflow/{w.Id}"),
        .. registry.Document.Targets.Where(t => t.Owner == person).Select(t => $"target/{t.Id}"),
    ];
}

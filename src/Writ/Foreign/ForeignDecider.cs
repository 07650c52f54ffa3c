using Writ.Realms;
using Writ.Wire;

namespace Writ.Foreign;

/// <summary>
/// Who is let in from another machine, as which agent, for whom and until when. Whether a token is genuine was looked
/// at before; what it is worth is decided here, and what is refused is in the record like what is not.
/// </summary>
static class ForeignDecider
{
    /// <summary>Agents in a chain.</summary>
    public const int ChainMax = 4;

    /// <summary>Passes that are good at one time.</summary>
    public const int PassesMax = 10_000;

    /// <summary>Tokens that are remembered until they are over. Beyond it nobody is let in.</summary>
    public const int SeenMax = 20_000;

    /// <summary>No pass lives longer.</summary>
    public static readonly TimeSpan LifeMax = TimeSpan.FromMinutes(10);

    const int ClaimsMax = TrustedIssuer.AdmissionsMax * Admission.ConditionsMax;
    const int ThumbprintLength = 43;

    public static Decided Exchange(RealmState realm, ForeignMove.Exchange move, Actor actor, DateTimeOffset now)
    {
        if (actor is not Actor.Host)
            return Decided.No(
                "foreign.not-issuer", "Foreign tokens are presented to the control plane: POST /v1/token");
        if (Malformed(realm, move) is { } why)
            return Decided.No("foreign.malformed", why);
        if (move.Actor.Problem is { } problem)
            return Decided.No(problem);
        if (IssuerOf(realm.Registry, move.Actor.Issuer) is not { } issuer)
            return Decided.No(
                "foreign.unknown-issuer", "No trusted issuer of this realm could have issued this token.");
        if (Unbelievable(realm, issuer, move, now) is { } no)
            return Decided.No(no);
        var admitted = issuer.Admits.Where(a => a.Matches(move.Actor.Claims)).ToImmutableArray();
        if (admitted is not [var admission])
            return admitted.IsEmpty
                ? Decided.No("foreign.not-admitted", $"No admission of issuer {issuer.Id} has these claims.")
                : Decided.No("foreign.ambiguous", $"Several admissions of issuer {issuer.Id} have these claims.");
        var link = new ChainLink(admission.Agent, admission.Sponsor, issuer.Id);
        if (RemoteRules.Broken(realm, [link], now) is { } broken)
            return Decided.No(broken);
        return move.OnBehalfOf is { } earlier
            ? HandedOn(realm, move, admission, link, earlier, now)
            : Because(realm, move, link.Sponsor, [link], move.Actor.ExpiresAt!.Value, now);
    }

    public static RealmState Evolve(RealmState realm, ForeignEvent happened, Move move, DateTimeOffset at)
    {
        if ((happened, move) is not (ForeignEvent.Exchanged e, ForeignMove.Exchange m))
            throw new InvariantBrokenException($"{happened.GetType().Name} does not come of {move.GetType().Name}.");
        var book = realm.Foreign;
        return realm with
        {
            Foreign = new ForeignBook(
                book.Passes.RemoveRange(book.Passes.Where(p => p.Value.ExpiresAt <= at).Select(p => p.Key))
                    .SetItem(m.Pass, new RemotePass(m.Pass, e.Principal, e.Chain, m.Thumbprint, m.ExpiresAt)),
                book.Seen.RemoveRange(book.Seen.Where(s => s.Value.ExpiresAt <= at).Select(s => s.Key))
                    .SetItem(m.Actor.ReplayKey!, new SeenToken(
                        m.Thumbprint, m.Actor.ExpiresAt!.Value + Identity.ForeignToken.Leeway))),
        };
    }

    public static TrustedIssuer? IssuerOf(Registry registry, string id) =>
        (registry.Document.TrustedIssuers ?? []).FirstOrDefault(i => i.Id == id);

    // The principal stays whoever it was, and the chain grows at its front.
    static Decided HandedOn(
        RealmState realm, ForeignMove.Exchange move, Admission admission, ChainLink link, PassId earlier,
        DateTimeOffset now)
    {
        if (RemoteRules.RequirePass(realm, earlier, now, out var pass) is { } no)
            return Decided.No(no);
        if (!(admission.ActsFor ?? []).Contains(pass.Chain[0].Agent))
            return Decided.No("foreign.may-not-act",
                $"Agent {link.Agent} is not named as one that acts for {pass.Chain[0].Agent}.");
        if (pass.Chain.Length >= ChainMax)
            return Decided.No("foreign.depth", $"At most {ChainMax} agents act for each other in a chain.");
        var ends = pass.ExpiresAt < move.Actor.ExpiresAt ? pass.ExpiresAt : move.Actor.ExpiresAt!.Value;
        return Because(realm, move, pass.Principal, [link, .. pass.Chain], ends, now);
    }

    static Decided Because(
        RealmState realm, ForeignMove.Exchange move, PersonId principal, ImmutableArray<ChainLink> chain,
        DateTimeOffset ends, DateTimeOffset now)
    {
        if (move.ExpiresAt <= now || move.ExpiresAt > now + LifeMax || move.ExpiresAt > ends)
            return Decided.No("foreign.life", $"A pass lives {LifeMax.TotalMinutes} minutes at most, and no longer "
                + "than what it is given for.");
        return realm.Foreign.Passes.Values.Count(p => p.ExpiresAt > now) >= PassesMax
            ? Decided.No("foreign.busy", "More callers are let in already than there may be.")
            : Decided.Because(new ForeignEvent.Exchanged(principal, chain));
    }

    static Refusal? Unbelievable(RealmState realm, TrustedIssuer issuer, ForeignMove.Exchange move, DateTimeOffset now)
    {
        var token = move.Actor;
        if (token is not { ReplayKey: { } key, Key: not null, IssuedAt: { } issued, ExpiresAt: { } expires })
            return new Refusal("foreign.malformed", "A token that is believed has a key, a beginning and an end.");
        if (expires <= now)
            return new Refusal("foreign.over", $"The token ended at {expires:u}.");
        if (expires - issued > TimeSpan.FromMinutes(issuer.LifeMinutes) + Identity.ForeignToken.Leeway)
            return new Refusal("foreign.too-long",
                $"Tokens of issuer {issuer.Id} live {issuer.LifeMinutes} minutes at most.");
        if (realm.Foreign.Seen.TryGetValue(key, out var seen) && seen.ExpiresAt > now
            && ((issuer.Reusable != true && token.Held != true) || seen.Thumbprint != move.Thumbprint))
            return new Refusal("foreign.replayed", "This token was presented before.");
        return realm.Foreign.Seen.Count >= SeenMax && realm.Foreign.Seen.Values.Count(s => s.ExpiresAt > now) >= SeenMax
            ? new Refusal("foreign.busy", "More tokens are remembered already than there may be.")
            : null;
    }

    static string? Malformed(RealmState realm, ForeignMove.Exchange move)
    {
        if (!IdRules.IsWellFormed(move.Pass.Value) || realm.Foreign.Passes.ContainsKey(move.Pass))
            return "A pass needs a new, well-formed id.";
        if (move.Actor is { Problem: null } && (move.Thumbprint.Length != ThumbprintLength
            || !move.Thumbprint.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')))
            return "A pass is bound to the thumbprint of a key.";
        if (move.Actor is not { Claims.IsDefault: false } token || token.Claims.Length > ClaimsMax
            || token.Claims.Any(c => c is null || c.Name.Length > ForeignClaims.NameMax
                || c.Value.Length > ForeignClaims.ValueMax)
            || move.Thumbprint.Length > Presented.TextMax || token.Issuer.Length > Presented.TextMax
            || token.Digest.Length > Presented.TextMax
            || token.ReplayKey?.Length > Presented.TextMax || token.Key?.Length > Presented.TextMax)
            return "What is said of a token is missing or too long.";
        return token.Problem is { } problem && (!RefusalCatalog.All.ContainsKey(problem.Code)
            || problem.Why.Length > Presented.TextMax)
            ? "Why a token is not believed is one of the known codes."
            : null;
    }
}

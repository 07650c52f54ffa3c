using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Writ.Foreign;
using Writ.Identity;
using Writ.Realms;

namespace Writ.People;

/// <summary>Who a provider's subject is here. Subjects never change; addresses and names do.</summary>
public sealed record ProviderSubject(PersonId Person, string Subject);

/// <summary>A team that counts only for those of its members whom the provider has in a group.</summary>
public sealed record ProviderGroup(TeamId Team, string Group);

/// <summary>
/// The OpenID provider with which people sign in beside their device keys. It says who somebody is; what they may do
/// stands in the realm, and a group takes away from that and never adds to it.
/// </summary>
/// <param name="Issuer">The exact <c>iss</c>.</param>
/// <param name="Algorithms">Of signatures, by their JOSE names.</param>
/// <param name="GroupsClaim">Where it lists groups.</param>
/// <param name="Keys">Pinned: a JSON Web Key Set.</param>
/// <param name="KeysUrl">Where they are fetched instead, by https.</param>
/// <param name="StepUp">An approval needs a fresh sign-in of its own beside the signature.</param>
/// <param name="Acr">How that sign-in has to have been, in the provider's own words; null for any.</param>
public sealed record SignInProvider(
    string Issuer, string ClientId, ImmutableArray<string> Algorithms, ImmutableArray<ProviderSubject> People,
    ImmutableArray<ProviderGroup> Groups, string GroupsClaim = "groups", string? Keys = null, string? KeysUrl = null,
    bool? StepUp = null, string? Acr = null)
{
    const int TextMax = 512;
    const int EntriesMax = 10_000;
    const int GroupsMax = 256;
    const int LifeMinutes = 60;

    /// <summary>An approval comes with a sign-in: because the realm says so, or because somebody counts for a team only
    /// while the provider has them in a group, which nobody knows without one.</summary>
    [JsonIgnore]
    public bool DemandsSignIn => StepUp == true || !Groups.IsDefaultOrEmpty;

    /// <summary>The provider as an issuer whose tokens the one validator looks at.</summary>
    public TrustedIssuer AsIssuer() => new(
        "sign-in", ForeignKind.Ci, Issuer, ClientId, Algorithms, LifeMinutes, [], Keys, KeysUrl);

    /// <summary>What of a believed ID token counts.</summary>
    public ProviderEvidence Evidence(string digest, BelievedToken token) => new(
        digest, Text(token.Claims, "sub"), Text(token.Claims, "nonce"), token.IssuedAt, token.ExpiresAt,
        token.Claims.TryGetProperty("auth_time", out var at) && at.ValueKind == JsonValueKind.Number
            && at.TryGetInt64(out var seconds) && seconds is >= 0 and < 253_402_300_799
                ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null,
        Text(token.Claims, "acr"), [.. GroupsOf(token.Claims)], token.Key);

    internal IEnumerable<DocumentFault> Faults(RealmDocument document)
    {
        if (!IssuerRules.IsHttps(Issuer))
            yield return Fault("issuer", "A provider is the exact https URL that its tokens name.");
        if (ClientId.Length is 0 or > TextMax || GroupsClaim.Length is 0 or > TextMax || Acr?.Length is 0 or > TextMax)
            yield return Fault("clientId", $"Client, claim of groups and acr are 1 to {TextMax} characters.");
        if (Algorithms.IsEmpty || Algorithms.Any(a => TokenAlgorithm.Find(a) is null))
            yield return Fault("algorithms", "Algorithms are named as JOSE does: RS256, ES256, PS256, ...");
        if (Keys is null == KeysUrl is null || (KeysUrl is { } url && !IssuerRules.IsHttps(url))
            || (Keys is { } keys && (keys.Length > KeySet.BytesMax
                || KeySet.Parse(Encoding.UTF8.GetBytes(keys)) is not { IsEmpty: false })))
            yield return Fault("keys", "A provider's keys are either pinned (keys) or fetched by https (keysUrl).");
        if (People.Length is 0 or > EntriesMax || People.DistinctBy(p => p.Person).Count() < People.Length
            || People.DistinctBy(p => p.Subject).Count() < People.Length
            || People.Any(p => p.Subject.Length is 0 or > TextMax || document.People.All(d => d.Id != p.Person)))
            yield return Fault("people", "Each is PERSON=SUBJECT: somebody of this document, and each subject once.");
        if (Groups.Length > GroupsMax || Groups.DistinctBy(g => g.Team).Count() < Groups.Length
            || Groups.Any(g => g.Group.Length is 0 or > TextMax || document.Teams.All(t => t.Id != g.Team)))
            yield return Fault("groups", "Each is TEAM=GROUP: a team of this document, each once.");
    }

    // Only what the realm names of them is anybody's business here.
    IEnumerable<string> GroupsOf(JsonElement claims)
    {
        if (!claims.TryGetProperty(GroupsClaim, out var listed) || listed.ValueKind != JsonValueKind.Array)
            return [];
        var given = listed.EnumerateArray().Where(g => g.ValueKind == JsonValueKind.String)
            .Select(g => g.GetString()!).ToHashSet(StringComparer.Ordinal);
        return Groups.Select(g => g.Group).Distinct(StringComparer.Ordinal).Where(given.Contains)
            .Order(StringComparer.Ordinal);
    }

    static string? Text(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: <= TextMax } text ? text : null;

    static DocumentFault Fault(string part, string why) => new($"signIn/{part}", "realm.bad-sign-in", why);
}

/// <summary>An ID token as it was looked at: facts and a digest, never the token.</summary>
/// <param name="Nonce">What the sign-in was for: the digest of exactly one document.</param>
/// <param name="AuthenticatedAt">When they last proved to the provider who they are.</param>
/// <param name="Groups">Those of its groups that the realm names.</param>
/// <param name="Key">The thumbprint of the key that signed it.</param>
/// <param name="Problem">Why it is not believed; null where it is.</param>
public sealed record ProviderEvidence(
    string Digest, string? Subject, string? Nonce, DateTimeOffset? IssuedAt, DateTimeOffset? ExpiresAt,
    DateTimeOffset? AuthenticatedAt, string? Acr, ImmutableArray<string> Groups, string? Key, Refusal? Problem = null)
{
    /// <summary>A token that is not believed.</summary>
    public static ProviderEvidence No(string digest, Refusal problem) =>
        new(digest, null, null, null, null, null, null, [], null, problem);
}

/// <summary>What a sign-in with a provider is for: a login with a token of this digest. Its digest is the nonce, so
/// that a token of the provider is good for one login of one client, and for nothing else.</summary>
public sealed record SignInDocument(
    string Realm, LoginId Login, string TokenDigest, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt)
{
    public string Render() =>
        $"writ-sign-in/v1\nrealm {Realm}\nlogin {Login}\ntoken {TokenDigest}\n"
        + $"issued {Signatures.Instant(IssuedAt)}\nexpires {Signatures.Instant(ExpiresAt)}\n";

    public string Nonce() => Digests.Jose(Render());
}

using System.Text.Json.Serialization;

namespace Writ.Leases;

public abstract partial record CredentialBackend
{
    /// <summary>
    /// A token of the realm's issuer, for a service that gives its own credentials for such tokens: a cloud, a model's
    /// API, a Vault. Nobody can take it back; it lives as long as its lease and is there anew before it ends.
    /// </summary>
    /// <param name="Audience">Who is to believe it, as it stands in <c>aud</c>.</param>
    /// <param name="Variables">Variables of the run, each with the file that it names: token.</param>
    /// <param name="Constants">Further variables, given as they are; no secrets.</param>
    /// <param name="Subject">Whom it speaks of; the profile when null. Never a SPIFFE ID: this is no identity.</param>
    /// <param name="Rsa">It reads RS256 only.</param>
    public sealed record Oidc(
        string Audience, ImmutableArray<PluginSetting> Variables, ImmutableArray<PluginSetting> Constants,
        string? Subject = null, bool? Rsa = null)
        : CredentialBackend
    {
        const int SubjectMax = 255;

        [JsonIgnore]
        public override RevocationClass Class => RevocationClass.ExpiryOnly;

        public override string ToString() => $"oidc token for {Audience} as {Subject ?? "the profile"}"
            + (Rsa == true ? ", RS256" : "")
            + string.Concat(Variables.Concat(Constants).Select(c => $", {c.Name}={c.Value}"));

        internal override bool IsWhole => Audience is not null && IsWholly(Variables) && IsWholly(Constants);

        // A token with another's SPIFFE ID in it would be that one's identity.
        internal override string? Problem() => Audience.Length is 0 or > TextMax || !Audience.All(IsPlain)
            ? $"audience is up to {TextMax} visible characters of ASCII without comma."
            : Subject is { } subject && (subject.Length is 0 or > SubjectMax || !subject.All(IsPlain)
                || subject.StartsWith("spiffe:", StringComparison.OrdinalIgnoreCase))
                ? $"subject is up to {SubjectMax} visible characters of ASCII without comma, and no SPIFFE ID."
            : !AreVariables(Variables, v => v == Delivery.TokenFile)
                ? $"A variable is capital letters, digits and _, changes no program, and names {Delivery.TokenFile}."
            : !AreVariables(Constants, v => v.Length <= TextMax && !v.Any(char.IsControl))
                ? $"A constant is capital letters, digits and _, changes no program, and has {TextMax} characters."
            : Variables.Concat(Constants).DistinctBy(v => v.Name).Count() < Variables.Length + Constants.Length
                ? "A variable is named twice."
            : null;

        static bool IsPlain(char c) => c is > ' ' and <= '~' and not ',';
    }
}

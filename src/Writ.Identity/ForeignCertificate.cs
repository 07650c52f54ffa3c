using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Writ.Identity;

/// <summary>A certificate that was believed, and whose key is held by whoever showed it.</summary>
/// <param name="ReplayKey">Of the certificate; it may be shown as often as its key is proven.</param>
/// <param name="Key">The thumbprint of its own key.</param>
public sealed record BelievedCertificate(
    SpiffeId Id, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt, string ReplayKey, string Key);

/// <summary>
/// X.509-SVIDs of another trust domain, shown as what they are: the leaf and what it needs to reach an authority, in
/// PEM. A certificate is no secret, so it is worth something only with a proof of its key.
/// </summary>
public static class ForeignCertificate
{
    const int LengthMax = 32 * 1_024;
    const int CertificatesMax = 8;

    /// <summary>Who is named, or why nobody is.</summary>
    /// <param name="thumbprint">Of the key that was proven (RFC 7638).</param>
    public static (BelievedCertificate? Believed, IdentityProblem? Problem) Validate(
        string pem, ForeignTokenRules rules, TrustBundle bundle, string thumbprint, DateTimeOffset now)
    {
        var shown = new X509Certificate2Collection();
        try
        {
            if (pem.Length <= LengthMax)
                shown.ImportFromPem(pem);
            if (shown.Count is 0 or > CertificatesMax)
                return No("token.malformed", $"An X.509-SVID is shown in PEM: 1 to {CertificatesMax} certificates.");
            var leaf = shown[0];
            shown.RemoveAt(0);
            using (leaf)
                return Validate(leaf, shown, rules, bundle, thumbprint, now);
        }
        catch (CryptographicException)
        {
            return No("token.malformed", "It is no certificate in PEM.");
        }
        finally
        {
            foreach (var certificate in shown)
                certificate.Dispose();
        }
    }

    /// <summary>Of which trust domain a certificate claims to be, for looking up what is pinned.</summary>
    public static TrustDomain? DomainOf(string pem)
    {
        if (pem.Length > LengthMax)
            return null;
        try
        {
            using var leaf = X509Certificate2.CreateFromPem(pem);
            return X509Svid.Read(leaf).Id?.Domain;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    static (BelievedCertificate?, IdentityProblem?) Validate(
        X509Certificate2 leaf, X509Certificate2Collection between, ForeignTokenRules rules, TrustBundle bundle,
        string thumbprint, DateTimeOffset now)
    {
        var bundles = new Dictionary<TrustDomain, TrustBundle> { [bundle.Domain] = bundle };
        var (id, problem) = X509Svid.Validate(leaf, between, bundles, now);
        if (id is null)
            return (null, problem);
        if (id.Domain != rules.Domain)
            return No("token.subject", "The certificate is of another trust domain.");
        var (from, to) = (new DateTimeOffset(leaf.NotBefore), new DateTimeOffset(leaf.NotAfter));
        if (to - from > rules.LifeMax + ForeignToken.Leeway)
            return No("token.life", $"A certificate of this trust domain lives {rules.LifeMax.TotalMinutes} minutes at "
                + "most.");
        if (ThumbprintOf(leaf) != thumbprint)
            return No("token.not-held", "The key of the certificate is not the one that is proven.");
        return (new BelievedCertificate(
            id, from.ToUniversalTime(), to.ToUniversalTime(),
            "sha256:" + Convert.ToHexStringLower(SHA256.HashData(leaf.RawData)),
            thumbprint), null);
    }

    static string? ThumbprintOf(X509Certificate2 leaf)
    {
        using var ec = leaf.GetECDsaPublicKey();
        if (ec is not null)
            return PublicKeyJwk.ThumbprintOf(ec);
        using var rsa = leaf.GetRSAPublicKey();
        return rsa is null ? null : PublicKeyJwk.Of(rsa).Kid;
    }

    static (BelievedCertificate?, IdentityProblem?) No(string code, string why) =>
        (null, new IdentityProblem(code, why));
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Writ.Identity;

/// <summary>Reads the public part of an issuer's key.</summary>
static class IssuerPublic
{
    /// <summary>A key that was accepted before.</summary>
    public static PublicKeyJwk JwkOf(IssuerKey key) =>
        TryJwk(key) ?? throw new InvariantBrokenException($"Key {key.Kid} was read when it was published.");

    /// <summary>Null unless it is a key of this use under its own name.</summary>
    public static PublicKeyJwk? TryJwk(IssuerKey key)
    {
        if (key.Public.Length > IssuerKey.PublicMax)
            return null;
        var der = new byte[key.Public.Length];
        if (!Convert.TryFromBase64String(key.Public, der, out var length))
            return null;
        try
        {
            var jwk = key.Use switch
            {
                IssuerUse.X509 => OfCertificate(der.AsSpan(0, length)),
                IssuerUse.JwtEs256 => OfPoint(der.AsSpan(0, length)),
                IssuerUse.JwtRs256 => OfRsa(der.AsSpan(0, length)),
                _ => null,
            };
            return jwk?.Kid == key.Kid ? jwk : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    static PublicKeyJwk? OfCertificate(ReadOnlySpan<byte> der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        using var key = certificate.GetECDsaPublicKey();
        return key is null || !certificate.Extensions.OfType<X509BasicConstraintsExtension>()
            .Any(b => b.CertificateAuthority) ? null : PublicKeyJwk.Of(key);
    }

    static PublicKeyJwk? OfPoint(ReadOnlySpan<byte> der)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(der, out var read);
        return read == der.Length && key.KeySize == 256 ? PublicKeyJwk.Of(key) : null;
    }

    static PublicKeyJwk? OfRsa(ReadOnlySpan<byte> der)
    {
        using var key = RSA.Create();
        key.ImportSubjectPublicKeyInfo(der, out var read);
        return read == der.Length && key.KeySize >= 2_048 ? PublicKeyJwk.Of(key) : null;
    }
}

using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Writ.Identity;

/// <summary>
/// The public keys of one trust domain (SPIFFE Trust Domain and Bundle, section 4). It speaks for that domain alone.
/// </summary>
/// <param name="Sequence">Grows whenever its content changes.</param>
/// <param name="RefreshHint">How often others look for a newer one.</param>
/// <param name="X509Authorities">DER certificates.</param>
public sealed record TrustBundle(
    TrustDomain Domain, long Sequence, TimeSpan RefreshHint, ImmutableArray<ReadOnlyMemory<byte>> X509Authorities,
    ImmutableArray<PublicKeyJwk> JwtKeys)
{
    /// <summary>Of the JSON of a bundle, in bytes.</summary>
    public const int BytesMax = 256 * 1_024;

    const int KeysMax = 100;
    const string X509Use = "x509-svid";
    const string JwtUse = "jwt-svid";

    /// <summary>The authorities one after the other, as the Workload API gives them.</summary>
    public byte[] X509Bytes() => [.. X509Authorities.SelectMany(a => a.ToArray())];

    /// <summary>As the bundle endpoint serves it.</summary>
    public byte[] ToSpiffe() => JwkText.Write(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("spiffe_sequence", Sequence);
        json.WriteNumber("spiffe_refresh_hint", (long)RefreshHint.TotalSeconds);
        json.WriteStartArray("keys");
        foreach (var authority in X509Authorities)
            Write(json, authority);
        foreach (var key in JwtKeys)
            Write(json, key, JwtUse, withAlgorithm: false);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>The keys of JWT-SVIDs alone, as the Workload API gives them.</summary>
    public byte[] ToJwtKeys() => KeySet(JwtUse, withAlgorithm: false);

    /// <summary>The same keys for OpenID relying parties, which know no use but <c>sig</c>.</summary>
    public byte[] ToOpenIdKeys() => KeySet("sig", withAlgorithm: true);

    /// <summary>A bundle from outside; null where it is none. Keys of kinds that nobody here understands are left
    /// out.</summary>
    public static TrustBundle? Parse(TrustDomain domain, ReadOnlyMemory<byte> bytes)
    {
        if (StrictJson.Object(bytes, BytesMax) is not { } root || !root.TryGetProperty("keys", out var keys)
            || keys.ValueKind != JsonValueKind.Array || keys.GetArrayLength() > KeysMax
            || Number(root, "spiffe_sequence") is not { } sequence
            || Number(root, "spiffe_refresh_hint") is not { } hint)
            return null;
        var authorities = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        var signers = ImmutableArray.CreateBuilder<PublicKeyJwk>();
        foreach (var key in keys.EnumerateArray().Where(k => k.ValueKind == JsonValueKind.Object))
            if (key.Text("use") == X509Use && AuthorityOf(key) is { } authority)
                authorities.Add(authority);
            else if (key.Text("use") == JwtUse && PublicKeyJwk.Parse(key) is { Kid: not null } signer)
                signers.Add(signer);
        return new TrustBundle(
            domain, sequence, TimeSpan.FromSeconds(hint), authorities.ToImmutable(), signers.ToImmutable());
    }

    byte[] KeySet(string use, bool withAlgorithm) => JwkText.Write(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("keys");
        foreach (var key in JwtKeys)
            Write(json, key, use, withAlgorithm);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    static void Write(Utf8JsonWriter json, PublicKeyJwk key, string use, bool withAlgorithm)
    {
        json.WriteStartObject();
        key.WriteMembers(json);
        json.WriteString("use", use);
        json.WriteString("kid", key.Kid);
        if (withAlgorithm && key.Algorithm is { } algorithm)
            json.WriteString("alg", algorithm.Name);
        json.WriteEndObject();
    }

    // X509-SVID, section 6.1: a certificate's entry has no kid.
    static void Write(Utf8JsonWriter json, ReadOnlyMemory<byte> authority)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(authority.Span);
        json.WriteStartObject();
        using (var ec = certificate.GetECDsaPublicKey())
            if (ec is not null)
                PublicKeyJwk.Of(ec).WriteMembers(json);
        using (var rsa = certificate.GetRSAPublicKey())
            if (rsa is not null)
                PublicKeyJwk.Of(rsa).WriteMembers(json);
        json.WriteString("use", X509Use);
        json.WriteStartArray("x5c");
        json.WriteStringValue(Convert.ToBase64String(authority.Span));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static ReadOnlyMemory<byte>? AuthorityOf(JsonElement key)
    {
        if (!key.TryGetProperty("x5c", out var chain) || chain.ValueKind != JsonValueKind.Array
            || chain.GetArrayLength() == 0 || chain[0].ValueKind != JsonValueKind.String
            || !chain[0].TryGetBytesFromBase64(out var der))
            return null;
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            return certificate.Extensions.OfType<X509BasicConstraintsExtension>()
                .Any(b => b.CertificateAuthority) ? der : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    // Either may be left out; a number that is there is whole and not negative.
    static long? Number(JsonElement root, string name) => !root.TryGetProperty(name, out var value) ? 0
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0 ? number : null;
}

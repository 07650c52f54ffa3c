using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Writ.Identity;

/// <summary>A public key as a JSON Web Key (RFC 7517, 7518), of the kinds that <see cref="TokenAlgorithm"/> needs.
/// </summary>
/// <param name="Kid">How tokens name it; null where its publisher gave it no name.</param>
/// <param name="Algorithm">The one it is for; null where its publisher left that open.</param>
public sealed record PublicKeyJwk(string? Kid, TokenAlgorithm? Algorithm, ECParameters? Ec, RSAParameters? Rsa)
{
    const int RsaBitsMin = 2_048;
    const int RsaBitsMax = 8_192;
    const int KidMax = 256;

    static readonly (string Name, ECCurve Curve, int Bytes)[] _curves =
    [
        ("P-256", ECCurve.NamedCurves.nistP256, 32), ("P-384", ECCurve.NamedCurves.nistP384, 48),
        ("P-521", ECCurve.NamedCurves.nistP521, 66),
    ];

    /// <summary>The curve's name; null for RSA.</summary>
    public string? Curve { get; private init; }

    /// <summary>Named by its thumbprint (RFC 7638), so that no two keys share a name.</summary>
    public static PublicKeyJwk Of(ECDsa key)
    {
        var jwk = OfPoint("P-256", key.ExportParameters(includePrivateParameters: false), TokenAlgorithm.Es256);
        return jwk with { Kid = jwk.Thumbprint() };
    }

    /// <summary>The thumbprint of a key on whichever of the curves; null for every other.</summary>
    internal static string? ThumbprintOf(ECDsa key)
    {
        var point = key.ExportParameters(includePrivateParameters: false);
        // By number: a curve has several names, and several curves have one size.
        var name = point.Curve.Oid.Value switch
        {
            "1.2.840.10045.3.1.7" => "P-256",
            "1.3.132.0.34" => "P-384",
            "1.3.132.0.35" => "P-521",
            _ => null,
        };
        return name is null ? null : OfPoint(name, point, algorithm: null).Thumbprint();
    }

    /// <summary>The same for RSA.</summary>
    public static PublicKeyJwk Of(RSA key)
    {
        var jwk = new PublicKeyJwk(
            Kid: null, TokenAlgorithm.Rs256, Ec: null, key.ExportParameters(includePrivateParameters: false));
        return jwk with { Kid = jwk.Thumbprint() };
    }

    /// <summary>One member of a key set; null for a kind of key that is not understood, which is to be passed over.
    /// </summary>
    public static PublicKeyJwk? Parse(JsonElement member)
    {
        var kid = member.Text("kid");
        var alg = member.Text("alg");
        if (kid is { Length: 0 or > KidMax } || (alg is not null && TokenAlgorithm.Find(alg) is null))
            return null;
        var key = member.Text("kty") switch
        {
            "EC" => ParsePoint(member, TokenAlgorithm.Find(alg)),
            "RSA" => ParseRsa(member, TokenAlgorithm.Find(alg)),
            _ => null,
        };
        return key is null ? null : key with { Kid = kid };
    }

    /// <summary>Whether this key made the signature.</summary>
    public bool Verifies(TokenAlgorithm algorithm, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature)
    {
        if ((Algorithm is not null && Algorithm != algorithm) || algorithm.Curve != Curve)
            return false;
        try
        {
            if (Ec is { } point)
            {
                using var ec = ECDsa.Create(point);
                return ec.VerifyData(
                    content, signature, algorithm.Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            }
            using var rsa = RSA.Create(Rsa!.Value);
            return rsa.VerifyData(content, signature, algorithm.Hash, algorithm.Padding);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>RFC 7638 over SHA-256, as base64url.</summary>
    public string Thumbprint() => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Curve is null
        ? $$"""{"e":"{{Text(Rsa!.Value.Exponent!)}}","kty":"RSA","n":"{{Text(Rsa.Value.Modulus!)}}"}"""
        : $$"""{"crv":"{{Curve}}","kty":"EC","x":"{{Text(Ec!.Value.Q.X!)}}","y":"{{Text(Ec.Value.Q.Y!)}}"}""")));

    /// <summary>Its members in an object that has been begun.</summary>
    internal void WriteMembers(Utf8JsonWriter json)
    {
        if (Curve is not null)
        {
            json.WriteString("kty", "EC");
            json.WriteString("crv", Curve);
            json.WriteString("x", Text(Ec!.Value.Q.X!));
            json.WriteString("y", Text(Ec.Value.Q.Y!));
            return;
        }
        json.WriteString("kty", "RSA");
        json.WriteString("n", Text(Rsa!.Value.Modulus!));
        json.WriteString("e", Text(Rsa.Value.Exponent!));
    }

    internal static PublicKeyJwk OfPoint(string curve, ECParameters point, TokenAlgorithm? algorithm) =>
        new(Kid: null, algorithm, point, Rsa: null) { Curve = curve };

    static PublicKeyJwk? ParsePoint(JsonElement member, TokenAlgorithm? algorithm)
    {
        var name = member.Text("crv");
        var (found, curve, bytes) = _curves.FirstOrDefault(c => c.Name == name);
        if (found is null || (algorithm is not null && algorithm.Curve != found)
            || StrictJson.Base64(member.Text("x")) is not { } x || x.Length != bytes
            || StrictJson.Base64(member.Text("y")) is not { } y || y.Length != bytes)
            return null;
        var point = new ECParameters { Curve = curve, Q = new ECPoint { X = x, Y = y } };
        try
        {
            // A point beside the curve is found here, once.
            using var key = ECDsa.Create(point);
            return OfPoint(found, point, algorithm);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    static PublicKeyJwk? ParseRsa(JsonElement member, TokenAlgorithm? algorithm)
    {
        if (algorithm?.Curve is not null || StrictJson.Base64(member.Text("n")) is not { Length: > 0 } n
            || StrictJson.Base64(member.Text("e")) is not { Length: > 0 and <= 8 } e || n[0] == 0
            // One would make every text its own signature, and a number that can be written twice is two keys.
            || e[0] == 0 || (e[^1] & 1) == 0 || e is [1]
            || n.Length * 8 is < RsaBitsMin or > RsaBitsMax)
            return null;
        return new PublicKeyJwk(
            Kid: null, algorithm, Ec: null, new RSAParameters { Modulus = n, Exponent = e });
    }

    static string Text(byte[] bytes) => Base64Url.EncodeToString(bytes);
}

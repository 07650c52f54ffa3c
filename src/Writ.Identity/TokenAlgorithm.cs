using System.Security.Cryptography;

namespace Writ.Identity;

/// <summary>
/// The signatures that are understood: those that a JWT-SVID may bear (JWT-SVID, section 2.1), and no other. What is
/// not in this table, <c>none</c> and every kind of shared secret among it, does not exist here.
/// </summary>
/// <param name="Curve">Of ECDSA, as a JWK names it; null for RSA.</param>
/// <param name="IsPss">RSASSA-PSS; else RSASSA-PKCS1-v1_5.</param>
public sealed record TokenAlgorithm(string Name, HashAlgorithmName Hash, string? Curve, bool IsPss)
{
    public static TokenAlgorithm Es256 { get; } = new("ES256", HashAlgorithmName.SHA256, "P-256", IsPss: false);

    public static TokenAlgorithm Rs256 { get; } = new("RS256", HashAlgorithmName.SHA256, Curve: null, IsPss: false);

    static readonly TokenAlgorithm[] _all =
    [
        Es256, Rs256,
        new("ES384", HashAlgorithmName.SHA384, "P-384", IsPss: false),
        new("ES512", HashAlgorithmName.SHA512, "P-521", IsPss: false),
        new("RS384", HashAlgorithmName.SHA384, Curve: null, IsPss: false),
        new("RS512", HashAlgorithmName.SHA512, Curve: null, IsPss: false),
        new("PS256", HashAlgorithmName.SHA256, Curve: null, IsPss: true),
        new("PS384", HashAlgorithmName.SHA384, Curve: null, IsPss: true),
        new("PS512", HashAlgorithmName.SHA512, Curve: null, IsPss: true),
    ];

    /// <summary>By its exact name; null for every other.</summary>
    public static TokenAlgorithm? Find(string? name) => _all.FirstOrDefault(a => a.Name == name);

    internal RSASignaturePadding Padding => IsPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
}

using System.Security.Cryptography;

namespace Writ.Identity;

/// <summary>A private key that signs tokens: ES256 or RS256. It owns the key and never shows it.</summary>
public sealed class TokenSigningKey : IDisposable
{
    readonly ECDsa? _ec;
    readonly RSA? _rsa;
    // The framework's keys are not for several threads at once.
    readonly Lock _gate = new();

    /// <summary>A key on P-256.</summary>
    public TokenSigningKey(ECDsa key)
    {
        _ec = key;
        Public = PublicKeyJwk.Of(key);
    }

    /// <summary>A key of 2,048 bits or more.</summary>
    public TokenSigningKey(RSA key)
    {
        _rsa = key;
        Public = PublicKeyJwk.Of(key);
    }

    public PublicKeyJwk Public { get; }

    public TokenAlgorithm Algorithm => Public.Algorithm!;

    public string Kid => Public.Kid!;

    internal byte[] Sign(ReadOnlySpan<byte> content)
    {
        lock (_gate)
            return _ec is not null
                ? _ec.SignData(
                    content.ToArray(), Algorithm.Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
                : _rsa!.SignData(content.ToArray(), Algorithm.Hash, Algorithm.Padding);
    }

    public void Dispose()
    {
        _ec?.Dispose();
        _rsa?.Dispose();
    }
}

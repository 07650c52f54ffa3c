using System.Security.Cryptography;

namespace Writ.Linux;

/// <summary>
/// An Ed25519 private key (RFC 8032) loaded into libcrypto once, for repeated signing. Signing may happen on several
/// threads at a time: the key is only read and every signature has its own context.
/// </summary>
public sealed class Ed25519Key : IDisposable
{
    readonly EvpPkeyHandle _key;
    readonly byte[] _publicKey;

    /// <param name="seed">The 32 secret bytes of RFC 8032; they are copied by libcrypto and not kept here.</param>
    public Ed25519Key(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != Ed25519.SeedSize)
            throw new ArgumentException("An Ed25519 seed has 32 bytes.", nameof(seed));
        LibCrypto.ERR_clear_error();
        _key = LibCrypto.EVP_PKEY_new_raw_private_key(LibCrypto.EVP_PKEY_ED25519, 0, seed, (nuint)seed.Length);
        if (_key.IsInvalid)
            throw Ed25519.Fault(nameof(LibCrypto.EVP_PKEY_new_raw_private_key));
        _publicKey = new byte[Ed25519.PublicKeySize];
        var length = (nuint)_publicKey.Length;
        if (LibCrypto.EVP_PKEY_get_raw_public_key(_key, _publicKey, ref length) == 1 && length == Ed25519.PublicKeySize)
            return;
        _key.Dispose();
        throw Ed25519.Fault(nameof(LibCrypto.EVP_PKEY_get_raw_public_key));
    }

    public ReadOnlySpan<byte> PublicKey => _publicKey;

    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        LibCrypto.ERR_clear_error();
        using var context = LibCrypto.EVP_MD_CTX_new();
        if (context.IsInvalid || LibCrypto.EVP_DigestSignInit(context, 0, 0, 0, _key) != 1)
            throw Ed25519.Fault(nameof(LibCrypto.EVP_DigestSignInit));
        var signature = new byte[Ed25519.SignatureSize];
        var length = (nuint)signature.Length;
        if (LibCrypto.EVP_DigestSign(context, signature, ref length, message, (nuint)message.Length) != 1
            || length != Ed25519.SignatureSize)
            throw Ed25519.Fault(nameof(LibCrypto.EVP_DigestSign));
        return signature;
    }

    public void Dispose() => _key.Dispose();
}

using System.Security.Cryptography;

namespace Writ.Linux;

/// <summary>Ed25519 of RFC 8032 (pure, no context, no prehash) by libcrypto.</summary>
public static class Ed25519
{
    public const int SeedSize = 32;
    public const int PublicKeySize = 32;
    public const int SignatureSize = 64;

    public static byte[] PublicKey(ReadOnlySpan<byte> seed)
    {
        using var key = new Ed25519Key(seed);
        return key.PublicKey.ToArray();
    }

    public static byte[] Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> message)
    {
        using var key = new Ed25519Key(seed);
        return key.Sign(message);
    }

    /// <summary>
    /// False for every signature that is not one, including keys and signatures of a wrong length. Throws only when
    /// libcrypto itself cannot work.
    /// </summary>
    public static bool Verify(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != PublicKeySize || signature.Length != SignatureSize)
            return false;
        LibCrypto.ERR_clear_error();
        using var key = LibCrypto.EVP_PKEY_new_raw_public_key(
            LibCrypto.EVP_PKEY_ED25519, 0, publicKey, (nuint)publicKey.Length);
        using var context = LibCrypto.EVP_MD_CTX_new();
        if (key.IsInvalid || context.IsInvalid || LibCrypto.EVP_DigestVerifyInit(context, 0, 0, 0, key) != 1)
            throw Fault(nameof(LibCrypto.EVP_DigestVerifyInit));
        var verdict = LibCrypto.EVP_DigestVerify(
            context, signature, (nuint)signature.Length, message, (nuint)message.Length);
        // A refused signature may leave its reason in the thread's error queue, where TLS would find and misread it.
        LibCrypto.ERR_clear_error();
        return verdict == 1;
    }

    internal static CryptographicException Fault(string call)
    {
        var code = LibCrypto.ERR_get_error();
        LibCrypto.ERR_clear_error();
        return new CryptographicException($"libcrypto: {call} failed with error 0x{code:x8}.");
    }
}

using System.Runtime.InteropServices;

namespace Writ.Linux;

/// <summary>The EVP calls of OpenSSL 3 (<c>libcrypto.so.3</c>) that Ed25519 needs, under their native names.</summary>
static partial class LibCrypto
{
    const string Library = "libcrypto.so.3";

    /// <summary>NID_ED25519 of obj_mac.h.</summary>
    public const int EVP_PKEY_ED25519 = 1087;

    [LibraryImport(Library)]
    public static partial EvpPkeyHandle EVP_PKEY_new_raw_private_key(
        int type, nint engine, ReadOnlySpan<byte> key, nuint keyLength);

    [LibraryImport(Library)]
    public static partial EvpPkeyHandle EVP_PKEY_new_raw_public_key(
        int type, nint engine, ReadOnlySpan<byte> key, nuint keyLength);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_get_raw_public_key(EvpPkeyHandle key, Span<byte> publicKey, ref nuint length);

    [LibraryImport(Library)]
    public static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Library)]
    public static partial EvpMdCtxHandle EVP_MD_CTX_new();

    [LibraryImport(Library)]
    public static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Library)]
    public static partial int EVP_DigestSignInit(
        EvpMdCtxHandle context, nint keyContext, nint digest, nint engine, EvpPkeyHandle key);

    [LibraryImport(Library)]
    public static partial int EVP_DigestSign(
        EvpMdCtxHandle context, Span<byte> signature, ref nuint signatureLength,
        ReadOnlySpan<byte> message, nuint messageLength);

    [LibraryImport(Library)]
    public static partial int EVP_DigestVerifyInit(
        EvpMdCtxHandle context, nint keyContext, nint digest, nint engine, EvpPkeyHandle key);

    [LibraryImport(Library)]
    public static partial int EVP_DigestVerify(
        EvpMdCtxHandle context, ReadOnlySpan<byte> signature, nuint signatureLength,
        ReadOnlySpan<byte> message, nuint messageLength);

    [LibraryImport(Library)]
    public static partial nuint ERR_get_error();

    [LibraryImport(Library)]
    public static partial void ERR_clear_error();
}

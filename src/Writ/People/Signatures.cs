using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Writ.Changes;

namespace Writ.People;

/// <summary>What people sign with: ECDSA on P-256 over SHA-256, signatures in the fixed r||s form, base64.</summary>
public static class Signatures
{
    /// <summary>The first 16 hex digits of the SHA-256 of the key's SubjectPublicKeyInfo.</summary>
    public static string KeyId(string spki) =>
        Convert.ToHexStringLower(SHA256.HashData(Convert.FromBase64String(spki)))[..16];

    public static bool IsPublicKey(string spki)
    {
        using var key = Open(spki);
        return key is not null;
    }

    public static bool Verify(string spki, string text, string signature)
    {
        Span<byte> bytes = stackalloc byte[64];
        if (!Convert.TryFromBase64String(signature, bytes, out var length) || length != 64)
            return false;
        using var key = Open(spki);
        return key is not null && key.VerifyData(
            Encoding.UTF8.GetBytes(text), bytes, HashAlgorithmName.SHA256,
                DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    public static string Sign(ECDsa key, string text) => Convert.ToBase64String(key.SignData(
        Encoding.UTF8.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));

    /// <summary>Instants in signed documents: ISO 8601 in UTC with milliseconds.</summary>
    public static string Instant(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Free text inside a signed document, as a JSON string so that it stays on its one line.</summary>
    public static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text)}\"";

    public static string Sha256(string text) =>
        "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    static ECDsa? Open(string spki)
    {
        if (spki.Length > 256)
            return null;
        var bytes = new byte[256];
        if (!Convert.TryFromBase64String(spki, bytes, out var length))
            return null;
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(bytes.AsSpan(0, length), out var read);
            if (read == length && key.ExportParameters(
                includePrivateParameters: false).Curve.Oid.Value == "1.2.840.10045.3.1.7")
                return key;
        }
        catch (CryptographicException)
        {
            // Not a key at all: the same answer as a key of another kind.
        }
        key.Dispose();
        return null;
    }
}

/// <summary>What a person signs to bind a device key to themselves, once.</summary>
public sealed record EnrolmentDocument(string Realm, PersonId Person, string CodeDigest, string Spki)
{
    public string Render() => $"writ-enrolment/v1\nrealm {Realm}\nperson {Person}\ncode {CodeDigest}\nkey {Spki}\n";
}

/// <summary>
/// What a person signs to log in. The token itself never leaves their machine except to the control plane.
/// </summary>
public sealed record LoginDocument(
    string Realm, PersonId Person, LoginId Login, string TokenDigest, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt)
{
    public string Render() =>
        $"writ-login/v1\nrealm {Realm}\nperson {Person}\nlogin {Login}\ntoken {TokenDigest}\n"
        + $"issued {Signatures.Instant(IssuedAt)}\nexpires {Signatures.Instant(ExpiresAt)}\n";
}

/// <summary>What a person signs to propose a change of the realm, or to agree to somebody else's.</summary>
/// <param name="Disposition"><c>propose</c>, <c>approve</c> or <c>refuse</c>.</param>
/// <param name="Reach">Which sessions a new bundle judges; null where nothing is said of it.</param>
/// <param name="Evidence">Digest of what the signer saw of a new bundle; null where there was nothing to see.</param>
public sealed record ChangeDocument(
    string Realm, ChangeId Change, string DocumentDigest, PersonId Person, string Disposition, string Reason,
    PolicyReach? Reach = null, string? Evidence = null)
{
    public string Render() =>
        $"writ-change/{(Reach is null && Evidence is null ? "v1" : "v2")}\nrealm {Realm}\nchange {Change}\n"
        + $"document {DocumentDigest}\nperson {Person}\ndisposition {Disposition}\n"
        + $"reason {Signatures.Quoted(Reason)}\n"
        + (Reach is { } reach ? $"sessions {(reach == PolicyReach.NewSessions ? "new" : "all")}\n" : "")
        + (Evidence is null ? "" : $"evidence {Evidence}\n");
}

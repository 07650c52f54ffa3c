using System.Security.Cryptography;
using Writ.Identity.Ssh;
using Writ.Linux;

namespace Writ.Server.Leasing;

/// <summary>The keys by which servers of SSH are known, and what they sign.</summary>
static class SshHostKey
{
    const int RsaBitsMin = 2_048;
    const int RsaBitsMax = 8_192;

    /// <summary>The key of a line that a profile has.</summary>
    public static byte[] Read(string line) => Convert.FromBase64String(line[(line.IndexOf(' ') + 1)..]);

    /// <summary>Whether a server signed this; false for every key and signature that is not understood.</summary>
    public static bool Verifies(ReadOnlySpan<byte> key, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature)
    {
        var from = new SshReader(signature);
        var how = from.Text();
        var value = from.Text();
        var read = new SshReader(key);
        var type = read.Text();
        if (!from.IsAtEnd || !read.IsWhole)
            return false;
        try
        {
            return type.SequenceEqual("ssh-ed25519"u8) && how.SequenceEqual(type)
                    ? read.Text() is var point && read.IsAtEnd && Ed25519.Verify(point, content, value)
                : type.SequenceEqual("ecdsa-sha2-nistp256"u8) && how.SequenceEqual(type)
                    ? VerifiesPoint(ref read, content, value)
                : type.SequenceEqual("ssh-rsa"u8) && VerifiesRsa(ref read, content, how, value);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    static bool VerifiesPoint(ref SshReader key, ReadOnlySpan<byte> content, ReadOnlySpan<byte> value)
    {
        var curve = key.Text();
        var point = key.Text();
        var numbers = new SshReader(value);
        var (r, s) = (Fixed(numbers.Text()), Fixed(numbers.Text()));
        if (!key.IsAtEnd || !numbers.IsAtEnd || !curve.SequenceEqual("nistp256"u8) || point is not [4, ..]
            || point.Length != 65 || r is null || s is null)
            return false;
        using var ec = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point[1..33].ToArray(), Y = point[33..].ToArray() },
        });
        return ec.VerifyData(content, [.. r, .. s], HashAlgorithmName.SHA256);
    }

    static bool VerifiesRsa(
        ref SshReader key, ReadOnlySpan<byte> content, ReadOnlySpan<byte> how, ReadOnlySpan<byte> value)
    {
        var exponent = key.Text();
        var modulus = key.Text().TrimStart((byte)0);
        HashAlgorithmName? hash = how.SequenceEqual("rsa-sha2-256"u8) ? HashAlgorithmName.SHA256
            : how.SequenceEqual("rsa-sha2-512"u8) ? HashAlgorithmName.SHA512
            : null;
        if (!key.IsAtEnd || hash is not { } digest || modulus.Length * 8 is < RsaBitsMin or > RsaBitsMax
            || exponent.Length is 0 or > 8)
            return false;
        using var rsa = RSA.Create(new RSAParameters
        {
            Modulus = modulus.ToArray(),
            Exponent = exponent.ToArray(),
        });
        return rsa.VerifyData(content, value, digest, RSASignaturePadding.Pkcs1);
    }

    // A number of any length as 32 bytes.
    static byte[]? Fixed(ReadOnlySpan<byte> number)
    {
        var digits = number.TrimStart((byte)0);
        if (digits.Length > 32)
            return null;
        var whole = new byte[32];
        digits.CopyTo(whole.AsSpan(32 - digits.Length));
        return whole;
    }
}

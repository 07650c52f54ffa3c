using System.Security.Cryptography;

namespace Writ.Identity.Ssh;

/// <summary>A private key on P-256 as SSH uses it (RFC 5656). It owns the key and never shows it.</summary>
public sealed class SshKey : IDisposable
{
    public const string Type = "ecdsa-sha2-nistp256";
    internal const string Curve = "nistp256";

    const int CoordinateBytes = 32;

    // The framework's keys are not for several threads at once.
    readonly Lock _gate = new();
    readonly ECDsa _key;

    /// <exception cref="ArgumentException">It is on another curve.</exception>
    public SshKey(ECDsa key)
    {
        if (key.KeySize != 256)
            throw new ArgumentException("An SSH key here is on P-256.", nameof(key));
        _key = key;
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        Point = [4, .. point.X!, .. point.Y!];
        Public = new SshWriter().Text(Type).Text(Curve).Text(Point).ToArray();
    }

    public static SshKey Make() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>The public key as it travels.</summary>
    public byte[] Public { get; }

    /// <summary>As <c>authorized_keys</c> has it.</summary>
    public string PublicText => $"{Type} {Convert.ToBase64String(Public)}";

    internal byte[] Point { get; }

    /// <summary>How OpenSSH names a key: <c>SHA256:</c> and base64 without padding.</summary>
    public static string Fingerprint(ReadOnlySpan<byte> blob) =>
        "SHA256:" + Convert.ToBase64String(SHA256.HashData(blob)).TrimEnd('=');

    /// <summary>A signature as it travels (RFC 5656, section 3.1.2).</summary>
    public byte[] Sign(ReadOnlySpan<byte> content)
    {
        byte[] pair;
        lock (_gate)
            pair = _key.SignData(content, HashAlgorithmName.SHA256);
        var numbers = new SshWriter()
            .Integer(pair.AsSpan(0, CoordinateBytes)).Integer(pair.AsSpan(CoordinateBytes)).ToArray();
        return new SshWriter().Text(Type).Text(numbers).ToArray();
    }

    public void Dispose() => _key.Dispose();
}

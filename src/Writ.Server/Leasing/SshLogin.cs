using System.Collections.Immutable;
using Writ.Identity.Ssh;

namespace Writ.Server.Leasing;

/// <summary>
/// The key of one lease with its certificate, and what it signs: logins of one user at one server, known by its keys.
/// It is nowhere but here, so that it ends with the daemon at the latest.
/// </summary>
sealed class SshLogin(SshKey key, string user, ImmutableArray<byte[]> hosts) : IDisposable
{
    /// <summary>A login that is under way when the certificate is renewed goes on with the one before.</summary>
    const int CertificatesKept = 2;

    ImmutableArray<byte[]> _certificates = [];
    volatile bool _isOver;

    public SshKey Key => key;

    public string User => user;

    /// <summary>What it shows; null before there is one, and when it is over.</summary>
    public byte[]? Certificate => _isOver ? null : _certificates.LastOrDefault();

    public void Renew(byte[] certificate) =>
        _certificates = [.. _certificates.TakeLast(CertificatesKept - 1), certificate];

    public bool IsHost(ReadOnlySpan<byte> blob)
    {
        foreach (var host in hosts)
            if (blob.SequenceEqual(host))
                return true;
        return false;
    }

    public bool Shows(ReadOnlySpan<byte> certificate)
    {
        foreach (var known in _certificates)
            if (!_isOver && certificate.SequenceEqual(known))
                return true;
        return false;
    }

    /// <summary>It signs nothing more.</summary>
    public void End() => _isOver = true;

    // What signs just now still ends; the key is left to the collector.
    public void Dispose() => End();
}

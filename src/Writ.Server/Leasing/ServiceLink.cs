using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Writ.Server.Leasing;

/// <summary>Reaches the services that give credentials out, encrypted wherever somebody could be in between.</summary>
static class ServiceLink
{
    /// <summary>True for this machine: nobody is in between.</summary>
    public static bool IsNear(string host) => host.StartsWith('/') || host == "localhost"
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>A connection as it is.</summary>
    /// <param name="host">A name, an address, or the absolute path of a Unix socket.</param>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static async Task<Stream> Dial(string host, int port, CancellationToken cancel)
    {
        var isLocal = host.StartsWith('/');
        var socket = isLocal
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (isLocal)
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(host), cancel);
            else
                await socket.ConnectAsync(host, port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>TLS over a connection, with the name of the server checked; it owns the connection.</summary>
    /// <param name="roots">A PEM file with those who may vouch for the server; the system's when null.</param>
    /// <param name="speaks">The only protocol within that is offered; null offers none.</param>
    /// <exception cref="System.Security.Authentication.AuthenticationException">It is somebody else.</exception>
    public static async Task<Stream> Encrypt(
        Stream plain, string host, string? roots, CancellationToken cancel, SslApplicationProtocol? speaks = null)
    {
        var tls = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            var options = new SslClientAuthenticationOptions
            {
                TargetHost = host,
                CertificateChainPolicy = Policy(roots),
            };
            if (speaks is { } protocol)
                options.ApplicationProtocols = [protocol];
            await tls.AuthenticateAsClientAsync(options, cancel);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    /// <summary>How a server's certificate is looked at: nothing is fetched because it says so.</summary>
    /// <param name="roots">A PEM file with those who may vouch for it; the system's when null.</param>
    public static X509ChainPolicy Policy(string? roots)
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            // That it is a server's: said here, because a policy of one's own says nothing of it.
            ApplicationPolicy = { new Oid("1.3.6.1.5.5.7.3.1") },
        };
        if (roots is null)
            return policy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.ImportFromPemFile(roots);
        return policy;
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
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
    /// <exception cref="System.Security.Authentication.AuthenticationException">It is somebody else.</exception>
    public static async Task<Stream> Encrypt(Stream plain, string host, string? roots, CancellationToken cancel)
    {
        var tls = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            var options = new SslClientAuthenticationOptions { TargetHost = host };
            if (roots is not null)
            {
                options.CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                };
                options.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(roots);
            }
            await tls.AuthenticateAsClientAsync(options, cancel);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }
}

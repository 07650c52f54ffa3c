using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Writ.Server.Hosting;

/// <summary>What the daemon shows to people over TLS: its certificate with its key, and the chain above it.</summary>
/// <param name="Chain">The certificates between the daemon's own and the root that people trust.</param>
sealed record TlsIdentity(X509Certificate2 Certificate, X509Certificate2Collection Chain)
{
    /// <summary>Reads the PEM files that were named.</summary>
    /// <exception cref="HostingException">They are no certificate and key that belong together, or the key is open to
    /// everybody.</exception>
    public static TlsIdentity Read(WritdOptions options)
    {
        var (file, keyFile) = (options.CertificateFile!, options.CertificateKeyFile!);
        try
        {
            if ((File.GetUnixFileMode(keyFile) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
                throw new HostingException($"--key '{keyFile}' is open to everybody; close it with: chmod o-rw");
            using var pem = X509Certificate2.CreateFromPemFile(file, keyFile);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(file);
            // The first one is the daemon's own; the rest is what a client needs to reach a root it knows.
            chain.RemoveAt(0);
            // A key that came from PEM is ephemeral; the TLS stack wants one it can open again.
            return new TlsIdentity(
                X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), password: null), chain);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new HostingException(
                $"--cert '{file}' and --key '{keyFile}' are no PEM certificate and key that belong together.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HostingException($"--cert or --key cannot be read: {e.Message}");
        }
    }

    public void Present(HttpsConnectionAdapterOptions tls)
    {
        tls.ServerCertificate = Certificate;
        tls.ServerCertificateChain = Chain;
        tls.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
    }
}

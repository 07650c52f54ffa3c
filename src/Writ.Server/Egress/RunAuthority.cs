using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Writ.Egress;

namespace Writ.Server.Egress;

/// <summary>
/// Whom the TLS clients of one run believe where its way out opens TLS. Its key is in this process's memory alone and
/// gone with the run; its certificate says for which hosts it may speak, so that whoever got the key could be nobody
/// else.
/// </summary>
sealed class RunAuthority : IDisposable
{
    const int LeavesMax = 256;

    // General names (RFC 5280, 4.2.1.6).
    const int DnsName = 2;
    const int IpAddress = 7;

    /// <summary>Longer than any session, an assistant's stay included; it ends by being forgotten.</summary>
    static readonly TimeSpan _life = TimeSpan.FromDays(8);
    static readonly TimeSpan _before = TimeSpan.FromMinutes(5);

    readonly Lock _gate = new();
    readonly Dictionary<string, SslStreamCertificateContext> _leaves = new(StringComparer.Ordinal);
    readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    readonly X509Certificate2 _certificate;
    readonly DateTimeOffset _from;

    /// <param name="hosts">Names, <c>*.name</c>, or addresses.</param>
    public RunAuthority(string run, IEnumerable<string> hosts, DateTimeOffset now)
    {
        _from = now - _before;
        var request = new CertificateRequest($"CN=writ {run}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(Only([.. hosts]));
        _certificate = request.CreateSelfSigned(_from, now + _life);
    }

    /// <summary>The certificate, for anybody.</summary>
    public string Pem => _certificate.ExportCertificatePem() + "\n";

    /// <summary>A certificate for one host, with its key.</summary>
    public SslStreamCertificateContext For(string host)
    {
        lock (_gate)
        {
            if (_leaves.TryGetValue(host, out var known))
                return known;
            // Only where a grant names every host below one can there be so many.
            if (_leaves.Count == LeavesMax)
                _leaves.Clear();
            return _leaves[host] = Issue(host);
        }
    }

    public void Dispose()
    {
        _key.Dispose();
        _certificate.Dispose();
    }

    SslStreamCertificateContext Issue(string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // A name may be longer than a common name may be; clients read the alternative name.
        var request = new CertificateRequest("CN=writ", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
            _certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var names = new SubjectAlternativeNameBuilder();
        if (EgressAddress.Parse(host) is { } address)
            names.AddIpAddress(new IPAddress(address.ToBytes()));
        else
            names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        using var bare = request.Create(
            _certificate, _from, _certificate.NotAfter, RandomNumberGenerator.GetBytes(16));
        return SslStreamCertificateContext.Create(
            bare.CopyWithPrivateKey(key), [_certificate], offline: true);
    }

    // Name constraints (RFC 5280, 4.2.1.10). A name stands for itself and everything below it; where none is an
    // address, no address is allowed either.
    static X509Extension Only(ImmutableArray<string> hosts)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        var addresses = hosts.Select(EgressAddress.Parse).Where(a => a is not null).Select(a => a!.Value).ToArray();
        using (writer.PushSequence())
        {
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true)))
            {
                foreach (var host in hosts.Where(h => EgressAddress.Parse(h) is null))
                    Name(DnsName, Encoding.ASCII.GetBytes(host.StartsWith("*.", StringComparison.Ordinal)
                        ? host[2..] : host));
                foreach (var address in addresses)
                    Name(IpAddress, [.. address.ToBytes(), .. Enumerable.Repeat((byte)255, address.ToBytes().Length)]);
                // Without any permitted name of a kind, all of that kind would be.
                if (addresses.Length == hosts.Length)
                    Name(DnsName, "invalid"u8.ToArray());
            }
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1, isConstructed: true)))
            {
                if (!addresses.Any(a => a.IsV4))
                    Name(IpAddress, new byte[8]);
                if (addresses.All(a => a.IsV4))
                    Name(IpAddress, new byte[32]);
            }
        }
        return new X509Extension("2.5.29.30", writer.Encode(), critical: true);

        void Name(int kind, byte[] value)
        {
            using (writer.PushSequence())
                writer.WriteOctetString(value, new Asn1Tag(TagClass.ContextSpecific, kind));
        }
    }
}

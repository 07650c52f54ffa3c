using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Writ.Identity;

/// <summary>Who signs, and until when what it signs can be believed: a self-signed certificate with its key.</summary>
public sealed class X509Authority : IDisposable
{
    readonly ECDsa _key;
    readonly X509SignatureGenerator _signer;
    readonly Lock _gate = new();

    /// <summary>An authority that there was before; it owns both.</summary>
    public X509Authority(X509Certificate2 certificate, ECDsa key)
    {
        Certificate = certificate;
        _key = key;
        _signer = X509SignatureGenerator.CreateForECDsa(key);
    }

    public X509Certificate2 Certificate { get; }

    internal byte[] SubjectKey => Certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>()
        .Single().SubjectKeyIdentifierBytes.ToArray();

    internal X509Certificate2 Sign(CertificateRequest request, DateTimeOffset from, DateTimeOffset to, byte[] serial)
    {
        lock (_gate)
            return request.Create(Certificate.SubjectName, _signer, from, to, serial);
    }

    internal byte[] List(
        CertificateRevocationListBuilder list, System.Numerics.BigInteger number, DateTimeOffset at,
        DateTimeOffset next)
    {
        lock (_gate)
            return list.Build(
                Certificate.SubjectName, _signer, number, next, HashAlgorithmName.SHA256,
                X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(SubjectKey), at);
    }

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }
}

/// <summary>
/// X.509-SVIDs: how they are made (X509-SVID, sections 2 to 4), and what a certificate says (5.2). No certificate of a
/// workload has a subject: there is no common name that anybody could fall back to.
/// </summary>
public static class X509Svid
{
    const string AlternativeName = "2.5.29.17";
    const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    const string ClientAuth = "1.3.6.1.5.5.7.3.2";

    /// <summary>Context-specific [6], <c>uniformResourceIdentifier</c> (RFC 5280, 4.2.1.6).</summary>
    static readonly Asn1Tag _uri = new(TagClass.ContextSpecific, 6);

    /// <summary>The certificate of a new signing key of a trust domain.</summary>
    /// <param name="part">Which of the domain's keys it is, for people who read certificates.</param>
    /// <param name="serial">Sixteen random bytes.</param>
    public static X509Certificate2 Authority(
        TrustDomain domain, string part, ECDsa key, DateTimeOffset from, DateTimeOffset to, ReadOnlySpan<byte> serial)
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddOrganizationName(domain.Name.Length <= 64 ? domain.Name : domain.Name[..64]);
        name.AddOrganizationalUnitName(part);
        // Two authorities of one name would be taken for one by some who build chains.
        name.Add("2.5.4.5", Convert.ToHexStringLower(serial), UniversalTagNumber.PrintableString);
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(NameOf(domain.Id, critical: false));
        var subjectKey = new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false);
        request.CertificateExtensions.Add(subjectKey);
        var itself = X509SignatureGenerator.CreateForECDsa(key);
        return request.Create(request.SubjectName, itself, from, to, Positive(serial));
    }

    /// <summary>The certificate of a workload's key.</summary>
    /// <exception cref="ArgumentException">The id is no workload's.</exception>
    public static X509Certificate2 Issue(
        X509Authority authority, SpiffeId id, PublicKey key, DateTimeOffset from, DateTimeOffset to,
        ReadOnlySpan<byte> serial)
    {
        if (!id.HasPath)
            throw new ArgumentException("A workload's id has a path.", nameof(id));
        var nobody = new X500DistinguishedName([0x30, 0x00]);
        var request = new CertificateRequest(nobody, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid(ServerAuth), new Oid(ClientAuth)], critical: false));
        // Without a subject the name has to be critical (RFC 5280, 4.2.1.6).
        request.CertificateExtensions.Add(NameOf(id, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(authority.SubjectKey));
        return authority.Sign(request, from, to, Positive(serial));
    }

    /// <summary>The trust domain of an authority's certificate; null where it names none.</summary>
    public static TrustDomain? DomainOf(ReadOnlySpan<byte> authority)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(authority);
        return UrisOf(certificate) is [var uri] && SpiffeId.Parse(uri) is { HasPath: false } id ? id.Domain : null;
    }

    /// <summary>How a certificate's serial number is written: lower-case hex.</summary>
    public static string SerialText(ReadOnlySpan<byte> serial) => Convert.ToHexStringLower(Positive(serial));

    /// <summary>
    /// Whom a certificate names, where it is one of a workload: exactly one URI, no authority, with the right uses.
    /// Whether anybody trusted signed it is another question.
    /// </summary>
    public static (SpiffeId? Id, IdentityProblem? Problem) Read(X509Certificate2 certificate)
    {
        // Who reads the first of two and who reads the last see different certificates (RFC 5280, section 4.2).
        if (certificate.Extensions.DistinctBy(e => e.Oid?.Value).Count() < certificate.Extensions.Count)
            return No("It has an extension twice.");
        var basic = certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault();
        if (basic is { CertificateAuthority: true })
            return No("It is the certificate of an authority.");
        var uses = certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault();
        if (uses is not { Critical: true } || !uses.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature)
            || (uses.KeyUsages & (X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign)) != 0)
            return No("Its key usage is not that of a workload.");
        if (UrisOf(certificate) is not [var only])
            return No("It does not name exactly one URI.");
        return SpiffeId.Parse(only) is { HasPath: true } id ? (id, null) : No("Its URI is no workload's SPIFFE ID.");
    }

    /// <summary>The same, where one of these authorities signed it and it holds now.</summary>
    /// <param name="intermediates">What came along with it.</param>
    public static (SpiffeId? Id, IdentityProblem? Problem) Validate(
        X509Certificate2 certificate, X509Certificate2Collection intermediates,
        IReadOnlyDictionary<TrustDomain, TrustBundle> bundles, DateTimeOffset now)
    {
        var (id, problem) = Read(certificate);
        if (id is null)
            return (null, problem);
        if (!bundles.TryGetValue(id.Domain, out var bundle))
            return (null, new IdentityProblem("token.issuer", $"Trust domain {id.Domain} is not trusted here."));
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        foreach (var authority in bundle.X509Authorities)
            chain.ChainPolicy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(authority.Span));
        chain.ChainPolicy.ExtraStore.AddRange(intermediates);
        return chain.Build(certificate)
            ? (id, null)
            : (null, new IdentityProblem("token.signature", $"No authority of {id.Domain} signed this for now."));
    }

    // The framework's builder hands the id to System.Uri, which adds a slash.
    static X509Extension NameOf(SpiffeId id, bool critical)
    {
        var names = new AsnWriter(AsnEncodingRules.DER);
        using (names.PushSequence())
            names.WriteCharacterString(UniversalTagNumber.IA5String, id.ToString(), _uri);
        return new X509Extension(AlternativeName, names.Encode(), critical);
    }

    static List<string> UrisOf(X509Certificate2 certificate)
    {
        var uris = new List<string>();
        try
        {
            foreach (var extension in certificate.Extensions.Where(e => e.Oid?.Value == AlternativeName))
            {
                var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
                while (names.HasData)
                    if (names.PeekTag() == _uri)
                        uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, _uri));
                    else
                        names.ReadEncodedValue();
            }
        }
        catch (AsnContentException)
        {
            uris.Clear();
        }
        return uris;
    }

    // Sixteen bytes that begin with a bit of nought and are not nothing: a positive number of at most 20 (RFC 5280).
    internal static byte[] Positive(ReadOnlySpan<byte> random)
    {
        var serial = random.ToArray();
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
        return serial;
    }

    static (SpiffeId?, IdentityProblem?) No(string why) => (null, new IdentityProblem("token.certificate", why));
}

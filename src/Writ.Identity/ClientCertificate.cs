using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Writ.Identity;

/// <summary>What a client's certificate says, beside whose key it is for and who signs it.</summary>
/// <param name="Names">Alternative names, each <c>dns:NAME</c>, <c>uri:URI</c> or <c>email:ADDRESS</c>.</param>
/// <param name="Serial">Sixteen bytes that nobody can guess.</param>
public sealed record ClientCertificateClaims(
    string CommonName, string? Organization, ImmutableArray<string> Names, DateTimeOffset From, DateTimeOffset To,
    ReadOnlyMemory<byte> Serial);

/// <summary>
/// Certificates with which a client logs in by TLS, and the list of those that are no longer good (RFC 5280). They are
/// no SVIDs: an authority of its own signs them, and for nothing else.
/// </summary>
public static class ClientCertificate
{
    const string AlternativeName = "2.5.29.17";
    const string ClientAuth = "1.3.6.1.5.5.7.3.2";

    /// <summary>The certificate of a new authority, self-signed.</summary>
    public static X509Certificate2 Authority(
        string commonName, ECDsa key, DateTimeOffset from, DateTimeOffset to, ReadOnlySpan<byte> serial)
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(commonName);
        // Two authorities of one name would be taken for one by some who build chains.
        name.Add("2.5.4.5", Convert.ToHexStringLower(serial), UniversalTagNumber.PrintableString);
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        // Whatever it is used for by mistake, its certificates are good for clients alone.
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ClientAuth)], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.Create(
            request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), from, to, X509Svid.Positive(serial));
    }

    /// <summary>The certificate of a client's key.</summary>
    public static X509Certificate2 Issue(X509Authority authority, PublicKey key, ClientCertificateClaims claims)
    {
        var name = new X500DistinguishedNameBuilder();
        // The builder writes the last one first.
        name.AddCommonName(claims.CommonName);
        if (claims.Organization is { } organization)
            name.AddOrganizationName(organization);
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ClientAuth)], critical: true));
        if (!claims.Names.IsEmpty)
            request.CertificateExtensions.Add(NamesOf(claims.Names));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(authority.SubjectKey));
        return authority.Sign(request, claims.From, claims.To, X509Svid.Positive(claims.Serial.Span));
    }

    /// <summary>The list of an authority, in DER.</summary>
    /// <param name="number">Greater than that of the list before.</param>
    /// <param name="next">Readers take it for too old from here on.</param>
    public static byte[] RevocationList(
        X509Authority authority, IEnumerable<(ReadOnlyMemory<byte> Serial, DateTimeOffset At)> revoked, long number,
        DateTimeOffset at, DateTimeOffset next)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (var (serial, since) in revoked)
            list.AddEntry(X509Svid.Positive(serial.Span), since, X509RevocationReason.CessationOfOperation);
        return authority.List(list, new BigInteger(number), at, next);
    }

    static X509Extension NamesOf(ImmutableArray<string> names)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
            foreach (var name in names)
            {
                var colon = name.IndexOf(':', StringComparison.Ordinal);
                // GeneralName of RFC 5280, 4.2.1.6.
                var tag = name[..colon] switch
                {
                    "email" => 1,
                    "dns" => 2,
                    "uri" => 6,
                    _ => throw new ArgumentException("No such kind of alternative name.", nameof(names)),
                };
                writer.WriteCharacterString(
                    UniversalTagNumber.IA5String, name[(colon + 1)..], new Asn1Tag(TagClass.ContextSpecific, tag));
            }
        return new X509Extension(AlternativeName, writer.Encode(), critical: false);
    }
}

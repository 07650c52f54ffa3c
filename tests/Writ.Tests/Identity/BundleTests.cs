using System.Collections.Immutable;
using System.Diagnostics;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Writ.Identity;

namespace Writ.Tests.Identity;

/// <summary>Certificates and bundles, held to X509-SVID and to the bundle format; openssl is asked as well.</summary>
public sealed class BundleTests
{
    static readonly TrustDomain _domain = TrustDomain.Parse(IdentityGiven.Domain)!.Value;
    static readonly SpiffeId _id = SpiffeId.Of(_domain, "agent", "claude", "session", "s-1", "read")!;

    static IssuerBook Book => new(IdentityGiven.Keys.ToImmutableDictionary(k => k.Kid), 7);

    static X509Certificate2 Leaf(ECDsa key, DateTimeOffset? until = null) => X509Svid.Issue(
        IdentityGiven.Secret<X509Authority>(IdentityTier.Read, IssuerUse.X509), _id, new PublicKey(key),
        World.Start.AddMinutes(-1), until ?? World.Start.AddMinutes(10), RandomNumberGenerator.GetBytes(16));

    [Fact]
    public void A_workloads_certificate_names_it_once_and_has_no_other_name()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = Leaf(key);
        Assert.Equal((_id, null), X509Svid.Read(leaf));
        Assert.Equal("", leaf.Subject);
        var names = leaf.Extensions.Single(e => e.Oid!.Value == "2.5.29.17");
        Assert.True(names.Critical);
        var sequence = new AsnReader(names.RawData, AsnEncodingRules.DER).ReadSequence();
        Assert.Equal(_id.ToString(), sequence.ReadCharacterString(
            UniversalTagNumber.IA5String, new Asn1Tag(TagClass.ContextSpecific, 6)));
        Assert.False(sequence.HasData);
        var uses = leaf.Extensions.OfType<X509KeyUsageExtension>().Single();
        Assert.True(uses.Critical);
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, uses.KeyUsages);
        Assert.False(leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal(
            ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
            from Oid use in leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages
            select use.Value);
        Assert.Throws<ArgumentException>(() => X509Svid.Issue(
            IdentityGiven.Secret<X509Authority>(IdentityTier.Read, IssuerUse.X509), _domain.Id, new PublicKey(key),
            World.Start, World.Start.AddMinutes(1), new byte[16]));
    }

    [Fact]
    public void An_authority_is_no_workload_and_signs_no_further_authority()
    {
        var authority = IdentityGiven.Secret<X509Authority>(IdentityTier.Read, IssuerUse.X509).Certificate;
        Assert.Equal("token.certificate", X509Svid.Read(authority).Problem?.Code);
        var basic = authority.Extensions.OfType<X509BasicConstraintsExtension>().Single();
        Assert.True(basic is { Critical: true, CertificateAuthority: true, PathLengthConstraint: 0 });
        var uses = authority.Extensions.OfType<X509KeyUsageExtension>().Single();
        Assert.Equal((true, X509KeyUsageFlags.KeyCertSign), (uses.Critical, uses.KeyUsages));
        Assert.Contains($"spiffe://{IdentityGiven.Domain}", Encoding.ASCII.GetString(
            authority.Extensions.Single(e => e.Oid!.Value == "2.5.29.17").RawData), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_is_believed_by_its_own_domains_authorities_while_it_holds()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = Leaf(key);
        var bundles = new Dictionary<TrustDomain, TrustBundle> { [_domain] = Book.Bundle(_domain) };
        Assert.Equal((_id, null), X509Svid.Validate(leaf, [], bundles, World.Start));
        Assert.Equal("token.signature", X509Svid.Validate(leaf, [], bundles, World.Start.AddHours(1)).Problem?.Code);
        Assert.Equal("token.issuer", X509Svid.Validate(
            leaf, [], new Dictionary<TrustDomain, TrustBundle>(), World.Start).Problem?.Code);
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var forged = new X509Authority(
            X509Svid.Authority(
                _domain, "read", stranger, World.Start.AddDays(-1), World.Start.AddDays(1), new byte[16]),
            stranger);
        using var theirs = X509Svid.Issue(
            forged, _id, new PublicKey(key), World.Start, World.Start.AddMinutes(5), new byte[16]);
        Assert.Equal("token.signature", X509Svid.Validate(
            theirs, [forged.Certificate], bundles, World.Start).Problem?.Code);
    }

    [Fact]
    public void Openssl_verifies_it_and_refuses_it_after_its_end_and_under_another_tiers_key()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = Leaf(key);
        var folder = Directory.CreateTempSubdirectory("writ-identity-").FullName;
        try
        {
            File.WriteAllText($"{folder}/leaf.pem", leaf.ExportCertificatePem());
            foreach (var tier in Enum.GetValues<IdentityTier>())
                File.WriteAllText($"{folder}/{tier}.pem", IdentityGiven.Secret<X509Authority>(tier, IssuerUse.X509)
                    .Certificate.ExportCertificatePem());
            var at = World.Start.ToUnixTimeSeconds();
            Assert.Equal(0, Verify(folder, "Read.pem", at));
            Assert.NotEqual(0, Verify(folder, "Read.pem", at + 3_600));
            Assert.NotEqual(0, Verify(folder, "Write.pem", at));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_two_documents_hold_the_same_keys_for_different_readers()
    {
        var bundle = Book.Bundle(_domain);
        using var spiffe = JsonDocument.Parse(bundle.ToSpiffe());
        using var openId = JsonDocument.Parse(bundle.ToOpenIdKeys());
        using var workload = JsonDocument.Parse(bundle.ToJwtKeys());
        Assert.Equal(7, spiffe.RootElement.GetProperty("spiffe_sequence").GetInt64());
        Assert.Equal(300, spiffe.RootElement.GetProperty("spiffe_refresh_hint").GetInt64());
        var all = spiffe.RootElement.GetProperty("keys").EnumerateArray().ToList();
        var x509 = all.Where(k => k.GetProperty("use").GetString() == "x509-svid").ToList();
        Assert.Equal(3, x509.Count);
        Assert.All(x509, k => Assert.False(k.TryGetProperty("kid", out _)));
        Assert.All(x509, k => Assert.Equal(1, k.GetProperty("x5c").GetArrayLength()));
        Assert.Equal(6, all.Count(k => k.GetProperty("use").GetString() == "jwt-svid"));
        Assert.Equal(9, all.Count);
        Assert.All(openId.RootElement.GetProperty("keys").EnumerateArray(), k => Assert.Equal(
            ("sig", true), (k.GetProperty("use").GetString(), k.TryGetProperty("alg", out _))));
        Assert.All(workload.RootElement.GetProperty("keys").EnumerateArray(), k => Assert.Equal(
            "jwt-svid", k.GetProperty("use").GetString()));
        Assert.All(all.Concat(openId.RootElement.GetProperty("keys").EnumerateArray()), k => Assert.False(
            k.TryGetProperty("d", out _)));
        var again = TrustBundle.Parse(_domain, bundle.ToSpiffe());
        Assert.Equal(bundle.ToSpiffe(), again?.ToSpiffe());
    }

    [Theory]
    [InlineData("""{"keys":[]}""", 0)]
    [InlineData("""{"keys":[{"kty":"OKP","use":"jwt-svid","kid":"a","crv":"Ed25519","x":"AA"}]}""", 0)]
    [InlineData("""{"keys":[{"kty":"EC","use":"sig","kid":"a"},{"kty":"EC","kid":"b"},{}]}""", 0)]
    [InlineData("""{"keys":[{"kty":"EC","use":"x509-svid"},{"kty":"EC","use":"x509-svid","x5c":[]},7]}""", 0)]
    [InlineData("""{"keys":[],"spiffe_sequence":1.5}""", -1)]
    [InlineData("""{"keys":[],"spiffe_refresh_hint":-1}""", -1)]
    [InlineData("""{"keys":[],"keys":[]}""", -1)]
    [InlineData("""{"keys":{}}""", -1)]
    [InlineData("""{}""", -1)]
    [InlineData("""[]""", -1)]
    public void Of_a_foreign_bundle_only_keys_that_are_understood_count(string text, int keys)
    {
        var bundle = TrustBundle.Parse(_domain, Encoding.UTF8.GetBytes(text));
        Assert.Equal(keys, bundle is null ? -1 : bundle.JwtKeys.Length + bundle.X509Authorities.Length);
    }

    static int Verify(string folder, string authority, long at)
    {
        var start = new ProcessStartInfo("openssl",
        [
            "verify", "-x509_strict", "-purpose", "sslclient", "-attime", $"{at}", "-CAfile", $"{folder}/{authority}",
            $"{folder}/leaf.pem",
        ])
        { RedirectStandardError = true, RedirectStandardOutput = true };
        using var openssl = Process.Start(start)!;
        openssl.WaitForExit();
        return openssl.ExitCode;
    }
}

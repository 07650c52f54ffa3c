using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Writ.Identity;

namespace Writ.Tests.Identity;

/// <summary>Certificates that nobody makes by mistake: strangers show them before anything of them is believed.
/// </summary>
public sealed class CertificateShapeTests
{
    static readonly TrustDomain _domain = TrustDomain.Parse("partner.test")!.Value;

    [Theory]
    [InlineData("2.5.29.15")]
    [InlineData("2.5.29.19")]
    [InlineData("2.5.29.17")]
    public void What_says_something_twice_says_nothing(string extension)
    {
        using var authority = Authority();
        using var good = Svid(authority);
        Assert.NotNull(X509Svid.Read(good).Id);
        using var twice = X509CertificateLoader.LoadCertificate(Twice(good.RawData, extension));
        Assert.Equal("token.certificate", X509Svid.Read(twice).Problem?.Code);
        Assert.Null(ForeignCertificate.DomainOf(twice.ExportCertificatePem()));
    }

    // X509-SVID, section 4.2: only a certificate with keyCertSign signs others.
    [Fact]
    public void A_workload_signs_nobody()
    {
        using var authority = Authority();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var middle = Svid(authority, key);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var below = new X509Authority(X509CertificateLoader.LoadCertificate(middle.RawData), key);
        using var leaf = X509Svid.Issue(
            below, SpiffeId.Parse("spiffe://partner.test/boss")!, new PublicKey(other), now.AddMinutes(-1),
            now.AddMinutes(5), RandomNumberGenerator.GetBytes(16));
        var bundle = new TrustBundle(
            _domain, 1, TimeSpan.FromMinutes(5), [authority.Certificate.RawData], []);
        var bundles = new Dictionary<TrustDomain, TrustBundle> { [_domain] = bundle };
        Assert.NotNull(X509Svid.Validate(middle, [], bundles, now).Id);
        Assert.Equal("token.signature", X509Svid.Validate(leaf, [middle], bundles, now).Problem?.Code);
    }

    static X509Certificate2 Svid(X509Authority authority, ECDsa? key = null)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        return X509Svid.Issue(
            authority, SpiffeId.Parse("spiffe://partner.test/bot")!, new PublicKey(key ?? own), now.AddMinutes(-1),
            now.AddMinutes(5), RandomNumberGenerator.GetBytes(16));
    }

    static X509Authority Authority()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        return new X509Authority(
            X509Svid.Authority(
                _domain, "root", key, now.AddHours(-1), now.AddHours(9), RandomNumberGenerator.GetBytes(16)), key);
    }

    // Nobody signed it so; nobody has looked at the signature yet either.
    static byte[] Twice(byte[] certificate, string extension)
    {
        var whole = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence();
        var content = whole.ReadSequence();
        var written = new AsnWriter(AsnEncodingRules.DER);
        using (written.PushSequence())
        {
            using (written.PushSequence())
                while (content.HasData)
                {
                    var tag = new Asn1Tag(TagClass.ContextSpecific, 3, isConstructed: true);
                    if (content.PeekTag() != tag)
                    {
                        written.WriteEncodedValue(content.ReadEncodedValue().Span);
                        continue;
                    }
                    var extensions = content.ReadSequence(tag).ReadSequence();
                    using (written.PushSequence(tag))
                    using (written.PushSequence())
                        while (extensions.HasData)
                        {
                            var one = extensions.ReadEncodedValue();
                            written.WriteEncodedValue(one.Span);
                            if (new AsnReader(one, AsnEncodingRules.DER).ReadSequence().ReadObjectIdentifier()
                                == extension)
                                written.WriteEncodedValue(one.Span);
                        }
                }
            while (whole.HasData)
                written.WriteEncodedValue(whole.ReadEncodedValue().Span);
        }
        return written.Encode();
    }
}

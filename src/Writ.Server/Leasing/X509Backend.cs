using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Writ.Identity;
using Writ.Leases;
using Writ.Wire;

namespace Writ.Server.Leasing;

/// <summary>
/// Client certificates for TLS: a key and a certificate for each lease, both anew when it is renewed. To take one back
/// is to put it on the list that servers read; who is connected stays.
/// </summary>
sealed class X509Backend(
    CredentialProfile profile, CredentialBackend.X509 place, Authorities authorities, TimeProvider time)
    : ICredentialBackend
{
    const int SerialBytes = 16;
    const int PrintCharacters = 39;

    /// <summary>Readers take a list for too old after this; it is written anew with each look at the backend.</summary>
    static readonly TimeSpan _listLife = TimeSpan.FromDays(2);

    static readonly TimeSpan _unknownMax = TimeSpan.FromSeconds(CredentialProfile.TtlMost) + LeaseDesk.ClockSkew;

    IssuedBook Book => authorities.Book(profile.Admin, AuthorityKind.X509);

    string Place => SignedBackends.PlaceOf(place);

    public async Task<IssuedCredential> Issue(string account, DateTimeOffset until, CancellationToken cancel)
    {
        using var authority = authorities.X509(profile.Admin);
        // What could not be taken back is not given out.
        await Publish(authority, cancel);
        return Certify(authority, account, until);
    }

    public Task Extend(string account, DateTimeOffset until, CancellationToken cancel) =>
        Renew(account, until, cancel);

    public Task<IssuedCredential?> Renew(string account, DateTimeOffset until, CancellationToken cancel)
    {
        using var authority = authorities.X509(profile.Admin);
        return Task.FromResult<IssuedCredential?>(Certify(authority, account, until));
    }

    public async Task<int> Revoke(string account, CancellationToken cancel)
    {
        Book.Revoke(account, Place, time.GetUtcNow() + _unknownMax);
        using var authority = authorities.X509(profile.Admin);
        await Publish(authority, cancel);
        return 0;
    }

    /// <summary>Nobody here knows who is connected with one.</summary>
    public Task<int> TerminateSessions(string account, CancellationToken cancel) => Task.FromResult(0);

    public async Task<ImmutableArray<string>> Enumerate(string prefix, CancellationToken cancel)
    {
        using var authority = authorities.X509(profile.Admin);
        await Publish(authority, cancel);
        return Book.Living(Place, prefix);
    }

    Task Publish(X509Authority authority, CancellationToken cancel) => place.RevocationList is not { } path
        ? Task.CompletedTask
        : authorities.Publish(path, () =>
        {
            PrivateFile.Publish(path, Encoding.ASCII.GetBytes(string.Concat(
                authorities.Signing(profile.Admin, AuthorityKind.X509).Select(name => List(authority, name)))));
            return Task.FromResult(0);
        }, cancel);

    // Each signs its own; one file may hold several.
    string List(X509Authority authority, string name)
    {
        using var other = name == profile.Admin ? null : authorities.X509(name);
        var now = time.GetUtcNow();
        var list = ClientCertificate.RevocationList(
            other ?? authority,
            authorities.Book(name, AuthorityKind.X509).Revoked().SelectMany(a => a.Serials.Select(
                s => ((ReadOnlyMemory<byte>)Convert.FromHexString(s), a.RevokedAt!.Value))),
            now.ToUnixTimeMilliseconds(), now - LeaseDesk.ClockSkew, now + _listLife);
        return PemEncoding.WriteString("X509 CRL", list) + "\n";
    }

    // The number before the certificate: what is signed is in the book.
    IssuedCredential Certify(X509Authority authority, string account, DateTimeOffset until)
    {
        var serial = RandomNumberGenerator.GetBytes(SerialBytes);
        Book.Intend(account, Place, Convert.ToHexStringLower(serial), until);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = ClientCertificate.Issue(authority, new PublicKey(key), new ClientCertificateClaims(
            place.CommonName ?? account, place.Organization, place.Names, time.GetUtcNow() - LeaseDesk.ClockSkew,
            until, serial));
        var secret = key.ExportPkcs8PrivateKeyPem();
        return new IssuedCredential(
            LeaseNames.Signed(Print(certificate), Print(authority.Certificate)),
            [
                File(Delivery.CertificateFile, certificate.ExportCertificatePem()),
                File(Delivery.CertificateKeyFile, secret),
                File(Delivery.CertificateAuthorityFile, authority.Certificate.ExportCertificatePem()),
            ],
            [secret])
        {
            IsRenewed = true,
        };

        static string Print(X509Certificate2 of) => Authorities.FingerprintOf(of)[..PrintCharacters];

        static DeliveredFile File(string name, string pem) => new(name, Encoding.ASCII.GetBytes(pem + "\n"));
    }
}

using System.Security.Cryptography;
using System.Text;
using Writ.Leases;
using Writ.Server.Issuing;
using Writ.Server.Sequencer;

namespace Writ.Server.Leasing;

/// <summary>The backends whose credentials the realm's own keys sign.</summary>
sealed class SignedBackends(
    Authorities authorities, SshLogins logins, RealmActor realm, Issuer issuer, IdSource ids, TimeProvider time)
{
    const int PlaceCharacters = 16;

    /// <summary>Null for a profile of another kind.</summary>
    public ICredentialBackend? For(CredentialProfile profile, AdminFiles admins) => profile.Backend switch
    {
        CredentialBackend.Ssh p => new SshBackend(profile, p, authorities, logins, admins, time),
        CredentialBackend.X509 p => new X509Backend(profile, p, authorities, time),
        CredentialBackend.Oidc p => new OidcBackend(profile, p, realm, issuer, ids, time),
        _ => null,
    };

    /// <summary>A short name of what a profile is for, the same for profiles that say the same.</summary>
    public static string PlaceOf(CredentialBackend backend) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(backend.ToString()!)))[..PlaceCharacters];
}

using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Writ.Identity.Ssh;
using Writ.Leases;
using Writ.Wire;

namespace Writ.Server.Leasing;

/// <summary>The keys of the SSH logins that live, by their accounts.</summary>
public sealed class SshLogins
{
    readonly ConcurrentDictionary<string, SshLogin> _live = new(StringComparer.Ordinal);

    internal void Add(string account, SshLogin login) => _live[account] = login;

    internal SshLogin? Find(string account) => _live.GetValueOrDefault(account);

    internal void End(string account)
    {
        if (_live.TryRemove(account, out var login))
            login.End();
    }
}

/// <summary>
/// SSH: a certificate for each lease, whose key id is the lease's account, and a key that only the daemon has. To take
/// one back is to put it on the list that the server reads, and to have the server's helper end its sessions.
/// </summary>
sealed class SshBackend(
    CredentialProfile profile, CredentialBackend.Ssh place, Authorities authorities, SshLogins logins,
    AdminFiles admins, TimeProvider time) : ICredentialBackend
{
    internal const int NonceBytes = 32;

    static readonly TimeSpan _unknownMax = TimeSpan.FromSeconds(CredentialProfile.TtlMost) + LeaseDesk.ClockSkew;

    IssuedBook Book => authorities.Book(profile.Admin, AuthorityKind.Ssh);

    string Place => SignedBackends.PlaceOf(place);

    public async Task<IssuedCredential> Issue(string account, DateTimeOffset until, CancellationToken cancel)
    {
        using var authority = authorities.Ssh(profile.Admin);
        // What could not be taken back is not given out.
        if (place.Sessions)
            await Link(authority).Ask("ready", default, cancel);
        if (place.RevocationList is not null)
            await Publish(authority, "ready", cancel);
        var key = SshKey.Make();
        var login = new SshLogin(key, place.User, [.. place.HostKeys.Select(SshHostKey.Read)]);
        Certify(authority, account, login, until);
        logins.Add(account, login);
        return Delivered(authority, login);
    }

    public Task Extend(string account, DateTimeOffset until, CancellationToken cancel)
    {
        using var authority = authorities.Ssh(profile.Admin);
        Certify(authority, account, logins.Find(account)
            ?? throw new BackendFaultException("lease.backend-fault", "The key of this login is gone."), until);
        return Task.CompletedTask;
    }

    public async Task<int> Revoke(string account, CancellationToken cancel)
    {
        logins.End(account);
        Book.Revoke(account, Place, time.GetUtcNow() + _unknownMax);
        if (place.Class == RevocationClass.ExpiryOnly)
            return 0;
        using var authority = authorities.Ssh(profile.Admin);
        return await Publish(authority, $"revoke {account}", cancel);
    }

    public async Task<int> TerminateSessions(string account, CancellationToken cancel)
    {
        if (!place.Sessions)
            return 0;
        using var authority = authorities.Ssh(profile.Admin);
        return Count(await Link(authority).Ask($"end {account}", default, cancel));
    }

    /// <summary>What is good by the book, and, where sessions can be seen, who is in.</summary>
    public async Task<ImmutableArray<string>> Enumerate(string prefix, CancellationToken cancel)
    {
        var good = Book.Living(Place, prefix);
        if (!place.Sessions)
            return good;
        using var authority = authorities.Ssh(profile.Admin);
        return
        [
            .. good.Concat((await Link(authority).Ask($"list {prefix}", default, cancel))
                .Where(a => a.StartsWith(prefix, StringComparison.Ordinal) && LeaseNames.IsAccount(a)))
                .Distinct(StringComparer.Ordinal).Take(ICredentialBackend.EnumeratedMax),
        ];
    }

    async Task<int> Publish(SshKey authority, string question, CancellationToken cancel)
    {
        if (place.RevocationList is { } path)
            await authorities.Publish(path, () => Task.FromResult(Put(path, List(authority))), cancel);
        return place.Sessions && question != "ready"
            ? await authorities.Publish(
                $"{place.Host}:{place.Port}", async () => Count(await Link(authority).Ask(
                    question, List(authority), cancel)), cancel)
            : 0;
    }

    static int Put(string path, byte[] list)
    {
        PrivateFile.Publish(path, list);
        return list.Length;
    }

    byte[] List(SshKey authority)
    {
        var now = time.GetUtcNow();
        return SshRevocationList.Write((ulong)now.ToUnixTimeMilliseconds(), now,
            authorities.Signing(profile.Admin, AuthorityKind.Ssh).Select(name =>
            {
                using var other = name == profile.Admin ? null : authorities.Ssh(name);
                var revoked = authorities.Book(name, AuthorityKind.Ssh).Revoked();
                return new SshRevoked(
                    (other ?? authority).Public, revoked.SelectMany(a => a.Serials).Select(Serial),
                    revoked.Select(a => a.Account));
            }));
    }

    // The number before the certificate: what is signed is in the book.
    void Certify(SshKey authority, string account, SshLogin login, DateTimeOffset until)
    {
        var serial = Book.Find(account)?.Serials.FirstOrDefault() is { } known ? Serial(known) : NewSerial();
        Book.Intend(account, Place, serial.ToString("x16", CultureInfo.InvariantCulture), until);
        login.Renew(SshCertificate.Issue(authority, login.Key, new SshCertificateClaims(
            serial, account, place.Names, time.GetUtcNow() - LeaseDesk.ClockSkew, until, place.ForceCommand,
            place.SourceAddresses, place.Extensions), RandomNumberGenerator.GetBytes(NonceBytes)));
    }

    // Both names as the server's log has them.
    IssuedCredential Delivered(SshKey authority, SshLogin login)
    {
        var folder = Delivery.FolderOf(profile.Id);
        var alias = $"writ-{profile.Id}";
        var hosts = string.Concat(place.HostKeys.Select(k => $"{alias} {k}\n"));
        var configuration = $"""
            Host {place.Host}
              Port {place.Port}
              User {place.User}
              IdentityAgent {folder}/{Delivery.SshAgentSocket}
              IdentityFile none
              HostKeyAlias {alias}
              UserKnownHostsFile {folder}/{Delivery.SshKnownHosts}
              GlobalKnownHostsFile none
              StrictHostKeyChecking yes
              UpdateHostKeys no
              CheckHostIP no
              PreferredAuthentications publickey
              ControlPath none
              ProxyCommand /usr/bin/nc -U {folder}/{Delivery.SshServerSocket}

            """;
        return new IssuedCredential(
            LeaseNames.Signed(SshKey.Fingerprint(login.Key.Public), SshKey.Fingerprint(authority.Public)),
            [
                new DeliveredFile(Delivery.SshKnownHosts, Encoding.ASCII.GetBytes(hosts)),
                new DeliveredFile(Delivery.SshConfiguration, Encoding.ASCII.GetBytes(configuration)),
            ],
            [],
            new LeaseService(Delivery.SshServerSocket, c => ServiceLink.Dial(place.Host, place.Port, c)))
        {
            Agent = new LeaseService(Delivery.SshAgentSocket, _ => Task.FromResult<Stream>(Converse(login))),
        };
    }

    static TwoEnds Converse(SshLogin login)
    {
        var (near, far) = TwoEnds.Make();
        _ = Answer();
        return near;

        async Task Answer()
        {
            try
            {
                // Until the door closes the near end.
                await SshAgent.Serve(far, login, CancellationToken.None);
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                // Whoever asked is gone.
            }
            finally
            {
                await far.DisposeAsync();
            }
        }
    }

    SshAdminLink Link(SshKey authority) =>
        new(place, authority, admins.Read(profile.Admin), CredentialBackend.Ssh.AdminPrincipal, time);

    static int Count(ImmutableArray<string> said) => said is [var number, ..]
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : throw new BackendFaultException("lease.backend-fault", "The server's helper did not say how many.");

    static ulong Serial(string hex) => ulong.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    static ulong NewSerial() => BinaryPrimitives.ReadUInt64BigEndian(RandomNumberGenerator.GetBytes(8)) | 1;
}

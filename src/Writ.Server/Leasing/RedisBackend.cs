using System.Collections.Immutable;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using Writ.Leases;

namespace Writ.Server.Leasing;

/// <summary>
/// Redis: an ACL user for each lease (Redis 6 and later). Its password never leaves the daemon: a run's connections are
/// logged in before they are handed to it. Redis lets no user end by itself, so that only revoking ends one.
/// </summary>
/// <param name="admin">A user that may use <c>ACL</c> and <c>CLIENT KILL</c>.</param>
sealed class RedisBackend(CredentialBackend.Redis profile, AdminAccount admin) : ICredentialBackend
{
    const int PasswordBytes = 32;

    // Whatever a category of a later version has in it.
    static readonly ImmutableArray<string> _never = ["-@admin", "-acl", "-config", "-migrate"];

    public Task<IssuedCredential> Issue(string account, DateTimeOffset until, CancellationToken cancel) =>
        Told(async link =>
        {
            await Check(link, cancel);
            var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(PasswordBytes));
            var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(password)));
            await link.Ask(
                [
                    "ACL", "SETUSER", account, "reset", "on", $"#{digest}",
                    .. profile.Keys.Select(k => $"~{k}"), "resetchannels", .. profile.Channels.Select(c => $"&{c}"),
                    "-@all", .. profile.Commands, .. _never,
                ],
                cancel);
            return new IssuedCredential(
                $"sha256:{digest[..32]}", [], [password],
                new LeaseService(Delivery.RedisSocket, c => Dial(account, password, c)));
        }, cancel);

    /// <summary>There is no end that could be moved.</summary>
    public Task Extend(string account, DateTimeOffset until, CancellationToken cancel) => Task.CompletedTask;

    public Task<int> Revoke(string account, CancellationToken cancel) => Told(async link =>
    {
        // Of one that is not there, the next command would make one.
        if ((await link.Ask(["ACL", "GETUSER", account], cancel)).Items.IsEmpty)
            return 0;
        // First nobody comes in any more, then whoever is in goes, and only then the user.
        await link.Ask(["ACL", "SETUSER", account, "off", "resetpass"], cancel);
        var cut = await Terminate(link, account, cancel);
        await link.Ask(["ACL", "DELUSER", account], cancel);
        return cut;
    }, cancel);

    public Task<int> TerminateSessions(string account, CancellationToken cancel) =>
        Told(link => Terminate(link, account, cancel), cancel);

    public Task<ImmutableArray<string>> Enumerate(string prefix, CancellationToken cancel) => Told(async link =>
        (await link.Ask(["ACL", "USERS"], cancel)).Items.Select(u => u.Text ?? "")
            .Where(u => u.StartsWith(prefix, StringComparison.Ordinal)).ToImmutableArray(), cancel);

    static async Task<int> Terminate(RedisLink link, string account, CancellationToken cancel)
    {
        var reply = await link.Send(["CLIENT", "KILL", "USER", account], cancel);
        // An error without a word of its own: no such user. It went in between, and with it everybody in it.
        return reply is { IsError: true, Text: ['E', 'R', 'R', ' ', ..] } ? 0
            : reply.IsError ? throw RedisLink.Refused(reply.Text ?? "")
            : (int)reply.Number;
    }

    // Whoever is put out would come back as the default user, were that one open to everybody.
    static async Task Check(RedisLink link, CancellationToken cancel)
    {
        var found = (await link.Ask(["ACL", "GETUSER", "default"], cancel)).Items;
        for (var i = 0; i + 1 < found.Length; i += 2)
            if (found[i].Text == "flags")
            {
                var flags = found[i + 1].Items.Select(f => f.Text).ToHashSet();
                if (!flags.Contains("on") || !flags.Contains("nopass"))
                    return;
                throw new BackendFaultException("lease.backend-unsafe",
                    "Redis lets everybody in as its default user: ACL SETUSER default off, or give it a password.");
            }
        throw new BackendFaultException("lease.backend-fault", "Redis does not say what its default user may do.");
    }

    async Task<Stream> Dial(string account, string password, CancellationToken cancel)
    {
        try
        {
            var link = await RedisLink.Open(profile, account, password, admin.RootCertificates, cancel);
            return link.Release();
        }
        catch (BackendFaultException fault)
        {
            throw new IOException(fault.Message, fault);
        }
    }

    async Task<T> Told<T>(Func<RedisLink, Task<T>> call, CancellationToken cancel)
    {
        try
        {
            await using var link = await RedisLink.Open(
                profile, admin.User, admin.Password, admin.RootCertificates, cancel);
            return await call(link);
        }
        catch (AuthenticationException e)
        {
            throw new BackendFaultException("lease.backend-denied", "Redis is not the server that it should be.", e);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new BackendFaultException("lease.backend-down", "Redis cannot be reached.", e);
        }
    }
}

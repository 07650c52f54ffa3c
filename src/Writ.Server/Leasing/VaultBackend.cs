using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using Writ.Leases;
using Writ.Server.Egress;

namespace Writ.Server.Leasing;

/// <summary>
/// Dynamic secrets of Vault and OpenBao. Each lease has a token of its own there, orphan and with the account's name in
/// its metadata; what is read under it belongs to it. So it is found again by its accessor after a crash, and revoking
/// it revokes everything that came of it.
/// </summary>
sealed class VaultBackend(
    CredentialBackend.Vault profile, AdminAccount admin, BackendMemory memory, ILeaseTokens tokens, TimeProvider time)
    : ICredentialBackend
{
    const string AccountKey = "writ_account";
    const int AccessorsMax = 20_000;
    const int LookupsAtOnce = 8;
    const int FilesMax = 8;

    public async Task<IssuedCredential> Issue(string account, DateTimeOffset until, CancellationToken cancel)
    {
        await using var vault = await VaultLink.Open(profile, admin, tokens, cancel);
        var made = await vault.Ask(HttpMethod.Post, $"auth/token/create/{profile.TokenRole}", json =>
        {
            json.WriteStartObject("meta");
            json.WriteString(AccountKey, account);
            json.WriteEndObject();
            json.WriteString("display_name", account);
            json.WriteString("ttl", $"{SecondsTo(until)}s");
            json.WriteBoolean("renewable", true);
        }, cancel);
        if (made.TextAt("auth", "client_token") is not { } own || made.TextAt("auth", "accessor") is not { } accessor)
            throw vault.Broken("made no token");
        memory.Keep(account, accessor);
        if (made.At("auth", "orphan") is not { ValueKind: JsonValueKind.True })
            throw new BackendFaultException("lease.backend-unsafe",
                "The token role makes tokens that end with the broker's: set orphan=true on it.");
        var read = await vault.Ask(HttpMethod.Get, profile.Path, null, cancel, @as: own);
        if (read.TextAt("lease_id") is not { } lease)
            throw new BackendFaultException("lease.backend-unsafe",
                "What is read there has no lease of Vault's, so nobody could take it back.");
        memory.Keep(account, $"{accessor} {lease}");
        return Delivered(vault, read);
    }

    IssuedCredential Delivered(VaultLink vault, JsonElement? read)
    {
        var files = ImmutableArray.CreateBuilder<DeliveredFile>();
        var secrets = ImmutableArray.CreateBuilder<string>();
        if (read.At("data") is not { ValueKind: JsonValueKind.Object } data)
            throw vault.Broken("gave nothing out");
        foreach (var value in data.EnumerateObject())
        {
            if (value.Value.ValueKind != JsonValueKind.String || value.Value.GetString() is not { Length: > 0 } text)
                continue;
            // A file's name is a plain one; so are the values' but for this.
            var name = value.Name.Replace('_', '-').ToLowerInvariant();
            if (!CredentialProfile.IsName(name) || files.Count == FilesMax)
                throw vault.Broken("gave out more values than there is place for, or with names that are none");
            files.Add(new DeliveredFile(name, JsonReading.Utf8(text)));
            // Who it is may be shown; everything else is a secret.
            if (value.Name != "username")
                secrets.Add(text);
        }
        var token = profile.Token is { } named ? read.TextAt("data", named) : null;
        if (secrets.Count == 0 || (profile.Token is not null && token is null)
            || profile.Variables.Any(v => files.All(f => f.Name != v.Value)))
            throw vault.Broken("did not give out the values that the profile names");
        return new IssuedCredential(
            Fingerprints.Of(string.Join('\n', secrets)), files.ToImmutable(), secrets.ToImmutable(), Token: token);
    }

    public async Task Extend(string account, DateTimeOffset until, CancellationToken cancel)
    {
        if (memory.Of(account)?.Split(' ') is not [var accessor, var lease])
            throw new BackendFaultException("lease.backend-fault", "What Vault calls it is not known here any more.");
        await using var vault = await VaultLink.Open(profile, admin, tokens, cancel);
        // The token first: what belongs to it never outlives it.
        await vault.Ask(HttpMethod.Post, "auth/token/renew-accessor", json =>
        {
            json.WriteString("accessor", accessor);
            json.WriteString("increment", $"{SecondsTo(until)}s");
        }, cancel);
        await vault.Ask(HttpMethod.Put, "sys/leases/renew", json =>
        {
            json.WriteString("lease_id", lease);
            json.WriteNumber("increment", SecondsTo(until));
        }, cancel);
    }

    public async Task<int> Revoke(string account, CancellationToken cancel)
    {
        await using var vault = await VaultLink.Open(profile, admin, tokens, cancel);
        var known = memory.Of(account)?.Split(' ') ?? [];
        // By its own name and at once, so that what goes wrong at the service behind is heard of.
        if (known is [_, var lease])
            await RevokeLease(vault, lease, cancel);
        var accessors = known is [var accessor, ..] ? [accessor]
            : (await Accounts(vault, account, cancel)).Where(a => a.Account == account).Select(a => a.Accessor);
        foreach (var one in accessors)
            await RevokeToken(vault, one, cancel);
        memory.Forget(account);
        return 0;
    }

    /// <summary>What Vault gives out has no sessions that it knows of.</summary>
    public Task<int> TerminateSessions(string account, CancellationToken cancel) => Task.FromResult(0);

    public async Task<ImmutableArray<string>> Enumerate(string prefix, CancellationToken cancel)
    {
        await using var vault = await VaultLink.Open(profile, admin, tokens, cancel);
        return [.. (await Accounts(vault, prefix, cancel)).Select(a => a.Account).Distinct()];
    }

    static async Task<ImmutableArray<(string Account, string Accessor)>> Accounts(
        VaultLink vault, string prefix, CancellationToken cancel)
    {
        var reply = await vault.Send(new HttpMethod("LIST"), "auth/token/accessors", null, cancel);
        // Nothing at all is not found there.
        if (reply.Status == HttpStatusCode.NotFound)
            return [];
        if (!reply.IsSuccess)
            throw vault.Refused(reply);
        var keys = vault.Read(reply).ItemsAt("data", "keys").Select(k => k.GetString() ?? "").ToArray();
        if (keys.Length > AccessorsMax)
            throw vault.Broken($"has more than {AccessorsMax} tokens, too many to look through");
        var found = new ConcurrentBag<(string, string)>();
        await Parallel.ForEachAsync(
            keys, new ParallelOptions { MaxDegreeOfParallelism = LookupsAtOnce, CancellationToken = cancel },
            async (key, stop) =>
            {
                var looked = await vault.Send(
                    HttpMethod.Post, "auth/token/lookup-accessor", Accessor(key), stop);
                // One that ended meanwhile is none.
                if (IsGone(vault, looked))
                    return;
                if (!looked.IsSuccess)
                    throw vault.Refused(looked);
                if (vault.Read(looked).TextAt("data", "meta", AccountKey) is { } account
                    && account.StartsWith(prefix, StringComparison.Ordinal))
                    found.Add((account, key));
            });
        return [.. found];
    }

    static async Task RevokeLease(VaultLink vault, string lease, CancellationToken cancel)
    {
        var reply = await vault.Send(HttpMethod.Put, "sys/leases/revoke", json =>
        {
            json.WriteString("lease_id", lease);
            json.WriteBoolean("sync", true);
        }, cancel);
        // To some versions a lease that is gone is a bad one.
        if (!reply.IsSuccess && reply.Status != HttpStatusCode.NotFound
            && !(reply.Status == HttpStatusCode.BadRequest && vault.Says(reply, "invalid lease")))
            throw vault.Refused(reply);
    }

    static async Task RevokeToken(VaultLink vault, string accessor, CancellationToken cancel)
    {
        var reply = await vault.Send(HttpMethod.Post, "auth/token/revoke-accessor", Accessor(accessor), cancel);
        if (!reply.IsSuccess && !IsGone(vault, reply))
            throw vault.Refused(reply);
    }

    static bool IsGone(VaultLink vault, BackendReply reply) => reply.Status == HttpStatusCode.NotFound
        || (reply.Status is HttpStatusCode.BadRequest or HttpStatusCode.Forbidden
            && vault.Says(reply, "invalid accessor"));

    static Action<Utf8JsonWriter> Accessor(string accessor) => json => json.WriteString("accessor", accessor);

    long SecondsTo(DateTimeOffset until) => Math.Max(1, (long)(until - time.GetUtcNow()).TotalSeconds);
}

using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Writ.Leases;
using Writ.Server.Egress;

namespace Writ.Server.Leasing;

/// <summary>
/// Installation tokens of a GitHub App, for some repositories and permissions. A token takes itself back, so this
/// process keeps it in mind for as long as the lease lives; a daemon that was restarted can only wait for its hour to
/// be over, and says until then that it could not.
/// </summary>
sealed class GitHubAppBackend(
    CredentialBackend.GitHubApp profile, AdminAccount admin, BackendMemory memory, ILeaseTokens tokens,
    TimeProvider time) : ICredentialBackend
{
    const string Service = "GitHub";
    const string Nothing = "";
    static readonly TimeSpan _tokenLife = TimeSpan.FromHours(1);

    // As its documentation has it: a minute back for clocks that differ, ten minutes at most in all.
    static readonly TimeSpan _before = TimeSpan.FromSeconds(60);
    static readonly TimeSpan _appTokenLife = TimeSpan.FromMinutes(5);

    // What a permission contains: write is more than read, and admin than write.
    static readonly ImmutableArray<string> _levels = ["read", "write", "admin"];

    public bool CanEnumerate => false;

    public async Task<IssuedCredential> Issue(string account, DateTimeOffset until, CancellationToken cancel)
    {
        using var http = new BackendHttp(Service, profile.Url, admin.RootCertificates);
        BackendReply reply;
        try
        {
            reply = await Ask(http, cancel);
        }
        catch (BackendFaultException fault) when (WasNeverAsked(fault))
        {
            memory.Keep(account, Nothing);
            throw;
        }
        // It refused. Of whatever else it answers nobody knows whether there is a token now.
        if ((int)reply.Status is >= 400 and < 500 and not 408)
            memory.Keep(account, Nothing);
        var answer = reply.IsSuccess ? http.Read(reply) : throw http.Refused(reply.Status);
        // Tokens are of no certain length: some are a signed document.
        if (answer.TextAt("token") is not { } token || !HeldCredential.IsSecret(token))
            throw http.Broken("gave no token");
        memory.Keep(account, token);
        if (!IsNarrow(answer))
        {
            await TakeBack(http, token, cancel);
            memory.Keep(account, Nothing);
            throw new BackendFaultException("lease.too-wide", "GitHub gave more than it was asked for.");
        }
        return new IssuedCredential(
            Fingerprints.Of(token), [new DeliveredFile(Delivery.TokenFile, Encoding.ASCII.GetBytes(token))], [token],
            Token: token);
    }

    Task<BackendReply> Ask(BackendHttp http, CancellationToken cancel)
    {
        var path = string.Create(
            CultureInfo.InvariantCulture, $"/app/installations/{profile.Installation}/access_tokens");
        return http.Send(HttpMethod.Post, path, Headers(AppToken()), BackendHttp.JsonOf(json =>
        {
            json.WriteStartArray("repositories");
            foreach (var repository in profile.Repositories)
                json.WriteStringValue(repository);
            json.WriteEndArray();
            json.WriteStartObject("permissions");
            foreach (var permission in profile.Permissions)
                json.WriteString(permission.Name, permission.Value);
            json.WriteEndObject();
        }), "application/json", cancel);
    }

    static bool WasNeverAsked(BackendFaultException fault) => fault.InnerException switch
    {
        HttpRequestException http => http.HttpRequestError is HttpRequestError.ConnectionError
            or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
        _ => fault.Code == "lease.no-admin",
    };

    /// <summary>It lives its hour.</summary>
    public Task Extend(string account, DateTimeOffset until, CancellationToken cancel) => Task.CompletedTask;

    public async Task<int> Revoke(string account, CancellationToken cancel)
    {
        if (memory.Of(account) is { } token)
        {
            using var http = new BackendHttp(Service, profile.Url, admin.RootCertificates);
            if (token != Nothing)
                await TakeBack(http, token, cancel);
            memory.Forget(account);
            return 0;
        }
        // Never made, made and taken back, or made by a daemon that is no more: nobody can tell, so its time counts.
        if (tokens.RequestedAt(account) is { } at && at + _tokenLife + LeaseDesk.ClockSkew > time.GetUtcNow())
            throw new BackendFaultException("lease.backend-fault",
                "Its token is not known here any more; where there is one, it ends an hour after it was made.");
        return 0;
    }

    public Task<int> TerminateSessions(string account, CancellationToken cancel) => Task.FromResult(0);

    public Task<ImmutableArray<string>> Enumerate(string prefix, CancellationToken cancel) =>
        Task.FromResult(ImmutableArray<string>.Empty);

    async Task TakeBack(BackendHttp http, string token, CancellationToken cancel)
    {
        var reply = await http.Send(HttpMethod.Delete, "/installation/token", Headers(token), null, null, cancel);
        // A token that is none any more may not even say so.
        if (!reply.IsSuccess && reply.Status != HttpStatusCode.Unauthorized && reply.Status != HttpStatusCode.NotFound)
            throw http.Refused(reply.Status);
    }

    bool IsNarrow(JsonElement? answer)
    {
        var asked = profile.Permissions.ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal);
        var given = answer.At("permissions") is { ValueKind: JsonValueKind.Object } permissions
            ? permissions.EnumerateObject().ToArray() : null;
        // To know of a repository at all is part of every token.
        var isRight = given is not null && given.All(p => p.Value.ValueKind == JsonValueKind.String
            && (asked.TryGetValue(p.Name, out var level)
                ? _levels.IndexOf(p.Value.GetString()!) is >= 0 and var at && at <= _levels.IndexOf(level)
                : p is { Name: "metadata" } && p.Value.GetString() == "read"));
        // What it does not say it could have given.
        return isRight && answer.TextAt("repository_selection") == "selected"
            && answer.ItemsAt("repositories").ToArray() is { Length: > 0 } repositories
            && repositories.All(r => ((JsonElement?)r).TextAt("name") is { } name
                && profile.Repositories.Contains(name, StringComparer.OrdinalIgnoreCase));
    }

    static IEnumerable<(string, string)> Headers(string bearer) =>
    [
        ("Accept", "application/vnd.github+json"), ("Authorization", $"Bearer {bearer}"),
        ("X-GitHub-Api-Version", "2022-11-28"),
    ];

    // RS256 is the only algorithm that it takes.
    string AppToken()
    {
        using var key = RSA.Create();
        try
        {
            key.ImportFromPem(admin.Password);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new BackendFaultException("lease.no-admin", "The App's file has no PEM key as password.", e);
        }
        var now = time.GetUtcNow();
        var text = Part(json => { json.WriteString("alg", "RS256"); json.WriteString("typ", "JWT"); }) + "."
            + Part(json =>
            {
                json.WriteNumber("iat", (now - _before).ToUnixTimeSeconds());
                json.WriteNumber("exp", (now + _appTokenLife).ToUnixTimeSeconds());
                json.WriteString("iss", profile.App);
            });
        var signature = key.SignData(
            Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{text}.{Base64Url.EncodeToString(signature)}";

        static string Part(Action<Utf8JsonWriter> write) => Base64Url.EncodeToString(BackendHttp.JsonOf(write));
    }
}

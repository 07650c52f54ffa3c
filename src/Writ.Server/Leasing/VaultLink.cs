using System.Text.Json;
using Writ.Leases;

namespace Writ.Server.Leasing;

/// <summary>
/// One operation of the broker's at Vault or OpenBao, under a token that is made for it and given back after it.
/// </summary>
sealed class VaultLink : IAsyncDisposable
{
    const string Service = "Vault";
    static readonly TimeSpan _byeMax = TimeSpan.FromSeconds(2);

    readonly BackendHttp _http;
    readonly string? _namespace;
    string? _token;

    VaultLink(BackendHttp http, string? place) => (_http, _namespace) = (http, place);

    /// <summary>Logs in.</summary>
    /// <exception cref="BackendFaultException">Vault cannot be reached, or does not let the broker in.</exception>
    public static async Task<VaultLink> Open(
        CredentialBackend.Vault profile, AdminAccount admin, ILeaseTokens tokens, CancellationToken cancel)
    {
        var link = new VaultLink(new BackendHttp(Service, profile.Url, admin.RootCertificates), profile.Namespace);
        try
        {
            var isJwt = profile.Login == VaultLogin.Jwt;
            var shown = isJwt ? tokens.Own(profile.Audience!) : admin.Password ?? "";
            var login = await link.Ask(HttpMethod.Post, $"auth/{profile.Mount}/login", json =>
            {
                json.WriteString(isJwt ? "role" : "role_id", isJwt ? profile.LoginRole! : admin.User);
                json.WriteString(isJwt ? "jwt" : "secret_id", shown);
            }, cancel);
            link._token = login.TextAt("auth", "client_token") ?? throw link.Broken("gave no token");
            return link;
        }
        catch
        {
            link._http.Dispose();
            throw;
        }
    }

    /// <summary>Gives the broker's token back; where that does not work it ends with its time.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(_byeMax);
        try
        {
            await Send(HttpMethod.Post, "auth/token/revoke-self", null, limit.Token);
        }
        catch (Exception e) when (e is BackendFaultException or OperationCanceledException)
        {
            // Nothing of a lease hangs on it.
        }
        _http.Dispose();
    }

    /// <summary>One question below <c>/v1/</c>.</summary>
    /// <param name="as">Another token than the broker's.</param>
    public async Task<JsonElement?> Ask(
        HttpMethod method, string path, Action<Utf8JsonWriter>? write, CancellationToken cancel, string? @as = null) =>
        await Send(method, path, write, cancel, @as) is var reply && reply.IsSuccess
            ? _http.Read(reply)
            : throw _http.Refused(reply.Status);

    /// <summary>The same, with whatever was answered.</summary>
    public Task<BackendReply> Send(
        HttpMethod method, string path, Action<Utf8JsonWriter>? write, CancellationToken cancel, string? @as = null)
    {
        List<(string, string)> headers = [("X-Vault-Request", "true")];
        if ((@as ?? _token) is { } token)
            headers.Add(("X-Vault-Token", token));
        if (_namespace is not null)
            headers.Add(("X-Vault-Namespace", _namespace));
        return _http.Send(
            method, $"/v1/{path}", headers, write is null ? null : BackendHttp.JsonOf(write), "application/json",
                cancel);
    }

    public JsonElement? Read(BackendReply reply) => _http.Read(reply);

    /// <summary>Whether an answer's errors have these words in them.</summary>
    public bool Says(BackendReply reply, string words) => _http.Read(reply).ItemsAt("errors")
        .Any(e => e.ValueKind == JsonValueKind.String
            && e.GetString()!.Contains(words, StringComparison.OrdinalIgnoreCase));

    public BackendFaultException Refused(BackendReply reply) => _http.Refused(reply.Status);

    public BackendFaultException Broken(string how) => _http.Broken(how);
}

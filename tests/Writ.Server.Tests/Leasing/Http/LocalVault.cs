using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Writ.Server.Tests.Leasing.Http;

/// <summary>As much of Vault's API as a broker uses: tokens with accessors and metadata, and dynamic secrets whose
/// leases hang on the token that read them.</summary>
sealed class LocalVault : LocalService
{
    public const string RoleId = "59d6d1ca-47bb-4e7e-a40b-8be3bc5a0ba8";
    public const string SecretId = "84896a0c-1347-aa90-a4f6-aca8b7558780";

    readonly ConcurrentDictionary<string, Token> _tokens = new();

    sealed record Token(string Id, string Accessor, string? Account, bool IsBroker, bool IsOrphan);

    /// <summary>By the lease's id: whose token it hangs on, and the account at the database.</summary>
    public ConcurrentDictionary<string, (string Accessor, string User)> Leases { get; } = new();

    public int Tokens => _tokens.Count;

    /// <summary>Tokens of leases.</summary>
    public int Accounts => _tokens.Values.Count(t => !t.IsBroker);

    public bool MakesOrphans { get; set; } = true;

    /// <summary>What is read there is kept, not made: it has no lease.</summary>
    public bool IsStatic { get; set; }

    public bool LosesPermission { get; set; }

    public string? Namespace { get; set; }

    /// <summary>Says whose a JWT is; null for nobody's.</summary>
    public Func<string, string?>? Subject { get; set; }

    public List<int> Increments { get; } = [];

    protected override Task<(int Status, string? Body)> Answer(HttpRequest request, string path, byte[] body) =>
        Task.FromResult(Header(request, "X-Vault-Request") != "true"
            ? Errors(412, "missing required X-Vault-Request header")
            : Header(request, "X-Vault-Namespace") != Namespace ? Errors(404, "no handler for route")
            : Route(request, path["/v1/".Length..], Json(body)));

    (int, string?) Route(HttpRequest request, string path, JsonElement body)
    {
        if (request.Method == "POST" && path == "auth/approle/login")
            return Text(body, "role_id") == RoleId && Text(body, "secret_id") == SecretId
                ? (200, Auth(New(null, isBroker: true, isOrphan: false)))
                : Errors(400, "invalid role or secret ID");
        if (request.Method == "POST" && path == "auth/jwt/login")
            return Text(body, "role") == "writ" && Text(body, "jwt") is { } jwt && Subject?.Invoke(jwt) is not null
                ? (200, Auth(New(null, isBroker: true, isOrphan: false)))
                : Errors(400, "error validating token");
        if (Header(request, "X-Vault-Token") is not { } id)
            return Errors(400, "missing client token");
        if (!_tokens.TryGetValue(id, out var token))
            return Errors(403, "permission denied");
        if (request.Method == "GET" && path == "database/creds/orders")
            return token.IsBroker ? Errors(403, "1 error occurred:\n\t* permission denied\n\n") : Read(token);
        // Everybody may give its own token back.
        if (request.Method == "POST" && path == "auth/token/revoke-self")
            return Drop(token.Accessor);
        if (!token.IsBroker || LosesPermission)
            return Errors(403, "1 error occurred:\n\t* permission denied\n\n");
        return (request.Method, path) switch
        {
            ("POST", "auth/token/create/leases") => Create(body),
            ("LIST", "auth/token/accessors") => (200, JsonSerializer.Serialize(
                new { data = new { keys = _tokens.Values.Select(t => t.Accessor) } })),
            ("POST", "auth/token/lookup-accessor") => Lookup(body),
            ("POST", "auth/token/revoke-accessor") => Drop(Text(body, "accessor") ?? ""),
            ("POST", "auth/token/renew-accessor") => Renew(Text(body, "increment")!.TrimEnd('s')),
            ("PUT", "sys/leases/renew") when Leases.ContainsKey(Text(body, "lease_id")!) =>
                Renew(body.GetProperty("increment").GetRawText()),
            ("PUT", "sys/leases/renew") => Errors(400, "lease not found"),
            ("PUT", "sys/leases/revoke") => body.GetProperty("sync").GetBoolean()
                && Leases.TryRemove(Text(body, "lease_id")!, out _) ? (204, null) : Errors(400, "invalid lease"),
            _ => Errors(404, "no handler for route"),
        };
    }

    (int, string?) Create(JsonElement body) => Text(body, "ttl")?.EndsWith('s') != true
        ? Errors(400, "ttl must be a duration")
        : (200, Auth(New(Text(body.GetProperty("meta"), "writ_account"), isBroker: false, MakesOrphans)));

    (int, string?) Read(Token token)
    {
        if (IsStatic)
            return (200, """{"lease_id": "", "data": {"password": "it stays the same"}}""");
        var (lease, user) = ($"database/creds/orders/{RandomNumberGenerator.GetHexString(24)}",
            $"v-token-{token.Account}");
        Leases[lease] = (token.Accessor, user);
        return (200, JsonSerializer.Serialize(new
        {
            lease_id = lease,
            renewable = true,
            lease_duration = 3600,
            data = new { username = user, password = RandomNumberGenerator.GetHexString(24), role_id = "orders" },
        }));
    }

    (int, string?) Lookup(JsonElement body) =>
        _tokens.Values.FirstOrDefault(t => t.Accessor == Text(body, "accessor")) is { } token
            ? (200, JsonSerializer.Serialize(new
            {
                data = new
                {
                    id = "",
                    accessor = token.Accessor,
                    orphan = token.IsOrphan,
                    meta = token.Account is null ? null : new { writ_account = token.Account },
                },
            }))
            : Errors(403, "1 error occurred:\n\t* invalid accessor\n\n");

    (int, string?) Drop(string accessor)
    {
        if (_tokens.Values.FirstOrDefault(t => t.Accessor == accessor) is not { } token)
            return Errors(400, "1 error occurred:\n\t* invalid accessor\n\n");
        _tokens.TryRemove(token.Id, out _);
        foreach (var lease in Leases.Where(l => l.Value.Accessor == accessor))
            Leases.TryRemove(lease.Key, out _);
        return (204, null);
    }

    (int, string?) Renew(string seconds)
    {
        Increments.Add(int.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture));
        return (200, "{}");
    }

    Token New(string? account, bool isBroker, bool isOrphan)
    {
        var token = new Token(
            $"hvs.{RandomNumberGenerator.GetHexString(48)}", RandomNumberGenerator.GetHexString(24), account, isBroker,
                isOrphan);
        return _tokens[token.Id] = token;
    }

    static string Auth(Token token) => JsonSerializer.Serialize(new
    {
        auth = new
        {
            client_token = token.Id,
            accessor = token.Accessor,
            orphan = token.IsOrphan,
            lease_duration = 600,
        },
    });

    static (int, string?) Errors(int status, string error) =>
        (status, JsonSerializer.Serialize(new { errors = new[] { error } }));
}

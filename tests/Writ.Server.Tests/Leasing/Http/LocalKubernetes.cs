using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Writ.Server.Tests.Leasing.Http;

/// <summary>The parts of a Kubernetes API server that a broker asks: secrets of one namespace, and
/// TokenRequest.</summary>
sealed partial class LocalKubernetes(X509Certificate2? certificate = null) : LocalService(certificate)
{
    public const string Broker = "broker-token-of-a-service-account";

    public ConcurrentDictionary<string, (string Uid, string Realm)> Secrets { get; } = new();

    /// <summary>Each token with the uid that it is bound to.</summary>
    public ConcurrentDictionary<string, string> Tokens { get; } = new();

    public bool LosesPermission { get; set; }

    /// <summary>An older server, which binds tokens to nothing.</summary>
    public bool BindsNothing { get; set; }

    public long AskedSeconds { get; private set; }

    /// <summary>What TokenReview would say.</summary>
    public bool Takes(string token) => Tokens.TryGetValue(token, out var uid) && Secrets.Values.Any(s => s.Uid == uid);

    protected override Task<(int Status, string? Body)> Answer(HttpRequest request, string path, byte[] body)
    {
        const string secrets = "/api/v1/namespaces/ci/secrets";
        return Task.FromResult(
            Header(request, "Authorization") != $"Bearer {Broker}" ? Status(401, "Unauthorized")
            : LosesPermission ? Status(403, "Forbidden")
            : request.Method == "POST" && path == secrets ? Create(Json(body))
            : request.Method == "GET" && path == secrets ? List(request)
            : request.Method == "GET" && path.StartsWith(secrets + "/", StringComparison.Ordinal)
                ? Secrets.TryGetValue(path[(secrets.Length + 1)..], out var found)
                    ? (200, Object(path[(secrets.Length + 1)..], found)) : Status(404, "NotFound")
            : request.Method == "DELETE" && path.StartsWith(secrets + "/", StringComparison.Ordinal)
                ? Secrets.TryRemove(path[(secrets.Length + 1)..], out _) ? Status(200, "Success")
                    : Status(404, "NotFound")
            : request.Method == "POST" && path == "/api/v1/namespaces/ci/serviceaccounts/deployer/token"
                ? Mint(Json(body))
            : Status(404, "NotFound"));
    }

    (int, string?) Create(JsonElement body)
    {
        var meta = body.GetProperty("metadata");
        if (Text(body, "apiVersion") != "v1" || Text(body, "kind") != "Secret" || Text(meta, "name") is not { } name
            || !NameForm().IsMatch(name) || Text(meta.GetProperty("labels"), "writ.dev/realm") is not { } realm
            || !LabelForm().IsMatch(realm))
            return Status(422, "Invalid");
        var made = ($"{Guid.CreateVersion7(TimeProvider.System.GetUtcNow())}", realm);
        return Secrets.TryAdd(name, made) ? (201, Object(name, made)) : Status(409, "AlreadyExists");
    }

    (int, string?) List(HttpRequest request)
    {
        var realm = request.Query["labelSelector"].ToString().Split('=')[^1];
        var limit = int.Parse(request.Query["limit"]!, System.Globalization.CultureInfo.InvariantCulture);
        var all = Secrets.Where(s => s.Value.Realm == realm).OrderBy(s => s.Key, StringComparer.Ordinal)
            .SkipWhile(s => string.CompareOrdinal(s.Key, request.Query["continue"].ToString()) <= 0).ToArray();
        return (200, JsonSerializer.Serialize(new
        {
            kind = "SecretList",
            metadata = new { @continue = all.Length > limit ? all[limit - 1].Key : "" },
            items = all.Take(limit).Select(s => new { metadata = new { name = s.Key, uid = s.Value.Uid } }),
        }));
    }

    (int, string?) Mint(JsonElement body)
    {
        var spec = body.GetProperty("spec");
        AskedSeconds = spec.GetProperty("expirationSeconds").GetInt64();
        var bound = spec.GetProperty("boundObjectRef");
        if (Text(body, "kind") != "TokenRequest" || Text(body, "apiVersion") != "authentication.k8s.io/v1"
            || AskedSeconds < 600)
            return Status(422, "Invalid");
        if (!Secrets.TryGetValue(Text(bound, "name")!, out var secret))
            return Status(404, "NotFound");
        if (secret.Uid != Text(bound, "uid"))
            return Status(409, "Conflict");
        var token = $"eyJhbGciOiJSUzI1NiJ9.{RandomNumberGenerator.GetHexString(60)}."
            + RandomNumberGenerator.GetHexString(40);
        Tokens[token] = secret.Uid;
        return (201, JsonSerializer.Serialize(new
        {
            kind = "TokenRequest",
            spec = new { boundObjectRef = BindsNothing ? null : new { kind = "Secret", uid = secret.Uid } },
            status = new { token, expirationTimestamp = "2030-01-01T00:00:00Z" },
        }));
    }

    static string Object(string name, (string Uid, string Realm) secret) =>
        JsonSerializer.Serialize(new { kind = "Secret", metadata = new { name, uid = secret.Uid } });

    static (int, string?) Status(int code, string reason) =>
        (code, JsonSerializer.Serialize(new { kind = "Status", apiVersion = "v1", reason, code }));

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    private static partial Regex NameForm();

    [GeneratedRegex("^[a-z0-9A-Z]([-_.a-z0-9A-Z]{0,61}[a-z0-9A-Z])?$")]
    private static partial Regex LabelForm();
}

using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Writ.Server.Tests.Leasing.Http;

/// <summary>GitHub's API for installations of Apps: it knows the App by its key, and each token by itself.</summary>
sealed class LocalGitHub(TimeProvider time) : LocalService
{
    public const string App = "Iv23liABCDEF";
    public const long Installation = 4711;
    const int BackendHttpMax = 1 << 20;

    readonly RSA _key = RSA.Create(2048);

    public string KeyPem => _key.ExportRSAPrivateKeyPem();

    /// <summary>Those that are good.</summary>
    public ConcurrentDictionary<string, JsonElement> Tokens { get; } = new();

    /// <summary>What it gives beyond what was asked for.</summary>
    public string? GivesMore { get; set; }

    protected override Task<(int Status, string? Body)> Answer(HttpRequest request, string path, byte[] body) =>
        Task.FromResult(string.IsNullOrEmpty(request.Headers.UserAgent)
            ? Message(403, "Request forbidden by administrative rules.")
            : Header(request, "Accept") != "application/vnd.github+json"
                || Header(request, "X-GitHub-Api-Version") != "2022-11-28"
                ? Message(415, "Unsupported Media Type")
            : (request.Method, path) switch
            {
                ("POST", "/app/installations/4711/access_tokens") => Mint(request, Json(body)),
                ("DELETE", "/installation/token") => Tokens.TryRemove(Bearer(request), out _)
                    ? (204, null) : Message(401, "Bad credentials"),
                _ => Message(404, "Not Found"),
            });

    (int, string?) Mint(HttpRequest request, JsonElement body)
    {
        if (ProblemWith(Bearer(request)) is { } problem)
            return Message(401, problem);
        var repositories = body.GetProperty("repositories").EnumerateArray().Select(r => r.GetString()!).ToArray();
        if (repositories.Except(["orders", "web"]).Any())
            return Message(422, "There is at least one repository that does not exist or is not accessible to the "
                + "parent installation.");
        var permissions = body.GetProperty("permissions").EnumerateObject()
            .ToDictionary(p => p.Name, p => p.Value.GetString()!);
        if (permissions.Keys.Except(["contents", "pull_requests"]).Any())
            return Message(422, "The permissions requested are not granted to this installation.");
        permissions["metadata"] = "read";
        if (GivesMore is "permission")
            permissions["administration"] = "write";
        if (GivesMore is "level")
            permissions["contents"] = "admin";
        // Of no certain length any more.
        var token = $"ghs_{App}_{RandomNumberGenerator.GetHexString(240)}";
        Tokens[token] = body;
        if (GivesMore is "nonsense")
            return (201, "<html>");
        if (GivesMore is "much")
            return (201, new string(' ', BackendHttpMax + 1));
        if (GivesMore is "status")
            return (520, null);
        if (GivesMore is "silence")
            return (201, JsonSerializer.Serialize(new { token, permissions }));
        return (201, JsonSerializer.Serialize(new
        {
            token,
            expires_at = time.GetUtcNow().AddHours(1),
            permissions,
            repository_selection = GivesMore is "all" ? "all" : "selected",
            repositories = (GivesMore is "repository" ? [.. repositories, "secrets"] : repositories)
                .Select(name => new { id = 1, name, full_name = $"acme/{name}" }),
        }));
    }

    string? ProblemWith(string jwt)
    {
        if (jwt.Split('.') is not [var head, var claims, var signature]
            || JsonDocument.Parse(Base64Url.DecodeFromChars(head)).RootElement is var h && Text(h, "alg") != "RS256"
            || !_key.VerifyData(Encoding.ASCII.GetBytes($"{head}.{claims}"), Base64Url.DecodeFromChars(signature),
                HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))
            return "A JSON web token could not be decoded";
        var read = JsonDocument.Parse(Base64Url.DecodeFromChars(claims)).RootElement;
        var (from, until, now) = (read.GetProperty("iat").GetInt64(), read.GetProperty("exp").GetInt64(),
            time.GetUtcNow().ToUnixTimeSeconds());
        return Text(read, "iss") != App ? "Integration not found"
            : from > now ? "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was "
                + "issued"
            : until <= now || until - now > 600 ? "'Expiration time' claim ('exp') is too far in the future"
            : null;
    }

    static string Bearer(HttpRequest request) => Header(request, "Authorization") is { } value
        && value.StartsWith("Bearer ", StringComparison.Ordinal) ? value["Bearer ".Length..] : "";

    static (int, string?) Message(int status, string message) =>
        (status, JsonSerializer.Serialize(new { message, status = $"{status}" }));
}

using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Writ.Server.Foreign;
using Writ.Server.Tests.PeoplePath;
using Writ.Testing;

namespace Writ.Server.Tests.Foreign;

/// <summary>Clients from npm, installed once.</summary>
static class ForeignClients
{
    public static string Source => Path.Combine(SharedData.RepositoryRoot, "tests", "foreign");

    public static string Installed { get; } = Path.Combine(SharedData.RepositoryRoot, "artifacts", "foreign");

    static readonly Lazy<bool> _install = new(Install);

    public static void Require()
    {
        if (!File.Exists("/usr/bin/node") || !File.Exists("/usr/bin/npm"))
            SharedData.Unavailable("node or npm is not installed");
        Assert.True(_install.Value);
    }

    static bool Install()
    {
        Directory.CreateDirectory(Installed);
        foreach (var file in Directory.GetFiles(Source))
            File.Copy(file, Path.Combine(Installed, Path.GetFileName(file)), overwrite: true);
        if (Directory.Exists(Path.Combine(Installed, "node_modules", "oidc-provider")))
            return true;
        using var npm = Process.Start(new ProcessStartInfo(
            "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"])
        { WorkingDirectory = Installed })!;
        npm.WaitForExit();
        return npm.ExitCode == 0;
    }
}

/// <summary>A caller on another machine, as far as Writ can tell: a process of node that does what it is
/// told.</summary>
sealed class Caller : IDisposable
{
    readonly Process _node;

    public Caller()
    {
        ForeignClients.Require();
        _node = Process.Start(new ProcessStartInfo("node", ["caller.mjs"])
        {
            WorkingDirectory = ForeignClients.Installed,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }

    public async Task<JsonObject> Do(string what, JsonObject? with = null)
    {
        var asked = (JsonObject?)with?.DeepClone() ?? [];
        asked["do"] = what;
        await _node.StandardInput.WriteLineAsync(asked.ToJsonString());
        var line = await _node.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        var answer = (JsonObject)JsonNode.Parse(line ?? "{}")!;
        Assert.False(answer.ContainsKey("fault"), answer["fault"]?.ToString());
        return answer;
    }

    public void Dispose()
    {
        _node.StandardInput.Close();
        if (!_node.WaitForExit(5_000))
            _node.Kill();
        _node.Dispose();
    }
}

/// <summary>Serves keys by https, and counts who asks.</summary>
sealed class KeyServer : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly X509Certificate2 _certificate;

    KeyServer(WebApplication app, X509Certificate2 certificate)
    {
        (_app, _certificate) = (app, certificate);
        Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()
            .Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
    }

    public string Url { get; }

    public string Keys { get; set; } = """{"keys":[]}""";

    public int Status { get; set; } = 200;

    public int Asked { get; private set; }

    /// <summary>It answers when this is done; null: at once.</summary>
    public Task? Answers { get; set; }

    public static async Task<KeyServer> Start()
    {
        var certificate = SelfSigned();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(
            k => k.Listen(IPAddress.Loopback, 0, l => l.UseHttps(certificate)));
        KeyServer? server = null;
        var app = builder.Build();
        app.Run(async http =>
        {
            server!.Asked++;
            if (server.Answers is { } answers)
                await answers;
            http.Response.StatusCode = server.Status;
            if (server.Status is 301 or 302)
                http.Response.Headers.Location = server.Url + "/elsewhere";
            await http.Response.WriteAsync(server.Keys);
        });
        await app.StartAsync();
        return server = new KeyServer(app, certificate);
    }

    /// <summary>What fetches from here: it trusts this server's certificate and no other.</summary>
    public KeyFetcher Fetcher() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, shown, _, _) =>
                shown is X509Certificate2 known && known.Thumbprint == _certificate.Thumbprint,
        },
    });

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _certificate.Dispose();
    }

    internal static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}

/// <summary>A daemon that lets jobs of a build service and pods of a cluster in, and somebody who comes as
/// one.</summary>
sealed class ForeignStage : IAsyncDisposable
{
    public const string Issuer = "https://ci.writ.test";
    public const string Api = "https://api.writ.test";

    ForeignStage(PeopleRealm realm, Someone ada, Someone bob, Someone cyd, KeyServer keys, Caller caller) =>
        (Realm, Ada, Bob, Cyd, Keys, Caller) = (realm, ada, bob, cyd, keys, caller);

    public PeopleRealm Realm { get; }

    public Someone Ada { get; }

    public Someone Bob { get; }

    public Someone Cyd { get; }

    public KeyServer Keys { get; }

    public Caller Caller { get; }

    public string Base => Realm.Address.ToString().TrimEnd('/');

    public static async Task<ForeignStage> Start(string? more = null)
    {
        var caller = new Caller();
        var keys = await KeyServer.Start();
        keys.Keys = (await caller.Do("keys")).ToJsonString();
        var (realm, ada, bob, cyd) = await PeopleRealm.Peopled(
            builder => builder.Services.AddSingleton(_ => keys.Fetcher()));
        var change = await ada.Apply(PeopleRealm.Files(Document(keys.Url) + more));
        // Whose word is taken for whom is never one person's to say.
        Assert.Equal("pending", change.State);
        Someone.Must(await bob.TryReview(change));
        var stage = new ForeignStage(realm, ada, bob, cyd, keys, caller);
        await stage.AwaitKeys();
        return stage;
    }

    public static string Document(string keysUrl) => PeopleRealm.Document
        .Replace("agents: [coder]", "agents: [coder, releaser]", StringComparison.Ordinal)
        .Replace(
            "  - {id: coder, kind: claude-code, version: \"1\", ownerTeam: sre, reviewBy: 2999-01-31, state: active}",
            "  - {id: coder, kind: claude-code, version: \"1\", ownerTeam: sre, reviewBy: 2999-01-31, state: active}\n"
            + "  - {id: releaser, kind: ci, version: \"1\", ownerTeam: sre, reviewBy: 2999-01-31, state: active}",
            StringComparison.Ordinal) + $$"""

        identity: {trustDomain: realm.writ.test, issuer: "{{Api}}"}
        trustedIssuers:
          - id: ci
            kind: ci
            issuer: {{Issuer}}
            audience: writ
            algorithms: [RS256]
            keysUrl: {{keysUrl}}/jwks
            lifeMinutes: 15
            admits:
              - {agent: coder, sponsor: ada, where: ["repository=acme/shop", "ref=refs/heads/main"]}
              - {agent: releaser, sponsor: bob, where: ["repository=acme/deploy", "environment=prod"], actsFor: [coder]}

        """;

    public static JsonObject Claims(string repository = "acme/shop") => new()
    {
        ["iss"] = Issuer,
        ["sub"] = $"repo:{repository}",
        ["aud"] = "writ",
        ["repository"] = repository,
        ["ref"] = "refs/heads/main",
        ["environment"] = "prod",
    };

    public async Task<string> Token(string repository = "acme/shop") => (string)(await Caller.Do(
        "token", new JsonObject { ["claims"] = Claims(repository) }))["token"]!;

    public Task<JsonObject> Exchange(string subject, string key = "caller", JsonObject? proof = null) => Send(
        "/v1/token", key: key, proof: proof, form: new JsonObject
        {
            ["grant_type"] = "urn:ietf:params:oauth:grant-type:token-exchange",
            ["subject_token"] = subject,
            ["subject_token_type"] = "urn:ietf:params:oauth:token-type:jwt",
        });

    public Task<JsonObject> ExchangeCertificate(string pem, string key = "caller", JsonObject? proof = null) => Send(
        "/v1/token", key: key, proof: proof, form: new JsonObject
        {
            ["grant_type"] = "urn:ietf:params:oauth:grant-type:token-exchange",
            ["subject_token"] = pem,
            ["subject_token_type"] = "urn:writ:params:oauth:token-type:x509-svid",
        });

    public Task<JsonObject> HandOn(string pass, string actor, string key) => Send(
        "/v1/token", key: key, form: new JsonObject
        {
            ["grant_type"] = "urn:ietf:params:oauth:grant-type:token-exchange",
            ["subject_token"] = pass,
            ["subject_token_type"] = "urn:ietf:params:oauth:token-type:access_token",
            ["actor_token"] = actor,
            ["actor_token_type"] = "urn:ietf:params:oauth:token-type:jwt",
        });

    /// <summary>A pass for a job of a repository.</summary>
    public async Task<string> Pass(string repository = "acme/shop", string key = "caller")
    {
        var answer = await Exchange(await Token(repository), key);
        Assert.Equal(200, (int)answer["status"]!);
        return (string)answer["body"]!["access_token"]!;
    }

    public Task<JsonObject> Send(
        string path, JsonObject? body = null, string? pass = null, string key = "caller", string method = "POST",
        string scheme = "DPoP", JsonObject? proof = null, JsonObject? form = null)
    {
        var asked = new JsonObject
        {
            ["base"] = Base,
            ["path"] = path,
            ["method"] = method,
            ["key"] = key,
            ["scheme"] = scheme,
            ["body"] = body,
            ["form"] = form,
            ["proof"] = proof ?? [],
        };
        if (pass is not null)
            asked["token"] = pass;
        return Caller.Do("send", asked);
    }

    public async Task<string> Open(string pass, string key = "caller", string environment = "prod")
    {
        var answer = await Send("/v1/remote/sessions", new JsonObject
        {
            ["workflow"] = "deploy",
            ["environment"] = environment,
            ["task"] = "release it",
            ["workTree"] = "/builds/x",
        }, pass, key);
        Assert.True((int)answer["status"]! == 201, answer["body"]?.ToJsonString());
        return (string)answer["body"]!["terms"]!["id"]!;
    }

    public Task<JsonObject> Ask(
        string session, string pass, string key = "caller", JsonObject? more = null, params string[] argv)
    {
        var body = new JsonObject
        {
            ["session"] = session,
            ["cwd"] = "/builds/x",
            ["argv"] = new JsonArray([.. argv.Select(a => (JsonNode)a)]),
        };
        foreach (var (name, value) in more ?? [])
            body[name] = value?.DeepClone();
        return Send("/v1/remote/requests", body, pass, key);
    }

    // The issuer makes its keys a moment after it is declared.
    async Task AwaitKeys()
    {
        for (var turn = 0; turn < 200; turn++)
            if (Realm.Actor.State.Issuer.Current(
                Identity.IdentityTier.Read, Identity.IssuerUse.JwtEs256, Realm.Clock.GetUtcNow()) is not null)
                return;
            else
                await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Fail("the realm's issuer has no keys");
    }

    public async ValueTask DisposeAsync()
    {
        Caller.Dispose();
        await Realm.DisposeAsync();
        await Keys.DisposeAsync();
    }
}

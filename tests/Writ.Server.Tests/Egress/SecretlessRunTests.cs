using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Writ.Egress;
using Writ.Holds;
using Writ.Leases;
using Writ.Linux;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Egress;
using Writ.Server.Leasing;
using Writ.Server.Reading;
using Writ.Server.Storage;
using Writ.Server.Tests.Leasing;
using Writ.Sessions;
using Writ.Testing;
using Writ.Wire;

namespace Writ.Server.Tests.Egress;

/// <summary>A whole control plane, whose runs use credentials that they never hold.</summary>
public sealed class SecretlessRunTests : IDisposable
{
    const string Secret = "sk-live-2b8e41d7c09f56a3";

    readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    static string At(int port, string text) =>
        text.Replace("PORT", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    static EgressCredential Api(params string[] paths) =>
        new(null, "api", CredentialForm.Bearer, null, null, ["GET"], [.. paths]);

    static EgressGrant Site(int port, EgressCredential credential) =>
        new("site.test", port, Private: true, Credential: credential);

    LocalServer Server() => LocalServer.Answering(
        head => $"HTTP/1.1 200 OK\r\nX-Echo: {Secret}\r\nContent-Length: 6\r\n\r\nhello\n",
        _authority.For("site.test"));

    async Task<AgentWorld> World(ImmutableArray<EgressGrant> grants, string secret = Secret)
    {
        var world = await AgentWorld.Create(builder =>
        {
            builder.Services.AddSingleton<INameResolver>(EgressStage.Local);
            builder.Services.Replace(ServiceDescriptor.Singleton(new EgressLimits { Roots = _authority.Roots }));
        });
        WriteSecret(world, secret);
        if (!grants.IsEmpty)
            await Reach(world, grants);
        return world;
    }

    void WriteSecret(AgentWorld world, string secret)
    {
        var file = Path.Combine(world.App.Services.GetRequiredService<DataDirectory>().CredentialsPath, "api");
        File.WriteAllText(file,
            $$"""{"user": "svc", "password": "{{secret}}", "rootCertificates": "{{_authority.Roots}}"}""");
        Files.SetMode(file, 0x180);
    }

    static Task Reach(AgentWorld world, ImmutableArray<EgressGrant> grants)
    {
        var document = world.State.Registry.Document;
        return world.Apply(document with { Workflows = [document.Workflows[0] with { Egress = grants }] });
    }

    static EgressRecord[] Reached(AgentWorld world) =>
        [.. world.Ledger().Where(e => e.Data.Refusal is null).Select(e => e.Data.Move).OfType<RunMove.RecordEgress>()
            .SelectMany(m => m.Batch.Listed).OrderBy(r => r.Number)];

    static void AssertLedger(AgentWorld world)
    {
        var audit = new DecisionAudit();
        foreach (var entry in world.Ledger())
            Assert.Null(audit.Take(entry));
        var run = world.Ledger().Select(e => e.Data.Move).OfType<RunMove.Consume>().Last().Run;
        var replay = new RunReplay(run, _ => null);
        var (again, index) = (new DecisionAudit(), 0);
        foreach (var entry in world.Ledger())
        {
            var before = again.State;
            again.Take(entry);
            replay.Take(index++, entry.Data, entry.Time, before, again.State);
        }
        Assert.Empty(replay.Differences);
        Assert.True(replay.Connections.Same > 0, replay.Connections.ToString());
    }

    static void AssertNowhere(AgentWorld world, string secret)
    {
        var bytes = Encoding.ASCII.GetBytes(secret);
        var keeps = world.App.Services.GetRequiredService<DataDirectory>().CredentialsPath;
        foreach (var file in Directory.EnumerateFiles(world.Root, "*", SearchOption.AllDirectories))
            if (!file.StartsWith(keeps, StringComparison.Ordinal) && Path.GetFileName(file) != "lock"
                && Files.TryFacts(file) is { IsRegular: true })
                Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(bytes) < 0, file);
    }

    [Fact]
    public async Task People_are_shown_where_requests_are_looked_into_and_the_record_says_what_was_added()
    {
        await using var server = Server();
        await using var world = await World([Site(server.Port, Api("/v1/*"))]);
        var (session, tree) = await world.OpenSession();
        var running = WritCommand.Run(world, tree, ["--wait", "--", "bash", "-c", At(server.Port, """
            curl -sSi https://site.test:PORT/v1/x?q=1
            curl -sS https://site.test:PORT/v2; curl -sS -X DELETE https://site.test:PORT/v1/x
            curl -sS http://site.test:PORT/v1/x
            """)]);
        await world.Until(() => world.Waiting(session).Any());
        var request = world.Waiting(session).Single();
        var reader = world.App.Services.GetRequiredService<RequestReader>();
        var shown = (await reader.Find(request, AgentWorld.Bea, withContent: true, CancellationToken.None))!;
        var grant = Assert.Single(shown.Intercepts!.Value);
        Assert.True(InterceptionRules.Agreed(shown.Request.Environment, grant, out var print));
        Assert.Equal(Fingerprints.Of(Secret), print);
        await world.Approve(request);
        var ended = await running;
        Assert.Contains("hello\n", ended.Out, StringComparison.Ordinal);
        Assert.Contains("X-Echo: [masked]", ended.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, ended.Out + ended.Error, StringComparison.Ordinal);
        Assert.Contains($"Authorization: Bearer {Secret}\r\n", Assert.Single(server.Heads), StringComparison.Ordinal);
        Assert.Equal(
            [
                ("GET", "/v1/x", "net.automatic"), ("GET", "/v2", "net.outside-credential"),
                ("DELETE", "/v1/x", "net.outside-credential"), ("GET", "/v1/x", "net.cleartext"),
            ],
            Reached(world).Select(r => (r.Method, r.Path, r.Code is "net.covered" ? "net.automatic" : r.Code)));
        var record = Reached(world)[0];
        Assert.Equal((true, $"api {print}", true), (record.Intercepted, record.Credential, record.Encrypted));
        AssertLedger(world);
        AssertNowhere(world, Secret);
    }

    [Fact]
    public async Task A_grant_that_changes_while_a_run_goes_on_is_not_what_was_agreed_to()
    {
        await using var server = Server();
        await using var world = await World([Site(server.Port, Api("/v1/*"))]);
        var (session, tree) = await world.OpenSession();
        var running = WritCommand.Run(world, tree, ["--wait", "--", "bash", "-c", At(server.Port, """
            curl -sS https://site.test:PORT/v1/x; touch first; while ! test -e go; do sleep 0.05; done
            curl -sS https://site.test:PORT/v1/x
            """)]);
        await world.ApproveNext(session);
        await Appears(Path.Combine(tree, "first"));
        await Reach(world, [Site(server.Port, Api("/*"))]);
        File.WriteAllText(Path.Combine(tree, "go"), "");
        var ended = await running;
        Assert.StartsWith("hello\n", ended.Out, StringComparison.Ordinal);
        Assert.Contains("[net.intercept-changed]", ended.Out, StringComparison.Ordinal);
        Assert.Single(server.Heads);
        AssertLedger(world);
    }

    [Fact]
    public async Task Another_secret_than_the_one_that_was_shown_voids_the_request()
    {
        await using var server = Server();
        await using var world = await World([Site(server.Port, Api("/*"))]);
        var (session, tree) = await world.OpenSession();
        string[] command = ["bash", "-c", At(server.Port, "curl -sS https://site.test:PORT/")];
        Assert.Equal(4, (await WritCommand.Run(world, tree, ["--", .. command])).Exit);
        var request = world.Waiting(session).Single();
        await world.Approve(request);
        WriteSecret(world, "sk-live-another-one-entirely");
        var ended = await WritCommand.Run(world, tree, "--request", request.Value);
        Assert.NotEqual(0, ended.Exit);
        Assert.Empty(server.Heads);
    }

    [Fact]
    public async Task A_lease_s_token_is_added_and_nowhere_in_the_run_and_ends_with_the_lease()
    {
        await using var server = Server();
        await using var world = await World([]);
        var folder = Directory.CreateDirectory(Path.Combine(world.Root, "accounts")).FullName;
        InstallPlugin(world);
        await LeaseWorld.Declare(world, new CredentialProfile(
            "token", CredentialTier.Write, "api", 60, 600, 4, new CredentialBackend.Plugin(
                "folder", RevocationClass.Immediate, [new PluginSetting("folder", folder)],
                [new PluginSetting("TOKEN_FILE", "token")])));
        await Reach(world, [Site(server.Port, Api("/*") with { File = null, Profile = "token" })]);
        var (session, tree) = await world.OpenSession(new Workflows.Bounds(60, 1_000, 500, 50, 3, 10));
        var running = WritCommand.Run(world, tree, ["--wait", "--", "bash", "-c", At(server.Port, """
            curl -sS https://site.test:PORT/; ls /run/writ; test -z "$TOKEN_FILE" && echo unset
            touch first; while ! test -e go; do sleep 0.05; done
            curl -sS https://site.test:PORT/
            """)]);
        await world.ApproveNext(session);
        await Appears(Path.Combine(tree, "first"));
        var lease = world.State.Leases.Live.Values.OfType<LeaseState.Issued>().Single();
        await world.Must(new LeaseMove.Revoke(lease.Lease.Id, lease.Lease.Request, "enough"),
            world.Person(AgentWorld.Bea));
        File.WriteAllText(Path.Combine(tree, "go"), "");
        var ended = await running;
        Assert.StartsWith("hello\n", ended.Out, StringComparison.Ordinal);
        Assert.Contains("\nunset\n", ended.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("credentials", ended.Out.Split('\n'), StringComparer.Ordinal);
        Assert.Contains("[net.credential-over]", ended.Out, StringComparison.Ordinal);
        var sent = Assert.Single(server.Heads).Split("Bearer ")[1].Split('\r')[0];
        Assert.Equal(64, sent.Length);
        Assert.Equal($"token {lease.Fingerprint}", Reached(world)[0].Credential);
        Assert.Empty(Directory.GetFiles(folder));
        AssertLedger(world);
        AssertNowhere(world, sent);
    }

    [Fact]
    public async Task A_gated_request_is_shown_to_people_as_what_it_is_and_goes_when_they_agree()
    {
        await using var server = LocalServer.Answering(
            _ => "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n", _authority.For("other.test"), drains: true);
        // What was fetched is a stranger's text; sending something to a place that nobody was shown then asks people.
        await using var forwarding = LocalServer.Answering(_ =>
            $"HTTP/1.1 307 On\r\nLocation: https://other.test:{server.Port}/b\r\nContent-Length: 0\r\n\r\n");
        await using var world = await World(
        [
            new EgressGrant("site.test", forwarding.Port, Private: true),
            new EgressGrant(
                "other.test", server.Port, Private: true, Credential: Api("/b") with { Methods = ["POST"] }),
        ]);
        var document = world.State.Registry.Document;
        await world.Apply(document with
        {
            Workflows = [document.Workflows[0] with { Held = new HoldBounds(2, 300) }],
        });
        var (session, tree) = await world.OpenSession();
        var running = WritCommand.Run(world, tree, ["--wait", "--", "curl", "-sSL", "-d", "x", At(
            forwarding.Port, "http://site.test:PORT/r")]);
        await world.ApproveNext(session);
        await world.Until(() => world.Waiting(session).Any());
        var waiting = (RequestState.Waiting)world.State.Find(world.Waiting(session).Single())!.Value.Request;
        var held = (HeldAction.Connect)waiting.Request.Hold!.Action;
        Assert.Equal(
            ("POST", "other.test", "/b", true, $"https://other.test:{server.Port}/b"),
            (held.Method, held.Host, held.Path, held.Encrypted, ((Ask.Connect)waiting.Request.Ask).Url));
        Assert.Equal(0, server.Connections);
        await world.Approve(waiting.Id);
        Assert.Equal("hello\n", (await running).Out);
        Assert.Contains($"Bearer {Secret}\r\n", Assert.Single(server.Heads), StringComparison.Ordinal);
        Assert.Equal("net.approved", Reached(world).Single(r => r.Host == "other.test").Code);
        AssertLedger(world);
    }

    [Fact]
    public async Task A_secret_that_is_too_short_or_not_private_is_none()
    {
        await using var server = Server();
        await using var world = await World([Site(server.Port, Api("/*"))], secret: "short");
        var (_, tree) = await world.OpenSession();
        var asked = await LeaseWorld.Run(world, tree, "bash", "-c", At(
            server.Port, "curl -sS https://site.test:PORT/"));
        Assert.Contains("[net.no-credential]", asked.Out, StringComparison.Ordinal);
        Assert.EndsWith("/missing", world.Ledger().Select(e => e.Data.Move).OfType<RequestMove.Submit>().Last().Request
            .Environment.Single(v => v.Name == InterceptionRules.Variable).Value, StringComparison.Ordinal);
        Assert.Empty(server.Heads);
    }

    static void InstallPlugin(AgentWorld world)
    {
        var plugins = Directory.CreateDirectory(Path.Combine(
            world.App.Services.GetRequiredService<DataDirectory>().CredentialsPath, "plugins")).FullName;
        var program = Path.Combine(plugins, "folder");
        File.Copy(Path.Combine(SharedData.RepositoryRoot, "samples", "credential-plugin", "folder"), program);
        Files.SetMode(program, 0x1C0);
    }

    static async Task Appears(string path)
    {
        using var watch = new FileSystemWatcher(Path.GetDirectoryName(path)!, Path.GetFileName(path));
        var seen = new TaskCompletionSource();
        watch.Created += (_, _) => seen.TrySetResult();
        watch.EnableRaisingEvents = true;
        if (!File.Exists(path))
            await seen.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }
}

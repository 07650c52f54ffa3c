using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Writ.Egress;
using Writ.Holds;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Egress;
using Writ.Server.Reading;
using Writ.Server.Running;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Server.Tests.Mediation;
using Writ.Server.Tests.Running;
using Writ.Testing;
using Writ.Wire;

namespace Writ.Server.Tests.Egress;

/// <summary>Programs as people use them, and a whole control plane.</summary>
public sealed class RealWorkTests(RunningFixture fixture) : IClassFixture<RunningFixture>
{
    static string At(int port, string text) =>
        text.Replace("PORT", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    static GrantDesk To(int port) => new([new EgressGrant("site.test", port, Private: true)]);

    static void Need(string program)
    {
        if (!File.Exists(program))
            SharedData.Unavailable($"{program} is not installed");
    }

    [Fact]
    public async Task Git_clones_over_http()
    {
        var origin = fixture.NewTree();
        using (var make = Process.Start("/usr/bin/bash", ["-c", $"""
            cd {origin} && git init -q -b main a && cd a && echo content >file && git add file &&
            git -c user.name=x -c user.email=x@x commit -qm first && git clone -q --bare . ../a.git &&
            cd ../a.git && git update-server-info
            """]))
            await make.WaitForExitAsync();
        await using var server = LocalServer.Http(path =>
        {
            var file = Path.GetFullPath(origin + path.Split('?')[0]);
            return file.StartsWith(origin, StringComparison.Ordinal) && File.Exists(file)
                ? File.ReadAllBytes(file)
                : null;
        });
        var desk = To(server.Port);
        var ended = await EgressStage.Run(
            fixture, At(server.Port, "git clone -q http://site.test:PORT/a.git b && cat b/file"), desk);
        Assert.Equal((0, "content\n"), (ended.Outcome.ExitCode, ended.Output));
        Assert.Contains(desk.Records, r => r.Path == "/a.git/info/refs" && r.End == EgressEnd.Done);
    }

    [Fact]
    public async Task Python_fetches_and_sends()
    {
        Need("/usr/bin/python3");
        await using var server = LocalServer.Http(_ => "hello"u8.ToArray());
        var desk = To(server.Port);
        var ended = await EgressStage.Run(fixture, At(server.Port, """
            /usr/bin/python3 -c "
            import urllib.request as u
            print(u.urlopen('http://site.test:PORT/a').read())
            print(u.urlopen('http://site.test:PORT/b', data=b'x'*70000).read())
            "
            """), desk);
        Assert.Equal("b'hello'\nb'hello'\n", ended.Output);
        Assert.Equal(["GET", "POST"], desk.Records.OrderBy(r => r.Number).Select(r => r.Method));
        Assert.True(desk.Records.Max(r => r.BytesSent) > 70_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Npm_installs_from_a_registry_that_is_granted(bool held)
    {
        Need("/usr/bin/npm");
        var package = Package("left", "exports.x = 42;\n");
        await using var server = LocalServer.Http(path => path switch
        {
            "/left/-/left-1.0.0.tgz" => package,
            _ => null,
        });
        var tree = fixture.NewTree();
        var integrity = "sha512-" + Convert.ToBase64String(SHA512.HashData(package));
        await File.WriteAllTextAsync(Path.Combine(tree, "package.json"), """
            { "name": "app", "version": "1.0.0", "dependencies": { "left": "1.0.0" } }
            """);
        await File.WriteAllTextAsync(Path.Combine(tree, "package-lock.json"), At(server.Port, $$"""
            { "name": "app", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": {
              "": { "name": "app", "version": "1.0.0", "dependencies": { "left": "1.0.0" } },
              "node_modules/left": { "version": "1.0.0", "integrity": "{{integrity}}",
                "resolved": "http://site.test:PORT/left/-/left-1.0.0.tgz" } } }
            """));
        var desk = To(server.Port);
        var ended = await EgressStage.Run(fixture, At(server.Port, """
            npm ci --no-audit --no-fund --loglevel=error --registry=http://site.test:PORT/ 2>&1 &&
            node -e 'console.log(require("left").x)'
            """), desk, tree: tree, adjust: plan => plan with
        {
            TierMin = held ? ContainmentTier.T3 : plan.TierMin,
            Desk = new RuleDesk(),
            Limits = plan.Limits with { ProcessesMax = 256 },
        });
        Assert.True(ended.Output.EndsWith("42\n", StringComparison.Ordinal), ended.Output + ended.Error);
        Assert.Contains(desk.Records, r => r.Path == "/left/-/left-1.0.0.tgz" && r.End == EgressEnd.Done);
        Assert.Equal(held ? ContainmentTier.T3 : ContainmentTier.T2, ended.Outcome.Containment.Tier);
        Assert.Equal(!held, Directory.Exists(Path.Combine(tree, "node_modules")));
    }

    static byte[] Package(string name, string code)
    {
        using var whole = new MemoryStream();
        using (var zip = new GZipStream(whole, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(zip))
            foreach (var (file, text) in new[]
            {
                ("package.json", $"{{\"name\":\"{name}\",\"version\":\"1.0.0\",\"main\":\"index.js\"}}"),
                ("index.js", code),
            })
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"package/{file}")
                {
                    DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)),
                });
        return whole.ToArray();
    }

    static async Task<AgentWorld> World(ImmutableArray<EgressGrant> grants, HoldBounds? held = null)
    {
        var world = await AgentWorld.Create(builder =>
            builder.Services.AddSingleton<INameResolver>(EgressStage.Local));
        var document = world.State.Registry.Document;
        await world.Apply(document with
        {
            Workflows = [document.Workflows[0] with { Egress = grants, Held = held }],
        });
        return world;
    }

    static EgressRecord[] Reached(AgentWorld world) =>
        [.. world.Ledger().Where(e => e.Data.Refusal is null).Select(e => e.Data.Move).OfType<RunMove.RecordEgress>()
            .SelectMany(m => m.Batch.Listed)];

    /// <summary>Sends whoever posts on to another host, which nobody was shown.</summary>
    static LocalServer Forwarding()
    {
        LocalServer? server = null;
        return server = LocalServer.Answering(
            head => head.StartsWith("POST /r", StringComparison.Ordinal)
                ? $"HTTP/1.1 307 On\r\nLocation: http://other.test:{server!.Port}/b\r\nContent-Length: 0\r\n\r\n"
                : "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n",
            drains: true);
    }

    static EgressGrant[] Both(int port) =>
        [new("site.test", port, Private: true), new("other.test", port, Private: true)];

    [Fact]
    public async Task The_ledger_says_what_a_run_reached_before_its_end_and_an_audit_decides_it_again()
    {
        await using var server = Forwarding();
        await using var world = await World([.. Both(server.Port)]);
        var (session, tree) = await world.OpenSession();
        var running = WritCommand.Run(world, tree, ["--wait", "--", "bash", "-c", At(
            server.Port, "curl -sS http://site.test:PORT/a; curl -sSL -d x http://site.test:PORT/r; "
                + "curl -sS http://nowhere.test/")]);
        await world.ApproveNext(session);
        var ended = await running;
        Assert.StartsWith("hello\n", ended.Out, StringComparison.Ordinal);
        // What it fetched is a stranger's text; sending something to a place that nobody was shown then asks people.
        Assert.Contains("[net.approval-needed]", ended.Error, StringComparison.Ordinal);
        Assert.Contains("[net.not-granted]", ended.Error, StringComparison.Ordinal);
        Assert.Equal(
            [
                ("site.test", "GET", "net.automatic", null), ("site.test", "POST", "net.covered", null),
                ("other.test", "POST", "net.approval-needed", "egress-sends-after-outside-content"),
                ("nowhere.test", "GET", "net.not-granted", null),
            ],
            Reached(world).OrderBy(r => r.Number).Select(r => (r.Host, r.Method, r.Code, r.Rule)));
        var moves = world.Ledger().Select(e => e.Data.Move).ToList();
        Assert.True(
            moves.FindIndex(m => m is RunMove.RecordEgress) < moves.FindIndex(m => m is RunMove.End));
        var audit = new DecisionAudit();
        foreach (var entry in world.Ledger())
            Assert.Null(audit.Take(entry));
        var request = moves.OfType<RunMove.RecordEgress>().First().Request;
        var view = await world.App.Services.GetRequiredService<RequestReader>().Find(
            request, AgentWorld.Bea, withContent: true, CancellationToken.None);
        Assert.Equal((4, 0), (view!.Egress!.Count, view.Egress.Missing));
        Assert.Contains(view.Egress.Places, p => p.Host == "site.test" && p.BytesReceived > 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_gated_connection_waits_for_those_whom_its_gate_asks(bool agrees)
    {
        await using var server = Forwarding();
        await using var world = await World([.. Both(server.Port)], new HoldBounds(2, 300));
        var (session, tree) = await world.OpenSession();
        var running = WritCommand.Run(world, tree, ["--wait", "--", "curl", "-sSL", "-d", "x", At(
            server.Port, "http://site.test:PORT/r")]);
        await world.ApproveNext(session);
        await world.Until(() => world.Waiting(session).Any());
        var waiting = (RequestState.Waiting)world.State.Find(world.Waiting(session).Single())!.Value.Request;
        var reached = (HeldAction.Connect)waiting.Request.Hold!.Action;
        Assert.Equal(
            ("POST", "other.test", server.Port, "/b", "127.0.0.1"),
            (reached.Method, reached.Host, reached.Port, reached.Path, reached.Address));
        Assert.Equal("security", waiting.Verdict.Gates.Single().Team.Value);
        await world.Approve(waiting.Id, agrees);
        var ended = await running;
        Assert.Contains(
            $"writ: waits for approval: http://other.test:{server.Port}/b", ended.Error, StringComparison.Ordinal);
        Assert.Equal(agrees, ended.Out == "hello\n");
        Assert.Equal(
            agrees ? "net.approved" : "approval.refused",
            Reached(world).Single(r => r.Host == "other.test").Code);
        var audit = new DecisionAudit();
        foreach (var entry in world.Ledger())
            Assert.Null(audit.Take(entry));
    }

    [Fact]
    public async Task What_cannot_be_recorded_ends_the_run()
    {
        await using var server = Forwarding();
        await using var world = await AgentWorld.Create();
        var services = world.App.Services;
        // Nobody takes the batches of a run that is not under way.
        await using var recorder = new EgressRecorder(
            services.GetRequiredService<RealmActor>(), services.GetRequiredService<BlobStore>(),
            services.GetRequiredService<IdSource>(), TimeProvider.System, new Actor.Host("runner"), new RunId("run-x"),
            new RequestId("ghost"));
        var tree = fixture.NewTree();
        var desk = new GrantDesk([new EgressGrant("site.test", server.Port, Private: true)])
        {
            Recorder = recorder,
            // What was brought in is printed before anything ends the run for it.
            RecordsAfter = () => world.Until(() => File.Exists(Path.Combine(tree, "printed"))),
        };
        var ended = await EgressStage.Run(
            fixture, At(server.Port, "curl -sS http://site.test:PORT/a; > printed; sleep 30; echo through"), desk,
            tree: tree);
        Assert.Equal(("hello\n", "net.recorder-fault"), (ended.Output, ended.Outcome.StoppedBy?.Code));
        Assert.True(recorder.IsBroken);
        await Assert.ThrowsAnyAsync<Exception>(recorder.Finish);
    }

    [Fact]
    public async Task A_workflow_without_egress_gives_no_variables_and_no_way()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        var ended = await WritCommand.Run(world, tree, "--", "env");
        Assert.DoesNotContain("proxy", ended.Out, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(Reached(world));
    }
}

using System.Diagnostics;
using System.Text.Json;
using Writ.Identity;
using Writ.Testing;
using Writ.Wire;

namespace Writ.Server.Tests.Issuing;

/// <summary>The Workload API as programs meet it that know nothing of Writ.</summary>
public sealed class WorkloadTests
{
    static string Id(SessionId session, string tier) =>
        $"spiffe://{IdentityStage.Domain}/agent/claude/session/{session}/{tier}";

    [Fact]
    public async Task A_run_is_given_its_identities_and_others_believe_them()
    {
        await using var world = await IdentityStage.World(IdentityTier.Read, IdentityTier.Write);
        var place = await IdentityStage.Open(world);
        var said = Assert.Single(await IdentityStage.Run(world, place, "all"));
        Assert.False(said.TryGetProperty("error", out var error), $"{error}");
        var svids = said.GetProperty("svids").EnumerateArray().ToList();
        Assert.Equal(
            [(Id(place.Session, "read"), "read", true), (Id(place.Session, "write"), "write", true)],
            svids.Select(s => (
                Text(s, "id"), Text(s, "hint"), s.GetProperty("matches").GetBoolean())));
        foreach (var svid in svids)
            Assert.Equal(0, Verify(world, svid));
        Assert.Equal(
            [Id(place.Session, "read"), Id(place.Session, "write")],
            said.GetProperty("tokens").EnumerateArray().Select(t => Text(t, "spiffe_id")));
        Assert.Equal(Id(place.Session, "read"), Text(said, "valid"));
        Assert.Equal(Text(said.GetProperty("one")[0], "spiffe_id"), Text(said, "valid"));
        string[] demanded = ["iss", "sub", "aud", "exp", "iat", "jti"];
        Assert.Empty(demanded.Except(said.GetProperty("claims").EnumerateArray().Select(c => c.GetString()!)));
        // Each trust domain has a bundle of its own.
        Assert.Equal(
            [$"spiffe://{IdentityStage.Partner}", $"spiffe://{IdentityStage.Domain}"],
            said.GetProperty("bundles").EnumerateArray().Select(b => b.GetString()));
        Assert.Equal(
            [$"spiffe://{IdentityStage.Partner}"],
            said.GetProperty("federated").EnumerateArray().Select(b => b.GetString()));
        Assert.All(
            said.GetProperty("jwtBundles")[0][1].EnumerateArray(), u => Assert.Equal("jwt-svid", u.GetString()));
        Refused(said.GetProperty("refused"));
        await Believed(world, Text(said.GetProperty("tokens")[0], "svid"), "reports", "ES256");
        await Believed(world, Text(said.GetProperty("rsa")[0], "svid"), "sts.amazonaws.com", "RS256");
        InTheRecord(world);
    }

    static void Refused(JsonElement refused)
    {
        foreach (var (call, status) in ((string, string)[])
        [
            ("bare", "INVALID_ARGUMENT"), ("wrong", "INVALID_ARGUMENT"), ("twice", "INVALID_ARGUMENT"),
            ("elsewhere", "PERMISSION_DENIED"), ("nobody", "INVALID_ARGUMENT"), ("other", "PERMISSION_DENIED"),
            ("noId", "INVALID_ARGUMENT"), ("audience", "INVALID_ARGUMENT"), ("forged", "INVALID_ARGUMENT"),
            ("wit", "UNIMPLEMENTED"),
        ])
            Assert.StartsWith(status + ":", Text(refused, call), StringComparison.Ordinal);
        Assert.Contains("[identity.audience]", Text(refused, "elsewhere"), StringComparison.Ordinal);
        Assert.Contains("[identity.not-own]", Text(refused, "other"), StringComparison.Ordinal);
        Assert.Contains("[token.algorithm]", Text(refused, "forged"), StringComparison.Ordinal);
    }

    // A relying party that has the published documents and nothing else.
    static async Task Believed(AgentWorld world, string token, string audience, string algorithm)
    {
        using var discovery = JsonDocument.Parse(
            await IdentityStage.Get(world, "/.well-known/openid-configuration"));
        var issuer = Text(discovery.RootElement, "issuer");
        Assert.Equal($"https://{IdentityStage.Domain}", issuer);
        Assert.Equal($"{issuer}/.well-known/jwks.json", Text(discovery.RootElement, "jwks_uri"));
        var keys = Path.Combine(world.Root, "jwks.json");
        await File.WriteAllTextAsync(keys, await IdentityStage.Get(world, "/.well-known/jwks.json"));
        var asked = await Ask(audience);
        Assert.Equal(algorithm, Text(asked, "alg"));
        Assert.InRange(asked.GetProperty("life").GetInt32(), 1, 600);
        Assert.Equal("ERR_JWT_CLAIM_VALIDATION_FAILED", Text(await Ask("somebody else"), "error"));

        async Task<JsonElement> Ask(string whom) => JsonDocument.Parse((await WritCommand.Finish(WritCommand.Start(
            "/usr/bin/node", ["relying-party.mjs", keys, issuer, whom, token], IdentityStage.Installed))).Out)
            .RootElement;
    }

    // Everything that was given and everything that was not, and no secret.
    static void InTheRecord(AgentWorld world)
    {
        var moves = world.Ledger().Where(e => e.Data.Move is IdentityMove.Issue).ToList();
        Assert.Contains(moves, e => e.Data.Refusal?.Code == "identity.audience");
        Assert.Contains(moves, e => e.Data.Refusal?.Code == "identity.not-own");
        Assert.Equal(4, moves.Count(e => e.Data.Refusal is null));
        var issue = (IdentityMove.Issue)moves[0].Data.Move;
        Assert.Equal(AttestedBy.Launched, issue.Attestation.By);
        Assert.Equal("/usr/bin/node", issue.Attestation.Executable);
        Assert.Equal(64, issue.Attestation.ExecutableDigest?.Length);
        var audit = new DecisionAudit();
        foreach (var entry in world.Ledger())
            Assert.Null(audit.Take(entry));
    }

    [Fact]
    public async Task When_every_key_is_distrusted_a_stream_brings_a_new_identity_at_once()
    {
        await using var world = await IdentityStage.World();
        var place = await IdentityStage.Open(world);
        var running = IdentityStage.Start(world, place, "watch");
        await world.ApproveNext(place.Session);
        await world.Until(() => world.State.OpenSession(place.Session)!.Svids > 0);
        var before = world.State.Issuer;
        await world.Must(new IdentityMove.Rotate("drill"), world.Person(AgentWorld.Ada));
        var lines = IdentityStage.Lines(await running);
        Assert.Equal(2, lines.Length);
        Assert.Equal(Text(lines[0], "id"), Text(lines[1], "id"));
        Assert.Equal((0, 0), (Verify(world, lines[0]), Verify(world, lines[1])));
        Assert.Empty(Authorities(lines[0]).Intersect(Authorities(lines[1])));
        Assert.Empty(before.Keys.Keys.Intersect(world.State.Issuer.Keys.Keys));
        Assert.Equal(
            world.State.Issuer.Keys.Keys.Order(StringComparer.Ordinal),
            Directory.GetFiles(Path.Combine(world.Root, "data", "keys", "identity"))
                .Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetFiles(Path.Combine(world.Root, "data", "keys", "identity")), f => Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(f)));
    }

    [Fact]
    public async Task A_stream_ends_as_soon_as_its_workflow_gives_no_identity_any_more()
    {
        await using var world = await IdentityStage.World();
        var place = await IdentityStage.Open(world);
        var running = IdentityStage.Start(world, place, "watch");
        await world.ApproveNext(place.Session);
        await world.Until(() => world.State.OpenSession(place.Session)!.Svids > 0);
        var document = world.State.Registry.Document;
        await world.Apply(document with
        {
            Workflows = [.. document.Workflows.Select(w => w with { Identity = null })],
        });
        var ended = await running;
        Assert.Equal(1, ended.Exit);
        Assert.Contains("PERMISSION_DENIED: ", ended.Out, StringComparison.Ordinal);
        Assert.Contains("[identity.not-granted]", ended.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_runs_speak_over_mutual_TLS_with_what_they_were_given()
    {
        await using var world = await IdentityStage.World();
        var place = await IdentityStage.Open(world);
        var serving = IdentityStage.Start(world, place, "serve", "tls.sock");
        await world.ApproveNext(place.Session);
        await world.Until(() => world.State.OpenSession(place.Session)!.Svids > 0);
        var called = await IdentityStage.Run(world, place, "call", "tls.sock");
        var served = Assert.Single(IdentityStage.Lines(await serving));
        foreach (var end in (JsonElement[])[called[0], served])
        {
            Assert.True(end.GetProperty("authorized").GetBoolean());
            Assert.Equal($"URI:{Id(place.Session, "read")}", Text(end, "peer"));
        }
        Assert.Equal("hello over mutual TLS", Text(called[1], "text"));
    }

    [Fact]
    public async Task A_run_that_asks_without_end_is_slowed_down_and_it_is_a_finding()
    {
        await using var world = await IdentityStage.World();
        var place = await IdentityStage.Open(world);
        var said = Assert.Single(await IdentityStage.Run(world, place, "flood"));
        Assert.InRange(said.GetProperty("ok").GetInt32(), 1, 120);
        Assert.StartsWith("RESOURCE_EXHAUSTED:", Text(said, "other"), StringComparison.Ordinal);
        Assert.Single(world.Ledger(), e =>
            e.Data.Move is Writ.Realms.RealmMove.RaiseFinding { Finding.Code: "identity.flood" });
    }

    internal static int Verify(AgentWorld world, JsonElement svid)
    {
        var (leaf, authorities) = (Path.Combine(world.Root, "leaf.pem"), Path.Combine(world.Root, "ca.pem"));
        File.WriteAllText(leaf, Text(svid, "pem"));
        File.WriteAllText(authorities, string.Concat(Authorities(svid)));
        using var openssl = Process.Start(new ProcessStartInfo(
            "openssl", ["verify", "-x509_strict", "-CAfile", authorities, leaf])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        openssl.WaitForExit();
        return openssl.ExitCode;
    }

    static IEnumerable<string> Authorities(JsonElement svid) =>
        svid.GetProperty("authorities").EnumerateArray().Select(a => a.GetString()!);

    internal static string Text(JsonElement map, string name) =>
        map.TryGetProperty(name, out var value) ? value.GetString() ?? "" : $"{name} is missing in {map}";
}

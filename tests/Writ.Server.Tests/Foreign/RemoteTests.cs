using System.Net;
using System.Text.Json.Nodes;
using Writ.Requests;
using Writ.Server.Endpoints;
using Writ.Server.Tests.PeoplePath;
using Writ.Testing;
using Writ.Wire;

namespace Writ.Server.Tests.Foreign;

/// <summary>What somebody on another machine can do with a pass, and everything that they cannot.</summary>
[Slow]
public sealed class RemoteTests : IAsyncLifetime
{
    ForeignStage _stage = null!;

    public async ValueTask InitializeAsync() => _stage = await ForeignStage.Start();

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Fact]
    public async Task A_verdict_is_asked_for_approved_carried_out_elsewhere_and_reported()
    {
        var pass = await _stage.Pass();
        var session = await _stage.Open(pass);
        var asked = await _stage.Ask(session, pass, argv: ["git", "push"]);
        Assert.True((int)asked["status"]! == 201, asked["body"]!.ToJsonString());
        Assert.Equal("waiting", (string)asked["body"]!["state"]!);
        Assert.Equal("Advisory", (string)asked["body"]!["request"]!["assurance"]!, ignoreCase: true);
        var id = (string)asked["body"]!["request"]!["id"]!;
        var early = await _stage.Send($"/v1/remote/requests/{id}/allow", pass: pass);
        Assert.Equal("request.waiting", (string)early["body"]!["code"]!);
        // Ada sponsors the caller, so it is never she who agrees.
        Assert.Equal("approval.self", await Someone.CodeOf(_stage.Ada.TryDispose(await _stage.Ada.Look(id))));
        Someone.Must(await _stage.Cyd.TryDispose(await _stage.Cyd.Look(id)));
        var seen = await _stage.Send($"/v1/remote/requests/{id}", pass: pass, method: "GET");
        Assert.Equal("ready", (string)seen["body"]!["state"]!);
        var allowed = await _stage.Send($"/v1/remote/requests/{id}/allow", pass: pass);
        Assert.True((int)allowed["status"]! == 200, allowed["body"]!.ToJsonString());
        Assert.Equal("allowed", (string)allowed["body"]!["state"]!);
        var twice = await _stage.Send($"/v1/remote/requests/{id}/allow", pass: pass);
        Assert.Equal("request.allowed", (string)twice["body"]!["code"]!);
        var report = await _stage.Send(
            $"/v1/remote/requests/{id}/report", new JsonObject { ["succeeded"] = true }, pass);
        Assert.Equal(204, (int)report["status"]!);
        // In the record: an agent from elsewhere, by which pass.
        var entry = _stage.Realm.Actor.State.OpenSession(new SessionId(session))!;
        Assert.Equal("coder", entry.Remote!.Chain[0].Agent.Value);
        var view = await _stage.Bob.Get($"/v1/sessions/{session}", ApiJson.Default.SessionView);
        Assert.Equal(Writ.Identity.AttestedBy.Remote, view.Attested);
        var local = await Someone.Read(
            await _stage.Ada.Post(
                "/v1/sessions",
                new OpenSessionRequest(
                    new WorkflowId("deploy"), new AgentId("coder"), new EnvironmentId("prod"), null, "task", null,
                    PeopleRealm.AgentUid, "/srv/work", null, null, null),
                ApiJson.Default.OpenSessionRequest),
            ApiJson.Default.SessionView);
        Assert.Equal(Writ.Identity.AttestedBy.Hooked, local.Attested);
        var closed = await _stage.Send(
            $"/v1/remote/sessions/{session}/close", new JsonObject { ["reason"] = "done" }, pass);
        Assert.Equal("ended", (string)closed["body"]!["state"]!);
    }

    [Fact]
    public async Task A_bound_token_is_worth_nothing_to_whoever_bears_it()
    {
        var pass = await _stage.Pass();
        var session = await _stage.Open(pass);
        async Task Refused(string code, Task<JsonObject> sending, string error)
        {
            var answer = await sending;
            Assert.Equal(401, (int)answer["status"]!);
            Assert.Equal(code, (string)answer["body"]!["code"]!);
            Assert.Contains($"error=\"{error}\"", (string)answer["challenge"]!, StringComparison.Ordinal);
            Assert.StartsWith("DPoP ", (string)answer["challenge"]!, StringComparison.Ordinal);
        }
        Task<JsonObject> Show(string? token, string key = "caller", string scheme = "DPoP", JsonObject? proof = null) =>
            _stage.Send($"/v1/remote/sessions/{session}", pass: token, key: key, method: "GET", scheme: scheme,
                proof: proof);
        await Refused("pass.bearer", Show(pass, scheme: "Bearer"), "invalid_token");
        await Refused("pass.bearer", Show(pass, scheme: "Bearer", proof: new() { ["omit"] = true }), "invalid_token");
        await Refused("pass.missing", Show(null), "invalid_token");
        await Refused("dpop.invalid", Show(pass, proof: new() { ["omit"] = true }), "invalid_dpop_proof");
        await Refused("pass.other-key", Show(pass, "thief"), "invalid_token");
        await Refused("dpop.invalid", Show(pass, proof: new() { ["token"] = "" }), "invalid_dpop_proof");
        await Refused("dpop.invalid", Show(pass, proof: new() { ["method"] = "POST" }), "invalid_dpop_proof");
        await Refused("dpop.invalid", Show(
            pass, proof: new() { ["url"] = "https://evil.test/v1/remote/sessions/" + session }), "invalid_dpop_proof");
        await Refused("dpop.nonce", Show(pass, proof: new() { ["nonce"] = "mine" }), "use_dpop_nonce");
        await Refused("pass.over", Show(pass[..^4] + "AAAA"), "invalid_token");
        // A proof counts once, whoever relays it.
        var once = await Show(pass);
        Assert.Equal(200, (int)once["status"]!);
        await Refused(
            "dpop.replayed", Show(pass, proof: new() { ["text"] = (string)once["proof"]! }), "invalid_dpop_proof");
        // Nor is the foreign token itself one, or the proof of another day.
        await Refused("pass.over", Show(await _stage.Token()), "invalid_token");
        _stage.Realm.Clock.Advance(TimeSpan.FromMinutes(11));
        await Refused("pass.over", Show(pass), "invalid_token");
    }

    [Fact]
    public async Task What_is_peoples_is_reached_by_no_pass()
    {
        var pass = await _stage.Pass();
        foreach (var line in AuthorizationTable.Lines.Where(l => l.Who is Who.Person or Who.Governance))
        {
            if (line.Route.Contains("{**", StringComparison.Ordinal))
                continue;
            var path = line.Route.Replace("{id}", "x", StringComparison.Ordinal)
                .Replace("{digest}", "x", StringComparison.Ordinal);
            foreach (var scheme in (string[])["DPoP", "Bearer"])
            {
                var answer = await _stage.Send(
                    path, line.Method == "GET" ? null : new JsonObject(), pass, method: line.Method, scheme: scheme);
                Assert.True(
                    (string?)answer["body"]?["code"] == "person.not-logged-in",
                    $"{line.Method} {path}: {answer["body"]}");
            }
        }
        // And what is for agents elsewhere is reached by no login.
        Assert.Equal("pass.bearer", await Someone.CodeOf(_stage.Ada.Send(HttpMethod.Get, "/v1/remote/sessions/x")));
        var agents = await _stage.Send("/v1/agent/requests", new JsonObject(), pass);
        Assert.Equal("api.wrong-listener", (string)agents["body"]!["code"]!);
    }

    [Fact]
    public async Task An_empty_object_is_told_what_was_expected()
    {
        var pass = await _stage.Pass();
        foreach (var line in AuthorizationTable.Lines.Where(l => l.Method == "POST" && l.Who == Who.RemoteAgent))
        {
            var answer = await _stage.Send(
                line.Route.Replace("{id}", "x", StringComparison.Ordinal), new JsonObject(), pass);
            // To allow needs no words, and a report without any is one of failure.
            var needsWords = !line.Route.Contains("/requests/", StringComparison.Ordinal);
            Assert.Equal(
                (line.Route, needsWords ? "api.malformed" : "request.unknown"),
                (line.Route, (string)answer["body"]!["code"]!));
        }
        var token = await _stage.Send("/v1/token", new JsonObject());
        Assert.Equal((400, "invalid_request", "api.malformed"),
            ((int)token["status"]!, (string)token["body"]!["error"]!, (string)token["body"]!["code"]!));
    }

    [Fact]
    public async Task A_process_of_a_session_here_is_no_caller_from_elsewhere()
    {
        var pass = await _stage.Pass();
        foreach (var pid in System.Diagnostics.Process.GetProcessesByName("node").Select(p => p.Id))
            _stage.Realm.Agents.Pids.Add(pid);
        var answer = await _stage.Send("/v1/remote/sessions/x", pass: pass, method: "GET");
        Assert.Equal("person.inside-session", (string)answer["body"]!["code"]!);
        answer = await _stage.Exchange(await _stage.Token());
        Assert.Equal("person.inside-session", (string)answer["body"]!["code"]!);
    }

    [Fact]
    public async Task A_session_is_its_callers_alone()
    {
        var pass = await _stage.Pass();
        var session = await _stage.Open(pass);
        var thief = await _stage.Pass(key: "thief");
        var answer = await _stage.Ask(session, thief, "thief", argv: ["git", "push"]);
        Assert.Equal("session.not-yours", (string)answer["body"]!["code"]!);
        answer = await _stage.Send($"/v1/remote/sessions/{session}", pass: thief, key: "thief", method: "GET");
        Assert.Equal("session.not-yours", (string)answer["body"]!["code"]!);
        // A new pass for the same key goes on where the old one ended.
        var next = await _stage.Pass();
        var asked = await _stage.Ask(session, next, argv: ["git", "push"]);
        Assert.Equal(201, (int)asked["status"]!);
        var id = (string)asked["body"]!["request"]!["id"]!;
        answer = await _stage.Send($"/v1/remote/requests/{id}", pass: thief, key: "thief", method: "GET");
        Assert.Equal("request.unknown", (string)answer["body"]!["code"]!);
        answer = await _stage.Send(
            "/v1/remote/sessions", new JsonObject { ["workflow"] = "deploy", ["task"] = "x", ["workTree"] = "/", },
            pass);
        Assert.Equal("session.needs-environment", (string)answer["body"]!["code"]!);
        // The kill switch stops who is elsewhere too.
        Someone.Must(await _stage.Ada.TryKill("agent:coder"));
        answer = await _stage.Send($"/v1/remote/sessions/{session}", pass: next, method: "GET");
        Assert.Equal("session.stopped", (string)answer["body"]!["code"]!);
    }

    /// <summary>One agent prepares, another carries out: different machines, keys, sponsors; the same
    /// command.</summary>
    [Fact]
    public async Task What_one_agent_prepared_another_carries_out_exactly()
    {
        var (planner, executor) = (await _stage.Pass(), await _stage.Pass("acme/deploy", "second"));
        var (first, second) = (await _stage.Open(planner), await _stage.Open(executor, "second"));
        string[] command = ["terraform", "apply", "-input=false"];
        var files = new JsonArray(new JsonObject
        {
            ["path"] = "main.tf",
            ["digest"] = new string('a', 64),
        });
        var prepared = await _stage.Ask(
            first, planner, more: new JsonObject { ["prepares"] = true, ["files"] = files }, argv: command);
        Assert.True((int)prepared["status"]! == 201, prepared["body"]!.ToJsonString());
        var named = new JsonObject
        {
            ["request"] = (string)prepared["body"]!["request"]!["id"]!,
            ["action"] = (string)prepared["body"]!["action"]!,
        };
        var itself = await _stage.Send($"/v1/remote/requests/{named["request"]}/allow", pass: planner);
        Assert.Equal("preparation.not-yours", (string)itself["body"]!["code"]!);

        async Task<string?> Carrying(JsonObject more, params string[] argv)
        {
            more["prepared"] = named.DeepClone();
            return (string?)(await _stage.Ask(second, executor, "second", more, argv))["body"]!["code"];
        }
        Assert.Equal("preparation.deviates", await Carrying(
            new JsonObject { ["files"] = files.DeepClone() }, "terraform", "apply", "-input=false", "-target=x"));
        Assert.Equal("preparation.deviates", await Carrying(
            new JsonObject { ["files"] = files.DeepClone(), ["cwd"] = "/builds/x/other" }, command));
        Assert.Equal("preparation.deviates", await Carrying([], command));
        var changed = (JsonArray)files.DeepClone();
        changed[0]!["digest"] = new string('b', 64);
        Assert.Equal("preparation.deviates", await Carrying(new JsonObject { ["files"] = changed }, command));

        var asked = await _stage.Ask(
            second, executor, "second",
            new JsonObject { ["files"] = files.DeepClone(), ["prepared"] = named.DeepClone() }, command);
        Assert.True((int)asked["status"]! == 201, asked["body"]!.ToJsonString());
        Assert.Equal((string)named["action"]!, (string)asked["body"]!["action"]!);
        var id = (string)asked["body"]!["request"]!["id"]!;
        // Neither of the two sponsors agrees to it; somebody who answers for neither does.
        Assert.Equal(
            "approval.sponsor-in-chain", await Someone.CodeOf(_stage.Ada.TryDispose(await _stage.Ada.Look(id))));
        Assert.Equal("approval.self", await Someone.CodeOf(_stage.Bob.TryDispose(await _stage.Bob.Look(id))));
        var shown = await _stage.Cyd.Look(id);
        Assert.Equal((string)named["action"]!, shown.Action);
        Assert.Equal("releaser", shown.Remote!.Chain[0].Agent.Value);
        Someone.Must(await _stage.Cyd.TryDispose(shown));
        var allowed = await _stage.Send($"/v1/remote/requests/{id}/allow", pass: executor, key: "second");
        Assert.Equal("allowed", (string)allowed["body"]!["state"]!);
        var over = await _stage.Send(
            $"/v1/remote/requests/{named["request"]}", pass: planner, method: "GET");
        Assert.Equal("preparation.used", (string)over["body"]!["code"]!);
        Assert.Equal("preparation.unknown", await Carrying(
            new JsonObject { ["files"] = files.DeepClone() }, command));
    }
}

using System.Text;
using Writ.Kills;
using Writ.Wire;

namespace Writ.Server.Tests.PeoplePath;

public sealed class StoppingTests
{
    [Fact]
    public async Task Leaving_ends_what_a_person_sponsored_or_answered_for_and_their_login()
    {
        var (realm, ada, bob, cyd) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var production = await ada.Open();
        var staging = await ada.Open("staging");
        var theirs = await cyd.Open("staging");
        Someone.Must(await bob.Post(
            "/v1/people/cyd/offboard", new OffboardRequest("left"), ApiJson.Default.OffboardRequest));
        Assert.Equal("person.not-logged-in", await Someone.CodeOf(cyd.Send(HttpMethod.Get, "/v1/document")));
        Assert.Equal(
            "workflow.no-owner", (await ada.Get($"/v1/sessions/{production}", ApiJson.Default.SessionView)).Code);
        Assert.Equal(
            "session.sponsor-left", (await ada.Get($"/v1/sessions/{theirs}", ApiJson.Default.SessionView)).Code);
        Assert.Equal("open", (await ada.Get($"/v1/sessions/{staging}", ApiJson.Default.SessionView)).State);
        Assert.Equal("workflow.no-owner", await Someone.CodeOf(ada.TryOpen()));
        var doctor = await ada.Get("/v1/doctor", ApiJson.Default.DoctorView);
        Assert.Contains(doctor.Findings, f => f.Code == "workflow.no-owner" && f.Level == "broken");
        Assert.Equal("person.not-enrolled", await Someone.CodeOf(cyd.TryLogIn()));
    }

    [Fact]
    public async Task A_kill_ends_sessions_and_runs_and_stands_until_it_is_resumed()
    {
        var (realm, ada, bob, cyd) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var session = await ada.Open("staging");
        PeopleRealm.Accepted(await realm.Ask(session, "req-1", "ls"));
        var run = await realm.StartRun(new RequestId("req-1"));
        var kill = await Someone.Read(await cyd.TryKill("workflow:deploy"), ApiJson.Default.KillView);
        Assert.True(kill.Completed);
        Assert.Equal([session], kill.Sessions);
        Assert.Equal([new KillStep(run, 3)], kill.Steps);
        Assert.Equal([run], realm.Killer.Killed);
        Assert.True(realm.Actor.State.Kills[kill.Id].Completed);
        Assert.Equal("session.killed", (await ada.Get($"/v1/sessions/{session}", ApiJson.Default.SessionView)).Code);
        Assert.Equal("session.stopped", await Someone.CodeOf(ada.TryOpen("staging")));

        var resume = new KillRequest(new Scope(ScopeKind.Workflow, "deploy"), "looked at it");
        Assert.Equal("realm.not-governing", await Someone.CodeOf(
            cyd.Post("/v1/kills/resume", resume, ApiJson.Default.KillRequest)));
        Someone.Must(await bob.Post("/v1/kills/resume", resume, ApiJson.Default.KillRequest));
        Someone.Must(await ada.TryOpen("staging"));
    }

    [Theory]
    [InlineData("workflow:nothing", "kill.unknown-scope")]
    [InlineData("session:ses-none", "kill.unknown-scope")]
    [InlineData("agent:nobody", "kill.unknown-scope")]
    public async Task A_kill_names_something_that_is_there(string scope, string code)
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        Assert.Equal(code, await Someone.CodeOf(ada.TryKill(scope)));
    }

    [Fact]
    public async Task A_kill_without_a_scope_stops_nothing()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var session = await ada.Open();
        foreach (var type in new[] { "application/json", "text/plain" })
            Assert.Equal("api.malformed", await Someone.CodeOf(ada.Send(
                HttpMethod.Post, "/v1/kills", new StringContent("""{"reason":"x"}""", Encoding.UTF8, type))));
        Assert.NotNull(realm.Actor.State.OpenSession(session));
    }

    [Fact]
    public async Task Closing_a_session_voids_what_waits()
    {
        var (realm, ada, bob, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var session = await ada.Open();
        PeopleRealm.Accepted(await realm.Ask(session, "req-1", "ls"));
        var closed = await Someone.Read(
            await bob.Post(
                $"/v1/sessions/{session}/close", new CloseSessionRequest("enough"),
                ApiJson.Default.CloseSessionRequest),
            ApiJson.Default.SessionView);
        Assert.Equal(("ended", "session.closed"), (closed.State, closed.Code));
        var view = await bob.Look("req-1");
        Assert.Equal(("closed", "session.closed"), (view.State, view.Code));
        Assert.Empty(await bob.Get("/v1/inbox", ApiJson.Default.ImmutableArrayInboxItem));
    }

    [Fact]
    public async Task A_repeated_order_with_one_key_opens_one_session()
    {
        var (realm, ada, bob, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var body = new OpenSessionRequest(
            new WorkflowId("deploy"), null, new EnvironmentId("staging"), null, "once", null, 1, "/srv/work", null,
            null,
            null);
        async Task<SessionId> OpenWith(Someone who) => (await Someone.Read(
            await who.Post("/v1/sessions", body, ApiJson.Default.OpenSessionRequest, key: "k1"),
            ApiJson.Default.SessionView)).Terms.Id;
        var first = await OpenWith(ada);
        Assert.Equal(first, await OpenWith(ada));
        Assert.NotEqual(first, await OpenWith(bob));
    }
}

using System.Net;
using Writ.Wire;

namespace Writ.Server.Tests.PeoplePath;

public sealed class EnrolmentTests
{
    [Fact]
    public async Task The_founders_code_enrols_once_and_then_they_log_in()
    {
        await using var realm = await PeopleRealm.Start();
        var ada = new Someone(realm, "ada");
        Assert.Equal("person.bad-code", await Someone.CodeOf(ada.TryEnrol("wrong-code")));
        Someone.Must(await ada.TryEnrol(realm.FounderCode));
        Assert.Equal("person.bad-code", await Someone.CodeOf(new Someone(realm, "ada").TryEnrol(realm.FounderCode)));
        Assert.Equal("person.not-logged-in", await Someone.CodeOf(ada.Send(HttpMethod.Get, "/v1/inbox")));
        await ada.LogIn();
        Assert.Empty(await ada.Get("/v1/inbox", ApiJson.Default.ImmutableArrayInboxItem));
    }

    [Fact]
    public async Task A_code_expires()
    {
        await using var realm = await PeopleRealm.Start();
        realm.Clock.Advance(TimeSpan.FromDays(4));
        Assert.Equal("person.code-expired", await Someone.CodeOf(
            new Someone(realm, "ada").TryEnrol(realm.FounderCode)));
    }

    [Fact]
    public async Task One_key_is_one_person()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        const string cyd = "  - {id: cyd, name: Cyd}";
        await ada.Apply(PeopleRealm.Files(PeopleRealm.Document.Replace(
            cyd, cyd + "\n  - {id: dan, name: Dan}", StringComparison.Ordinal)));
        var pending = Assert.Single(
            await ada.Get("/v1/changes", ApiJson.Default.ImmutableArrayChangeView), c => c.State == "pending");
        Assert.Contains(pending.Differences, d => d.Path == "person/dan/declared");
        // Whoever holds somebody's key cannot enrol with it under another name.
        Assert.Equal("person.key-taken", await Someone.CodeOf(
            new Someone(realm, "cyd", ada.Key).TryEnrol((await ada.Invite("cyd")).Code)));
    }

    [Fact]
    public async Task A_login_needs_the_enrolled_key_and_a_fresh_signature()
    {
        await using var realm = await PeopleRealm.Start();
        var ada = new Someone(realm, "ada");
        Assert.Equal("person.not-enrolled", await Someone.CodeOf(ada.TryLogIn()));
        await ada.Enrol(realm.FounderCode);
        Assert.Equal("person.bad-signature", await Someone.CodeOf(ada.TryLogIn(with: new Someone(realm, "eve").Key)));
        Assert.Equal("person.stale-signature", await Someone.CodeOf(ada.TryLogIn(issuedAgo: TimeSpan.FromMinutes(5))));
        await ada.LogIn();
        var bearer = ada.Bearer!;
        var (login, token) = (bearer.Split('.')[0], bearer.Split('.')[1]);
        foreach (var wrong in new[] { bearer + "0", bearer[..^1], login + ".", "." + token, "x" })
        {
            ada.Bearer = wrong;
            Assert.Equal("person.not-logged-in", await Someone.CodeOf(ada.Send(HttpMethod.Get, "/v1/document")));
        }
        ada.Bearer = bearer;
        Someone.Must(await ada.Send(HttpMethod.Delete, $"/v1/logins/{bearer.Split('.')[0]}"));
        Assert.Equal("person.not-logged-in", await Someone.CodeOf(ada.Send(HttpMethod.Get, "/v1/document")));
    }

    [Fact]
    public async Task A_login_ends_with_its_time()
    {
        await using var realm = await PeopleRealm.Start();
        var ada = await realm.Founder();
        realm.Clock.Advance(TimeSpan.FromHours(9));
        Assert.Equal("person.not-logged-in", await Someone.CodeOf(ada.Send(HttpMethod.Get, "/v1/document")));
    }

    [Fact]
    public async Task Only_the_governing_team_invites_and_a_repeat_answers_no_second_code()
    {
        var (realm, ada, _, cyd) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var body = new InviteRequest(new PersonId("cyd"));
        Assert.Equal("realm.not-governing", await Someone.CodeOf(
            cyd.Post("/v1/invitations", body, ApiJson.Default.InviteRequest)));
        Someone.Must(await ada.Post("/v1/invitations", body, ApiJson.Default.InviteRequest, key: "once"));
        Assert.Equal("realm.key-reused", await Someone.CodeOf(
            ada.Post("/v1/invitations", body, ApiJson.Default.InviteRequest, key: "once")));
    }

    [Fact]
    public void Strangers_get_a_bounded_number_of_entries()
    {
        var clock = new MovableClock();
        var limit = new Writ.Server.Endpoints.AttemptLimit(clock, perMinute: 3);
        var stranger = IPAddress.Parse("192.0.2.1");
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => limit.TryTake(stranger)));
        Assert.True(limit.TryTake(IPAddress.Parse("192.0.2.2")));
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.True(limit.TryTake(stranger));
    }
}

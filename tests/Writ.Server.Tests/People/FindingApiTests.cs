using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Writ.Findings;
using Writ.Linux;
using Writ.Server.Findings;
using Writ.Wire;

namespace Writ.Server.Tests.PeoplePath;

/// <summary>Findings over the people's API: listed, shown, accepted, and what they keep from opening.</summary>
public sealed class FindingApiTests
{
    const string Token = "ghp_0123456789abcdefghijABCDEFGHIJ456789";

    static string Refusing => PeopleRealm.Document.Replace(
        "    tierMin: T1", "    tierMin: T1\n    refuseFindings: [leaked-secret]", StringComparison.Ordinal);

    [Fact]
    public async Task A_session_does_not_open_over_a_work_tree_with_a_secret_until_somebody_accepts_it()
    {
        var tree = Directory.CreateTempSubdirectory("writ-finding-");
        try
        {
            await using var realm = await PeopleRealm.Start(
                b => b.Services.AddSingleton(SearchLimits.Usual with { Time = TimeSpan.FromSeconds(30) }));
            var ada = await realm.Founder();
            await ada.Apply(PeopleRealm.Files(Refusing));
            File.WriteAllText(Path.Combine(tree.FullName, ".env"), $"GITHUB_TOKEN={Token}\n");
            var open = new OpenSessionRequest(
                new WorkflowId("deploy"), null, new EnvironmentId("staging"), null, "deploy it", null,
                ThisProcess.EffectiveUid, tree.FullName, null, null, null);
            var refused = await Someone.Problem(await ada.Post(
                "/v1/sessions", open, ApiJson.Default.OpenSessionRequest));
            Assert.Equal("session.findings", refused.Code);
            Assert.DoesNotContain(Token, refused.Detail, StringComparison.Ordinal);

            var view = Assert.Single(
                await ada.Get("/v1/findings?kind=leaked-secret", ApiJson.Default.ImmutableArrayFindingView),
                f => f.Code == "leak.file");
            Assert.Equal(("open", new PersonId("cyd")), (view.State, view.Owner));
            Assert.Equal([new WorkflowId("deploy")], view.Refuses);
            Assert.NotEmpty(
                (await ada.Get($"/v1/findings/{view.Id}", ApiJson.Default.FindingView)).Entries!.Value);

            var accepted = await Someone.Read(
                await ada.Post(
                    $"/v1/findings/{view.Id}/accept",
                    new FindingAcceptRequest("it opens nothing", ada.Now.AddHours(1)),
                    ApiJson.Default.FindingAcceptRequest),
                ApiJson.Default.FindingView);
            Assert.Equal(("accepted", "it opens nothing"), (accepted.State, accepted.Accepted?.Reason));
            Assert.DoesNotContain(
                await ada.Get("/v1/findings", ApiJson.Default.ImmutableArrayFindingView), f => f.Id == view.Id);
            Assert.Equal(HttpStatusCode.Created, (await ada.Post(
                "/v1/sessions", open, ApiJson.Default.OpenSessionRequest)).StatusCode);
        }
        finally
        {
            tree.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Findings_are_chosen_by_kind_and_agent_and_settled_ones_come_with_all()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var review = await Someone.Read(
            await ada.Send(HttpMethod.Post, "/v1/findings/review"), ApiJson.Default.FindingReview);
        // The one agent works in production and elsewhere.
        Assert.Equal(1, review.Open);
        var shared = Assert.Single(await ada.Get("/v1/findings", ApiJson.Default.ImmutableArrayFindingView));
        Assert.Equal(("shared.agent", "shared-credential"), (shared.Code, shared.Kind));
        Assert.Equal(1, await Count("?agent=coder"));
        Assert.Equal(0, await Count("?agent=nobody"));
        Assert.Equal(0, await Count("?kind=unowned"));
        Assert.Equal("api.malformed", await Someone.CodeOf(ada.Send(HttpMethod.Get, "/v1/findings?kind=x")));
        Assert.Equal("finding.unknown", await Someone.CodeOf(ada.Send(HttpMethod.Get, "/v1/findings/finding-0")));

        var doctor = await ada.Get("/v1/doctor", ApiJson.Default.DoctorView);
        Assert.Contains(doctor.Findings, f => f.Code == "realm.findings"
            && f.Text.Contains("1 shared-credential", StringComparison.Ordinal));

        async Task<int> Count(string query) =>
            (await ada.Get("/v1/findings" + query, ApiJson.Default.ImmutableArrayFindingView)).Length;
    }
}

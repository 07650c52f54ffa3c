using Writ.Wire;

namespace Writ.Server.Tests.PeoplePath;

public sealed class ChangeTests
{
    static SourceFile[] WithOwner(string owner) => PeopleRealm.Files(PeopleRealm.Document.Replace(
        "workflowOwner: ada", $"workflowOwner: {owner}", StringComparison.Ordinal));

    [Fact]
    public async Task A_founder_alone_applies_at_once()
    {
        await using var realm = await PeopleRealm.Start();
        var ada = await realm.Founder();
        var preview = await ada.Preview(PeopleRealm.Files());
        Assert.False(preview.NeedsSecondPerson);
        Assert.Contains(
            preview.Differences,
            d => d.Path == "workflow/deploy/workflowOwner" && d.After == "ada" && d.Guarded);
        Assert.Equal(
            ["policies/main.cedar", "policies/schema.cedarschema", "policies/tests/cases.yaml"],
            preview.PolicyTexts.Select(p => p.Name));
        var change = await ada.Apply(PeopleRealm.Files());
        Assert.Equal("applied", change.State);
        Assert.Equal(3, realm.Actor.State.Registry.People.Count);
        Assert.Equal("change.nothing", await Someone.CodeOf(ada.TryPropose(preview.DocumentText)));
    }

    [Fact]
    public async Task Owners_change_only_by_two_people()
    {
        var (realm, ada, bob, cyd) = await PeopleRealm.Peopled();
        await using var _ = realm;
        Assert.True((await ada.Preview(WithOwner("bob"))).NeedsSecondPerson);
        var change = await ada.Apply(WithOwner("bob"));
        Assert.Equal("pending", change.State);
        Assert.Equal("change.self", await Someone.CodeOf(ada.TryReview(change)));
        Assert.Equal("realm.not-governing", await Someone.CodeOf(cyd.TryReview(change)));
        var forged = await bob.Post(
            $"/v1/changes/{change.Id}/review", new ReviewRequest(true, "ok", ada.Sign("something else")),
            ApiJson.Default.ReviewRequest);
        Assert.Equal("change.bad-signature", (await Someone.Problem(forged)).Code);
        var inbox = await bob.Get("/v1/inbox", ApiJson.Default.ImmutableArrayInboxItem);
        Assert.Null(Assert.Single(inbox).MayNot);
        Assert.NotNull(Assert.Single(await ada.Get("/v1/inbox", ApiJson.Default.ImmutableArrayInboxItem)).MayNot);
        var applied = await Someone.Read(await bob.TryReview(change), ApiJson.Default.ChangeView);
        Assert.Equal("applied", applied.State);
        Assert.Equal("bob", realm.Actor.State.Registry.Workflows[new WorkflowId("deploy")].WorkflowOwner.Value);
    }

    [Fact]
    public async Task What_only_describes_needs_nobody_else()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var change = await ada.Apply(PeopleRealm.Files(PeopleRealm.Document.Replace(
            "Deploy the site.", "Deploy the whole site.", StringComparison.Ordinal)));
        Assert.Equal("applied", change.State);
    }

    [Fact]
    public async Task A_refused_change_is_over()
    {
        var (realm, ada, bob, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var change = await ada.Apply(WithOwner("bob"));
        var refused = await Someone.Read(await bob.TryReview(change, approves: false), ApiJson.Default.ChangeView);
        Assert.Equal("refused", refused.State);
        Assert.Equal("change.unknown", await Someone.CodeOf(bob.TryReview(change)));
    }

    [Fact]
    public async Task A_proposal_is_signed_by_its_author_over_that_document()
    {
        var (realm, ada, bob, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var text = (await ada.Preview(WithOwner("bob"))).DocumentText;
        Assert.Equal("change.bad-signature", await Someone.CodeOf(ada.TryPropose(text, signature: bob.Sign(text))));
        Assert.Equal("change.not-a-document", await Someone.CodeOf(ada.TryPropose("{}")));
        Assert.Equal("change.not-a-document", await Someone.CodeOf(ada.TryPropose("[")));
        Assert.Equal("change.invalid", await Someone.CodeOf(ada.TryPropose(
            text.Replace("\"workflowOwner\":\"bob\"", "\"workflowOwner\":\"eve\"", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task A_large_document_with_text_of_every_kind_travels_in_parts()
    {
        await using var realm = await PeopleRealm.Start();
        var ada = await realm.Founder();
        var people = string.Concat(Enumerable.Range(0, 1_500).Select(i =>
            $"  - {{id: p{i}, name: \"Ämne 漢字 😀 {i}\", email: \"p{i}@example.org\"}}\n"));
        var change = await ada.Apply(PeopleRealm.Files(PeopleRealm.Document.Replace(
            "teams:", people + "teams:", StringComparison.Ordinal)));
        Assert.Equal("applied", change.State);
        Assert.Equal(1_503, realm.Actor.State.Registry.People.Count);
        Assert.Equal("Ämne 漢字 😀 7", realm.Actor.State.Registry.People[new PersonId("p7")].Name);
    }

    [Fact]
    public async Task The_realm_that_was_applied_reads_back_as_its_document()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var document = await ada.Get("/v1/document", ApiJson.Default.RealmDocument);
        Assert.Equal("bob@example.org", document.People.Single(p => p.Id.Value == "bob").Email);
        Assert.Empty((await ada.Preview(PeopleRealm.Files())).Differences);
    }
}

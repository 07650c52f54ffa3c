using System.Text.Json;
using Writ.Changes;
using Writ.People;
using Writ.Policies;
using Writ.Wire;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>What the client signs of a policy, and what it does with one that is not what its digest says.</summary>
public sealed class PolicyTests
{
    const string Change = "change-0123456789abcdef";

    static readonly PolicySource _bundle = new([
        new PolicyFile("policies/a.cedar", """@id("all") @reason("r") @owner("o") permit (principal, action, resource);"""),
    ]);

    static readonly string _text = ChangeQuery.Text(Given.Realm with { Policy = _bundle });
    static readonly string _document = Signatures.Sha256(_text);

    [Fact]
    public void A_publication_is_signed_over_the_evidence_that_was_shown()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        Pending(plane, Evidence());
        var ran = client.Writ("policy", "publish", Change, "--digest", _document, "--reason", "looked");
        Assert.Equal((0, ""), (ran.Status, ran.Output));
        Assert.Contains("7 verdicts would have been another", ran.Errors, StringComparison.Ordinal);
        Assert.Contains("Gate g asks 3 of team sre", ran.Errors, StringComparison.Ordinal);
        var sent = JsonSerializer.Deserialize(
            plane.Received($"POST /v1/changes/{Change}/review")[0], ApiJson.Default.ReviewRequest)!;
        Assert.Equal(Evidence().Digest(), sent.Evidence!.Digest());
        var signed = new ChangeDocument(
            Given.Origin, new ChangeId(Change), _document, new PersonId("alice"), "approve", "looked",
            PolicyReach.NewSessions, Evidence().Digest());
        var spki = JsonSerializer.Deserialize(
            plane.Received("POST /v1/enrol")[0], ApiJson.Default.EnrolRequest)!.Spki;
        Assert.True(Signatures.Verify(spki, signed.Render(), sent.Signature));
        Assert.Contains($"\nsessions new\nevidence {Evidence().Digest()}\n", signed.Render(), StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Unsigned => new()
    {
        { "other", "cli.digest-mismatch" },
        { "partial", "cli.digest-mismatch" },
        { "error", "change.policy-invalid" },
        { "failing", "change.tests-failed" },
    };

    [Theory]
    [MemberData(nameof(Unsigned))]
    public void Evidence_that_does_not_carry_a_publication_is_not_signed(string what, string code)
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        var evidence = Evidence();
        Pending(plane, what switch
        {
            "other" => evidence with { PolicyDigest = Given.Policy },
            "partial" => evidence with { Impact = evidence.Impact with { Groups = [null!] } },
            "error" => evidence with
            {
                Findings = [PolicyFinding.Error("policy.gate-nobody", "a.cedar:1:1", "Nobody.")],
            },
            _ => evidence with { TestsFailed = 1 },
        });
        var ran = client.Writ("policy", "publish", Change, "--digest", _document);
        Assert.Equal(1, ran.Status);
        Assert.Contains($"[{code}]", ran.Errors, StringComparison.Ordinal);
        Assert.Empty(plane.Received($"POST /v1/changes/{Change}/review"));
    }

    [Theory]
    [InlineData("rollback")]
    [InlineData("impact")]
    [InlineData("diff")]
    public void A_bundle_whose_digest_does_not_match_is_not_used(string command)
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        plane.Answer(
            $"GET /v1/policies/{Given.Policy}", JsonSerializer.Serialize(_bundle, ApiJson.Default.PolicySource));
        var ran = client.Writ("policy", command, Given.Policy);
        Assert.Equal((1, ""), (ran.Status, ran.Output));
        Assert.Contains("[policy.bundle-digest]", ran.Errors, StringComparison.Ordinal);
        Assert.Empty(plane.Received("POST /v1/policies/preview"));
        Assert.Empty(plane.Received("POST /v1/policies/impact"));
        Assert.Empty(plane.Received("POST /v1/changes"));
    }

    [Fact]
    public void A_change_that_leaves_the_policy_alone_is_not_published()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        plane.Answer($"GET /v1/changes/{Change}", JsonSerializer.Serialize(
            View() with { PolicyDigest = null }, ApiJson.Default.ChangeView));
        var ran = client.Writ("policy", "publish", Change, "--digest", _document);
        Assert.Equal(1, ran.Status);
        Assert.Contains("[change.nothing]", ran.Errors, StringComparison.Ordinal);
    }

    static void Pending(FakeControlPlane plane, PolicyEvidence evidence)
    {
        plane.Answer("GET /v1/document", JsonSerializer.Serialize(Given.Realm, ApiJson.Default.RealmDocument));
        plane.Answer($"GET /v1/changes/{Change}", JsonSerializer.Serialize(View(), ApiJson.Default.ChangeView));
        plane.Answer($"GET /v1/changes/{Change}/evidence",
            JsonSerializer.Serialize(evidence, ApiJson.Default.PolicyEvidence));
        plane.Answer($"POST /v1/changes/{Change}/review", JsonSerializer.Serialize(
            View() with { State = "applied" }, ApiJson.Default.ChangeView));
    }

    static ChangeView View() => new(
        new ChangeId(Change), "pending", new PersonId("bob"), "why", _document, DateTimeOffset.UtcNow.AddDays(1), [],
        [], [], _text, _bundle.Digest(), PolicyReach.NewSessions);

    static PolicyEvidence Evidence() => new(
        _bundle.Digest(), 1, 2, 0,
        [PolicyFinding.Warning("policy.gate-sponsor", "policies/a.cedar:1:1", "Gate g asks 3 of team sre; and so on.")],
        0,
        new PolicyImpact(
            new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero), 100, 40, Whole: true, 3, 4, 0,
            [], GroupsMore: 0));
}

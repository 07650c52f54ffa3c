using Writ.Changes;
using Writ.Documents;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Wire;

namespace Writ.Tests.Policies;

/// <summary>A realm's own files of knowledge are a part of its policies: of their digest, their review, their
/// verdicts.</summary>
public sealed class RealmKnowledgeTests
{
    const string Acme = """
        {"programs":{"acme":{"style":"exact","operands":"reads","tests":[{"argv":["acme","x"],"effects":["fs.read x"]}]}}}
        """;

    const string Policy = """@id("all") @reason("r") @owner("o") permit (principal, action, resource);""";

    [Fact]
    public void A_program_of_the_realm_is_understood_under_its_policy_and_nowhere_else()
    {
        var world = World.WithEverybody(d => d with { Policy = With(Acme) });
        var session = world.OpenSession();
        Assert.Equal(["fs.read x"], Effects(world.StateOf(world.Submit(session, "acme", "x"))));
        var plain = World.WithEverybody(d => d with { Policy = new PolicySource([new("a.cedar", Policy)]) });
        Assert.Equal("policy.not-understood", plain.ClosedBy(plain.Submit(plain.OpenSession(), "acme", "x")));
    }

    [Fact]
    public void A_session_keeps_the_knowledge_it_was_opened_under()
    {
        var world = World.WithEverybody(d => d with { Policy = With(Acme) });
        var before = world.OpenSession();
        var waiting = world.Submit(before, "acme", "x");
        var writing = Acme.Replace("reads", "writes", StringComparison.Ordinal)
            .Replace("fs.read", "fs.write", StringComparison.Ordinal);
        Given.Publish(
            world, world.State.Registry.Document with { Policy = With(writing) }, PolicyReach.NewSessions);
        Assert.Equal(["fs.read x"], Effects(world.StateOf(waiting)));
        Assert.Equal(["fs.read x"], Effects(world.StateOf(world.Submit(before, "acme", "x"))));
        Assert.Equal(["fs.write x"], Effects(world.StateOf(world.Submit(world.OpenSession(), "acme", "x"))));
    }

    [Fact]
    public void A_change_of_it_is_a_change_of_the_policy_and_needs_a_second_person()
    {
        Assert.NotEqual(With(Acme).Digest(), With(Acme + " ").Digest());
        var world = World.WithEverybody(d => d with { Policy = With(Acme) });
        var next = Given.Publishable(With(Acme + " "));
        var (change, _) = world.Propose(world.State.Registry.Document with { Policy = next }, "alice");
        Assert.NotEqual(next.Digest(), world.State.Registry.Policy.Digest);
        world.Review(change, "bob");
        Assert.Equal(next.Digest(), world.State.Registry.Policy.Digest);
    }

    [Fact]
    public void A_realm_directory_brings_it_and_says_where_it_is_wrong()
    {
        var (document, faults) = RealmDirectoryReader.Read(Files(Acme), []);
        Assert.Empty(faults);
        Assert.Single(document!.Policy.Of(PolicyFileKind.Knowledge));
        (document, faults) = RealmDirectoryReader.Read(Files("{\n \"programs\": {\n  \"acme\": {\"x\": 1}}}"), []);
        Assert.Null(document);
        var fault = Assert.Single(faults);
        Assert.Equal(("knowledge/acme.json:3:3", "policy.bad-knowledge"), (fault.Path, fault.Code));
    }

    [Fact]
    public void An_inspection_runs_its_tests_and_says_what_it_replaces()
    {
        var sound = BundleInspection.Of(Given.Publishable(With(Acme)), null, null);
        Assert.True(sound.IsSound(), string.Join('\n', sound.Findings.Select(f => f.Why)));
        var wrong = BundleInspection.Of(
            With("""{"programs":{"git":{"operands":"reads...","tests":[{"argv":["git","x"],"effects":[]}]},"acme":{}}}"""),
            null, null);
        Assert.False(wrong.IsSound());
        Assert.Equal(
            ["policy.knowledge-replaces", "policy.knowledge-test", "policy.knowledge-untested"],
            wrong.Findings.Select(f => f.Code).Where(c => c.StartsWith("policy.knowledge", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal));
    }

    static PolicySource With(string knowledge) =>
        new([new("policies/a.cedar", Policy), new("knowledge/acme.json", knowledge)]);

    static System.Collections.Immutable.ImmutableArray<SourceFile> Files(string knowledge) =>
    [
        new("realm.yaml", """
            people: [{id: ada, name: Ada}]
            teams: [{id: gov, members: [ada]}]
            governance: {team: gov}
            """),
        new("policies/a.cedar", Policy), new("knowledge/acme.json", knowledge),
    ];

    static string[] Effects(RequestState state) =>
    [
        .. (state switch
        {
            RequestState.Ready r => r.Verdict,
            RequestState.Waiting w => w.Verdict,
            _ => throw new InvalidOperationException(state.GetType().Name),
        }).Effects.Select(e => $"{e.Verb} {e.Object}"),
    ];
}

using System.Collections.Immutable;
using Writ.Assistants;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Testing;
using Writ.Tests.Assistants;
using Writ.Workflows;

namespace Writ.Tests.Realms;

static class AssistantRefusals
{
    public static ImmutableArray<RefusalCase> Cases { get; } =
    [
        new("request.bad-assurance", w => w.Refuses(
            new RequestMove.Submit(Given.Exec(w, w.OpenSession(), "ls") with { Assurance = Assurance.Inside }),
            World.Agent)),
        new("request.bad-assurance", _ =>
        {
            var world = AssistantRulesTests.NewWorld();
            var session = world.OpenSession(workflow: "release-staging");
            return world.Refuses(
                new RequestMove.Submit(AssistantRulesTests.Assistant(world, session) with
                {
                    Assurance = Assurance.Advisory,
                }), World.Agent);
        }),
        new("assistant.tree-held", _ =>
        {
            var (world, session, _, run) = AssistantRulesTests.Living(tier: Tier.T3);
            return world.Refuses(
                new RequestMove.Submit(Given.Exec(world, session, "ls")), AssistantRulesTests.Inside(run));
        }),
        new("session.assistant-ended", _ =>
        {
            var (world, session, request, run) = AssistantRulesTests.Living(ends: true);
            AssistantRulesTests.End(world, request, run);
            return world.EndedBy(session);
        }),
        Terms("realm.bad-assistant", t => t with { Programs = [] }),
        Terms("realm.bad-assistant", t => t with { Programs = ["../claude"] }),
        Terms("realm.bad-assistant", t => t with { Programs = ["-x"] }),
        Terms("realm.bad-assistant", t => t with { Paths = ["opt"] }),
        Terms("realm.bad-assistant", t => t with { Paths = ["/opt/../etc"] }),
        Terms("realm.bad-assistant", t => t with { Variables = [new Variable("PATH", "/x")] }),
        Terms("realm.bad-assistant", t => t with { Variables = [new Variable("LD_PRELOAD", "/x")] }),
        Terms("realm.bad-assistant", t => t with { Variables = [new Variable("WRIT_SOCKET", "/x")] }),
        Terms("realm.bad-assistant", t => t with { Variables = [new Variable("HTTPS_PROXY", "x")] }),
        Terms("realm.bad-assistant", t => t with { Variables = [new Variable("A B", "x")] }),
        Terms("realm.bad-assistant", t => t with { Variables = [new Variable("A", "x\ny")] }),
        Terms("realm.bad-assistant", t => t with { Variables = [new Variable("A", AssistantSecret.Mark + "/x")] }),
        Terms("realm.bad-assistant", t => t with { Variables = [new Variable("MODEL_KEY", "x")] }),
        Terms("realm.bad-assistant", t => t with { Secrets = [new AssistantSecret("KEY", "key")] }),
        Terms("realm.bad-assistant", t => t with { Model = ["other.example:443"] }),
        Terms("realm.bad-assistant", t => t with { Model = ["api.example"] }),
        Terms("realm.bad-assistant", t => t with { Depth = 0 }),
        Terms("realm.bad-assistant", t => t with { Depth = AssistantTerms.DepthMax + 1 }),
        Workflow("realm.assistant-tier", w => w with
        {
            TierMin = Tier.T1,
            Egress = null,
            Assistant = w.Assistant! with { Model = [] },
        }),
        Terms("realm.bad-assistant", t => t with { HomeMiB = 10 }),
        Terms("realm.bad-assistant", t => t with { Home = AssistantHome.Kept, HomeMiB = 0 }),
        Terms("realm.bad-assistant", t => t with { Home = AssistantHome.Kept, HomeFiles = 1_000_001 }),
        Workflow("realm.missing", w => w with { Assistant = w.Assistant! with { Paths = default } }),
        Workflow("realm.missing", w => w with { Assistant = w.Assistant! with { Secrets = [null!] } }),
    ];

    static RefusalCase Terms(string code, Func<AssistantTerms, AssistantTerms> change) =>
        Workflow(code, w => w with { Assistant = change(w.Assistant!) });

    static RefusalCase Workflow(string code, Func<Workflow, Workflow> change) => new(code, _ =>
    {
        var document = Given.Document;
        var (registry, faults) = Writ.Realms.Registry.From(
            document with
            {
                Workflows = [document.Workflows[0], change(AssistantRulesTests.With(document.Workflows[1]))],
            }, []);
        Assert.Null(registry);
        return Assert.Single(faults).Code;
    });
}

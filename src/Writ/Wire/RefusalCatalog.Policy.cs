namespace Writ.Wire;

public static partial class RefusalCatalog
{
    // Verdicts, and what is wrong with a policy file.
    static ImmutableArray<RefusalEntry> Policy => Parse("""
        policy.automatic | Every effect is permitted | 200 | 0 | Nothing to do.
        policy.approval | People have to agree first | 200 | 4 | Wait, or ask the teams that are named.
        policy.blocked | A rule forbids it | 403 | 3 | Read the rule's reason; do it another way.
        policy.not-understood | Something is not understood, and no gate asks a person | 403 | 3 | Write it plainer, or gate Action::"unknown" in the policy.
        policy.no-permit | No rule permits it | 403 | 3 | Do it another way, or propose a rule.
        policy.error | A rule could not be evaluated | 403 | 3 | Correct the rule that is named.
        policy.gate-unsatisfiable | A gate could never open | 403 | 3 | Correct the gate's condition.
        policy.gate-on-permit | An approval is asked by a permit | 422 | 2 | Put @approval on a forbid.
        policy.bad-gate | @approval names no team | 422 | 2 | Write @approval("team:NAME").
        policy.bad-quorum | @quorum is not a number from 1 to 10 | 422 | 2 | Write @quorum("2").
        policy.unknown-team | A gate asks a team that is not declared | 422 | 2 | Declare the team or correct the gate.
        policy.too-large | The bundle is too large | 422 | 2 | Shorten or split the policies.
        policy.template | A template is never linked | 422 | 1 | Fill its slots in, or remove it.
        policy.permits-nothing | No rule permits anything | 422 | 0 | Add a permit; without one everything is blocked.
        policy.no-schema | No schema comes with the policies | 422 | 1 | Add schema.cedarschema beside them.
        policy.several-schemas | A bundle has several schemas | 422 | 2 | Keep one.
        policy.no-tests | No tests come with the policies | 422 | 1 | Add cases in tests/NAME.yaml beside them.
        policy.bad-knowledge | A file of knowledge/ cannot be used | 400 | 2 | Correct it at the place that is named; see docs/knowledge-base.md.
        policy.knowledge-test | A test in a file of knowledge/ does not hold | 400 | 1 | Correct the program or the test.
        policy.knowledge-replaces | A file of knowledge/ replaces what Writ knows of a program | 200 | 0 | Be sure that this is meant.
        policy.knowledge-untested | A program of knowledge/ has no tests | 200 | 0 | Add commands with their effects.
        policy.no-reason | A rule does not say why | 422 | 0 | Add @reason("...").
        policy.no-owner | Nobody answers for a rule | 422 | 0 | Add @owner("TEAM").
        policy.unknown-annotation | An annotation means nothing here | 422 | 0 | Correct its name.
        policy.reserved-id | A rule's id is kept for session policies | 422 | 2 | Begin it with another word.
        policy.quorum-alone | @quorum stands without @approval | 422 | 0 | Add @approval, or remove it.
        policy.gate-without-condition | A gate does not look at approvals | 422 | 2 | Let its condition look at context.approvals.
        policy.gate-nobody | A gate asks more people than its team has | 422 | 2 | Add people, or lower @quorum.
        policy.gate-own-sponsors | Everybody who could open a gate would be the sponsor | 422 | 0 | Add people to the realm or the team.
        policy.gate-sponsor | A gate cannot be opened when its own people sponsor | 422 | 0 | Add people to the team.
        policy.gate-not-enrolled | Too few of a gate's team have enrolled | 422 | 0 | Invite them with: writ invite
        policy.test-empty | A test file tests nothing | 422 | 2 | Give it cases, or remove it.
        policy.test-asks | A test case asks nothing, or several things | 422 | 2 | Give it exactly one of the asks that are named.
        policy.test-no-gates | A test case does not say who is asked | 422 | 2 | Name the gates.
        policy.test-unknown-rule | A test case expects a rule that is not there | 422 | 2 | Correct the rule's id.
        policy.too-many-tests | Too many test cases | 422 | 2 | Split the bundle.
        policy.unknown-bundle | The ledger never had that bundle in force | 404 | 1 | List them with: writ policy list
        policy.bundle-digest | A bundle's text is not what its digest says | 409 | 1 | Nothing was done with it; fetch it again.
        cedar.syntax | A policy is not Cedar | 422 | 2 | Correct the file at the line that is named.
        cedar.json | A policy's JSON form is not Cedar | 422 | 2 | Correct it at the place that is named.
        cedar.duplicate-annotation | An annotation stands twice | 422 | 2 | Keep one.
        cedar.duplicate-attribute | An attribute stands twice | 422 | 2 | Keep one.
        cedar.format.unsafe | A layout would change the policies | 500 | 1 | Report it: the formatter is wrong.
        cedar.translate.link | Cedar text has no links | 422 | 1 | Keep the set as JSON.
        cedar.policy.duplicate-id | Two policies have one @id | 422 | 2 | Give each policy its own @id.
        cedar.policy.no-id | A policy has no @id | 422 | 2 | Give each policy an @id.
        cedar.entity.cycle | An entity contains itself | 422 | 2 | Remove one parent.
        cedar.entity.duplicate | An entity stands twice | 422 | 2 | Keep one.
        cedar.limit.ancestors | An entity has too many ancestors | 422 | 2 | Use fewer groups.
        cedar.limit.depth | A policy is nested too deeply | 422 | 2 | Write it flatter.
        cedar.limit.entities | Too many entities | 422 | 2 | Declare fewer.
        cedar.limit.json | JSON for Cedar is too large | 422 | 2 | Shorten it.
        cedar.limit.kinds | Too many kinds of request to analyse | 422 | 2 | Ask about fewer actions.
        cedar.limit.policies | Too many policies | 422 | 2 | Remove or join some.
        cedar.limit.powers | Too many powers to list | 422 | 2 | Ask for fewer principals, actions or resources.
        cedar.limit.source | A policy file is too long | 422 | 2 | Split the file.
        cedar.link.no-template | A link names no template | 422 | 2 | Name a template.
        cedar.link.slots | A link fills the wrong slots | 422 | 2 | Fill the template's slots.
        agent.unknown | No such agent | 404 | 1 | Declare it in the realm directory and apply it.
        agent.not-active | The agent is suspended or retired | 403 | 3 | Its owner team makes it active again.
        agent.review-overdue | The agent's review is overdue | 403 | 3 | Its owner team reviews it and moves the date.
        agent.no-owner | Nobody of the agent's owner team is left | 403 | 3 | Name an owner team with active people.
        workflow.unknown | No such workflow | 404 | 1 | Declare it in the realm directory and apply it.
        workflow.agent | The workflow does not allow the agent | 403 | 3 | Use an agent that it allows.
        workflow.environment | The workflow does not allow the environment | 403 | 3 | Use an environment that it allows.
        workflow.target | The workflow does not allow the target | 403 | 3 | Use a target that it allows.
        workflow.bounds | More than the workflow allows | 403 | 3 | Ask for smaller bounds.
        workflow.no-owner | No owner, no production | 403 | 3 | Name the missing owner and apply; until then production stays closed.
        workflow.review-overdue | The workflow's review is overdue | 403 | 3 | Its owner reviews it and moves the date.
        """);
}

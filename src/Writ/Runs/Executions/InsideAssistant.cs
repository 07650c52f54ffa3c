using Writ.Approvals;
using Writ.Assistants;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Shell;
using Writ.Workflows;

namespace Writ.Runs;

/// <summary>
/// Decides one program that an assistant starts in its sandbox. The assistant is code that nobody has looked into, and
/// so is what it starts as such: its sandbox bounds both alike. What policy asks about by name is not for inside: it is
/// asked for by itself, and carried out in a sandbox of its own.
/// </summary>
static class InsideAssistant
{
    /// <summary>The code of what is refused inside, and not when it is asked for by itself.</summary>
    public const string Brokered = "exec.brokered";

    /// <summary>The same, where nothing can be asked for by itself either.</summary>
    const string TreeHeld = "exec.tree-held";

    public static ExecutionVerdict Decide(
        RealmState realm, SessionState.Open session, RunBounds run, ExecutedProgram program, bool ownScratch,
        DateTimeOffset now)
    {
        if (TooDeep(realm, session, run.Request, program) is { } tooDeep)
            return tooDeep;
        var answer = new ExecutionVerdict(true, "exec.automatic", null, "Everything that it does is automatic.");
        var known = PolicyKnowledge.Of(realm, session.Terms.Id);
        foreach (var (request, facts) in ExecutionFacts.Of(program, run.Request, session.Terms, ownScratch, known))
        {
            var one = Decide(request, WithoutClient(facts));
            if (!one.Allows)
                return one;
            if (one.Code != answer.Code)
                answer = one;
        }
        return answer;

        ExecutionVerdict Decide(Request request, RequestFacts facts)
        {
            if (Ask(request, facts).Kind == VerdictKind.Automatic)
                return answer;
            var inside = Ask(request, WithoutUnseenCode(facts));
            if (inside.Kind == VerdictKind.Automatic)
                return new(true, "exec.assistant", null, "It is the assistant's own code, in the assistant's sandbox.");
            var rule = inside.Grounds.FirstOrDefault(g => !g.Permits)?.Policy;
            // What stays blocked when it is asked for by itself is not advised.
            var alone = Ask(request with { Assurance = Assurance.Brokered }, Alone(facts));
            return alone.Kind == VerdictKind.Blocked && alone.Code != "policy.not-understood"
                ? new(false, "exec.blocked", rule, ExecutionJudge.Short(inside.Why))
                // There is no other place for it while the tree of this one is held back.
                : AssistantRules.HoldsTree(realm, session)
                ? new(false, TreeHeld, rule, ExecutionJudge.Short(inside.Why))
                : new(false, Brokered, rule, ExecutionJudge.Short(inside.Why));
        }

        Verdict Ask(Request request, RequestFacts facts) =>
            Judge.Decide(realm, session, request, facts, Approved.Nothing, now);
    }

    // What it asks of Writ is decided where it is asked; the socket in there leads nowhere else.
    static RequestFacts WithoutClient(RequestFacts facts) => facts.Commands.Any(c => c.Program == "writ")
        ? facts with { Commands = [.. facts.Commands.Where(c => c.Program != "writ")] }
        : facts;

    static RequestFacts WithoutUnseenCode(RequestFacts facts) => facts with
    {
        Unresolved = [],
        Effects = [.. facts.Effects.Where(e => e.Verb is not (Verbs.CodeRun or Verbs.Unknown))],
    };

    // Asked for by itself it is no program inside a run.
    static RequestFacts Alone(RequestFacts facts) => facts with { Execution = ExecutionCircumstances.None };

    // How many of the assistant's own program led to this one, as its lineage names it.
    static ExecutionVerdict? TooDeep(
        RealmState realm, SessionState.Open session, Request request, ExecutedProgram program)
    {
        var own = request.Executable!;
        if (program.Executable != own && program.Script?.Path != own)
            return null;
        var depth = realm.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow)?.Assistant?.Depth ?? 1;
        var name = own.StartsWith("/usr/", StringComparison.Ordinal) ? Paths.Name(own) : own;
        return program.Via.Count(v => v == own || v == name) < depth
            ? null
            : new ExecutionVerdict(
                false, "exec.depth", null, $"At most {depth} of this assistant stand above one another.");
    }
}

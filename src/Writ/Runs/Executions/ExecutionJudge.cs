using Writ.Approvals;
using Writ.Leases;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Shell;

namespace Writ.Runs;

/// <summary>
/// Decides one program that is started inside a run, by the policies and facts that decide requests. What a run was
/// allowed for bounds it: what would be automatic by itself may start; what policy gates may start where the people
/// it asks have agreed to the run, and the run was shown to them as doing it; nothing else may.
/// </summary>
public static class ExecutionJudge
{
    const int WhyMax = 300;

    /// <param name="ownScratch">Whether the run's scratch space is its own and gone with it.</param>
    public static ExecutionVerdict Decide(
        RealmState realm, RunBounds run, ExecutedProgram program, bool ownScratch, DateTimeOffset now)
    {
        if (realm.OpenSession(run.Request.Session) is not { } session || session.ExpiresAt <= now
            || RealmRules.StoppedBy(realm, session) is not null)
            return new(false, "exec.session-over", null, "The run's session is over.");
        if (run.Request.Ask is Ask.Assistant)
            return InsideAssistant.Decide(realm, session, run, program, ownScratch, now);
        var approved = Approved.Of(realm, session, run.Request, run.Verdict.Gates, run.Approvals, run.IssuedAt);
        var answer = new ExecutionVerdict(true, "exec.automatic", null, "Everything that it does is automatic.");
        var known = PolicyKnowledge.Of(realm, session.Terms.Id);
        foreach (var (request, facts) in ExecutionFacts.Of(program, run.Request, session.Terms, ownScratch, known))
        {
            var one = Decide(new Question(realm, session, request, now), facts, run, approved);
            if (!one.Allows)
                return one;
            if (one.Code != answer.Code)
                answer = one;
        }
        return answer;
    }

    static ExecutionVerdict Decide(Question question, RequestFacts facts, RunBounds run, Approved approved)
    {
        var alone = question.Ask(facts, Approved.Nothing);
        if (alone.Kind == VerdictKind.Automatic)
            return new(true, "exec.automatic", null, "Everything that it does is automatic.");
        // Who agreed to code that nobody has looked into agreed to not understanding it.
        var shown = !approved.People.IsEmpty && RunsUnseenCode(run.Verdict) ? AsUnseenCode(facts) : facts;
        var within = approved.People.IsEmpty ? alone : question.Ask(shown, approved);
        if (within.Kind == VerdictKind.Automatic && Uncovered(question, facts, run) is null)
            return new(true, "exec.covered", null, "The run was approved for what it does.");
        // A block that asking people would not open is told from one that only this run's approval does not.
        var rule = within.Grounds.FirstOrDefault(g => !g.Permits)?.Policy;
        if (within.Kind == VerdictKind.Blocked && !IsForWantOfPeople(within.Code))
            return new(false, "exec.blocked", rule, Short(within.Why));
        var what = Uncovered(question, facts, run) is { } effect ? $"{effect.Verb} {effect.Object}" : within.Why;
        return new(false, "exec.not-covered", rule, Short($"This run was not approved for: {what}."));
    }

    static RequestFacts AsUnseenCode(RequestFacts facts) => facts.Unresolved.IsEmpty
        && !facts.Effects.Any(e => e.Verb == Verbs.Unknown)
        ? facts
        : facts with
        {
            Unresolved = [],
            Effects = [
                .. facts.Effects.Where(e => e.Verb != Verbs.Unknown),
                new Effect(Verbs.CodeRun, facts.Line, null),
            ],
        };

    static bool IsForWantOfPeople(string code) =>
        code is "approval.nobody-left" or "policy.gate-unsatisfiable" or "policy.not-understood";

    /// <summary>The first thing it does that is not automatic and that the run was not shown as doing, or null.
    /// </summary>
    static Effect? Uncovered(Question question, RequestFacts facts, RunBounds run)
    {
        if (!facts.Unresolved.IsEmpty && !RunsUnseenCode(run.Verdict))
            return new Effect(Verbs.Unknown, $"{facts.Unresolved[0].Where}: {facts.Unresolved[0].Why}", null);
        foreach (var effect in facts.Effects)
            if (!IsCovered(effect, question.Request.Cwd, run) && !question.IsAutomatic(facts, effect))
                return effect;
        return null;
    }

    // Who agreed to code that nobody has looked into agreed to every program that this code consists of, and to no
    // effect that policy asks about by name.
    static bool IsCovered(Effect effect, string cwd, RunBounds run)
    {
        if (effect.Verb is Verbs.CodeRun or Verbs.Unknown)
            return RunsUnseenCode(run.Verdict);
        // Who agreed to a credential agreed to its being used by the sockets that it comes with.
        if (effect.Verb == Verbs.NetConnect && LeaseRules.IsSocketOf(run.Request, effect.Object))
            return true;
        foreach (var allowed in run.Verdict.Effects)
            if (allowed.Verb == effect.Verb && allowed.Target == effect.Target
                && (allowed.Object == effect.Object || Contains(allowed, effect, cwd, run.Request.Cwd)))
                return true;
        return false;
    }

    static bool Contains(Effect allowed, Effect effect, string cwd, string runCwd) =>
        effect.Verb.StartsWith("fs.", StringComparison.Ordinal)
        && !allowed.Object.StartsWith('~') && !effect.Object.StartsWith('~')
        && !HasPattern(allowed.Object) && !HasPattern(effect.Object)
        && Paths.IsWithin(Paths.Normalize(runCwd, allowed.Object), Paths.Normalize(cwd, effect.Object));

    static bool HasPattern(string path) => path.AsSpan().ContainsAny('*', '?', '[');

    static bool RunsUnseenCode(Verdict run) => !run.Unresolved.IsEmpty
        || run.Effects.Any(e => e.Verb is Verbs.CodeRun or Verbs.Unknown or Verbs.CodeFetch);

    internal static string Short(string why) =>
        why.Length <= WhyMax ? why : string.Concat(why.AsSpan(0, WhyMax - 1), "…");

    /// <summary>Asks policy about one program under one name.</summary>
    sealed class Question(RealmState realm, SessionState.Open session, Request request, DateTimeOffset now)
    {
        public Request Request => request;

        public Verdict Ask(RequestFacts facts, Approved approved) =>
            Judge.Decide(realm, session, request, facts, approved, now);

        public bool IsAutomatic(RequestFacts facts, Effect effect) => Ask(
            facts with { Effects = [effect], Unresolved = [] }, Approved.Nothing).Kind == VerdictKind.Automatic;
    }
}

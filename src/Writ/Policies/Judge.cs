using Writ.Approvals;
using Writ.Cedar;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Shell;

namespace Writ.Policies;

/// <summary>
/// From policies to a verdict. A request is asked as the set of its effects, and once as a whole; the strictest answer
/// wins. A forbid with <c>@approval</c> is a gate: it has to be a real condition on <c>context.approvals</c>, so it is
/// evaluated without them to learn who must be asked, and with them to learn whether asking could help.
/// </summary>
static class Judge
{
    public static Verdict Decide(
        RealmState realm, SessionState.Open session, Requests.Request request, RequestFacts facts, Approved approved,
        DateTimeOffset now)
    {
        var question = new Question(realm, session, request, facts, now);
        var tally = new Tally(realm.Registry.Policy);
        question.AskAll(approved, tally);
        var verdict = tally.Finish(facts);
        // However wide a permit is, it cannot know what is not understood; only a person who looked may say yes to it.
        if (verdict.Kind == VerdictKind.Automatic && !facts.Unresolved.IsEmpty && approved.People.IsEmpty)
            return verdict with
            {
                Kind = VerdictKind.Blocked,
                Code = "policy.not-understood",
                Why = $"Not everything in this is understood ({facts.Unresolved[0].Where}: {facts.Unresolved[0].Why}), "
                    + "and no rule of the policy asks a person about it.",
            };
        if (verdict.Kind != VerdictKind.Approval)
            return verdict;
        var reachable = Reachable(realm, session, verdict);
        if (reachable.Kind != VerdictKind.Approval)
            return reachable;
        // Would it pass if everybody who is asked agreed? Only then is asking them honest.
        var hoped = Hoped(realm, session, verdict.Gates, approved);
        var again = new Tally(realm.Registry.Policy);
        question.AskAll(hoped, again);
        if (again.Finish(facts).Kind != VerdictKind.Automatic)
            return verdict with
            {
                Kind = VerdictKind.Blocked,
                Code = "policy.gate-unsatisfiable",
                Why = "A gate of the policy would stay closed even if everybody it asks agreed.",
            };
        return verdict;
    }

    static Approved Hoped(
        RealmState realm, SessionState.Open session, ImmutableArray<Gate> gates, Approved approved) => new(
            approved.Teams.Union(gates.Select(g => g.Team)),
            approved.People.Union(gates.SelectMany(g => Eligible(realm, session, g))));

    static IEnumerable<PersonId> Eligible(RealmState realm, SessionState.Open session, Gate gate) =>
        realm.Registry.ActiveMembers(gate.Team).Except(SessionDecider.Sponsors(realm, session))
            .Where(realm.Keys.ContainsKey);

    /// <summary>A gate that nobody may open is a block, said at once instead of after an hour of waiting.</summary>
    static Verdict Reachable(RealmState realm, SessionState.Open session, Verdict verdict)
    {
        foreach (var gate in verdict.Gates)
        {
            var eligible = Eligible(realm, session, gate).Count();
            if (eligible < gate.Quorum)
                return verdict with
                {
                    Kind = VerdictKind.Blocked,
                    Code = "approval.nobody-left",
                    Why = $"Rule {gate.Policy} asks {gate.Quorum} of team {gate.Team}, and only {eligible} could "
                        + $"answer "
                        + "(enrolled, active, and not a sponsor of this session).",
                };
        }
        return verdict;
    }

    /// <summary>Everything one request is asked with; the facts do not change between its effects.</summary>
    sealed class Question(
        RealmState realm, SessionState.Open session, Requests.Request request, RequestFacts facts, DateTimeOffset now)
    {
        readonly PolicySet _policies = realm.Registry.Policy.Policies;
        readonly RealmEntities _realm = realm.Registry.Entities;
        readonly RealmEntities.AgentLayer _agent = realm.Registry.Entities.In(
            session.Terms.Workflow, realm.Registry.Agents[session.Terms.Agent]);
        readonly QuestionContext _context = new(realm, session, request, facts, now);
        readonly EntityUid _whole = realm.Registry.Entities.TargetOf(session.Terms.Targets[0]);

        public void AskAll(Approved approved, Tally tally)
        {
            var approvals = QuestionContext.Of(approved);
            Ask(Verbs.Run, _whole, effect: null);
            var understood = facts.Unresolved.IsEmpty;
            foreach (var effect in facts.Effects)
            {
                understood = understood || effect.Verb == Verbs.Unknown;
                Ask(effect.Verb, _realm.TargetOf(effect.Target), effect);
            }
            if (!understood)
                Ask(Verbs.Unknown, _whole, effect: null);

            void Ask(string verb, EntityUid resource, Requests.Effect? effect)
            {
                var action = RealmEntities.ActionOf(verb);
                tally.Add(Authorizer.Decide(_policies, new Cedar.Request(
                    _agent.Principal, action, resource, _context.For(effect, approvals)), _agent.Entities), action);
            }
        }
    }

    /// <summary>Collects the answers for all effects into the strictest one, with every reason kept.</summary>
    sealed class Tally(PolicyBundle bundle)
    {
        readonly List<Ground> _grounds = [];
        readonly List<Gate> _gates = [];
        readonly List<string> _errors = [];
        (string Code, string Why)? _blocked;

        public void Add(Answer answer, EntityUid action)
        {
            foreach (var error in answer.Errors)
            {
                _errors.Add(error.ToString());
                // A permit that fails permits nothing; a forbid that fails might have applied.
                if (error.Policy.Effect == Cedar.Effect.Forbid)
                    Block("policy.error",
                        $"Rule {error.Policy.Id} could not be evaluated, so it counts as forbidding.");
            }
            foreach (var policy in answer.SatisfiedForbids)
            {
                AddGround(policy, permits: false, action);
                if (!bundle.Gates.TryGetValue(policy.Id, out var gate))
                    Block("policy.blocked", Reason(policy));
                else if (!_gates.Exists(g => g.Policy == policy.Id))
                    _gates.Add(new Gate(policy.Id, gate.Team, gate.Quorum, Reason(policy)));
            }
            foreach (var policy in answer.SatisfiedPermits)
                AddGround(policy, permits: true, action);
            if (answer.SatisfiedPermits.IsEmpty)
                Block("policy.no-permit", $"No rule of the policy permits '{action.Id}' here.");
        }

        public Verdict Finish(RequestFacts facts)
        {
            var (kind, code, why) = _blocked is var (blockedCode, blockedWhy)
                ? (VerdictKind.Blocked, blockedCode, blockedWhy)
                : _gates.Count > 0
                    ? (VerdictKind.Approval, "policy.approval", string.Join(" ", _gates.Select(g => g.Reason)
                        .Distinct()))
                    : (VerdictKind.Automatic, "policy.automatic", "Every effect is permitted without approval.");
            return new Verdict(
                kind, code, why, [.. _gates], [.. _grounds], [.. _errors], facts.Effects, facts.Unresolved,
                bundle.Digest, Verdict.EngineVersion);
        }

        // The first hard reason names the block; those after it stay in the grounds.
        void Block(string code, string why) => _blocked ??= (code, why);

        void AddGround(Policy policy, bool permits, EntityUid action) =>
            _grounds.Add(new Ground(policy.Id, permits, action.Id, Reason(policy)));

        static string Reason(Policy policy) =>
            policy.Annotations.TryGetValue("reason", out var reason) ? reason : $"Rule {policy.Id}.";
    }
}

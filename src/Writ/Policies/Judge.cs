using Writ.Approvals;
using Writ.Cedar;
using Writ.Preparations;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Shell;

namespace Writ.Policies;

/// <summary>
/// From policies to a verdict. A request is asked as the set of its effects, once as a whole, and once for each command
/// inside it; the strictest answer wins. A forbid with <c>@approval</c> is a gate: it has to be a real condition on
/// <c>context.approvals</c>, so it is evaluated without them to learn who must be asked, and with them to learn whether
/// asking could help.
/// </summary>
static class Judge
{
    /// <summary>The verdict of the policies the session keeps, and of its own.</summary>
    public static Verdict Decide(
        RealmState realm, SessionState.Open session, Requests.Request request, RequestFacts facts, Approved approved,
        DateTimeOffset now) =>
        Decide(realm, session, PinnedPolicies.Of(realm, session), request, facts, approved, now);

    /// <summary>The verdict as it would be under this bundle, and the session's own policy.</summary>
    public static Verdict Decide(
        RealmState realm, SessionState.Open session, PolicyBundle bundle, Requests.Request request, RequestFacts facts,
        Approved approved, DateTimeOffset now)
    {
        var question = new Question(realm, session, request, facts, now);
        ImmutableArray<(string Prefix, PolicyBundle Bundle)> sets =
            [("", bundle), .. PinnedPolicies.Narrowing(realm, session)];
        var verdict = Ask(question, sets, session, approved);
        // However wide a permit is, it cannot know what is not understood; only a person who looked may say yes to it.
        if (verdict.Kind == VerdictKind.Automatic && !facts.Unresolved.IsEmpty && approved.People.IsEmpty)
            return verdict with
            {
                Kind = VerdictKind.Blocked,
                Code = "policy.not-understood",
                Why = $"Not everything in this is understood ({facts.Unresolved[0].Where}: {facts.Unresolved[0].Why}), "
                    + "and no rule of the policy asks a person about it.",
            };
        return verdict.Kind == VerdictKind.Approval
            ? Askable(realm, PreparationRules.Parties(realm, session, request), verdict, approved,
                hoped => Ask(question, sets, session, hoped).Kind != VerdictKind.Automatic)
            : verdict;
    }

    /// <summary>
    /// A verdict that asks people, or a block where asking them is not honest: too few could answer, or it would stay
    /// closed even if everybody who is asked agreed.
    /// </summary>
    /// <param name="parties">Those who cannot answer because it is done for them.</param>
    public static Verdict Askable(
        RealmState realm, ImmutableHashSet<PersonId> parties, Verdict verdict, Approved approved,
        Func<Approved, bool> staysClosed)
    {
        var reachable = Reachable(realm, parties, verdict);
        if (reachable.Kind != VerdictKind.Approval)
            return reachable;
        return staysClosed(Hoped(realm, parties, verdict.Gates, approved))
            ? verdict with
            {
                Kind = VerdictKind.Blocked,
                Code = "policy.gate-unsatisfiable",
                Why = "A gate of the policy would stay closed even if everybody it asks agreed.",
            }
            : verdict;
    }

    /// <summary>The words of a rule about itself.</summary>
    public static string Reason(Policy policy) =>
        policy.Annotations.TryGetValue("reason", out var reason) ? reason : $"Rule {policy.Id}.";

    /// <summary>Why nothing of a set permits a verb.</summary>
    /// <param name="prefix">What the set's rules are shown under; empty for the realm's own.</param>
    public static string NoPermit(string prefix, string verb) => prefix.Length == 0
        ? $"No rule of the policy permits '{verb}' here."
        : $"No rule of the session's own policy permits '{verb}' here.";

    /// <summary>
    /// What would have to be true of approvals, the time and the session's findings for the effects to be allowed,
    /// where that is not settled whatever they are: from partial evaluation, with everything else as it is.
    /// </summary>
    public static ImmutableArray<RuleCondition> Conditions(
        RealmState realm, SessionState.Open session, PolicyBundle bundle, Requests.Request request, RequestFacts facts,
        DateTimeOffset now)
    {
        var question = new Question(realm, session, request, facts, now);
        var found = ImmutableArray.CreateBuilder<RuleCondition>();
        foreach (var (prefix, verb, answer) in question.AskOpenly(
            [("", bundle), .. PinnedPolicies.Narrowing(realm, session)]))
        {
            var required = Requirements.Of(answer);
            foreach (var rule in required.AllOf.Concat(required.AnyOf))
                found.Add(new RuleCondition(
                    prefix + rule.Rule.Id, verb, rule.Rule.Effect == Cedar.Effect.Permit, rule.Conditions));
        }
        return found.ToImmutable();
    }

    // Every set has to allow every effect: the strictest answer of all of them is the verdict.
    static Verdict Ask(
        Question question, ImmutableArray<(string Prefix, PolicyBundle Bundle)> sets, SessionState.Open session,
        Approved approved)
    {
        var tally = new Tally();
        question.AskAll(sets, approved, tally);
        return tally.Finish(question.Facts, sets[0].Bundle.Digest, session.SessionPolicyDigest);
    }

    static Approved Hoped(
        RealmState realm, ImmutableHashSet<PersonId> parties, ImmutableArray<Gate> gates, Approved approved) => new(
            approved.Teams.Union(gates.Select(g => g.Team)),
            approved.People.Union(gates.SelectMany(g => Eligible(realm, parties, g))));

    static IEnumerable<PersonId> Eligible(RealmState realm, ImmutableHashSet<PersonId> parties, Gate gate) =>
        realm.Registry.ActiveMembers(gate.Team).Except(parties)
            .Where(realm.Keys.ContainsKey);

    /// <summary>A gate that nobody may open is a block, said at once instead of after an hour of waiting.</summary>
    static Verdict Reachable(RealmState realm, ImmutableHashSet<PersonId> parties, Verdict verdict)
    {
        foreach (var gate in verdict.Gates)
        {
            var eligible = Eligible(realm, parties, gate).Count();
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
        /// <summary>What may be otherwise when the same is asked again.</summary>
        static readonly ImmutableArray<(string Record, string Field)> _open =
        [
            ("approvals", "teams"), ("approvals", "people"), ("approvals", "count"), ("time", "now"),
            ("time", "weekday"), ("time", "minuteOfDay"), ("session", "findings"), ("session", "ageMinutes"),
        ];

        readonly RealmEntities _realm = realm.Registry.Entities;
        readonly RealmEntities.AgentLayer _agent = realm.Registry.Entities.In(
            session.Terms.Workflow, realm.Registry.Agents[session.Terms.Agent]);
        readonly QuestionContext _context = new(realm, session, request, facts, now);
        readonly EntityUid _whole = realm.Registry.Entities.TargetOf(session.Terms.Targets[0]);

        public RequestFacts Facts => facts;

        /// <summary>Puts every effect to every set: each has to allow it.</summary>
        public void AskAll(ImmutableArray<(string Prefix, PolicyBundle Bundle)> sets, Approved approved, Tally tally)
        {
            var approvals = QuestionContext.Of(approved);
            foreach (var (action, resource, effect, command) in Asks())
            {
                var context = command is null
                    ? _context.For(effect, approvals)
                    : _context.For(command, facts, approvals);
                var question = new Cedar.Request(_agent.Principal, action, resource, context);
                foreach (var (prefix, bundle) in sets)
                    tally.Add(
                        Authorizer.Decide(bundle.Policies, question, _agent.Entities), bundle, prefix, action);
            }
        }

        /// <summary>The same, where nobody knows yet who approves and when.</summary>
        public IEnumerable<(string Prefix, string Verb, PartialAnswer Answer)> AskOpenly(
            ImmutableArray<(string Prefix, PolicyBundle Bundle)> sets)
        {
            var entities = PartialEntities.Known(_agent.Entities);
            var schema = PolicyValidation.SchemaOf(sets[0].Bundle.Source);
            foreach (var (action, resource, effect, command) in Asks())
            {
                var nobody = QuestionContext.Of(Approved.Nothing);
                var context = PartialRecord.Known(command is null
                    ? _context.For(effect, nobody)
                    : _context.For(command, facts, nobody));
                foreach (var (record, field) in _open)
                    context = context.WithUnknown(record, field);
                var question = PartialRequest.Of(_agent.Principal, action, resource, context) with { Schema = schema };
                foreach (var (prefix, bundle) in sets)
                    yield return (prefix, action.Id, PartialAuthorizer.Decide(bundle.Policies, question, entities));
            }
        }

        IEnumerable<(EntityUid Action, EntityUid Resource, Requests.Effect? Effect, CommandFacts? Command)> Asks()
        {
            var run = RealmEntities.ActionOf(Verbs.Run);
            yield return (run, _whole, null, null);
            foreach (var command in facts.Commands)
                yield return (run, _whole, null, command);
            var understood = facts.Unresolved.IsEmpty;
            foreach (var effect in facts.Effects)
            {
                understood = understood || effect.Verb == Verbs.Unknown;
                yield return (RealmEntities.ActionOf(effect.Verb), _realm.TargetOf(effect.Target), effect, null);
            }
            if (!understood)
                yield return (RealmEntities.ActionOf(Verbs.Unknown), _whole, null, null);
        }
    }

    /// <summary>Collects the answers for all effects into the strictest one, with every reason kept.</summary>
    sealed class Tally
    {
        readonly List<Ground> _grounds = [];
        readonly List<Gate> _gates = [];
        readonly List<string> _errors = [];
        (string Code, string Why)? _blocked;

        /// <param name="prefix">What the set's rules are shown under; empty for the realm's own.</param>
        public void Add(Answer answer, PolicyBundle bundle, string prefix, EntityUid action)
        {
            foreach (var error in answer.Errors)
            {
                if (!_errors.Contains(prefix + error))
                    _errors.Add(prefix + error);
                // A permit that fails permits nothing; a forbid that fails might have applied.
                if (error.Policy.Effect == Cedar.Effect.Forbid)
                    Block("policy.error",
                        $"Rule {prefix}{error.Policy.Id} could not be evaluated, so it counts as forbidding.");
            }
            foreach (var policy in answer.SatisfiedForbids)
            {
                AddGround(policy, prefix, permits: false, action);
                if (!bundle.Gates.TryGetValue(policy.Id, out var gate))
                    Block("policy.blocked", Reason(policy));
                else if (!_gates.Exists(g => g.Policy == prefix + policy.Id))
                    _gates.Add(new Gate(prefix + policy.Id, gate.Team, gate.Quorum, Reason(policy)));
            }
            foreach (var policy in answer.SatisfiedPermits)
                AddGround(policy, prefix, permits: true, action);
            if (answer.SatisfiedPermits.IsEmpty)
                Block("policy.no-permit", NoPermit(prefix, action.Id));
        }

        public Verdict Finish(RequestFacts facts, string policyDigest, string? sessionPolicyDigest)
        {
            var (kind, code, why) = _blocked is var (blockedCode, blockedWhy)
                ? (VerdictKind.Blocked, blockedCode, blockedWhy)
                : _gates.Count > 0
                    ? (VerdictKind.Approval, "policy.approval", string.Join(" ", _gates.Select(g => g.Reason)
                        .Distinct()))
                    : (VerdictKind.Automatic, "policy.automatic", "Every effect is permitted without approval.");
            return new Verdict(
                kind, code, why, [.. _gates], [.. _grounds], [.. _errors], facts.Effects, facts.Unresolved,
                policyDigest, Verdict.EngineVersion, sessionPolicyDigest);
        }

        // The first hard reason names the block; those after it stay in the grounds.
        void Block(string code, string why) => _blocked ??= (code, why);

        // A line of many commands is asked as often, and mostly for the same reasons.
        void AddGround(Policy policy, string prefix, bool permits, EntityUid action)
        {
            var ground = new Ground(prefix + policy.Id, permits, action.Id, Reason(policy));
            if (action.Id != Verbs.Run || !_grounds.Contains(ground))
                _grounds.Add(ground);
        }
    }
}

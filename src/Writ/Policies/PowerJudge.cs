using Writ.Approvals;
using Writ.Cedar;
using Writ.Leases;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Shell;
using Writ.Workflows;

namespace Writ.Policies;

/// <summary>
/// From policies to powers: the questions of <see cref="Judge"/>, asked before there is a request. What a request would
/// bring is unknown, everything else is as it is, and Cedar's partial evaluation says what is settled.
/// </summary>
public static class PowerJudge
{
    /// <summary>Places that one answer lists; a realm of more is read workflow by workflow.</summary>
    public const int PlacesMax = 256;

    const string Nowhere = "/nowhere";

    /// <summary>What a request will bring, and nobody knows yet.</summary>
    static readonly ImmutableArray<string[]> _unknown =
    [
        ["command", "kind"], ["command", "program"], ["command", "args"], ["command", "line"], ["command", "resolved"],
        ["command", "verbs"], ["provenance", "client"], ["provenance", "prompted"],
        ["provenance", "attested"], ["assurance"],
    ];

    /// <summary>
    /// What the agent may do in each workflow and environment that it is named for, in sessions that the asking person
    /// would open at this moment. Null when the realm has no such agent, or nobody of it asks.
    /// </summary>
    public static AgentPowers? Of(RealmState realm, AgentId agent, Actor asking, DateTimeOffset now)
    {
        if (!realm.Registry.Agents.ContainsKey(agent)
            || RealmRules.RequirePerson(realm, asking, now, out var sponsor) is not null)
            return null;
        var places = realm.Registry.Workflows.Values.Where(w => w.Agents.Contains(agent))
            .OrderBy(w => w.Id.Value, StringComparer.Ordinal)
            .SelectMany(w => w.Environments.OrderBy(e => e.Value, StringComparer.Ordinal).Select(e => (w, e)))
            .Take(PlacesMax)
            .Select(place => Imagined(realm, place.w, place.e, agent, asking, now) is var imagined
                ? imagined with { Uses = PowerUses.Of(realm, agent, place.w, place.e, imagined.Powers) }
                : imagined);
        return new AgentPowers(agent, sponsor, now, [.. places], realm.Registry.Document.Findings?.UnusedDays);
    }

    /// <summary>What may still be done in an open session, and what is left of its own policy.</summary>
    public static PowerPlace Of(RealmState realm, SessionState.Open session, DateTimeOffset now)
    {
        var closed = session.ExpiresAt <= now
            ? new Refusal("session.expired", "The time of the session is over.")
            : RealmRules.StoppedBy(realm, session) is { } scope
                ? new Refusal("session.stopped", $"{scope} is stopped by the kill switch.")
                : RealmRules.Untenable(realm.Registry, session, now);
        return Place(realm, session, session.Terms.Id, closed, now);
    }

    // Opened by the same rules as a real one, and thrown away.
    static PowerPlace Imagined(
        RealmState realm, Workflow workflow, EnvironmentId environment, AgentId agent, Actor asking, DateTimeOffset now)
    {
        var terms = new SessionTerms(
            new SessionId("imagined"), workflow.Id, agent, environment,
            [.. workflow.Targets.Where(t => realm.Registry.Targets.GetValueOrDefault(t)?.Environment == environment)],
            "what may be done", workflow.Purpose, 0, Nowhere, null, workflow.Bounds, null);
        var move = new SessionMove.Open(terms);
        switch (SessionDecider.Open(realm, move, asking, now))
        {
            case Decided.Accepted accepted:
                var opened = RealmDecider.Evolve(realm, move, asking, accepted.Events, now);
                return Place(opened, opened.OpenSession(terms.Id)!, null, null, now);
            case Decided.Refused refused:
                return new PowerPlace(
                    workflow.Id, environment, IsProduction(realm, environment), null, realm.Registry.Policy.Digest,
                    refused.Refusal, [], []);
            default:
                throw new InvariantBrokenException("An answer is either accepted or refused.");
        }
    }

    static bool IsProduction(RealmState realm, EnvironmentId environment) =>
        realm.Registry.Environments.GetValueOrDefault(environment)?.Production ?? true;

    static PowerPlace Place(
        RealmState realm, SessionState.Open session, SessionId? id, Refusal? closed, DateTimeOffset now)
    {
        var terms = session.Terms;
        var place = new PowerPlace(
            terms.Workflow, terms.Environment, IsProduction(realm, terms.Environment), id, session.PolicyDigest, closed,
            [], []);
        if (closed is not null)
            return place;
        var question = new Question(realm, session, now);
        return place with { Powers = question.Powers(), OwnPolicy = question.OwnPolicy() };
    }

    /// <summary>Everything that is known of a session before it asks.</summary>
    sealed class Question
    {
        readonly RealmState _realm;
        readonly SessionState.Open _session;
        readonly RealmEntities.AgentLayer _agent;
        readonly PartialEntities _entities;
        readonly QuestionContext _context;
        readonly CedarSchema? _schema;
        readonly ImmutableArray<(string Prefix, PolicyBundle Bundle)> _sets;
        readonly bool _hasCredentials;
        readonly bool _isImagined;

        public Question(RealmState realm, SessionState.Open session, DateTimeOffset now)
        {
            _realm = realm;
            _session = session;
            _isImagined = session.Terms.WorkTree == Nowhere;
            _hasCredentials = !LeaseRules.ProfilesOf(realm.Registry, session.Terms).IsEmpty;
            var bundle = PinnedPolicies.Of(realm, session);
            _sets = [("", bundle), .. PinnedPolicies.Narrowing(realm, session)];
            _schema = PolicyValidation.SchemaOf(bundle.Source);
            _agent = realm.Registry.Entities.In(
                session.Terms.Workflow, realm.Registry.Agents[session.Terms.Agent]);
            _entities = PartialEntities.Known(_agent.Entities);
            var request = new Requests.Request(
                new RequestId("imagined"), session.Terms.Id, new Ask.Exec(["?"]), Assurance.Brokered,
                session.Terms.WorkTree, [], null, null, false, null);
            _context = new QuestionContext(
                realm, session, request, new RequestFacts("exec", "", [], "", [], []), now);
        }

        public ImmutableArray<EffectPower> Powers()
        {
            var whole = Ask(Verbs.Run, _session.Terms.Targets[0], Approved.Nothing);
            var powers = ImmutableArray.CreateBuilder<EffectPower>();
            powers.Add(Power(Verbs.Run, null, whole, whole));
            foreach (var verb in Verbs.Groups.Keys.Where(v => v != Verbs.Run))
                foreach (var target in _session.Terms.Targets.Select(t => (TargetId?)t).Prepend(null))
                    powers.Add(Power(verb, target, whole, Ask(verb, target, Approved.Nothing)));
            return powers.ToImmutable();
        }

        /// <summary>What is left of the session's own policies, whatever it is that will be asked.</summary>
        public ImmutableArray<ResidualRule> OwnPolicy()
        {
            var context = Context(null, Approved.Nothing, anyEffect: true).WithUnknown("approvals");
            var request = new PartialRequest(
                PartialEntity.Known(_agent.Principal), PartialEntity.Unknown, PartialEntity.OfType("Target"), context)
                with
            { Schema = _schema };
            return
            [
                .. _sets.Skip(1).SelectMany(set => PartialAuthorizer.Decide(set.Bundle.Policies, request, _entities)
                    .Residual.Policies.Select(rule => new ResidualRule(set.Prefix + rule.Id, rule.Text))),
            ];
        }

        EffectPower Power(string verb, TargetId? target, Settled whole, Settled own)
        {
            var settled = whole.And(own);
            var (kind, code, why) = settled.Blocked is { } blocked
                ? (VerdictKind.Blocked, blocked.Code, blocked.Why)
                : settled.Gates.Count > 0
                    ? (VerdictKind.Approval, "policy.approval",
                        string.Join(" ", settled.Gates.Select(g => g.Reason).Distinct()))
                    : (VerdictKind.Automatic, "policy.automatic", "Nothing that is known so far asks anybody.");
            var verdict = new Verdict(
                kind, code, why, [.. settled.Gates], [], [], [new Requests.Effect(verb, "", target)], [],
                _session.PolicyDigest, Verdict.EngineVersion);
            if (verdict.Kind != VerdictKind.Blocked
                && _session.Usage.Plus(verdict.Effects).Exceeds(_session.Terms.Bounds) is { } bound)
                verdict = verdict with
                {
                    Kind = VerdictKind.Blocked,
                    Code = "session.budget",
                    Why = $"It would exceed the session's bound of {bound}.",
                };
            if (verdict.Kind == VerdictKind.Approval)
                verdict = Judge.Askable(
                    _realm, SessionDecider.Sponsors(_realm, _session), verdict, Approved.Nothing,
                    hoped => StaysClosed(verb, target, hoped));
            return new EffectPower(
                verb, target, verdict.Kind, verdict.Code, verdict.Why,
                verdict.Kind == VerdictKind.Approval ? verdict.Gates : [],
                // What would be asked of a whole command is said once, on its own line.
                verdict.Kind == VerdictKind.Blocked ? [] : [.. own.When]);
        }

        // Whether something settled is in the way even when everybody who is asked has agreed.
        bool StaysClosed(string verb, TargetId? target, Approved hoped)
        {
            var asked = Ask(verb, verb == Verbs.Run ? _session.Terms.Targets[0] : target, hoped)
                .And(Ask(Verbs.Run, _session.Terms.Targets[0], hoped));
            return asked.Blocked is not null || asked.Gates.Count > 0;
        }

        Settled Ask(string verb, TargetId? target, Approved approved)
        {
            var context = Context(new Requests.Effect(verb, "", target), approved, anyEffect: verb != Verbs.Run);
            var request = PartialRequest.Of(
                _agent.Principal, RealmEntities.ActionOf(verb), _realm.Registry.Entities.TargetOf(target), context)
                with
            { Schema = _schema };
            var settled = new Settled();
            foreach (var (prefix, bundle) in _sets)
                settled.Add(PartialAuthorizer.Decide(bundle.Policies, request, _entities), bundle, prefix, verb);
            return settled;
        }

        PartialRecord Context(Requests.Effect? effect, Approved approved, bool anyEffect)
        {
            var context = PartialRecord.Known(_context.For(
                anyEffect ? effect : null, QuestionContext.Of(approved)));
            foreach (var path in _unknown)
                context = context.WithUnknown(path);
            // What Writ does not run itself gets none, and nobody knows yet what will be asked.
            if (_hasCredentials)
                foreach (var part in (string[])["profiles", "tiers", "revocation"])
                    context = context.WithUnknown("credentials", part);
            if (anyEffect)
                context = context.WithUnknown("effect", "object").WithUnknown("effect", "outside");
            // What is asked from a session below another comes of a sub-agent; else nobody knows.
            if (_session.Terms.Parent is null)
                context = context.WithUnknown("provenance", "subAgent");
            return _isImagined
                ? context.WithUnknown("repository").WithUnknown("session", "id").WithUnknown("session", "task")
                : context;
        }
    }

    /// <summary>What partial evaluation settled for one question put to every set.</summary>
    sealed class Settled
    {
        public (string Code, string Why)? Blocked { get; private set; }

        public List<Gate> Gates { get; } = [];

        public List<PowerCondition> When { get; } = [];

        public void Add(PartialAnswer answer, PolicyBundle bundle, string prefix, string verb)
        {
            foreach (var error in answer.Errors.Where(e => e.Policy.Effect == Cedar.Effect.Forbid))
                Blocked ??= ("policy.error",
                    $"Rule {prefix}{error.Policy.Id} could not be evaluated, so it counts as forbidding.");
            foreach (var policy in answer.SatisfiedForbids)
                if (!bundle.Gates.TryGetValue(policy.Id, out var gate))
                    Blocked ??= ("policy.blocked", Judge.Reason(policy));
                else
                    Gates.Add(new Gate(prefix + policy.Id, gate.Team, gate.Quorum, Judge.Reason(policy)));
            if (answer.SatisfiedPermits.IsEmpty && answer.OpenPermits.IsEmpty)
                Blocked ??= ("policy.no-permit", Judge.NoPermit(prefix, verb));
            // Where no permit is settled, one that is open has to apply; and no open forbid may.
            if (answer.SatisfiedPermits.IsEmpty)
                foreach (var policy in answer.OpenPermits)
                    When.Add(new PowerCondition(
                        prefix + policy.Id, "permits", null, RuleRequirement.ToApply(policy).Conditions));
            foreach (var policy in answer.OpenForbids)
            {
                var gate = bundle.Gates.GetValueOrDefault(policy.Id);
                When.Add(new PowerCondition(
                    prefix + policy.Id, gate is null ? "blocks" : "asks",
                    gate is null ? null : $"{gate.Quorum} of {gate.Team}",
                    RuleRequirement.NotToApply(policy).Conditions));
            }
        }

        public Settled And(Settled other)
        {
            var both = new Settled { Blocked = Blocked ?? other.Blocked };
            both.Gates.AddRange(Gates.Concat(other.Gates).DistinctBy(g => g.Policy));
            return both;
        }
    }
}

using Writ.Approvals;
using Writ.Cedar;
using Writ.Egress;
using Writ.Findings;
using Writ.Leases;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Shell;
using Writ.Shell.Knowledge;

namespace Writ.Policies;

/// <summary>
/// The context record of a question, as <c>policies/schema.cedarschema</c> declares it. What is the same for every
/// effect of a request is built once.
/// </summary>
sealed class QuestionContext
{
    static readonly RecordShape _whole = new(
        "command", "effect", "session", "repository", "time", "provenance", "assurance", "tier", "approvals",
        "credentials", "findings");
    static readonly RecordShape _commandShape = new(
        "kind", "program", "args", "line", "resolved", "verbs", "origin", "via", "loaders");
    static readonly RecordShape _effectShape = new("object", "outside", "scope", "net");
    static readonly RecordShape _netShape = new(
        "via", "host", "port", "method", "path", "encrypted", "address", "reach");
    static readonly RecordShape _scopeShape = new(
        "platform", "config", "context", "cluster", "namespace", "account", "profile", "region", "project");
    static readonly CedarRecord _noScope = ScopeOf(null);
    static readonly CedarRecord _noNet = NetOf(null);
    static readonly RecordShape _sessionShape = new(
        "id", "environment", "production", "task", "purpose", "sponsor", "ageMinutes", "minutesLeft", "commandsLeft",
        "writesLeft", "deletionsLeft", "findings");
    static readonly RecordShape _repositoryShape = new("path", "branch");
    static readonly RecordShape _timeShape = new("now", "weekday", "minuteOfDay");
    static readonly RecordShape _provenanceShape = new("client", "prompted", "subAgent", "untrusted", "content",
        "attested");
    static readonly RecordShape _credentialsShape = new("profiles", "tiers", "revocation");
    static readonly RecordShape _approvalsShape = new("teams", "people", "count");

    static readonly CedarString _brokered = new("brokered");
    static readonly CedarString _advisory = new("advisory");
    static readonly CedarString _inside = new("inside");
    static readonly CedarRecord _noEffect = _effectShape.Of(new CedarString(""), CedarBool.False, _noScope, _noNet);
    static readonly CedarRecord _noCredentials = Credentials([]);
    static readonly CedarSet _noFindings = CedarSet.OfStrings([]);
    static readonly CedarRecord _nobody = Approvals(Approved.Nothing);

    readonly CedarRecord _command;
    readonly CedarRecord _session;
    readonly CedarRecord _repository;
    readonly CedarRecord _time;
    readonly CedarRecord _provenance;
    readonly CedarRecord _credentials;
    readonly CedarSet _findings;
    readonly CedarRecord _net;
    readonly string _workTree;
    readonly string _cwd;
    readonly CedarString _assurance;
    readonly CedarString _tier;

    public QuestionContext(
        RealmState realm, SessionState.Open session, Requests.Request request, RequestFacts facts, DateTimeOffset now)
    {
        var terms = session.Terms;
        var bounds = terms.Bounds;
        _net = facts.Egress is { } egress ? NetOf(egress) : _noNet;
        _workTree = terms.WorkTree;
        _cwd = request.Cwd;
        _assurance = request.Assurance switch
        {
            Assurance.Brokered => _brokered,
            Assurance.Inside => _inside,
            _ => _advisory,
        };
        _tier = new CedarString(realm.Registry.Workflows[terms.Workflow].TierMin.ToString());
        _credentials = LeaseRules.HasAny(request) ? Credentials(LeaseRules.ProfilesOf(realm.Registry, terms))
            : _noCredentials;
        _findings = realm.Found.Standing.IsEmpty ? _noFindings
            : CedarSet.OfStrings(FindingRules.Of(realm, terms, now).Select(f => f.Cause.Kind).Distinct()
                .Select(FindingKinds.Word));
        _command = _commandShape.Of(
            new CedarString(facts.Kind),
            new CedarString(facts.Program),
            CedarSet.OfStrings(facts.Arguments),
            new CedarString(facts.Line),
            CedarBool.Of(facts.Unresolved.IsEmpty),
            CedarSet.OfStrings(facts.Effects.Select(e => e.Verb).Concat(facts.RunVerbs)),
            new CedarString(facts.Execution.Origin),
            CedarSet.OfStrings(facts.Execution.Via),
            CedarSet.OfStrings(facts.Execution.Loaders));
        _session = _sessionShape.Of(
            new CedarString(terms.Id.Value),
            new CedarString(terms.Environment.Value),
            CedarBool.Of(realm.Registry.Environments[terms.Environment].Production),
            new CedarString(terms.Task),
            new CedarString(terms.Purpose),
            new CedarString(session.Accountable.Sponsor.Value),
            new CedarLong((long)(now - session.OpenedAt).TotalMinutes),
            new CedarLong((long)(session.ExpiresAt - now).TotalMinutes),
            new CedarLong(bounds.Commands - session.Usage.Commands),
            new CedarLong(bounds.Writes - session.Usage.Writes),
            new CedarLong(bounds.Deletions - session.Usage.Deletions),
            new CedarLong(session.Findings));
        _repository = _repositoryShape.Of(new CedarString(terms.WorkTree), new CedarString(terms.Branch ?? ""));
        _time = _timeShape.Of(
            CedarDatetime.Of(now),
            // ISO 8601: Monday is 1, Sunday 7.
            new CedarLong(now.UtcDateTime.DayOfWeek == DayOfWeek.Sunday ? 7 : (long)now.UtcDateTime.DayOfWeek),
            new CedarLong((now.UtcDateTime.Hour * 60L) + now.UtcDateTime.Minute));
        // A session asked about without a realm of its own is not among the realm's.
        var content = session.Content | Provenance.Of(realm, terms.Id)
            | (terms.Parent is { } parent ? Provenance.Of(realm, parent) : ContentOrigins.None);
        _provenance = _provenanceShape.Of(
            new CedarString(request.Client?.Client ?? ""),
            CedarBool.Of(request.Client?.PromptId is not null),
            CedarBool.Of(request.Client?.SubAgent is not null || terms.Parent is not null),
            CedarBool.Of((content & Provenance.Untrusted) != 0),
            CedarSet.OfStrings(Provenance.Names(content)),
            new CedarString(Identity.Attesting.Word(request.Attested)));
    }

    /// <summary>The approvals as the context has them; the same for every effect.</summary>
    public static CedarRecord Of(Approved approved) =>
        ReferenceEquals(approved, Approved.Nothing) ? _nobody : Approvals(approved);

    /// <summary>As for the whole, about one command inside it.</summary>
    public CedarRecord For(CommandFacts command, RequestFacts whole, CedarRecord approvals) => _whole.Of(
        _commandShape.Of(
            new CedarString(whole.Kind), new CedarString(command.Program), CedarSet.OfStrings(command.Arguments),
            new CedarString(command.Line), CedarBool.Of(command.IsKnown), CedarSet.OfStrings(command.Verbs),
            new CedarString(whole.Execution.Origin), CedarSet.OfStrings(whole.Execution.Via),
            CedarSet.OfStrings(whole.Execution.Loaders)),
        _noEffect, _session, _repository, _time, _provenance, _assurance, _tier, approvals, _credentials, _findings);

    public CedarRecord For(Requests.Effect? effect, CedarRecord approvals) => _whole.Of(
        _command, effect is null ? _noEffect : EffectOf(effect), _session, _repository, _time, _provenance, _assurance,
        _tier, approvals, _credentials, _findings);

    static CedarRecord Credentials(ImmutableArray<PlacedProfile> profiles) => _credentialsShape.Of(
        CedarSet.OfStrings(profiles.Select(p => p.Profile.Id)),
        CedarSet.OfStrings(profiles.Select(p => p.Profile.Tier.ToString().ToLowerInvariant()).Distinct()),
        CedarSet.OfStrings(profiles.Select(p => LeaseRules.Word(p.Profile.Backend.Class)).Distinct()));

    static CedarRecord Approvals(Approved approved) => _approvalsShape.Of(
        CedarSet.OfStrings(approved.Teams.Select(t => t.Value)),
        CedarSet.OfStrings(approved.People.Select(p => p.Value)),
        new CedarLong(approved.People.Count));

    CedarRecord EffectOf(Requests.Effect effect) =>
        _effectShape.Of(
            new CedarString(effect.Object), CedarBool.Of(LeavesWorkTree(effect)),
            effect.Scope is null ? _noScope : ScopeOf(effect.Scope), _net);

    static CedarRecord NetOf(EgressFacts? facts) => _netShape.Of(
        Text(facts?.Attempt.ViaWord), Text(facts?.Attempt.Place.Host), new CedarLong(facts?.Attempt.Place.Port ?? 0),
        Text(facts?.Attempt.Method), Text(facts?.Attempt.Path), CedarBool.Of(facts?.Attempt.Encrypted ?? false),
        Text(facts?.Address.ToString()), Text(facts is null ? null : EgressJudge.Word(facts.Address.Reach)));

    static CedarRecord ScopeOf(EffectScope? scope) => _scopeShape.Of(
        Text(scope?.Platform), Text(scope?.Config), Text(scope?.Context), Text(scope?.Cluster), Text(scope?.Namespace),
        Text(scope?.Account), Text(scope?.Profile), Text(scope?.Region), Text(scope?.Project));

    static CedarString Text(string? text) => new(text ?? "");

    bool LeavesWorkTree(Requests.Effect effect) =>
        effect.Verb.StartsWith("fs.", StringComparison.Ordinal)
        && (effect.Object.StartsWith('~') || !Paths.IsWithin(_workTree, Paths.Normalize(_cwd, effect.Object)));
}

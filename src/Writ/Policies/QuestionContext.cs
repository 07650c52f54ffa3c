using Writ.Approvals;
using Writ.Cedar;
using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Shell;

namespace Writ.Policies;

/// <summary>
/// The context record of a question, as <c>policies/schema.cedarschema</c> declares it. What is the same for every
/// effect of a request is built once.
/// </summary>
sealed class QuestionContext
{
    readonly CedarRecord _command;
    readonly CedarRecord _session;
    readonly CedarRecord _repository;
    readonly CedarRecord _time;
    readonly CedarRecord _provenance;
    readonly string _workTree;
    readonly string _cwd;
    readonly CedarString _assurance;
    readonly CedarString _tier;

    public QuestionContext(
        RealmState realm, SessionState.Open session, Requests.Request request, RequestFacts facts, DateTimeOffset now)
    {
        var terms = session.Terms;
        var bounds = terms.Bounds;
        _workTree = terms.WorkTree;
        _cwd = request.Cwd;
        _assurance = new CedarString(request.Assurance == Assurance.Brokered ? "brokered" : "advisory");
        _tier = new CedarString(realm.Registry.Workflows[terms.Workflow].TierMin.ToString());
        _command = Record(
            ("kind", new CedarString(facts.Kind)),
            ("program", new CedarString(facts.Program)),
            ("args", CedarSet.OfStrings(facts.Arguments.Distinct(StringComparer.Ordinal))),
            ("line", new CedarString(facts.Line)),
            ("resolved", CedarBool.Of(facts.Unresolved.IsEmpty)),
            ("verbs", CedarSet.OfStrings(facts.Effects.Select(e => e.Verb).Distinct(StringComparer.Ordinal))));
        _session = Record(
            ("id", new CedarString(terms.Id.Value)),
            ("environment", new CedarString(terms.Environment.Value)),
            ("production", CedarBool.Of(realm.Registry.Environments[terms.Environment].Production)),
            ("task", new CedarString(terms.Task)),
            ("purpose", new CedarString(terms.Purpose)),
            ("sponsor", new CedarString(session.Accountable.Sponsor.Value)),
            ("ageMinutes", new CedarLong((long)(now - session.OpenedAt).TotalMinutes)),
            ("minutesLeft", new CedarLong((long)(session.ExpiresAt - now).TotalMinutes)),
            ("commandsLeft", new CedarLong(bounds.Commands - session.Usage.Commands)),
            ("writesLeft", new CedarLong(bounds.Writes - session.Usage.Writes)),
            ("deletionsLeft", new CedarLong(bounds.Deletions - session.Usage.Deletions)),
            ("findings", new CedarLong(session.Findings)));
        _repository = Record(
            ("path", new CedarString(terms.WorkTree)), ("branch", new CedarString(terms.Branch ?? "")));
        _time = Record(
            ("now", CedarDatetime.Of(now)),
            // ISO 8601: Monday is 1, Sunday 7.
            ("weekday", new CedarLong(now.UtcDateTime.DayOfWeek == DayOfWeek.Sunday ? 7
                : (long)now.UtcDateTime.DayOfWeek)),
            ("minuteOfDay", new CedarLong((now.UtcDateTime.Hour * 60L) + now.UtcDateTime.Minute)));
        _provenance = Record(
            ("client", new CedarString(request.Client?.Client ?? "")),
            ("prompted", CedarBool.Of(request.Client?.PromptId is not null)),
            ("subAgent", CedarBool.Of(request.Client?.SubAgent is not null || terms.Parent is not null)));
    }

    public CedarRecord For(Requests.Effect? effect, Approved approved) => Record(
        ("command", _command),
        ("effect", Record(
            ("object", new CedarString(effect?.Object ?? "")),
            ("outside", CedarBool.Of(effect is not null && LeavesWorkTree(effect))))),
        ("session", _session),
        ("repository", _repository),
        ("time", _time),
        ("provenance", _provenance),
        ("assurance", _assurance),
        ("tier", _tier),
        ("approvals", Record(
            ("teams", CedarSet.OfStrings(approved.Teams.Select(t => t.Value))),
            ("people", CedarSet.OfStrings(approved.People.Select(p => p.Value))),
            ("count", new CedarLong(approved.People.Count)))));

    bool LeavesWorkTree(Requests.Effect effect) =>
        effect.Verb.StartsWith("fs.", StringComparison.Ordinal)
        && (effect.Object.StartsWith('~') || !Paths.IsWithin(_workTree, Paths.Normalize(_cwd, effect.Object)));

    static CedarRecord Record(params ReadOnlySpan<(string Name, Value Value)> fields)
    {
        var record = new RecordBuilder();
        foreach (var (name, value) in fields)
            record.Add(name, value);
        return record.Build();
    }
}

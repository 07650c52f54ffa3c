using System.Collections.Immutable;

namespace Writ.Cedar.Tests;

/// <summary>The small world of the tests: Alice, in the team sre, wants to delete a host of prod.</summary>
static class Given
{
    public const string EntitiesJson = """
        [
          { "uid": { "type": "User", "id": "alice" },
            "attrs": { "level": 3, "name": "Alice", "team": { "__entity": { "type": "Team", "id": "sre" } },
                       "home": { "city": "Graz" }, "roles": ["dev", "ops"] },
            "parents": [ { "type": "Team", "id": "sre" } ],
            "tags": { "shift": "night" } },
          { "uid": { "type": "Team", "id": "sre" }, "attrs": {}, "parents": [ { "type": "Team", "id": "all" } ] },
          { "uid": { "type": "Host", "id": "db1" }, "attrs": { "env": "prod" }, "parents": [] },
          { "uid": { "type": "Action", "id": "delete" }, "attrs": {},
            "parents": [ { "type": "Action", "id": "write" } ] }
        ]
        """;

    public static EntityStore Entities { get; } = EntityStore.ParseJson(EntitiesJson).Value;

    public static Request Request { get; } = new(
        Uid("User::\"alice\""), Uid("Action::\"delete\""), Uid("Host::\"db1\""),
        new RecordBuilder().Add("approved", false).Add("count", 7).Add("program", "git").Build());

    public static EntityUid Uid(string text) => EntityUid.Parse(text).Value;

    public static PolicySet Policies(string text, CedarExperiments experiments = CedarExperiments.None) =>
        PolicySet.Parse(text, experiments: experiments).Value;

    public static Answer Decide(string policies) => Authorizer.Decide(Policies(policies), Request, Entities);

    /// <summary>The value of an expression in Cedar's notation, or the kind of its error.</summary>
    public static string Evaluate(string expression, CedarExperiments experiments = CedarExperiments.None)
    {
        var policies = Policies($"permit(principal, action, resource) when {{ {expression} }};", experiments);
        var frame = new Frame(Request, Entities);
        return policies.Policies[0].Condition.Evaluate(frame)?.ToString() ?? "error: " + frame.Error!.Fault;
    }

    /// <summary>The first error of a text that is no policy set, as a compiler would print it.</summary>
    public static string FirstError(string policies) => PolicySet.Parse(policies).Errors[0].ToString();

    public static Entity Entity(string uid, params string[] parents) =>
        new(Uid(uid), CedarRecord.Empty, [.. parents.Select(Uid)]);

    public static ImmutableArray<string> Ids(IEnumerable<Policy> policies) => [.. policies.Select(policy => policy.Id)];
}

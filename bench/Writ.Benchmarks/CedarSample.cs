using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Writ.Cedar;

namespace Writ.Benchmarks;

/// <summary>
/// What the Cedar driver decides: a schema, entities, requests, and policies in three sizes. Recorded ones stand beside
/// the checkout; without them a set of the same shape is made here, so that everybody can run the driver.
/// </summary>
sealed record CedarSample(
    string Schema, string Entities, string Requests, Dictionary<int, string> Policies, Dictionary<int, string> Expected)
{
    const int RequestsMade = 420;
    const int Teams = 10;
    const int Agents = 20;
    const int Repositories = 20;

    public static readonly int[] Sizes = [10, 100, 1000];

    static readonly string[] Actions = ["build", "inspect", "release"];
    static readonly string[] Tools = ["git", "npm", "make", "curl"];

    /// <summary>The recorded set, or nothing when it is not there.</summary>
    public static CedarSample? Recorded()
    {
        if (Folder() is not { } folder)
            return null;
        string Read(string name) => File.ReadAllText(Path.Combine(folder, name));
        return new CedarSample(
            Read("schema.cedarschema"), Read("entities.json"), Read("requests.json"),
            Sizes.ToDictionary(size => size, size => Read($"policies-{size}.cedar")),
            Sizes.ToDictionary(size => size, size => Read($"expected-{size}.json")));
    }

    public static CedarSample Made() => new(
        """
        entity Person, Team;
        entity Agent in [Team] { owner: Person, level: Long };
        entity Repository in [Team] { stage: String };
        entity Machine { stage: String };
        type Call = { tool: String, verbs: Set<String>, agreed: Bool, from: ipaddr, when: datetime };
        action "build", "inspect", "release" appliesTo {
          principal: [Agent], resource: [Repository, Machine], context: Call
        };
        """,
        MakeEntities(), MakeRequests(), Sizes.ToDictionary(size => size, MakePolicies), []);

    public static EntityUid Uid(JsonNode uid) => new((string)uid["type"]!, (string)uid["id"]!);

    public static Request[] Read(string requests) =>
    [
        .. JsonNode.Parse(requests)!.AsArray().Select(request => new Request(
            Uid(request!["principal"]!), Uid(request["action"]!), Uid(request["resource"]!),
            CedarRecord.ParseJson(request["context"]!.ToJsonString()).Value)),
    ];

    static string? Folder()
    {
        var beside = Environment.GetEnvironmentVariable("WRIT_SHARED");
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null && beside is null; at = at.Parent)
            if (Directory.Exists(Path.Combine(at.FullName, "shared", "data", "cedar-corpus", "bench")))
                beside = Path.Combine(at.FullName, "shared");
        var folder = beside is null ? null : Path.Combine(beside, "data", "cedar-corpus", "bench");
        return Directory.Exists(folder) ? folder : null;
    }

    // Five kinds of rule, as a company's policies have them: for one agent, for a team, against one verb, by level and
    // address, by stage and date.
    static string MakePolicies(int count)
    {
        var text = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            var (team, agent, day) = (i % Teams, i % Agents, 1 + i % 28);
            text.Append(CultureInfo.InvariantCulture, $"@id(\"p{i}\") ").AppendLine((i % 5) switch
            {
                0 => $$"""permit(principal == Agent::"a{{agent}}", action == Action::"build", resource in Team::"t{{team}}") when { context.tool == "git" && context.verbs.contains("read") && !context.verbs.containsAny(["net", "root"]) };""",
                1 => $$"""permit(principal in Team::"t{{team}}", action in [Action::"build", Action::"inspect"], resource) when { resource has stage && resource.stage == "dev{{i % 7}}" && context.tool like "n*" };""",
                2 => $$"""forbid(principal, action == Action::"build", resource) when { context.verbs.contains("erase{{i}}") && !context.agreed };""",
                3 => $$"""permit(principal is Agent in Team::"t{{team}}", action == Action::"release", resource is Repository) when { principal.level >= {{i % 5}} && context.agreed && context.from.isInRange(ip("10.{{i % 250}}.0.0/16")) };""",
                _ => $$"""forbid(principal, action, resource is Machine) when { resource.stage == "prod" && context.when < datetime("2020-01-{{day:D2}}") } unless { context.agreed };""",
            });
        }
        return text.ToString();
    }

    static string MakeEntities()
    {
        static JsonObject Uid(string type, int id) =>
            new() { ["type"] = type, ["id"] = $"{type.ToLowerInvariant()[0]}{id}" };
        static JsonObject Entity(string type, int id, JsonObject attributes, params JsonNode[] parents) => new()
        {
            ["uid"] = Uid(type, id),
            ["attrs"] = attributes,
            ["parents"] = new JsonArray(parents),
        };
        return new JsonArray(
        [
            .. Enumerable.Range(0, Teams).Select(i => Entity("Team", i, [])),
            .. Enumerable.Range(0, Agents).Select(i => Entity("Agent", i, new JsonObject
            {
                ["owner"] = new JsonObject { ["__entity"] = Uid("Person", i % 3) },
                ["level"] = i % 5,
            }, Uid("Team", i % Teams))),
            .. Enumerable.Range(0, Repositories).Select(
                i => Entity("Repository", i, new JsonObject { ["stage"] = $"dev{i % 7}" }, Uid("Team", i % Teams))),
        ]).ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    static string MakeRequests()
    {
        static JsonObject Uid(string type, string id) => new() { ["type"] = type, ["id"] = id };
        static JsonObject Extension(string function, string argument) =>
            new() { ["__extn"] = new JsonObject { ["fn"] = function, ["arg"] = argument } };
        return new JsonArray([.. Enumerable.Range(0, RequestsMade).Select(i => new JsonObject
        {
            ["principal"] = Uid("Agent", $"a{i % Agents}"),
            ["action"] = Uid("Action", Actions[i % Actions.Length]),
            ["resource"] = Uid("Repository", $"r{i * 7 % Repositories}"),
            ["context"] = new JsonObject
            {
                ["tool"] = Tools[i % Tools.Length],
                ["verbs"] = new JsonArray("read", i % 6 == 0 ? "net" : "write"),
                ["agreed"] = i % 4 == 0,
                ["from"] = Extension("ip", $"10.{i % 250}.0.1"),
                ["when"] = Extension("datetime", "2026-01-01"),
            },
        })]).ToJsonString();
    }
}

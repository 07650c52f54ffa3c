using System.Text.Json.Nodes;

namespace Writ.Cedar.Tests.Differential;

/// <summary>One world with a policy set (policies, templates, links) and the requests for both engines.</summary>
sealed class Scenario
{
    static readonly string[] Notes = ["@note ", "@if(\"\") ", "@reason(\"\u00e9 \\u{200b}\") ", "", ""];

    readonly World _world;

    public Scenario(int seed, int requests)
    {
        Seed = seed;
        _world = new World(seed);
        Schema = _world.Schema();
        Entities = new JsonArray([.. _world.Entities.Select(e => EntityJson(e.Type, e.Id, e.Parents))]);
        foreach (var action in _world.Actions)
            Entities.Add(ActionJson(action.Id, action.Group));
        foreach (var group in _world.Groups)
            Entities.Add(ActionJson(group, _world.GroupOf(group)));
        for (var i = 0; i < _world.Random.Next(1, 8); i++)
            AddPolicy(FormattableString.Invariant($"p{i}"));
        Requests = [.. Enumerable.Range(0, requests).Select(_ => MakeRequest())];
    }

    public int Seed { get; }

    public string Schema { get; }

    public JsonArray Entities { get; }

    /// <summary>Cedar text by id.</summary>
    public Dictionary<string, string> Policies { get; } = [];

    public Dictionary<string, string> Templates { get; } = [];

    public List<(string Template, string Id, SlotValues Slots)> Links { get; } = [];

    public IReadOnlyList<JsonObject> Requests { get; }

    void AddPolicy(string id)
    {
        var action = _world.Pick(_world.Actions);
        var (principal, resource) = (_world.Pick(action.Principals), _world.Pick(action.Resources));
        var expressions = new ExpressionGenerator(_world, principal, resource, action);
        var isTemplate = _world.Chance(4);
        var scope = string.Join(
            ", ", Scope("principal", principal, isTemplate), ActionScope(action),
            Scope("resource", resource, isTemplate));
        var conditions = Enumerable.Range(0, _world.Random.Next(3)).Select(_ =>
            $"\n{(_world.Chance(4) ? "unless" : "when")} {{ {expressions.Of(Kind.Bool, _world.Random.Next(1, 4))} }}");
        var note = _world.Pick(Notes);
        var effect = _world.Chance(4) ? "forbid" : "permit";
        var text = $"{note}@id(\"{id}\")\n{effect} ({scope}){string.Concat(conditions)};";
        // A template needs a slot; what came out without one is a policy.
        var hasPrincipal = text.Contains("?principal", StringComparison.Ordinal);
        var hasResource = text.Contains("?resource", StringComparison.Ordinal);
        if (!hasPrincipal && !hasResource)
        {
            Policies.Add(id, text);
            return;
        }
        Templates.Add(id, text);
        for (var i = 0; i < _world.Random.Next(4); i++)
            Links.Add((id, FormattableString.Invariant($"{id}-l{i}"), new SlotValues(
                hasPrincipal ? new EntityUid(principal, _world.IdOf(principal)) : null,
                hasResource ? new EntityUid(resource, _world.IdOf(resource)) : null)));
    }

    string Scope(string variable, string type, bool isTemplate)
    {
        var parents = _world.TypeOf(type).MemberOf;
        string Entity(string of) => isTemplate && _world.Chance(2)
            ? "?" + variable
            : new EntityUid(of, _world.IdOf(of)).ToString();
        var container = parents.Count > 0 ? _world.Pick(parents) : type;
        return variable + (_world.Random.Next(isTemplate ? 3 : 11) switch
        {
            0 => $" == {Entity(type)}",
            1 => $" in {Entity(container)}",
            2 => $" is {type} in {Entity(container)}",
            3 or 4 => $" is {type}",
            _ => "",
        });
    }

    string ActionScope(ActionRule action)
    {
        string Uid(string id) => new EntityUid(_world.Action, id).ToString();
        return "action" + (_world.Random.Next(7) switch
        {
            0 => $" == {Uid(action.Id)}",
            1 => $" in {Uid(action.Group ?? action.Id)}",
            2 => $" in [{Uid(action.Id)}, {Uid(_world.Pick(_world.Groups))}]",
            _ => "",
        });
    }

    JsonObject MakeRequest()
    {
        var action = _world.Pick(_world.Actions);
        var principal = _world.Chance(10) ? _world.Pick(_world.Types).Name : _world.Pick(action.Principals);
        var resource = _world.Chance(10) ? _world.Pick(_world.Types).Name : _world.Pick(action.Resources);
        return new JsonObject
        {
            ["principal"] = UidJson(principal, _world.IdOf(principal)),
            ["action"] = UidJson(_world.Action, _world.Chance(20) ? "unknown" : action.Id),
            ["resource"] = UidJson(resource, _world.IdOf(resource)),
            ["context"] = _world.Values.Record(action.Context.Fields),
        };
    }

    JsonObject EntityJson(EntityType type, string id, IEnumerable<(string Type, string Id)> parents)
    {
        var json = new JsonObject
        {
            ["uid"] = UidJson(type.Name, id),
            ["attrs"] = _world.Values.Record(type.Fields),
            ["parents"] = new JsonArray([.. parents.Select(parent => UidJson(parent.Type, parent.Id))]),
        };
        if (type.Tags is { } kind)
        {
            var tags = new JsonObject();
            for (var i = 0; i < _world.Random.Next(4); i++)
                tags[_world.Values.Text()] = _world.Values.Json(kind);
            json["tags"] = tags;
        }
        return json;
    }

    JsonObject ActionJson(string id, string? group) => new()
    {
        ["uid"] = UidJson(_world.Action, id),
        ["attrs"] = new JsonObject(),
        ["parents"] = group is null ? [] : new JsonArray(UidJson(_world.Action, group)),
    };

    public static JsonObject UidJson(string type, string id) => new() { ["type"] = type, ["id"] = id };
}

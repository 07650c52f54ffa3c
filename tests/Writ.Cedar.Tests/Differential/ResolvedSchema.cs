using System.Text.Json;
using System.Text.Json.Nodes;

namespace Writ.Cedar.Tests.Differential;

/// <summary>
/// What a schema says when every name is resolved, a line for each declaration, from our model and from the JSON with
/// resolved names that the official engine writes (there common types are still names).
/// </summary>
static class ResolvedSchema
{
    public static string Describe(CedarSchema schema)
    {
        var lines = new List<string>();
        foreach (var type in schema.EntityTypes)
            lines.Add(type.IsEnum
                ? $"entity {type.Name} enum {Sorted(type.EnumIds)}"
                : $"entity {type.Name} in {Sorted(type.Parents)} = {Describe(type.Shape)} tags {Describe(type.Tags)}");
        foreach (var action in schema.Actions)
            lines.Add(
                $"action {action.Uid} in {Sorted(action.Groups.Select(group => $"{group}"))} "
                + $"principal {Sorted(action.PrincipalTypes)} resource {Sorted(action.ResourceTypes)} "
                + $"context {Describe(action.Context)}");
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    public static string Describe(JsonObject meant)
    {
        var common = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var (space, definition) in meant)
            foreach (var (name, type) in definition!["commonTypes"] as JsonObject ?? [])
                common.Add(Qualified(space, name), type!);
        var lines = new List<string>();
        foreach (var (space, definition) in meant)
        {
            foreach (var (name, type) in definition!["entityTypes"]!.AsObject())
                lines.Add($"entity {Qualified(space, name)} " + (type!["enum"] is JsonArray ids
                    ? $"enum {Sorted(Texts(ids))}"
                    : $"in {Sorted(Texts(type["memberOfTypes"]))} = {Describe(type["shape"], common, "{}")} "
                        + $"tags {Describe(type["tags"], common, "-")}"));
            foreach (var (name, action) in definition["actions"]!.AsObject())
            {
                var groups = (action!["memberOf"] as JsonArray ?? [])
                    .Select(group => $"{new EntityUid((string)group!["type"]!, (string)group["id"]!)}");
                var appliesTo = action["appliesTo"];
                lines.Add(
                    $"action {new EntityUid(Qualified(space, "Action"), name)} in {Sorted(groups)} "
                    + $"principal {Sorted(Texts(appliesTo?["principalTypes"]))} "
                    + $"resource {Sorted(Texts(appliesTo?["resourceTypes"]))} "
                    + $"context {Describe(appliesTo?["context"], common, "{}")}");
            }
        }
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    static string Describe(CedarType? type) => type switch
    {
        null => "-",
        CedarType.Set set => $"Set<{Describe(set.Element)}>",
        CedarType.Record record => Record(record.Attributes.Select(
            attribute => (attribute.Name, attribute.IsRequired, Describe(attribute.Type)))),
        CedarType.Entity entity => $"entity {entity.Single}",
        _ => $"{type}",
    };

    static string Describe(JsonNode? type, Dictionary<string, JsonNode> common, string absent)
    {
        if (type is null)
            return absent;
        var kind = (string)type["type"]!;
        return kind switch
        {
            "Boolean" => "Bool",
            "Long" or "String" => kind,
            "Extension" => (string)type["name"]!,
            "Entity" => $"entity {(string)type["name"]!}",
            "Set" => $"Set<{Describe(type["element"], common, "?")}>",
            "Record" => Record(type["attributes"]!.AsObject().Select(pair => (
                pair.Key, pair.Value!["required"]?.GetValueKind() != JsonValueKind.False,
                Describe(pair.Value, common, "?")))),
            _ => common.TryGetValue(kind, out var named)
                ? Describe(named, common, "?")
                : kind.Replace("__cedar::", "", StringComparison.Ordinal),
        };
    }

    static string Record(IEnumerable<(string Name, bool IsRequired, string Type)> attributes)
    {
        var written = attributes.OrderBy(attribute => attribute.Name, StringComparer.Ordinal).Select(
            attribute => $"{new CedarString(attribute.Name)}{(attribute.IsRequired ? "" : "?")}: {attribute.Type}");
        return "{" + string.Join(", ", written) + "}";
    }

    static IEnumerable<string> Texts(JsonNode? list) => (list as JsonArray ?? []).Select(item => (string)item!);

    static string Sorted(IEnumerable<string> names) =>
        $"[{string.Join(", ", names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))}]";

    static string Qualified(string space, string name) => space.Length == 0 ? name : $"{space}::{name}";
}

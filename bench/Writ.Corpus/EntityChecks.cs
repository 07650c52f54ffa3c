using System.Text.Json;
using Writ.Cedar;

namespace Writ.Corpus;

/// <summary>Whether each entity of a test conforms to the schema.</summary>
static class EntityChecks
{
    const string Name = "entity validation";

    public static IEnumerable<Check> Of(PackedTest test, CedarSchema schema)
    {
        var whole = EntityStore.ParseJson(test.Entities, schema, "entities");
        if (test.Validation is not { } validation)
        {
            // Without a record of its own a test still counts on its entities being read with the schema.
            yield return whole.Succeeded ? Check.Passed(Name) : Check.Failed(Name, "entities", $"{whole.Errors[0]}");
            yield break;
        }
        var recorded = validation.GetProperty("entityValidation").GetProperty("perEntity");
        using var entities = JsonDocument.Parse(test.Entities);
        foreach (var entity in entities.RootElement.EnumerateArray())
        {
            var uid = UidOf(entity);
            var key = $"{uid.GetProperty("type").GetString()}::{uid.GetProperty("id").GetString()}";
            if (!recorded.TryGetProperty(key, out var answer))
            {
                yield return Check.Skipped(Name, "no validation of the entity was recorded");
                continue;
            }
            var isValid = !answer.TryGetProperty("errors", out var errors) || errors.GetArrayLength() == 0;
            var fault = whole.Succeeded ? null : FaultOf(entity, entities.RootElement, schema);
            yield return isValid == fault is null
                ? Check.Passed(Name)
                : Check.Failed(Name, isValid ? $"{key} valid" : $"{key} refused", $"{fault ?? "a valid entity"}");
        }
    }

    // One entity by itself; an action among the other actions, because of the groups of its groups.
    static string? FaultOf(JsonElement entity, JsonElement all, CedarSchema schema)
    {
        var isAction = IsAction(entity);
        var read = isAction ? all.EnumerateArray().Where(IsAction) : [entity];
        var json = $"[{string.Join(',', read.Select(part => part.GetRawText()))}]";
        var result = EntityStore.ParseJson(json, schema, "entities");
        if (result.Succeeded)
            return null;
        var uid = UidOf(entity);
        var shown = new EntityUid(uid.GetProperty("type").GetString()!, uid.GetProperty("id").GetString()!).ToString();
        var own = result.Errors.Where(error => !isAction || error.Message.Contains(shown, StringComparison.Ordinal));
        return own.FirstOrDefault()?.ToString();
    }

    static bool IsAction(JsonElement entity) =>
        UidOf(entity).GetProperty("type").GetString() is { } type
        && (type == "Action" || type.EndsWith("::Action", StringComparison.Ordinal));

    static JsonElement UidOf(JsonElement entity)
    {
        var uid = entity.GetProperty("uid");
        return uid.TryGetProperty("__entity", out var inner) ? inner : uid;
    }
}

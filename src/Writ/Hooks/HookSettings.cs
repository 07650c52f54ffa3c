using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Writ.Hooks;

/// <summary>An assistant's settings file with our hooks in it. Everything else in the file stays as it is.</summary>
public static class HookSettings
{
    /// <summary>How our own entries are found again, whatever path or release wrote them.</summary>
    const string Trace = " hook claude-code";

    // Stop is left out: a no there would keep the assistant going for ever.
    static readonly string[] _events =
        ["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "PostToolUseFailure"];

    static readonly JsonWriterOptions _indented = new()
    {
        Indented = true,
        // It is a file, not a page: a quote stays readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The new text of the file.</summary>
    /// <exception cref="JsonException">The file is not a JSON object; nothing should be written over it.</exception>
    public static string With(string? before, string line, bool managed)
    {
        var settings = before is null || string.IsNullOrWhiteSpace(before)
            ? []
            : JsonNode.Parse(before) as JsonObject ?? throw new JsonException("The settings are not a JSON object.");
        if (settings["hooks"] is not JsonObject hooks)
        {
            if (settings["hooks"] is not null)
                throw new JsonException("The settings' hooks are not a JSON object.");
            settings["hooks"] = hooks = [];
        }
        foreach (var name in _events)
        {
            var entries = hooks[name] as JsonArray ?? [];
            var kept = new JsonArray();
            foreach (var entry in entries)
                if (!IsOurs(entry))
                    kept.Add((JsonNode?)entry?.DeepClone());
            kept.Add((JsonNode)Entry(name, line));
            hooks[name] = kept;
        }
        if (managed)
            settings["allowManagedHooksOnly"] = true;
        using var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output, _indented))
            settings.WriteTo(json);
        return System.Text.Encoding.UTF8.GetString(output.ToArray()) + "\n";
    }

    /// <summary>True when every event of ours is answered by this line, and a failure of it blocks.</summary>
    public static bool Holds(JsonElement settings, string line) =>
        settings.TryGetProperty("hooks", out var hooks) && _events.All(name =>
            hooks.TryGetProperty(name, out var entries) && entries.EnumerateArray().Any(entry =>
                entry.TryGetProperty("hooks", out var all) && all.EnumerateArray().Any(hook =>
                    Says(hook, "command", line) && Says(hook, "onFailure", "block"))));

    static bool Says(JsonElement hook, string name, string text) =>
        hook.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.ValueEquals(text);

    static JsonObject Entry(string name, string line)
    {
        var entry = new JsonObject();
        if (name is "PreToolUse" or "PostToolUse" or "PostToolUseFailure")
            entry["matcher"] = "*";
        entry["hooks"] = new JsonArray(new JsonObject
        {
            ["type"] = "command",
            ["command"] = line,
            ["timeout"] = (int)HookPatience.Assistant.TotalSeconds,
            ["onFailure"] = "block",
        });
        return entry;
    }

    static bool IsOurs(JsonNode? entry) =>
        entry is JsonObject { } o && o["hooks"] is JsonArray hooks && hooks.Count > 0 && hooks.All(
            h => h is JsonObject hook && hook["command"] is JsonValue command
                && command.TryGetValue<string>(out var text)
                && text.Contains(Trace, StringComparison.Ordinal) && text.Contains("writ", StringComparison.Ordinal));
}

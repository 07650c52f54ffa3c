using System.Text.Json;
using System.Text.Json.Serialization;

namespace Writ.Kills;

/// <summary>Writes a scope as its text, also as the name of a property.</summary>
public sealed class ScopeConverter : JsonConverter<Scope>
{
    public override Scope Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Parse(reader.GetString());

    public override void Write(Utf8JsonWriter writer, Scope value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());

    public override Scope ReadAsPropertyName(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(reader.GetString());

    public override void WriteAsPropertyName(Utf8JsonWriter writer, Scope value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.ToString());

    static Scope Parse(string? text) => Scope.TryParse(text ?? "", out var scope)
        ? scope
        : throw new JsonException("A scope is 'realm' or 'kind:id', for example 'agent:claude'.");
}

using System.Buffers;
using System.Text;
using System.Text.Json;
using Writ.Realms;
using Writ.Wire;

namespace Writ.Server.Tests.Sequencer;

/// <summary>A realm's state as text with sorted keys, to compare two of them. (The product's canonical form ends at one
/// megabyte.)</summary>
static class StateText
{
    public static string Of(RealmState state)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(RealmSnapshot.Of(state), WireJson.Default.RealmSnapshot);
        using var document = JsonDocument.Parse(plain);
        var output = new ArrayBufferWriter<byte>(plain.Length);
        using (var writer = new Utf8JsonWriter(output))
            Write(document.RootElement, writer);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    static void Write(JsonElement element, Utf8JsonWriter writer)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in element.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(property.Name);
                    Write(property.Value, writer);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                    Write(item, writer);
                writer.WriteEndArray();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }
}

using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Writ.Wire;

namespace Writ.Cli.Running;

/// <summary>
/// The two documents of a command that is permitted at once, without the general serializer: to set that up costs
/// milliseconds, which is more than the rest of this program's work.
/// </summary>
static class QuickJson
{
    /// <summary>What the serializer would write for a <see cref="SubmitRequest"/> of these.</summary>
    internal static byte[] Submit(SessionId? session, string cwd, ImmutableArray<string> argv, string? terminal)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            if (session is { } id)
                writer.WriteString("session"u8, id.Value);
            writer.WriteString("cwd"u8, cwd);
            writer.WriteStartArray("argv"u8);
            foreach (var argument in argv)
                writer.WriteStringValue(argument);
            writer.WriteEndArray();
            if (terminal is not null)
                writer.WriteString("terminal"u8, terminal);
            writer.WriteEndObject();
        }
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>
    /// The request's id when this is a <see cref="RequestView"/> in state ready; null for anything else, which is then
    /// for the serializer to understand or not.
    /// </summary>
    internal static RequestId? ReadyRequest(ReadOnlySpan<byte> view)
    {
        string? id = null;
        var isReady = false;
        try
        {
            var reader = new Utf8JsonReader(view);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("state"u8))
                    isReady = reader.Read() && reader.TokenType == JsonTokenType.String
                        && reader.ValueTextEquals("ready"u8);
                else if (reader.ValueTextEquals("request"u8))
                    id = IdIn(ref reader);
                else
                    reader.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or a name in it that is no text.
            return null;
        }
        return isReady && id is not null && IdRules.IsWellFormed(id) ? new RequestId(id) : null;
    }

    static string? IdIn(ref Utf8JsonReader reader)
    {
        string? id = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            if (reader.ValueTextEquals("id"u8))
                id = reader.Read() && reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            else
                reader.Skip();
        return id;
    }
}

using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Writ.Wire;

namespace Writ.Client;

/// <summary>
/// The documents of a command that is permitted at once, without the general serializer: to set that up costs
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

    /// <summary>
    /// A hook's answer with all three of its members, each of its kind and said once; null for anything else. What else
    /// is said beside them is a newer control plane's and passed over.
    /// </summary>
    internal static HookAnswer? HookAnswer(ReadOnlySpan<byte> document)
    {
        int? exit = null;
        string? stdout = null, stderr = null;
        try
        {
            var reader = new Utf8JsonReader(document);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("exit"u8) && exit is null)
                    exit = reader.Read() && reader.TryGetInt32(out var number) ? number : throw new JsonException();
                else if (reader.ValueTextEquals("stdout"u8) && stdout is null)
                    stdout = reader.Read() ? reader.GetString() : null;
                else if (reader.ValueTextEquals("stderr"u8) && stderr is null)
                    stderr = reader.Read() ? reader.GetString() : null;
                else if (reader.ValueTextEquals("exit"u8) || reader.ValueTextEquals("stdout"u8)
                    || reader.ValueTextEquals("stderr"u8))
                    return null;
                else
                    reader.Skip();
            }
            if (reader.TokenType != JsonTokenType.EndObject || reader.Read())
                return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
        return exit is { } status && stdout is not null && stderr is not null
            ? new HookAnswer(status, stdout, stderr)
            : null;
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

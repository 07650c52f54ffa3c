using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Writ.Requests;
using Writ.Wire;

namespace Writ.Client;

/// <summary>
/// The documents of what agents wait for, without the general serializer: that one brings a thousand types along, whose
/// static data is set up at every start of this program, which takes longer than the rest of its work.
/// </summary>
static class QuickJson
{
    /// <summary>What the serializer would write, but for escapes that JSON does not ask for.</summary>
    internal static byte[] Submit(SubmitRequest asked)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        Member(output, "{\"cwd\":"u8, asked.Cwd);
        Member(output, ",\"session\":"u8, asked.Session?.Value);
        Member(output, ",\"argv\":"u8, asked.Argv);
        Member(output, ",\"line\":"u8, asked.Line);
        Member(output, ",\"terminal\":"u8, asked.Terminal);
        Member(output, ",\"idempotencyKey\":"u8, asked.IdempotencyKey);
        Member(output, ",\"undoes\":"u8, asked.Undoes?.Value);
        if (asked.Assistant is { } assistant)
        {
            Member(output, ",\"assistant\":{\"argv\":"u8, assistant.Argv);
            output.Write(assistant.EndsSession ? ",\"endsSession\":true}"u8 : ",\"endsSession\":false}"u8);
        }
        if (asked.Prepares is { } prepares)
            output.Write(prepares ? ",\"prepares\":true"u8 : ",\"prepares\":false"u8);
        if (asked.Prepared is { } prepared)
        {
            Member(output, ",\"prepared\":{\"request\":"u8, prepared.Request.Value);
            Member(output, ",\"action\":"u8, prepared.Action);
            output.Write("}"u8);
        }
        output.Write("}"u8);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>A problem document; null for anything else.</summary>
    internal static Problem? Problem(ReadOnlyMemory<byte> document) => Read(document, root => new Problem(
        Text(root, "type"), Text(root, "title"), root.GetProperty("status").GetInt32(), Text(root, "code"),
        Text(root, "detail"), TextIfAny(root, "next")));

    /// <summary>What a <see cref="RequestView"/> says that a run's client tells; null for anything else.</summary>
    internal static RequestAnswer? Request(ReadOnlyMemory<byte> document) => Read(document, root => new RequestAnswer(
        Id(Text(root.GetProperty("request"), "id")), Text(root, "state"), TextIfAny(root, "code"),
        TextIfAny(root, "action"), Optional(root, "expiresAt") is { } moment ? moment.GetDateTimeOffset() : null,
        Optional(root, "verdict") is { } verdict ? Verdict(verdict) : null, document));

    static RequestId Id(string id) =>
        IdRules.IsWellFormed(id) ? new RequestId(id) : throw new FormatException("a request has no such id");

    static VerdictAnswer Verdict(JsonElement verdict) => new(
        Text(verdict, "kind"), Text(verdict, "code"), Text(verdict, "why"),
        [.. verdict.GetProperty("gates").EnumerateArray().Select(g => new Gate(
            Text(g, "policy"), new TeamId(Text(g, "team")), g.GetProperty("quorum").GetInt32(), Text(g, "reason")))]);

    /// <summary>What the reader makes of a document; null when it is no JSON, or not what the reader expects.</summary>
    internal static T? Read<T>(ReadOnlyMemory<byte> document, Func<JsonElement, T> reader)
        where T : class
    {
        try
        {
            using var parsed = JsonDocument.Parse(document);
            return reader(parsed.RootElement);
        }
        catch (Exception e) when (
            e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    internal static string Text(JsonElement element, string name) =>
        element.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");

    internal static JsonElement? Optional(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    static string? TextIfAny(JsonElement element, string name) => Optional(element, name)?.GetString();

    static void Member(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> name, ImmutableArray<string>? texts)
    {
        if (texts is not { } all)
            return;
        output.Write(name);
        output.Write("["u8);
        for (var i = 0; i < all.Length; i++)
            Member(output, i == 0 ? ""u8 : ","u8, all[i]);
        output.Write("]"u8);
    }

    /// <summary>Writes a text that is not null; what is no character in it becomes U+FFFD.</summary>
    static void Member(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> name, string? text)
    {
        if (text is null)
            return;
        output.Write(name);
        output.Write("\""u8);
        var written = 0;
        for (var at = 0; at < text.Length; at++)
        {
            var character = text[at];
            if (character >= ' ' && character is not ('"' or '\\'))
                continue;
            Encoding.UTF8.GetBytes(text.AsSpan(written, at - written), output);
            written = at + 1;
            ReadOnlySpan<byte> escape =
                [(byte)'\\', (byte)'u', (byte)'0', (byte)'0', Hex(character >> 4), Hex(character & 15)];
            output.Write(escape);
        }
        Encoding.UTF8.GetBytes(text.AsSpan(written), output);
        output.Write("\""u8);
    }

    static byte Hex(int digit) => "0123456789abcdef"u8[digit];

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
}

/// <summary>What a run's client tells of a request.</summary>
/// <param name="Action">The digest of what was prepared, when it was.</param>
/// <param name="Document">The whole view, as it came.</param>
sealed record RequestAnswer(
    RequestId Id, string State, string? Code, string? Action, DateTimeOffset? ExpiresAt, VerdictAnswer? Verdict,
    ReadOnlyMemory<byte> Document);

/// <summary>What it tells of the verdict.</summary>
sealed record VerdictAnswer(string Kind, string Code, string Why, ImmutableArray<Gate> Gates)
{
    public bool IsBlocked => Kind == nameof(VerdictKind.Blocked);
}

using System.Text.Json;

namespace Writ.Identity;

/// <summary>
/// JSON from strangers: bounded, and with each name once, because who reads the first of two and who reads the last see
/// different documents.
/// </summary>
static class StrictJson
{
    const int DepthMax = 12;
    const int MembersMax = 256;

    /// <summary>The object, copied out of its buffer; null where it is none, or not one that everybody reads alike.
    /// </summary>
    public static JsonElement? Object(ReadOnlyMemory<byte> bytes, int bytesMax)
    {
        if (bytes.Length > bytesMax)
            return null;
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = DepthMax });
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && IsPlain(root) ? root.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static string? Text(this JsonElement map, string name) =>
        map.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? TextOf(value) : null;

    /// <summary>A date as JWT writes it (RFC 7519, NumericDate); fractions are cut off.</summary>
    public static DateTimeOffset? Instant(this JsonElement map, string name)
    {
        const double last = 253_402_300_799;
        return map.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetDouble(out var seconds) && seconds is >= 0 and <= last
                ? DateTimeOffset.FromUnixTimeSeconds((long)Math.Floor(seconds))
                : null;
    }

    /// <summary>Bytes as JOSE writes them; null unless the text is exactly how these bytes are written.</summary>
    public static byte[]? Base64(string? text)
    {
        if (text is null)
            return null;
        try
        {
            var bytes = System.Buffers.Text.Base64Url.DecodeFromChars(text);
            return System.Buffers.Text.Base64Url.EncodeToString(bytes) == text ? bytes : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    static bool IsPlain(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
            return value.GetArrayLength() <= MembersMax && value.EnumerateArray().All(IsPlain);
        if (value.ValueKind == JsonValueKind.String)
            return TextOf(value) is not null;
        if (value.ValueKind != JsonValueKind.Object)
            return true;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
            if (names.Count >= MembersMax || NameOf(member) is not { } name || !names.Add(name)
                || !IsPlain(member.Value))
                return false;
        return true;
    }

    // Half of a surrogate pair is no text; the reader says so only when it is asked for it.
    static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}

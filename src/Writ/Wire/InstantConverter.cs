using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Writ.Wire;

/// <summary>Instants as UTC with milliseconds, always in the same 24 characters, so that bytes are canonical.</summary>
public sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString();
        return DateTimeOffset.TryParseExact(
            text, Format, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)
            ? at
            : throw new JsonException("An instant is written like 2026-01-31T09:15:00.000Z.");
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[24];
        var written = value.UtcDateTime.TryFormat(text, out var length, Format, CultureInfo.InvariantCulture);
        Invariant.Must(written && length == 24, "An instant has 24 characters.");
        writer.WriteStringValue(text);
    }
}

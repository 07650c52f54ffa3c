using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;
using Writ.Wire;

namespace Writ.Server.Endpoints;

/// <summary>
/// Reads what a client sent into API shapes, within a limit, and says what is wrong with it otherwise.
/// </summary>
public static class Bodies
{
    public const int Usual = 64 * 1024;

    /// <summary>A realm document is up to 1.5 million characters, and JSON inside JSON doubles its quotes.</summary>
    public const int Document = 8 * 1024 * 1024;

    static readonly SearchValues<char> _hex = SearchValues.Create("0123456789abcdef");

    /// <summary>The body as a value; everything that is not one leaves as a <see cref="RefusedException"/>.</summary>
    public static async Task<T> Read<T>(HttpContext http, JsonTypeInfo<T> type, int bytesMax = Usual)
        where T : class
    {
        // The listener's own limit is for everybody; this one is for this address, whichever way it differs.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = bytesMax;
        if (http.Request.ContentLength > bytesMax)
            throw TooLarge(bytesMax);
        if (http.Request.ContentType is { } content
            && !content.StartsWith("application/json", StringComparison.OrdinalIgnoreCase))
            throw Malformed("Content-Type", "must be application/json");
        using var body = new MemoryStream();
        var chunk = new byte[16 * 1024];
        while (await http.Request.Body.ReadAsync(chunk, http.RequestAborted) is > 0 and var count)
        {
            if (body.Length + count > bytesMax)
                throw TooLarge(bytesMax);
            body.Write(chunk, 0, count);
        }
        try
        {
            return JsonSerializer.Deserialize(body.GetBuffer().AsSpan(0, (int)body.Length), type)
                ?? throw Malformed("$", "must be an object");
        }
        catch (JsonException e)
        {
            // The parser's own message may quote the body; its place does not.
            throw Malformed(e.Path is { Length: > 0 } path ? path : "$",
                $"(line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}) cannot be read as the "
                    + $"{typeof(T).Name} that /openapi/v1.json describes");
        }
        catch (Exception e) when (Unreadable.Is(e))
        {
            throw Malformed("$", $"cannot be read as the {typeof(T).Name} that /openapi/v1.json describes");
        }
    }

    /// <summary>A text that must be there and may not be long.</summary>
    public static string Text(string? value, string name, int lengthMax) => value is not null
        && value.Length <= lengthMax
        ? value
        : throw Malformed(name, $"must be a text of at most {lengthMax} characters");

    /// <summary>An identifier that must be there and well-formed.</summary>
    public static T Id<T>(T id, string name)
        where T : struct, IId<T> => IdRules.IsWellFormed(id.Value)
            ? id
            : throw Malformed(name, "must be an identifier (a-z 0-9 - _ . /, at most 96 characters)");

    public static T Id<T>(string? value, string name)
        where T : struct, IId<T> => Id(T.Of(value ?? ""), name);

    /// <summary>A <c>sha256:hex</c> digest.</summary>
    public static string Digest(string? value, string name) =>
        value is { Length: 71 } && value.StartsWith("sha256:", StringComparison.Ordinal)
        && value.AsSpan(7).IndexOfAnyExcept(_hex) < 0
            ? value
            : throw Malformed(name, "must be a digest like sha256:<64 hex digits>");

    public static ImmutableArray<T> List<T>(ImmutableArray<T> values, string name, int countMax) =>
        !values.IsDefault && values.Length <= countMax
            ? values
            : throw Malformed(name, $"must be a list of at most {countMax}");

    /// <summary>An instant the ledger can hold; the default of a field that was left out is none.</summary>
    public static DateTimeOffset Instant(DateTimeOffset at, string name) => at.Year is >= 2000 and < 9999
        ? at
        : throw Malformed(name, "must be an instant like 2026-01-31T09:15:00.000Z");

    public static RefusedException Malformed(string name, string why) =>
        new(new Refusal("api.malformed", $"{name} {why}."));

    static RefusedException TooLarge(int bytesMax) =>
        new(new Refusal("api.too-large", $"The body may have at most {bytesMax} bytes."));
}

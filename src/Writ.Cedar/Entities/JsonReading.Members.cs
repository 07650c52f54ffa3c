using System.Collections.Immutable;
using System.Text.Json;

namespace Writ.Cedar;

/// <summary>What every one of Cedar's JSON formats is made of: objects of known members, lists, texts.</summary>
sealed partial class JsonReading
{
    ImmutableArray<(string Name, string? Value)>? AnnotationsOf(JsonElement element)
    {
        _path.Add(".annotations");
        if (element.ValueKind != JsonValueKind.Object)
        {
            Fail<string>("an object with a text or null for each annotation", element);
            return null;
        }
        var annotations = ImmutableArray.CreateBuilder<(string, string?)>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            _here = member.Value;
            _path.Add(Step(member.Name));
            if (!Names.IsIdentifier(member.Name))
                Fail<string>("a name as annotations have it", Shown(member.Name));
            else if (!seen.Add(member.Name))
                Fail<string>("each annotation once", "it again");
            else if (member.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
                Fail<string>("a text or null", member.Value);
            if (_error is not null)
                return null;
            annotations.Add((member.Name, member.Value.GetString()));
            Leave();
        }
        Leave();
        return annotations.DrainToImmutable();
    }

    /// <summary>
    /// The values of these members, null where one is absent; nothing when there is another or one twice.
    /// </summary>
    JsonElement?[]? Members(JsonElement element, string expected, params ReadOnlySpan<string> names)
    {
        _here = element;
        if (element.ValueKind != JsonValueKind.Object)
            return Fail<JsonElement?[]>(expected, element);
        var values = new JsonElement?[names.Length];
        foreach (var member in element.EnumerateObject())
        {
            var at = names.IndexOf(member.Name);
            if (at >= 0 && values[at] is null)
            {
                values[at] = member.Value;
                continue;
            }
            _here = member.Value;
            return at < 0
                ? Fail<JsonElement?[]>(expected, $"also {Shown(member.Name)}")
                : Fail<JsonElement?[]>("each member once", $"{Shown(member.Name)} again");
        }
        return values;
    }

    ImmutableArray<T>? Items<T>(string step, JsonElement element, string expected, Func<JsonElement, T?> read)
        where T : class
    {
        _path.Add(step);
        if (element.ValueKind != JsonValueKind.Array)
        {
            Fail<T>(expected, element);
            return null;
        }
        var items = ImmutableArray.CreateBuilder<T>(element.GetArrayLength());
        foreach (var part in element.EnumerateArray())
        {
            if (In($"[{items.Count}]", part, read) is not { } item)
                return null;
            items.Add(item);
        }
        Leave();
        return items.DrainToImmutable();
    }

    T? In<T>(string step, JsonElement element, Func<JsonElement, T?> read)
        where T : class
    {
        _here = element;
        _path.Add(step);
        if (read(element) is not { } value)
            return null;
        Leave();
        return value;
    }

    string? Text(JsonElement element) =>
        element.ValueKind == JsonValueKind.String ? element.GetString() : Fail<string>("a text", element);

    static string Shown(string text) => new CedarString(Escapes.Cut(text)).ToString();

    static string Step(string name) => Names.IsIdentifier(name) ? "." + Escapes.Cut(name) : $"[{Shown(name)}]";
}

using System.Collections.Immutable;
using System.Globalization;
using Writ.Realms;

namespace Writ.Documents;

/// <summary>
/// What was found wrong in a realm directory, at most so many, so that a wrong file does not answer with itself.
/// </summary>
sealed class FaultList
{
    const int FaultsMax = 100;

    readonly ImmutableArray<DocumentFault>.Builder _faults = ImmutableArray.CreateBuilder<DocumentFault>();

    public bool IsEmpty => _faults.Count == 0;

    public ImmutableArray<DocumentFault> All => _faults.ToImmutable();

    public void Add(SourcePlace place, string code, string why) => Add(place.ToString(), code, why);

    public void Add(string path, string code, string why)
    {
        if (_faults.Count < FaultsMax)
            _faults.Add(new DocumentFault(path, code, why));
    }
}

/// <summary>
/// One map of a realm file, read key by key. Every value that is not as expected is a fault with its place and the
/// expectation; what is read then is a stand-in, because a document with faults is never used.
/// </summary>
sealed class YamlFields(YamlNode node, string what, FaultList faults)
{
    const int ListMax = 10_000;
    readonly HashSet<string> _known = new(StringComparer.Ordinal);

    readonly Dictionary<string, (YamlNode.Text Key, YamlNode Value)> _entries = node is YamlNode.Map map
        ? map.Entries.ToDictionary(e => e.Key.Value, StringComparer.Ordinal)
        : Wrong(node, what, faults);

    public SourcePlace Place => node.Place;

    /// <summary>The place of a key's value, or of the map when the key is missing.</summary>
    public SourcePlace PlaceOf(string key) => _entries.TryGetValue(key, out var entry) ? entry.Value.Place : node.Place;

    public bool Has(string key) => _entries.ContainsKey(key);

    public string Text(string key) => Required(key) is { } value ? TextOf(value, key) : "";

    public string? OptionalText(string key) => Optional(key) is { } value ? TextOf(value, key) : null;

    public T Id<T>(string key)
        where T : struct, IId<T> => Required(key) is { } value ? IdOf<T>(value, key) : default;

    /// <summary>An identifier that may be left out; then it is the empty one, which is nobody's.</summary>
    public T OptionalId<T>(string key)
        where T : struct, IId<T> => Optional(key) is { } value ? IdOf<T>(value, key) : T.Of("");

    public ImmutableArray<T> Ids<T>(string key)
        where T : struct, IId<T> => [.. Items(key).Select(item => IdOf<T>(item, key))];

    public ImmutableArray<string> Texts(string key) => [.. Items(key).Select(item => TextOf(item, key))];

    public bool Flag(string key) => Required(key) is { } value
        && Plain(value, key, "true or false",
            text => text switch { "true" => true, "false" => false, _ => (bool?)null });

    public int Number(string key, int? otherwise = null)
    {
        if (otherwise is { } given && Optional(key) is null)
            return given;
        return Required(key) is { } value
            ? Plain(value, key, "a whole number", text =>
                int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
                : (int?)null)
            : 0;
    }

    public DateOnly Date(string key) => Required(key) is { } value
        ? Plain(value, key, "a date like 2027-01-31", text => DateOnly.TryParseExact(
            text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date
            : (DateOnly?)null,
            mayBeQuoted: true)
        : default;

    /// <summary>An instant in UTC, or what holds otherwise.</summary>
    public DateTimeOffset Instant(string key, DateTimeOffset otherwise) => Optional(key) is { } value
        ? Plain(value, key, "an instant like 2026-11-16T09:00:00Z", text => DateTimeOffset.TryParseExact(
            text, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)
            ? at
            : (DateTimeOffset?)null,
            mayBeQuoted: true)
        : otherwise;

    /// <summary>One of a few words, in lower case.</summary>
    public T Word<T>(string key, T? otherwise = null)
        where T : struct, Enum
    {
        if (otherwise is { } given && Optional(key) is null)
            return given;
        var words = Enum.GetNames<T>();
        return Required(key) is { } value
            ? Plain(value, key, string.Join(", ", words.Select(Spelled)), text =>
                words.FirstOrDefault(w => Spelled(w) == text) is { } word ? Enum.Parse<T>(word) : (T?)null,
                mayBeQuoted: true)
            : default;
    }

    public YamlFields? Map(string key, string kind) =>
        Optional(key) is { } value ? new YamlFields(value, kind, faults) : null;

    public IEnumerable<YamlNode> Items(string key)
    {
        if (Optional(key) is not { } value)
            return [];
        if (value is YamlNode.List list && list.Items.Length <= ListMax)
            return list.Items;
        faults.Add(value.Place, "realm.bad-value", $"'{key}' is a list of at most {ListMax} entries.");
        return [];
    }

    /// <summary>Says of every key that nobody asked for that it means nothing here.</summary>
    public void NothingElse()
    {
        foreach (var (key, _) in _entries.Values)
            if (!_known.Contains(key.Value))
                faults.Add(key.Place, "realm.unknown-key", $"'{Shell.VisibleText.Of(Cut(key.Value))}' means nothing "
                    + $"in {what}; "
                    + $"expected one of {string.Join(", ", _known.Order(StringComparer.Ordinal))}.");
    }

    YamlNode? Required(string key)
    {
        if (Optional(key) is { } value)
            return value;
        // A key without a value has been said at its place already.
        if (!_entries.ContainsKey(key) && node is YamlNode.Map)
            faults.Add(node.Place, "realm.missing-key", $"'{key}' is missing in {what}.");
        else if (_entries.TryGetValue(key, out var entry))
            faults.Add(entry.Key.Place, "realm.missing-key", $"'{key}' has no value.");
        return null;
    }

    YamlNode? Optional(string key)
    {
        _known.Add(key);
        return _entries.TryGetValue(key, out var entry) && !IsNothing(entry.Value) ? entry.Value : null;
    }

    string TextOf(YamlNode value, string key)
    {
        if (value is YamlNode.Text text && !IsNothing(value))
            return text.Value;
        faults.Add(value.Place, "realm.bad-value", $"'{key}' is a text.");
        return "";
    }

    T IdOf<T>(YamlNode value, string key)
        where T : struct, IId<T>
    {
        if (value is YamlNode.Text { Value: var text } && IdRules.IsWellFormed(text))
            return T.Of(text);
        faults.Add(value.Place, "realm.bad-id", $"'{key}' is an id: up to {IdRules.LengthMax} of a-z 0-9 - _ . /, "
            + $"starting with a "
            + "letter or a digit.");
        return T.Of("");
    }

    T Plain<T>(YamlNode value, string key, string expected, Func<string, T?> read, bool mayBeQuoted = false)
        where T : struct
    {
        if (value is YamlNode.Text text && (text.IsPlain || mayBeQuoted) && read(text.Value) is { } found)
            return found;
        faults.Add(value.Place, "realm.bad-value", $"'{key}' is {expected}.");
        return default;
    }

    static bool IsNothing(YamlNode value) => value is YamlNode.Text { IsPlain: true, Value: "" or "~" or "null" };

    static string Spelled(string word) => word is ['T', >= '0' and <= '9'] ? word : word.ToLowerInvariant();

    static string Cut(string text) => text.Length <= 64 ? text : text[..64];

    static Dictionary<string, (YamlNode.Text, YamlNode)> Wrong(YamlNode node, string what, FaultList faults)
    {
        faults.Add(node.Place, "realm.bad-value", $"{what} is a map of keys and values.");
        return [];
    }
}

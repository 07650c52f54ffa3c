using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Writ.Cedar;

/// <summary>
/// What Unicode knows about texts that mislead the eye: scripts that do not belong together (UTS 39, 5.1), characters
/// that are not recommended for identifiers, and such that turn the direction of text around.
/// </summary>
static partial class UnicodeText
{
    static readonly Lazy<int[]> Allowed = new(ReadAllowed);
    static readonly Lazy<(int[] Starts, ScriptSet[] Sets)> Scripts = new(ReadScripts);

    /// <summary>The embeddings, overrides and isolates, and what ends them.</summary>
    public static bool IsBidiControl(Rune character) =>
        character.Value is (>= 0x202a and <= 0x202e) or (>= 0x2066 and <= 0x2069);

    public static bool IsAllowedInIdentifier(Rune character)
    {
        if (character.IsAscii)
            return character.Value is >= ' ' and <= '~';
        return RunAt(Allowed.Value, character.Value) % 2 != 0;
    }

    /// <summary>
    /// The first character that is in no script that all before it are in; nothing when there is none.
    /// </summary>
    public static Rune? FindForeign(string text)
    {
        if (Ascii.IsValid(text))
            return null;
        var (starts, sets) = Scripts.Value;
        var common = ScriptSet.All;
        foreach (var character in text.EnumerateRunes())
        {
            common = common.And(sets[RunAt(starts, character.Value)]);
            if (common.IsEmpty)
                return character;
        }
        return null;
    }

    static int RunAt(int[] starts, int character)
    {
        var at = Array.BinarySearch(starts, character);
        return at >= 0 ? at : ~at - 1;
    }

    static int[] ReadAllowed()
    {
        var starts = new List<int>();
        var next = 0;
        foreach (var length in Words(AllowedRuns))
        {
            starts.Add(next);
            next += int.Parse(length, CultureInfo.InvariantCulture);
        }
        return [.. starts];
    }

    static (int[] Starts, ScriptSet[] Sets) ReadScripts()
    {
        var words = Words(ScriptRuns);
        var starts = new int[words.Length / 2];
        var sets = new ScriptSet[words.Length / 2];
        var bits = new Dictionary<string, int>(StringComparer.Ordinal);
        var next = 0;
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] = next;
            next += int.Parse(words[2 * i], CultureInfo.InvariantCulture);
            sets[i] = ScriptSet.Read(words[2 * i + 1], bits);
        }
        return (starts, sets);
    }

    static string[] Words(string text) =>
        text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>
    /// Scripts as bits, with the writing systems that go together: Japanese, Korean, Chinese with Bopomofo.
    /// </summary>
    readonly record struct ScriptSet(ulong First, ulong Second, ulong Third)
    {
        const int BitsMax = 3 * 64;
        static readonly ImmutableArray<(string Script, string[] Systems)> Augmented =
        [
            ("Hani", ["Hanb", "Jpan", "Kore"]), ("Hira", ["Jpan"]), ("Kana", ["Jpan"]),
            ("Hang", ["Kore"]), ("Bopo", ["Hanb"]),
        ];

        public static ScriptSet All { get; } = new(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);

        public bool IsEmpty => (First | Second | Third) == 0;

        public ScriptSet And(ScriptSet other) =>
            new(First & other.First, Second & other.Second, Third & other.Third);

        public static ScriptSet Read(string scripts, Dictionary<string, int> bits)
        {
            var set = default(ScriptSet);
            foreach (var script in scripts.Split('+'))
            {
                if (script is "Zyyy" or "Zinh")
                    return All;
                if (script == "Zzzz")
                    return default;
                set = set.With(script, bits);
                foreach (var (of, systems) in Augmented)
                    if (of == script)
                        foreach (var system in systems)
                            set = set.With(system, bits);
            }
            return set;
        }

        ScriptSet With(string script, Dictionary<string, int> bits)
        {
            if (!bits.TryGetValue(script, out var bit))
                bits.Add(script, bit = bits.Count);
            if (bit >= BitsMax)
                throw new InvalidOperationException("more scripts than bits");
            var one = 1UL << (bit % 64);
            return (bit / 64) switch
            {
                0 => this with { First = First | one },
                1 => this with { Second = Second | one },
                _ => this with { Third = Third | one },
            };
        }
    }
}

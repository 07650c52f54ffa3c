using System.Text;
using System.Text.RegularExpressions;
using Writ.Corpus;
using Writ.Testing;

namespace Writ.Cedar.Tests.Schema;

/// <summary>
/// Schemas and entities of the corpus with words and brackets changed, so that they are nearly right and get far into
/// the readers. Bytes changed at random are in <see cref="FuzzTests"/>.
/// </summary>
public sealed partial class SchemaFuzzTests
{
    const int Tests = 250;
    const int ChangesEach = 8;
    const long AllocatedBytesMax = 256L << 20;

    static readonly string[] Words =
    [
        "{", "}", "<", ">", "[", "]", "(", ")", ",", ";", ":", "::", "=", "?", "@", "\"", "\"a\"", "entity", "action",
        "type",
        "namespace", "in", "enum", "tags", "appliesTo", "principal", "resource", "context", "Set", "Long", "String",
        "Bool", "Action", "__cedar", "__cedar::Long", "ipaddr", "A", "N::A", "//", "\\", "\u0430", "\u202e", "0", "",
    ];

    static readonly string[] Parts =
    [
        "{", "}", "[", "]", ",", ":", "null", "true", "1", "1.5", "99999999999999999999", "\"type\"", "\"Record\"",
        "\"Set\"", "\"Long\"", "\"name\"", "\"__cedar::Long\"", "\"uid\"",
        "\"attrs\"", "\"\"", "{}", "[]", "\"\\ud800\"",
    ];

    [Fact, Slow]
    public void A_damaged_schema_is_refused_with_a_place_or_is_the_same_in_both_formats() => ForEach((test, random) =>
    {
        var text = Damaged(test.Schema, Token(), Words, random);
        var read = SchemaDocument.ParseText(text);
        Check(read, text.Length);
        if (!read.TryGetValue(out var document))
            return false;
        var resolved = document.Resolve();
        Check(resolved, text.Length);
        var json = document.ToJson().Value;
        Assert.Equal(json, SchemaDocument.ParseJson(json).Value.ToJson().Value);
        SchemaTextTests.AssertSame(json, SchemaDocument.ParseText(document.ToText().Value).Value.ToJson().Value);
        return resolved.Succeeded;
    });

    [Fact, Slow]
    public void A_damaged_JSON_schema_is_read_or_refused_with_a_place() => ForEach((test, random) =>
    {
        if (test.SchemaJson is null)
            return false;
        var json = Damaged(test.SchemaJson, JsonToken(), Parts, random);
        var read = SchemaDocument.ParseJson(json);
        Check(read, json.Length);
        return read.TryGetValue(out var document) && document.Resolve().Succeeded;
    });

    [Fact, Slow]
    public void Damaged_entities_conform_or_are_refused_with_a_place() => ForEach((test, random) =>
    {
        var schema = CedarSchema.ParseText(test.Schema).Value;
        var json = Damaged(test.Entities, JsonToken(), Parts, random);
        var read = EntityStore.ParseJson(json, schema);
        Check(read, json.Length);
        if (!read.TryGetValue(out var store))
            return false;
        // What was accepted by its text is accepted by its values too.
        Assert.True(EntityStore.Create(store.Entities, schema).Succeeded);
        return true;
    });

    static void ForEach(Func<PackedTest, Random, bool> accepts)
    {
        var path = SharedData.Require("data/cedar-corpus/packed/corpus-dev.jsonl.gz");
        var accepted = 0;
        foreach (var (number, line) in CorpusFile.Lines(path).Take(Tests))
        {
            using var test = PackedTest.Parse(line, "corpus");
            for (var change = 0; change < ChangesEach; change++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    accepted += accepts(test, new Random(number * ChangesEach + change)) ? 1 : 0;
                }
                catch (Exception fault)
                {
                    Assert.Fail($"line {number}, change {change}: {fault}");
                }
                var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(allocated < AllocatedBytesMax, $"line {number}, change {change}: {allocated} bytes");
            }
        }
        Assert.InRange(accepted, 1, Tests * ChangesEach - 1);
    }

    static void Check<T>(ParseResult<T> result, int length)
        where T : class
    {
        Assert.True(result.Succeeded != result.Errors.Count > 0);
        Assert.InRange(result.Errors.Count, 0, CedarLimits.ErrorsMax);
        foreach (var error in result.Errors)
        {
            Assert.InRange(error.Position.Offset, 0, length);
            Assert.InRange(error.ToString().Length, 1, 2_000);
        }
    }

    // One to three tokens are taken out, doubled, or replaced by a word of the language.
    static string Damaged(string text, Regex token, string[] words, Random random)
    {
        var changed = new StringBuilder(text);
        for (var change = random.Next(1, 4); change > 0; change--)
        {
            var tokens = token.Matches(changed.ToString());
            if (tokens.Count == 0)
                break;
            var at = tokens[random.Next(tokens.Count)];
            changed.Remove(at.Index, at.Length);
            changed.Insert(at.Index, random.Next(4) switch
            {
                0 => "",
                1 => at.Value + " " + at.Value,
                2 => tokens[random.Next(tokens.Count)].Value,
                _ => words[random.Next(words.Length)],
            });
        }
        return changed.ToString();
    }

    [GeneratedRegex("""\w+|"[^"\n]*"|::|\S""")]
    private static partial Regex Token();

    [GeneratedRegex("""[\w.-]+|"[^"\n]*"|\S""")]
    private static partial Regex JsonToken();
}

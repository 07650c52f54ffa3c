using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Writ.Linux;

namespace Writ.Ledger.Tests;

public sealed class PropertyTests
{
    static readonly string[] Pieces =
    [
        "", "a", "b", "key", "\"", "\\", "/", "\n", "\t", "\r", "\b", "\f", "\0", "\u001f", "\u007f", "\u0080", "é",
        "€", "\ud7ff", "\ue000", "\ufb33", "\uffff", "\ud83d\ude00", "\ud800\udc00", "\udbff\udfff", "<",
        "+", "0", "1",
    ];

    static readonly string[] Soup =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "d800", "dc00", "00", "0", "-", "1", ".", "e", "true", "null",
        "\"a\"", "\"b\":", " ", "\n", "\"\\u0061\":", "9007199254740991", "9007199254740992", "é", "\u0001", "/",
    ];

    static Gen<string> Text { get; } = Gen.Elements(Pieces).ListOf().Select(static words => string.Concat(words));

    static Gen<string> Json { get; } = Gen.Choose(0, 3).SelectMany(Value).Select(static node => Spell(node));

    [Fact]
    public void What_System_Text_Json_writes_comes_out_as_a_plain_reading_of_the_RFC_says() =>
        Check(Json, static text =>
        {
            var canonical = Canonical(text);
            return canonical is not null
                && Encoding.UTF8.GetString(canonical) == Reference(JsonNode.Parse(text))
                && CanonicalJson.IsCanonical(canonical)
                && canonical.AsSpan().SequenceEqual(Canonical(Encoding.UTF8.GetString(canonical)));
        });

    [Fact]
    public void Nothing_is_accepted_that_is_not_JSON() =>
        Check(Gen.Elements(Soup).ListOf().Select(static words => string.Concat(words)), static text =>
            Canonical(text) is not { } canonical
            || (IsJson(text) && CanonicalJson.IsCanonical(canonical)
                && Encoding.UTF8.GetString(canonical) == Reference(JsonNode.Parse(text))));

    [Fact]
    public void A_damaged_text_is_refused_or_still_JSON() =>
        Check(from text in Json from at in Gen.Choose(0, 200) from word in Gen.Elements(Soup) select (text, at, word),
            static broken =>
            {
                var text = broken.text.Insert(Math.Min(broken.at, broken.text.Length), broken.word);
                return Canonical(text) is null || IsJson(text);
            });

    [Fact]
    public void Every_leaf_of_every_tree_can_be_proved() =>
        Check(from n in Gen.Choose(1, 700) from i in Gen.Choose(0, n - 1) select (n, i), static place =>
        {
            var (size, index) = place;
            var ledger = PublishedLedger.OfSize(700);
            var reader = new TileReader(700, ledger.Read);
            var leaves = ledger.Entries.Take(size).Select(static entry => MerkleTree.LeafHash(entry)).ToArray();
            var root = MerkleTreeTests.TextbookRoot(leaves);
            var path = MerkleTree.InclusionProof(index, size, reader.Node);
            var proof = MerkleTree.ConsistencyProof(size, 700, reader.Node);
            return MerkleTree.VerifyInclusion(leaves[index], index, size, path, root)
                && MerkleTree.VerifyConsistency(size, root, 700, ledger.Head.Root, proof);
        });

    [Fact]
    public void No_bit_of_a_published_ledger_can_be_changed() =>
        Check(
            from size in Gen.Elements(1, 2, 255, 256, 257, 511, 512, 700)
            from file in Gen.Choose(0, 1000)
            from at in Gen.Choose(0, 1 << 20)
            from bit in Gen.Choose(0, 7)
            select (size, file, at, bit),
            static flip =>
            {
                var ledger = PublishedLedger.OfSize(flip.size);
                var bytes = ledger.Files.ElementAt(flip.file % ledger.Files.Count).Value;
                bytes[flip.at % bytes.Length] ^= (byte)(1 << flip.bit);
                return !ledger.Audit().IsIntact;
            });

    [Fact]
    public void A_note_opens_to_the_text_that_was_signed() =>
        Check(Text.Where(static text => !text.Any(static c => c < ' ')), static text =>
        {
            var signed = Encoding.UTF8.GetBytes(text.Replace("é", "\n", StringComparison.Ordinal) + "\n");
            var note = SignedNote.Sign(signed, PublishedLedger.Key, m => Ed25519.Sign(PublishedLedger.Seed, m));
            return SignedNote.TryOpen(note, PublishedLedger.Key, PublishedLedger.Verify, out var opened, out _)
                && opened.Span.SequenceEqual(signed);
        });

    static void Check<T>(Gen<T> generator, Func<T, bool> holds) =>
        Prop.ForAll(generator.ToArbitrary(), holds).QuickCheckThrowOnFailure();

    static Gen<JsonNode?> Value(int depth)
    {
        var integers = Gen.Choose(int.MinValue, int.MaxValue)
            .Select(static n => (JsonNode?)JsonValue.Create(n * 4_000_000L));
        var texts = Text.Select(static text => (JsonNode?)JsonValue.Create(text));
        var words = Gen.Elements("true", "false", "null").Select(static word => JsonNode.Parse(word));
        if (depth == 0)
            return Gen.OneOf(integers, texts, words);
        var member = from key in Text from value in Value(depth - 1) select (key, value);
        var objects = member.ListOf().Select(static members => (JsonNode?)new JsonObject(
            members.DistinctBy(static m => m.key)
                .Select(static m => KeyValuePair.Create(m.key, m.value?.DeepClone()))));
        var arrays = Value(depth - 1).ListOf().Select(static items =>
            (JsonNode?)new JsonArray([.. items.Select(static item => item?.DeepClone())]));
        return Gen.OneOf(objects, arrays, texts);
    }

    static string Spell(JsonNode? node) =>
        node?.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) ?? "null";

    /// <summary>RFC 8785 in its plainest form, sharing nothing with the code under test.</summary>
    static string Reference(JsonNode? node) => node switch
    {
        null => "null",
        JsonArray items => "[" + string.Join(',', items.Select(Reference)) + "]",
        JsonObject members => "{" + string.Join(',', members
            .OrderBy(static member => member.Key, StringComparer.Ordinal)
            .Select(static member => Quote(member.Key) + ":" + Reference(member.Value))) + "}",
        _ => node.GetValueKind() switch
        {
            JsonValueKind.String => Quote(node.GetValue<string>()),
            JsonValueKind.Number => ((long)node.GetValue<decimal>()).ToString(),
            _ => node.ToJsonString(),
        },
    };

    static string Quote(string text) => "\"" + string.Concat(text.Select(static c => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\b' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\f' => "\\f",
        '\r' => "\\r",
        < ' ' => $"\\u{(int)c:x4}",
        _ => c.ToString(),
    })) + "\"";

    static byte[]? Canonical(string text)
    {
        var output = new ArrayBufferWriter<byte>();
        return CanonicalJson.TryCanonicalize(Encoding.UTF8.GetBytes(text), output, out _)
            ? output.WrittenSpan.ToArray()
            : null;
    }

    static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

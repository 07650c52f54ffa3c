using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Writ.Ledger.Tests;

public sealed class CanonicalJsonTests
{
    [Theory]
    [InlineData("{}", "{}")]
    [InlineData(" [ ] ", "[]")]
    [InlineData("\t{ \"b\" : 1 ,\r\n \"a\" : [ true , false , null ] }", """{"a":[true,false,null],"b":1}""")]
    [InlineData("\"plain\"", "\"plain\"")]
    [InlineData("-0", "0")]
    [InlineData("0", "0")]
    [InlineData("-17", "-17")]
    [InlineData("9007199254740991", "9007199254740991")]
    [InlineData("-9007199254740991", "-9007199254740991")]
    [InlineData("""{"z":{"b":{"y":1,"x":2},"a":0},"a":{"d":4,"c":3}}""",
        """{"a":{"c":3,"d":4},"z":{"a":0,"b":{"x":2,"y":1}}}""")]
    [InlineData("""{"ab":1,"a":2,"":3,"aa":4}""", """{"":3,"a":2,"aa":4,"ab":1}""")]
    public void A_value_has_one_text(string given, string canonical) => Assert.Equal(canonical, Canonical(given));

    [Theory]
    [InlineData(@"""\u0041\/\u00e9""", "\"A/\u00e9\"")]
    [InlineData(@"""\u0008\u0009\u000a\u000C\u000d""", @"""\b\t\n\f\r""")]
    [InlineData(@"""\u0000\u001F\u000b""", @"""\u0000\u001f\u000b""")]
    [InlineData(@"""\u0022\u005c\""\\""", @"""\""\\\""\\""")]
    [InlineData(@"""\uD83D\ude00""", "\"\U0001F600\"")]
    [InlineData("\"\u007f\u2028\ufeff\"", "\"\u007f\u2028\ufeff\"")]
    public void Escapes_are_the_fewest_possible(string given, string canonical) =>
        Assert.Equal(canonical, Canonical(given));

    [Fact]
    public void Keys_sort_by_utf16_code_units_as_in_the_example_of_the_rfc()
    {
        const string Given = """
            {"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
             "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
             "\u00f6": "Latin Small Letter O With Diaeresis"}
            """;
        using var parsed = JsonDocument.Parse(Canonical(Given));
        Assert.Equal(
            ["Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign",
                "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh"],
            parsed.RootElement.EnumerateObject().Select(p => p.Value.GetString()));
    }

    [Theory]
    [InlineData("", 0, "json.syntax")]
    [InlineData("   ", 3, "json.syntax")]
    [InlineData("{} {}", 3, "json.syntax")]
    [InlineData("\ufeff{}", 0, "json.syntax")]
    [InlineData("[1,]", 3, "json.syntax")]
    [InlineData("[1 2]", 3, "json.syntax")]
    [InlineData("{\"a\" 1}", 5, "json.syntax")]
    [InlineData("{\"a\":1,}", 7, "json.syntax")]
    [InlineData("{a:1}", 1, "json.syntax")]
    [InlineData("{\"a\":1", 6, "json.syntax")]
    [InlineData("[", 1, "json.syntax")]
    [InlineData("tru", 0, "json.syntax")]
    [InlineData("nulll", 4, "json.syntax")]
    [InlineData("NaN", 0, "json.syntax")]
    [InlineData("-", 1, "json.syntax")]
    [InlineData("+1", 0, "json.syntax")]
    [InlineData("01", 0, "json.syntax")]
    [InlineData("-01", 0, "json.syntax")]
    [InlineData("\"abc", 4, "json.syntax")]
    [InlineData("\"a\tb\"", 2, "json.syntax")]
    [InlineData(@"""\x""", 1, "json.syntax")]
    [InlineData(@"""\u12g4""", 1, "json.syntax")]
    [InlineData(@"""\u12", 1, "json.syntax")]
    [InlineData("\"\\", 1, "json.syntax")]
    [InlineData("1.0", 0, "json.not-integer")]
    [InlineData("[1e3]", 1, "json.not-integer")]
    [InlineData("9007199254740992", 0, "json.integer-range")]
    [InlineData("-9007199254740992", 0, "json.integer-range")]
    [InlineData("99999999999999999999999999999999999999999999", 0, "json.integer-range")]
    [InlineData("""{"a":1,"a":2}""", 7, "json.duplicate-key")]
    [InlineData("""{"b":1,"a":2,"c":3,"a":4}""", 19, "json.duplicate-key")]
    [InlineData("""{"a":1,"\u0061":2}""", 7, "json.duplicate-key")]
    [InlineData(@"{""\n"":1,""\u000a"":2}", 8, "json.duplicate-key")]
    [InlineData(@"""\ud800""", 1, "json.lone-surrogate")]
    [InlineData(@"""\udc00""", 1, "json.lone-surrogate")]
    [InlineData(@"""\ud800\u0041""", 1, "json.lone-surrogate")]
    [InlineData(@"""\ud800x""", 1, "json.lone-surrogate")]
    public void Text_without_one_meaning_has_no_canonical_form(string given, int offset, string code)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.False(CanonicalJson.TryCanonicalize(Encoding.UTF8.GetBytes(given), output, out var fault));
        Assert.Equal((code, offset), (fault.Code, fault.Offset));
        Assert.NotEmpty(fault.Why);
        Assert.Equal(0, output.WrittenCount);
    }

    [Theory]
    [InlineData(new byte[] { 0x22, 0x61, 0x80, 0x22 }, 2)]
    [InlineData(new byte[] { 0x22, 0xC0, 0xAF, 0x22 }, 1)]
    [InlineData(new byte[] { 0x22, 0xED, 0xA0, 0x80, 0x22 }, 1)]
    [InlineData(new byte[] { 0x22, 0xF4, 0x90, 0x80, 0x80, 0x22 }, 1)]
    [InlineData(new byte[] { 0x22, 0xE2, 0x82 }, 1)]
    public void Ill_formed_utf8_is_refused_where_it_stands(byte[] given, int offset)
    {
        Assert.False(CanonicalJson.TryCanonicalize(given, new ArrayBufferWriter<byte>(), out var fault));
        Assert.Equal(("json.utf8", offset), (fault.Code, fault.Offset));
    }

    [Fact]
    public void Depth_and_size_have_limits()
    {
        Assert.Equal("json.depth", Refusal(new string('[', 65) + new string(']', 65)));
        Assert.Equal("json.depth", Refusal(string.Concat(Enumerable.Repeat("{\"a\":", 65))));
        Assert.Equal("json.size", Refusal('"' + new string('x', CanonicalJson.BytesMax - 1) + '"'));

        var deepest = new string('[', 64) + new string(']', 64);
        Assert.Equal(deepest, Canonical(deepest));
        var longest = '"' + new string('x', CanonicalJson.BytesMax - 2) + '"';
        Assert.Equal(longest, Canonical(longest));
    }

    [Fact]
    public void Many_keys_sort_as_ordinal_strings_do()
    {
        var random = new Random(20250101);
        string[] pieces = ["a", "b", "\"", "\\", "\n", "\u0001", "\u001f", "é", "\ud7ff", "\ue000", "\uffff", "😀", "\U0010ffff"];
        for (var round = 0; round < 300; round++)
        {
            var keys = new HashSet<string>(StringComparer.Ordinal);
            for (var i = random.Next(1, 60); i > 0; i--)
                keys.Add(string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => pieces[random.Next(pieces.Length)])));

            var given = JsonSerializer.Serialize(keys.ToDictionary(k => k, k => k.Length));
            var canonical = Canonical(given);
            using var parsed = JsonDocument.Parse(canonical);
            Assert.Equal(keys.Order(StringComparer.Ordinal), parsed.RootElement.EnumerateObject().Select(p => p.Name));
            Assert.All(parsed.RootElement.EnumerateObject(), p => Assert.Equal(p.Name.Length, p.Value.GetInt32()));
            Assert.Equal(canonical, Canonical(canonical));
            Assert.True(CanonicalJson.IsCanonical(Encoding.UTF8.GetBytes(canonical)));
        }
    }

    [Fact]
    public void A_wide_object_is_sorted_and_its_duplicate_found()
    {
        var members = Enumerable.Range(0, 50_000).Reverse().Select(i => $"\"{i:D6}\":{i}").ToArray();
        var sorted = "{" + string.Join(',', members.Reverse()) + "}";
        Assert.Equal(sorted, Canonical("{" + string.Join(',', members) + "}"));
        Assert.Equal("json.duplicate-key", Refusal("{" + string.Join(',', members) + ",\"000007\":0}"));
    }

    [Theory]
    [InlineData("""{"a":1}""", true)]
    [InlineData("""{"a": 1}""", false)]
    [InlineData("""{"b":1,"a":2}""", false)]
    [InlineData("\"\\/\"", false)]
    [InlineData("-0", false)]
    [InlineData("{", false)]
    public void Only_the_canonical_text_is_canonical(string given, bool canonical) =>
        Assert.Equal(canonical, CanonicalJson.IsCanonical(Encoding.UTF8.GetBytes(given)));

    [Fact]
    public void Canonicalizing_allocates_nothing_per_property()
    {
        var given = Encoding.UTF8.GetBytes(
            "{" + string.Join(',', Enumerable.Range(0, 20).Reverse().Select(i => string.Create(CultureInfo.InvariantCulture,
                $"\"key{i:D3}\":{{\"b\":{i},\"a\":\"text\"}}"))) + "}");
        var output = new ArrayBufferWriter<byte>(4096);
        Assert.True(CanonicalJson.TryCanonicalize(given, output, out _));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            output.ResetWrittenCount();
            CanonicalJson.TryCanonicalize(given, output, out _);
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 * 64);
    }

    static string Canonical(string given)
    {
        var output = new ArrayBufferWriter<byte>();
        var done = CanonicalJson.TryCanonicalize(Encoding.UTF8.GetBytes(given), output, out var fault);
        Assert.True(done, $"{fault.Code} at {fault.Offset}: {fault.Why}");
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    static string Refusal(string given)
    {
        Assert.False(CanonicalJson.TryCanonicalize(Encoding.UTF8.GetBytes(given), new ArrayBufferWriter<byte>(), out var fault));
        return fault.Code;
    }
}

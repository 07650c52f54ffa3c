using System.Buffers;
using System.Text;

namespace Writ.Ledger.Tests;

public sealed class CanonicalJsonTests
{
    [Theory]
    [InlineData("""{}""", """{}""")]
    [InlineData(""" [ 1 , 2 ] """, """[1,2]""")]
    [InlineData("""{"b":1,"a":2}""", """{"a":2,"b":1}""")]
    [InlineData("""{"b":{"z":[],"y":{}},"a":null}""", """{"a":null,"b":{"y":{},"z":[]}}""")]
    [InlineData("""{"aa":1,"a":2,"":3}""", """{"":3,"a":2,"aa":1}""")]
    [InlineData("""[true,false,null]""", """[true,false,null]""")]
    [InlineData("""-0""", """0""")]
    [InlineData("""9007199254740991""", """9007199254740991""")]
    [InlineData("""-9007199254740991""", """-9007199254740991""")]
    [InlineData(""" "\/" """, "\"/\"")]
    [InlineData(""" "\u0041\u00e9\u20AC" """, "\"A\u00e9\u20ac\"")]
    [InlineData(""" "\ud83d\ude02" """, "\"\ud83d\ude02\"")]
    [InlineData(""" "\u0000\u0007\u001F\u0008\u000c\u000A\u000d\u0009" """, """
        "\u0000\u0007\u001f\b\f\n\r\t"
        """)]
    [InlineData(""" "\u0022\u005c\u002b\u003C\u007f" """, "\"\\\"\\\\+<\u007f\"")]
    public void Text_is_written_in_its_one_form(string input, string expected)
    {
        Assert.Equal(expected, Canonical(input));
        Assert.Equal(expected, Canonical(expected));
    }

    // RFC 8785 section 3.2.3: keys sort by UTF-16 code units, so the emoji comes before U+FB33.
    [Fact]
    public void The_sorting_example_of_the_RFC_comes_out_in_its_order()
    {
        const string input = """
            {"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
             "\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}
            """;
        var expected = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\","
            + "\"\u00f6\":\"Latin Small Letter O With Diaeresis\",\"\u20ac\":\"Euro Sign\","
            + "\"\ud83d\ude00\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}";
        Assert.Equal(expected, Canonical(input));
    }

    // RFC 8785 section 3.2.2 without its fractions.
    [Fact]
    public void The_string_example_of_the_RFC_comes_out_as_printed()
    {
        const string input = """
            { "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false] }
            """;
        Assert.Equal(
            "{\"literals\":[null,true,false],\"string\":\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}", Canonical(input));
    }

    [Theory]
    [InlineData("", 0, "json.syntax")]
    [InlineData("{", 1, "json.syntax")]
    [InlineData("{,}", 1, "json.syntax")]
    [InlineData("""{"a":1,}""", 7, "json.syntax")]
    [InlineData("""{"a" 1}""", 5, "json.syntax")]
    [InlineData("""{"a":1 "b":2}""", 7, "json.syntax")]
    [InlineData("[1,]", 3, "json.syntax")]
    [InlineData("[1 2]", 3, "json.syntax")]
    [InlineData("1 2", 2, "json.syntax")]
    [InlineData("tru", 0, "json.syntax")]
    [InlineData("01", 0, "json.syntax")]
    [InlineData("-", 0, "json.syntax")]
    [InlineData("+1", 0, "json.syntax")]
    [InlineData("NaN", 0, "json.syntax")]
    [InlineData("\"a", 2, "json.syntax")]
    [InlineData("\"a\\", 3, "json.syntax")]
    [InlineData("\"\\x\"", 1, "json.syntax")]
    [InlineData("\"\\u12\"", 1, "json.syntax")]
    [InlineData("\"\\u12g4\"", 1, "json.syntax")]
    [InlineData("\"a\nb\"", 2, "json.syntax")]
    [InlineData("// no\n1", 0, "json.syntax")]
    [InlineData("\ufeff1", 0, "json.syntax")]
    [InlineData("[1.0]", 1, "json.not-integer")]
    [InlineData("[1e3]", 1, "json.not-integer")]
    [InlineData("[-0.5]", 1, "json.not-integer")]
    [InlineData("9007199254740992", 0, "json.integer-range")]
    [InlineData("-9007199254740992", 0, "json.integer-range")]
    [InlineData("99999999999999999999999999999999", 0, "json.integer-range")]
    [InlineData("\"\\ud800\"", 1, "json.lone-surrogate")]
    [InlineData("\"\\udc00\"", 1, "json.lone-surrogate")]
    [InlineData("\"\\ud800\\u0041\"", 1, "json.lone-surrogate")]
    [InlineData("""{"a":1,"a":2}""", 7, "json.duplicate-key")]
    [InlineData("""{"b":1,"a":{},"\u0062":2}""", 14, "json.duplicate-key")]
    public void Text_without_a_canonical_form_is_refused_where_it_goes_wrong(string input, int offset, string code)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.False(CanonicalJson.TryCanonicalize(Encoding.UTF8.GetBytes(input), output, out var fault));
        Assert.Equal((offset, code), (fault.Offset, fault.Code));
        Assert.Equal(0, output.WrittenCount);
    }

    [Theory]
    [InlineData(new byte[] { (byte)'"', 0x80, (byte)'"' }, 1)]
    [InlineData(new byte[] { (byte)'"', (byte)'a', 0xC0, 0x80, (byte)'"' }, 2)]
    [InlineData(new byte[] { (byte)'"', 0xED, 0xA0, 0x80, (byte)'"' }, 1)]
    [InlineData(new byte[] { (byte)'"', 0xC3 }, 1)]
    public void Bytes_that_are_not_text_are_refused(byte[] input, int offset)
    {
        Assert.False(CanonicalJson.TryCanonicalize(input, new ArrayBufferWriter<byte>(), out var fault));
        Assert.Equal((offset, CanonicalJsonFault.Utf8), (fault.Offset, fault.Code));
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Depth_has_a_limit(int depth, bool allowed)
    {
        var arrays = new string('[', depth) + new string(']', depth);
        Assert.Equal(allowed, TryCanonical(arrays, out _));
        var objects = string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
        Assert.Equal(allowed, TryCanonical(objects, out _));
    }

    [Theory]
    [InlineData(CanonicalJson.InputBytesMax, true)]
    [InlineData(CanonicalJson.InputBytesMax + 1, false)]
    public void Size_has_a_limit(int bytes, bool allowed) =>
        Assert.Equal(allowed, TryCanonical('"' + new string('a', bytes - 2) + '"', out _));

    [Fact]
    public void Many_unsorted_members_are_sorted_and_their_duplicate_is_found()
    {
        var keys = Enumerable.Range(0, 20_000).Select(i => $"k{(i * 7919L) % 20_000:d5}").ToList();
        var text = "{" + string.Join(',', keys.Select(k => $"\"{k}\":1")) + "}";
        var sorted = "{" + string.Join(',', keys.Order(StringComparer.Ordinal).Select(k => $"\"{k}\":1")) + "}";
        Assert.Equal(sorted, Canonical(text));
        Assert.False(TryCanonical(text[..^1] + ",\"k00000\":2}", out var fault));
        Assert.Equal((CanonicalJsonFault.DuplicateKey, text.Length), (fault.Code, fault.Offset));
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData("{} ", false)]
    [InlineData("""{"b":1,"a":2}""", false)]
    [InlineData("""{"a":2,"b":1}""", true)]
    [InlineData(""" "\u00e9" """, false)]
    [InlineData("{", false)]
    public void Bytes_know_whether_they_are_canonical(string text, bool expected) =>
        Assert.Equal(expected, CanonicalJson.IsCanonical(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void The_result_follows_what_the_buffer_already_holds()
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write("x"u8);
        Assert.True(CanonicalJson.TryCanonicalize("[ 1 ]"u8, output, out var fault));
        Assert.Equal(default, fault);
        Assert.Equal("x[1]", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    static string Canonical(string input)
    {
        var output = new ArrayBufferWriter<byte>();
        var ok = CanonicalJson.TryCanonicalize(Encoding.UTF8.GetBytes(input), output, out var fault);
        Assert.True(ok, fault.ToString());
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    static bool TryCanonical(string input, out CanonicalJsonFault fault) =>
        CanonicalJson.TryCanonicalize(Encoding.UTF8.GetBytes(input), new ArrayBufferWriter<byte>(), out fault);
}

namespace Writ.Cedar.Tests;

public sealed class ValueTests
{
    [Theory]
    [InlineData("1.0", 10_000L)]
    [InlineData("-0.5", -5_000L)]
    [InlineData("0.0001", 1L)]
    [InlineData("00012.3400", 123_400L)]
    [InlineData("922337203685477.5807", long.MaxValue)]
    [InlineData("-922337203685477.5808", long.MinValue)]
    [InlineData("922337203685477.5808", null)]
    [InlineData("-922337203685477.5809", null)]
    [InlineData("99999999999999999999999999999999999999999999999999.0", null)]
    [InlineData("1", null)]
    [InlineData("1.", null)]
    [InlineData(".1", null)]
    [InlineData("1.00000", null)]
    [InlineData("+1.0", null)]
    [InlineData("-.5", null)]
    [InlineData("1.-5", null)]
    [InlineData("1.0.0", null)]
    [InlineData(" 1.0", null)]
    [InlineData("\u0661.0", null)]
    public void A_decimal_is_exact(string text, long? expected) =>
        Assert.Equal(expected, CedarDecimal.TryParse(text, out var value) ? value.TenThousandths : null);

    [Theory]
    [InlineData("0.0.0.0", "ip(\"0.0.0.0/32\")")]
    [InlineData("10.20.30.40/8", "ip(\"10.20.30.40/8\")")]
    [InlineData("::", "ip(\"0:0:0:0:0:0:0:0/128\")")]
    [InlineData("1::8", "ip(\"1:0:0:0:0:0:0:8/128\")")]
    [InlineData("1:2:3:4:5:6:7::", "ip(\"1:2:3:4:5:6:7:0/128\")")]
    [InlineData("::2:3:4:5:6:7:8/0", "ip(\"0:2:3:4:5:6:7:8/0\")")]
    [InlineData("ABCD:ef01::/128", "ip(\"abcd:ef01:0:0:0:0:0:0/128\")")]
    [InlineData("1:2:3:4:5:6:7:8::", null)]
    [InlineData("1:2:3:4::5:6:7:8", null)]
    [InlineData("1::2::3", null)]
    [InlineData(":::", null)]
    [InlineData("1:2:3:4:5:6:7", null)]
    [InlineData("1:2:3:4:5:6:7:8:9", null)]
    [InlineData("12345::", null)]
    [InlineData("g::", null)]
    [InlineData("::ffff:127.0.0.1", null)]
    [InlineData("::/129", null)]
    [InlineData("::/08", null)]
    [InlineData("::/", null)]
    [InlineData("1.2.3", null)]
    [InlineData("1.2.3.4.5", null)]
    [InlineData("1.2.3.256", null)]
    [InlineData("01.2.3.4", null)]
    [InlineData("1.2.3.4/33", null)]
    [InlineData("1.2.3.4/-1", null)]
    [InlineData("1.2.3.4/+8", null)]
    [InlineData("1.2.3.4/8/8", null)]
    [InlineData("1..3.4", null)]
    [InlineData("", null)]
    [InlineData(" 1.2.3.4", null)]
    public void An_ip_has_one_spelling_of_its_family(string text, string? expected)
    {
        Assert.Equal(expected, CedarIp.TryParse(text, out var value) ? value.ToString() : null);
        if (value is not null)
            Assert.True(CedarIp.TryParse(value.ToString()[4..^2], out var again) && again.Equals(value));
    }

    [Theory]
    [InlineData("1970-01-01", 0L)]
    [InlineData("1969-12-31", -86_400_000L)]
    [InlineData("2024-02-29", 1_709_164_800_000L)]
    [InlineData("0000-01-01", -62_167_219_200_000L)]
    [InlineData("0000-02-29", -62_162_121_600_000L)]
    [InlineData("0001-01-01", -62_135_596_800_000L)]
    [InlineData("9999-12-31T23:59:59.999Z", 253_402_300_799_999L)]
    [InlineData("2024-10-15T11:38:02Z", 1_728_992_282_000L)]
    [InlineData("2024-10-15T11:38:02.101+1134", 1_728_950_642_101L)]
    [InlineData("2024-10-15T11:38:02-1134", 1_729_033_922_000L)]
    [InlineData("9999-12-31T23:59:59-2359", 253_402_387_139_000L)]
    [InlineData("2023-02-29", null)]
    [InlineData("1900-02-29", null)]
    [InlineData("2024-00-01", null)]
    [InlineData("2024-13-01", null)]
    [InlineData("2024-01-00", null)]
    [InlineData("2024-1-01", null)]
    [InlineData("10000-01-01", null)]
    [InlineData("2024-01-01T", null)]
    [InlineData("2024-01-01Z", null)]
    [InlineData("2024-01-01T24:00:00Z", null)]
    [InlineData("2016-12-31T23:59:60Z", null)]
    [InlineData("2024-01-01T00:00:00", null)]
    [InlineData("2024-01-01T00:00:00z", null)]
    [InlineData("2024-01-01 00:00:00Z", null)]
    [InlineData("2024-01-01T00:00:00.1Z", null)]
    [InlineData("2024-01-01T00:00:00.1234Z", null)]
    [InlineData("2024-01-01T00:00:00+01:00", null)]
    [InlineData("2024-01-01T00:00:00+2400", null)]
    [InlineData("2024-01-01T00:00:00+0060", null)]
    [InlineData("2024-01-01T00:00:00ZZ", null)]
    [InlineData("", null)]
    public void A_datetime_has_five_forms(string text, long? expected) =>
        Assert.Equal(expected, CedarDatetime.TryParse(text, out var value) ? value.Milliseconds : null);

    [Theory]
    [InlineData("0ms", 0L)]
    [InlineData("1d2h3m4s5ms", 93_784_005L)]
    [InlineData("-1d1ms", -86_400_001L)]
    [InlineData("90m", 5_400_000L)]
    [InlineData("1m1ms", 60_001L)]
    [InlineData("00001s", 1000L)]
    [InlineData("9223372036854775807ms", long.MaxValue)]
    [InlineData("-9223372036854775808ms", long.MinValue)]
    [InlineData("9223372036854775808ms", null)]
    [InlineData("106751991168d", null)]
    [InlineData("99999999999999999999999999d", null)]
    [InlineData("", null)]
    [InlineData("-", null)]
    [InlineData("1", null)]
    [InlineData("ms", null)]
    [InlineData("1s1m", null)]
    [InlineData("1s1s", null)]
    [InlineData("1ms1s", null)]
    [InlineData("1d-1h", null)]
    [InlineData("+1d", null)]
    [InlineData("1.5h", null)]
    [InlineData("1w", null)]
    [InlineData("1d ", null)]
    public void A_duration_has_its_units_in_order(string text, long? expected) =>
        Assert.Equal(expected, CedarDuration.TryParse(text, out var value) ? value.Milliseconds : null);

    [Theory]
    [InlineData("User::\"alice\"", "User", "alice")]
    [InlineData(" App :: User :: \"\" // comment", "App::User", "")]
    [InlineData("U::\"a\\\"b\\u{202e}\"", "U", "a\"b\u202e")]
    public void An_entity_uid_is_read_from_its_Cedar_form(string text, string type, string id) =>
        Assert.Equal((type, id), (Given.Uid(text).Type, Given.Uid(text).Id));

    [Theory]
    [InlineData("")]
    [InlineData("User")]
    [InlineData("User::alice")]
    [InlineData("::\"alice\"")]
    [InlineData("User::\"alice\" x")]
    [InlineData("if::\"alice\"")]
    [InlineData("__cedar::User::\"alice\"")]
    public void Other_texts_are_no_entity_uid(string text) => Assert.False(EntityUid.TryParse(text, out _));

    [Theory]
    [InlineData("")]
    [InlineData("User::")]
    [InlineData("1User")]
    [InlineData("a b")]
    [InlineData("a::in")]
    public void A_type_that_is_no_name_is_a_bug(string type) =>
        Assert.Throws<ArgumentException>(() => new EntityUid(type, "x"));

    [Fact]
    public void Values_are_printed_as_Cedar_with_what_is_invisible_made_visible()
    {
        var record = new RecordBuilder()
            .Add("a b", new EntityUid("User", "x\u202e\u200b\n\""))
            .Add("n", CedarSet.Of(new CedarLong(-1), CedarBool.True))
            .Add("d", new CedarDecimal(-15_005))
            .Add("t", new CedarDatetime(-1))
            .Build();
        Assert.Equal(
            """{"a b": User::"x\u{202e}\u{200b}\n\"", "n": [-1, true], "d": decimal("-1.5005"), """
            + "\"t\": datetime(\"1970-01-01\").offset(duration(\"-1ms\"))}",
            record.ToString());
    }

    [Fact]
    public void Equal_values_have_equal_hashes()
    {
        var pairs = new (Value First, Value Second)[]
        {
            (CedarSet.OfStrings(["a", "b"]), CedarSet.OfStrings(["b", "a", "b"])),
            (new RecordBuilder().Add("a", 1).Add("b", true).Build(),
                new RecordBuilder().Add("b", true).Add("a", 1).Build()),
            (new EntityUid("A", "x"), Given.Uid("A::\"x\"")),
            (new CedarDecimal(1), new CedarDecimal(1)),
            (CedarDatetime.Of(DateTimeOffset.UnixEpoch), new CedarDatetime(0)),
        };
        Assert.All(pairs, pair => Assert.Equal(pair.First, pair.Second));
        Assert.All(pairs, pair => Assert.Equal(pair.First.GetHashCode(), pair.Second.GetHashCode()));
        Assert.NotEqual<Value>(new CedarLong(1), new CedarDuration(1));
        Assert.NotEqual<Value>(new CedarDuration(1), new CedarDatetime(1));
    }

    [Fact]
    public void A_large_record_finds_its_attributes()
    {
        var builder = new RecordBuilder();
        for (var i = 0; i < 100; i++)
            builder.Add($"a{i}", i);
        Assert.False(builder.TryAdd("a50", CedarBool.True));
        var record = builder.Build();
        Assert.True(record.TryGet("a99", out var value) && value.Equals(new CedarLong(99)));
        Assert.False(record.TryGet("a100", out _));
        Assert.Throws<ArgumentException>(() => builder.Add("a0", 0));
    }
}

using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Writ.Runs.Recordings;

namespace Writ.Tests.Runs.Recordings;

/// <summary>What a run printed comes out as it went in, with its moments, and without what must not be in it.</summary>
public sealed class RecordingTests
{
    static readonly DateTimeOffset _at = DateTimeOffset.FromUnixTimeSeconds(1_795_000_000);

    [Fact]
    public void Moments_streams_and_sizes_are_kept()
    {
        var builder = new RecordingBuilder(1_000, ofTerminal: true);
        builder.Add(10, isError: false, "a\r\n"u8);
        builder.Add(10, isError: false, "b"u8);
        builder.Resize(15, 100, 30);
        builder.Add(20, isError: true, "c"u8);
        // A clock that goes back.
        builder.Add(5, isError: false, "d"u8);

        var recording = Finish(builder);

        Assert.Equal(
            [
                new(10, RecordedKind.Output, "a\r\nb"), new(15, RecordedKind.Resize, "100x30"),
                new(20, RecordedKind.Output, "c"), new RecordedPiece(20, RecordedKind.Output, "d"),
            ],
            recording.Pieces);
        Assert.Equal((5L, 1L), (builder.OutputBytes, builder.ErrorBytes));
        Assert.False(recording.IsTruncated);
    }

    [Theory]
    [InlineData("one\ntwo\n", "one\r\ntwo\r\n")]
    [InlineData("one\r\ntwo", "one\r\ntwo")]
    [InlineData("\n\n", "\r\n\r\n")]
    public void Without_a_terminal_lines_end_as_a_player_needs_them(string printed, string played)
    {
        var bytes = Encoding.UTF8.GetBytes(printed);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var builder = new RecordingBuilder(1_000, ofTerminal: false);
            builder.Add(1, isError: false, bytes.AsSpan(0, cut));
            builder.Add(2, isError: false, bytes.AsSpan(cut));
            Assert.Equal(played, Finish(builder).AllText());
        }
    }

    [Fact]
    public void A_character_in_two_pieces_is_one_and_half_a_character_is_shown_as_such()
    {
        var builder = new RecordingBuilder(1_000, ofTerminal: true);
        var smile = "\U0001F600"u8;
        builder.Add(1, isError: false, smile[..2]);
        builder.Add(2, isError: true, "x"u8);
        builder.Add(3, isError: false, smile[2..]);
        builder.Add(4, isError: false, [0xE2, 0x82]);
        Assert.Equal("x\U0001F600\ufffd", Finish(builder).AllText());
    }

    [Fact]
    public void What_is_over_the_bound_is_told_by_its_number_and_marked()
    {
        var builder = new RecordingBuilder(4, ofTerminal: true);
        builder.Add(1, isError: false, "abcdef"u8);
        builder.Add(9, isError: true, "xyz"u8);

        var recording = Finish(builder);

        Assert.True(recording.IsTruncated);
        Assert.Equal(
            "abcd\r\n[the recording is truncated here: 5 more bytes were printed]\r\n", recording.AllText());
        Assert.Contains("\"m\",\"truncated\"]", Encoding.UTF8.GetString(Asciicast.Write(recording)),
            StringComparison.Ordinal);
        Assert.Equal((6L, 3L), (builder.OutputBytes, builder.ErrorBytes));
    }

    [Fact]
    public void A_run_that_prints_letter_by_letter_for_hours_has_a_bounded_number_of_pieces()
    {
        var builder = new RecordingBuilder(1 << 20, ofTerminal: true);
        for (var i = 0; i < 120_000; i++)
            builder.Add(i, isError: i % 3 == 0, "x"u8);
        var recording = Finish(builder);
        Assert.InRange(recording.Pieces.Length, 1, RecordingBuilder.PiecesMax + 4);
        Assert.Equal(120_000, recording.AllText().Length);
        Assert.NotNull(Asciicast.TryRead(Asciicast.Write(recording)));
    }

    [Theory]
    [InlineData("token=ghp_0123456789abcdefghijABCDEFGHIJ012345 end", "token=[masked] end")]
    [InlineData("AKIAIOSFODNN7EXAMPLE", "[masked]")]
    [InlineData("hunter2-the-password twice hunter2-the-password", "[masked] twice [masked]")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\r\nabc\r\n-----END OPENSSH PRIVATE KEY-----\r\nafter",
        "[masked]\nafter")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\r\nabc", "[masked]")]
    [InlineData("-----BEGIN CERTIFICATE-----\r\nabc\r\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\r\nabc\r\n-----END CERTIFICATE-----")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl0", "[masked]")]
    [InlineData("ghp_short and hunter2", "ghp_short and hunter2")]
    public void A_secret_is_masked_however_it_was_cut(string printed, string kept)
    {
        var bytes = Encoding.UTF8.GetBytes(printed);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var builder = new RecordingBuilder(1_000, ofTerminal: true);
            builder.Add(1, isError: false, bytes.AsSpan(0, cut));
            builder.Add(2, isError: true, "|"u8);
            builder.Add(3, isError: false, bytes.AsSpan(cut));
            var recording = Finish(builder, "hunter2-the-password", "short");
            Assert.Equal(kept, recording.AllText().Replace("|", "", StringComparison.Ordinal));
            Assert.Single(recording.Pieces, p => p.Text == "|");
        }
    }

    [Fact]
    public void Many_beginnings_of_keys_take_no_longer_than_the_text()
    {
        var text = string.Concat(Enumerable.Repeat("-----BEGIN PRIVATE KEY-----\n", 40_000));
        Assert.Equal([(0, text.Length)], SecretShapes.Find(text, []));
    }

    [Fact]
    public void A_file_reads_back_as_what_was_written()
    {
        var texts = ArbMap.Default.GeneratorFor<string>().Select(s => Encoding.UTF8.GetString(
            Encoding.UTF8.GetBytes(s ?? "")));
        var pieces =
            from at in Gen.Choose(0, 50)
            from kind in Gen.Elements(RecordedKind.Output, RecordedKind.Resize, RecordedKind.Mark)
            from text in texts
            select new RecordedPiece(at, kind, text);
        Prop.ForAll(Gen.ListOf(pieces).ToArbitrary(), list =>
        {
            var sum = 0L;
            var recording = new Recording(
                80, 24, _at, "echo \u2028 \"x\"", [.. list.Select(p => p with { AtMs = sum += p.AtMs })]);
            var back = Asciicast.TryRead(Asciicast.Write(recording));
            Assert.NotNull(back);
            Assert.Equal(recording.Pieces, back.Pieces);
            Assert.Equal((80, 24, _at, recording.Title), (back.Columns, back.Rows, back.At, back.Title));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_third_version_counts_from_line_to_line()
    {
        var recording = new Recording(80, 24, _at, "t",
            [new(100, RecordedKind.Output, "a"), new(350, RecordedKind.Output, "b")]);
        Assert.Equal(
            """
            {"version":3,"term":{"cols":80,"rows":24},"timestamp":1795000000,"title":"t"}
            [0.1,"o","a"]
            [0.25,"o","b"]

            """, Encoding.UTF8.GetString(Asciicast.Write(recording, 3)));
        Assert.Equal(
            """
            {"version":2,"width":80,"height":24,"timestamp":1795000000,"title":"t"}
            [0.1,"o","a"]
            [0.35,"o","b"]

            """, Encoding.UTF8.GetString(Asciicast.Write(recording)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello\n")]
    [InlineData("{}\n")]
    [InlineData("{\"version\":1,\"width\":80,\"height\":24,\"timestamp\":1,\"title\":\"\"}\n")]
    [InlineData("{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":1,\"title\":\"\"}\n[1,\"o\"]\n")]
    [InlineData("{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":1,\"title\":\"\"}\n[1,\"o\",\"x\"]")]
    [InlineData("{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":1,\"title\":\"\"}\n[1e99,\"o\",\"x\"]\n")]
    [InlineData("{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":99999999999999999,\"title\":\"\"}\n")]
    public void What_is_no_recording_is_none(string file) =>
        Assert.Null(Asciicast.TryRead(Encoding.UTF8.GetBytes(file)));

    static Recording Finish(RecordingBuilder builder, params string[] secrets) =>
        builder.Finish(80, 24, _at, "true", [.. secrets]);
}

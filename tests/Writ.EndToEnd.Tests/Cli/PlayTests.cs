using System.Text;
using Writ.Runs.Recordings;
using Writ.Testing;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>Looking at what a run printed: on a terminal, in a pipe, and with the player that others use.</summary>
public sealed class PlayTests
{
    const string Call = $"GET /v1/requests/{Given.RequestId}/recording";

    static readonly Recording _recording = new(80, 24, DateTimeOffset.FromUnixTimeSeconds(1_795_000_000), "make test",
        [
            new(100, RecordedKind.Output, "building\r\n"),
            new(300, RecordedKind.Output, "\e[32mgreen\e[0m \e]0;owned\a\e]52;c;ZXZpbA==\a\e[6n\u202etxet\r\n"),
            new(60_000, RecordedKind.Output, "done\r\n"),
        ]);

    [Fact]
    public void In_a_pipe_it_is_plain_text_at_once()
    {
        using var plane = new FakeControlPlane();
        using var client = Playing(plane);
        Assert.Equal(
            new Ran(0, "building\ngreen \\u{202e}txet\ndone\n", ""), client.Writ("play", Given.RequestId));
    }

    [Fact]
    public void On_a_terminal_it_takes_its_time_and_reaches_nothing_but_the_picture()
    {
        using var plane = new FakeControlPlane();
        using var client = Playing(plane);
        client.Environment["TERM"] = "xterm";
        var clock = System.Diagnostics.Stopwatch.StartNew();
        using var typist = new Typist(
            client.Start, Path.Combine(Client.Binaries, "writ"), ["play", Given.RequestId, "--idle", "0.5"]);
        Assert.Equal(0, typist.End());
        typist.Await(TerminalFilter.Reset);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.75, 30);
        Assert.Contains("\e[32mgreen\e[0m \ufffdtxet", typist.Shown, StringComparison.Ordinal);
        foreach (var never in (string[])["owned", "\e]", "\e[6n", "\u202e", "ZXZ"])
            Assert.DoesNotContain(never, typist.Shown, StringComparison.Ordinal);
        typist.MustBeGivenBack();
    }

    [Theory]
    [InlineData("2")]
    [InlineData("3")]
    public void The_file_is_there_for_other_players(string version)
    {
        using var plane = new FakeControlPlane();
        using var client = Playing(plane);
        Assert.Equal(
            Encoding.UTF8.GetString(Asciicast.Write(_recording, int.Parse(version))),
            client.Writ("play", Given.RequestId, "--cast", version).Output);
    }

    [Fact]
    public void Asciinema_plays_the_file()
    {
        const string player = "/usr/bin/asciinema";
        if (!File.Exists(player))
            SharedData.Unavailable("asciinema is not installed");
        using var plane = new FakeControlPlane();
        using var client = Playing(plane, _recording with { Pieces = _recording.Pieces[..2] });
        Assert.Equal(0, client.Shell($"writ play {Given.RequestId} --cast 2 > run.cast").Status);
        client.Environment["TERM"] = "xterm";
        using var typist = new Typist(client.Start, player, ["play", "-s", "10", client.At("run.cast")]);
        Assert.Equal(0, typist.End());
        typist.Await("building");
        typist.Await("\e[32mgreen\e[0m");
    }

    [Fact]
    public void As_JSON_it_is_the_pieces_with_their_moments()
    {
        using var plane = new FakeControlPlane();
        using var client = Playing(plane);
        var output = client.Writ("play", Given.RequestId, "--json").Output;
        Assert.StartsWith("""{"columns":80,"rows":24,"at":"2026-11-18T""", output, StringComparison.Ordinal);
        Assert.Contains("""{"atMs":100,"kind":"output","text":"building\r\n"}""", output, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("--speed", "0")]
    [InlineData("--speed", "fast")]
    [InlineData("--speed", "-1")]
    [InlineData("--idle", "99999999999")]
    [InlineData("--cast", "1")]
    public void What_cannot_be_meant_is_said_to_be_wrong(string option, string value)
    {
        using var plane = new FakeControlPlane();
        using var client = Playing(plane);
        var ran = client.Writ("play", Given.RequestId, $"{option}={value}");
        Assert.Equal(2, ran.Status);
        Assert.Contains(option, ran.Errors, StringComparison.Ordinal);
        Assert.Empty(plane.Received(Call));
    }

    [Fact]
    public void What_is_no_recording_is_said_to_be_none()
    {
        using var plane = new FakeControlPlane();
        using var client = Playing(plane);
        plane.Answer(Call, "hello");
        Assert.Equal(1, client.Writ("play", Given.RequestId).Status);
    }

    static Client Playing(FakeControlPlane plane, Recording? recording = null)
    {
        var client = Given.Alice(plane);
        Assert.Equal(0, client.Writ("login").Status);
        plane.Answer(Call, Encoding.UTF8.GetString(Asciicast.Write(recording ?? _recording)));
        return client;
    }
}

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Writ.Cli.Arguments;
using Writ.Cli.Calling;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Requests;
using Writ.Runs.Recordings;

namespace Writ.Cli.Commands;

/// <summary>
/// <c>writ play RUN</c>: what a run printed, with its moments. The reader's terminal is given text, colours and cursor
/// movements, and nothing that would make it do more.
/// </summary>
static class PlayCommand
{
    static readonly TimeSpan _idleMax = TimeSpan.FromDays(1);

    public static int Run(Typed typed)
    {
        var (speed, idle) = (Number(typed, "--speed", 1), Number(typed, "--idle", 2));
        if (speed is <= 0 or > 1_000_000)
            throw typed.Misused("--speed is a number above 0, such as 0.5 or 4");
        if (idle < 0 || idle > _idleMax.TotalSeconds)
            throw typed.Misused("--idle is a number of seconds, 0 or more");
        int? version = typed.Value("--cast") switch
        {
            null => null,
            "2" => 2,
            "3" => 3,
            _ => throw typed.Misused("--cast is 2 or 3"),
        };
        var recording = Fetch(typed);
        if (version is { } wanted)
            Screen.PrintRaw(Asciicast.Write(recording, wanted));
        else if (typed.Json)
            Screen.PrintJson(recording, CliJson.Default.Recording);
        else if (typed.Has("--text") || !Screen.OutputIsTerminal)
            Screen.PrintRaw(Encoding.UTF8.GetBytes(TerminalFilter.Plain(recording.AllText())));
        else
            Play(recording, speed, TimeSpan.FromSeconds(idle));
        return Exits.Ok;
    }

    static Recording Fetch(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var file = plane.GetText($"/v1/requests/{typed.Id<RequestId>()}/recording");
        return Asciicast.TryRead(Encoding.UTF8.GetBytes(file)) ?? throw new CliFaultException(
            Exits.Error, "control-plane.not-understood", "the recording cannot be read; are client and server of one "
                + "version?");
    }

    static void Play(Recording recording, double speed, TimeSpan idle)
    {
        var filter = new TerminalFilter();
        using var keys = PlayKeys.Open();
        // Whoever has seen enough gets the terminal back as it was.
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => GiveBack(keys));
        using var ended = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => GiveBack(keys));
        var before = 0L;
        foreach (var piece in recording.Pieces)
        {
            if (piece.Kind != RecordedKind.Output)
                continue;
            var wait = TimeSpan.FromMilliseconds((piece.AtMs - before) / speed);
            if (!keys.Wait(wait < idle ? wait : idle))
                break;
            before = piece.AtMs;
            Screen.PrintRaw(Encoding.UTF8.GetBytes(filter.Pass(piece.Text)));
        }
        GiveBack(keys);
    }

    static void GiveBack(PlayKeys keys)
    {
        Screen.PrintRaw(Encoding.UTF8.GetBytes(TerminalFilter.Reset));
        keys.Dispose();
    }

    static double Number(Typed typed, string option, double otherwise) =>
        typed.Value(option) is not { } text ? otherwise
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number
        : throw typed.Misused($"{option} is a number, such as 0.5 or 4");
}

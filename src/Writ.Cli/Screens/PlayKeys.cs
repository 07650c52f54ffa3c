using Writ.Linux;

namespace Writ.Cli.Screens;

/// <summary>
/// What somebody types while a recording is played: a space halts it and lets it go on, a dot goes to the next moment
/// while it stands, q and Ctrl-C leave. Without a terminal to type on it only waits.
/// </summary>
sealed class PlayKeys : IDisposable
{
    const byte Interrupt = 3;
    static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(250);

    readonly Terminal.RawMode? _raw;
    bool _stands;

    PlayKeys(Terminal.RawMode? raw) => _raw = raw;

    public static PlayKeys Open() => new(
        Screen.InputIsTerminal ? Terminal.EnterRawMode(Screen.Input) : null);

    /// <summary>Waits as long as nobody halts it; false when they want no more.</summary>
    public bool Wait(TimeSpan time)
    {
        if (_raw is null)
        {
            Thread.Sleep(time);
            return true;
        }
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var left = _stands ? _lookEvery : time - TimeProvider.System.GetElapsedTime(began);
            if (!_stands && left <= TimeSpan.Zero)
                return true;
            switch (Key(left < _lookEvery ? left : _lookEvery))
            {
                case (byte)' ':
                    _stands = !_stands;
                    break;
                case (byte)'.' when _stands:
                    return true;
                case (byte)'q' or Interrupt:
                    return false;
                default:
                    break;
            }
        }
    }

    public void Dispose() => _raw?.Dispose();

    static byte? Key(TimeSpan wait)
    {
        Span<PollEntry> entry = [new() { Number = Screen.Input.Number, WantsRead = true }];
        Span<byte> key = stackalloc byte[1];
        if (!Polling.Wait(entry, (int)Math.Ceiling(wait.TotalMilliseconds)))
            return null;
        // A terminal that is gone is left as well.
        return Screen.Input.Read(key) == 1 ? key[0] : (byte)'q';
    }
}

namespace Writ.Cli.Screens;

/// <summary>Tells a waiting person how far it is, on a terminal and only when it takes long.</summary>
sealed class Progress(string what, long total)
{
    const int SaidPerSecond = 5;

    static readonly TimeSpan _quietFor = TimeSpan.FromSeconds(1);

    readonly long _start = TimeProvider.System.GetTimestamp();
    readonly bool _wanted = Screen.ErrorIsTerminal;
    long _lastSaid;

    public void Reached(long count) => Reached(count, total);

    public void Reached(long count, long of)
    {
        if (!_wanted)
            return;
        var elapsed = TimeProvider.System.GetElapsedTime(_start);
        if (elapsed < _quietFor || (long)(elapsed.TotalSeconds * SaidPerSecond) == _lastSaid)
            return;
        _lastSaid = (long)(elapsed.TotalSeconds * SaidPerSecond);
        Screen.SayPart($"\r{what}: {count} of {of}");
    }

    public void Clear()
    {
        if (_lastSaid > 0)
            Screen.SayPart("\r\e[K");
    }
}

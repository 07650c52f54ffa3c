namespace Writ.Cli.Screens;

/// <summary>Tells a waiting person how far it is, on a terminal and only when it takes long.</summary>
sealed class Progress(string doing, long total)
{
    const int CountsBetweenLooks = 256;
    const int TimesEachSecond = 5;

    static readonly TimeSpan _quietFor = TimeSpan.FromSeconds(1);

    readonly long _start = TimeProvider.System.GetTimestamp();
    readonly bool _wanted = Screen.ErrorIsTerminal;
    long _lastSaid;

    /// <summary>For every single step: it looks at the clock only now and then.</summary>
    public void Reached(long count)
    {
        if (count % CountsBetweenLooks == 0)
            ReachedSlowly(count);
    }

    /// <summary>For steps that each take long enough to look at the clock.</summary>
    public void ReachedSlowly(long count) => ReachedSlowly(count, total);

    /// <summary>Where the whole is not known from the beginning.</summary>
    public void ReachedSlowly(long count, long of) => SaySlowly($"{doing}: {count} of {of}");

    /// <summary>In words of the caller's own.</summary>
    public void SaySlowly(string far)
    {
        if (!_wanted)
            return;
        var elapsed = TimeProvider.System.GetElapsedTime(_start);
        var tick = (long)(elapsed.TotalSeconds * TimesEachSecond);
        if (elapsed < _quietFor || tick == _lastSaid)
            return;
        _lastSaid = tick;
        Screen.SayPart($"\r\e[K{far}");
    }

    public void Clear()
    {
        if (_lastSaid > 0)
            Screen.SayPart("\r\e[K");
    }
}

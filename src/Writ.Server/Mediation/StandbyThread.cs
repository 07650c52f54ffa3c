namespace Writ.Server.Mediation;

/// <summary>
/// A thread that stands ready for one piece of work. Starting one takes two turns of the scheduler, which nobody waits
/// for when it is done ahead.
/// </summary>
sealed class StandbyThread : IDisposable
{
    readonly object _gate = new();
    readonly Thread _thread;
    Action? _work;
    bool _isTold;

    internal StandbyThread(string name, int stackBytes)
    {
        _thread = new Thread(Stand, stackBytes) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>False once the work is done, or none is to come.</summary>
    internal bool IsAlive => _thread.IsAlive;

    /// <summary>Gives it its work; once, and the work catches what it throws.</summary>
    internal void Do(Action work)
    {
        lock (_gate)
        {
            Invariant.Must(!_isTold, "A thread stands ready for one piece of work.");
            (_work, _isTold) = (work, true);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits until the work is done; false when that takes longer.</summary>
    internal bool Join(TimeSpan max) => _thread.Join(max);

    /// <summary>Where no work has come, none will.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isTold = true;
            Monitor.Pulse(_gate);
        }
    }

    void Stand()
    {
        lock (_gate)
            while (!_isTold)
                Monitor.Wait(_gate);
        _work?.Invoke();
    }
}

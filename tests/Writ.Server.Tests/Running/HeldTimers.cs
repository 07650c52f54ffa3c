namespace Writ.Server.Tests.Running;

/// <summary>The machine's clock, but timers go off only when the test says that so much time has passed.</summary>
sealed class HeldTimers : TimeProvider
{
    readonly Lock _gate = new();
    readonly List<Held> _held = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            _held.Add(new Held(this, callback, state, dueTime));
            return _held[^1];
        }
    }

    public void Pass(TimeSpan time)
    {
        Held[] due;
        lock (_gate)
        {
            foreach (var timer in _held)
                timer.Left -= time;
            due = [.. _held.Where(timer => timer.Left <= TimeSpan.Zero)];
            _held.RemoveAll(due.Contains);
        }
        foreach (var timer in due)
            timer.Callback(timer.State);
    }

    sealed class Held(HeldTimers owner, TimerCallback callback, object? state, TimeSpan left) : ITimer
    {
        public TimerCallback Callback => callback;

        public object? State => state;

        public TimeSpan Left { get; set; } = left;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Left = dueTime;
            return true;
        }

        public void Dispose()
        {
            lock (owner._gate)
                owner._held.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

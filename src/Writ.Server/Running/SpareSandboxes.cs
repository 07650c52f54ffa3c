using System.Globalization;
using Writ.Linux;

namespace Writ.Server.Running;

/// <summary>
/// The sandboxes that stand ready for the next run of a session: one for each at most, a few in all, none for long.
/// In each waits a launcher that has not been told anything; it runs nothing without an order that it verifies itself.
/// </summary>
sealed class SpareSandboxes(TimeProvider time) : IDisposable
{
    internal const int Max = 8;
    internal static readonly TimeSpan UnusedMax = TimeSpan.FromSeconds(60);

    // What it takes to build one, and some more.
    static readonly TimeSpan YoungMax = TimeSpan.FromMilliseconds(15);
    static readonly TimeSpan EndMax = TimeSpan.FromSeconds(10);

    static long s_made;

    readonly Lock _gate = new();
    readonly Dictionary<string, Spare> _ready = [];
    readonly HashSet<Spare> _all = [];

    // One that could not be built or taken down was the last: from then on each run builds its own and tells why not.
    bool _closed;

    internal int Count
    {
        get
        {
            lock (_gate)
                return _all.Count;
        }
    }

    /// <summary>Whether there is one for this session.</summary>
    internal bool StandsFor(string session)
    {
        lock (_gate)
            return _ready.ContainsKey(session);
    }

    /// <summary>Begins a run in the session's sandbox if there is one as the plan needs it, else null.</summary>
    internal Run? TryBegin(
        string session, Func<SandboxBasis> basis, RunPlan plan, byte[] document)
    {
        Spare? spare;
        lock (_gate)
            if (!_ready.Remove(session, out spare))
                return null;
        var run = spare.Basis.Equals(basis()) ? spare.Loop.TryBegin(plan, document, spare.Age < YoungMax) : null;
        if (run is null)
            spare.Dismiss();
        else
            Forget(session, spare);
        return run;
    }

    /// <summary>Has a sandbox stand ready for the session's next run, in place of one that would not do.</summary>
    internal void Prepare(string session, SandboxBasis basis, Func<string, RunLoop> build)
    {
        lock (_gate)
        {
            if (_ready.TryGetValue(session, out var old))
            {
                if (old.Basis.Equals(basis))
                    return;
                old.Dismiss();
                _ready.Remove(session);
            }
            if (_closed || _all.Count >= Max)
                return;
            var loop = build(string.Create(CultureInfo.InvariantCulture, $"spare-{Interlocked.Increment(ref s_made)}"));
            var spare = new Spare(basis, loop, time);
            _ready.Add(session, spare);
            _all.Add(spare);
            loop.Prepare();
            _ = loop.Over.ContinueWith(
                over => Forget(session, spare, isBroken: over.Exception is not null),
                CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    internal void Dismiss(string session)
    {
        lock (_gate)
            if (_ready.Remove(session, out var spare))
                spare.Dismiss();
    }

    /// <summary>Takes all down and waits until nothing of them is left.</summary>
    public void Dispose()
    {
        Task[] over;
        lock (_gate)
        {
            _closed = true;
            foreach (var spare in _all)
                spare.Dismiss();
            over = [.. _all.Select(spare => spare.Loop.Over)];
        }
        _ = Task.WhenAll(over).Wait(EndMax);
    }

    void Forget(string session, Spare spare, bool isBroken = false)
    {
        lock (_gate)
        {
            _closed |= isBroken;
            _all.Remove(spare);
            if (_ready.TryGetValue(session, out var ready) && ready == spare)
                _ready.Remove(session);
        }
        spare.Dispose();
    }

    sealed class Spare : IDisposable
    {
        readonly ITimer _expiry;
        readonly TimeProvider _time;
        readonly long _made;

        internal Spare(SandboxBasis basis, RunLoop loop, TimeProvider time)
        {
            (Basis, Loop, _time, _made) = (basis, loop, time, time.GetTimestamp());
            _expiry = time.CreateTimer(_ => Dismiss(), null, UnusedMax, Timeout.InfiniteTimeSpan);
        }

        internal SandboxBasis Basis { get; }

        internal RunLoop Loop { get; }

        internal TimeSpan Age => _time.GetElapsedTime(_made);

        internal void Dismiss() => _ = Loop.Dismiss();

        public void Dispose() => _expiry.Dispose();
    }
}

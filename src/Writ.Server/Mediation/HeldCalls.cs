using Writ.Linux;
using Writ.Server.Holding;

namespace Writ.Server.Mediation;

/// <summary>One execve that stands still until people have decided about it.</summary>
/// <param name="Gone">Cancelled when its caller is gone, or the run.</param>
/// <param name="Told">What was said of it when it began to wait.</param>
sealed record HeldCall(
    ExecCall Call, SeenExecution Seen, Descent Descent, int AtMs, Task<HoldAnswer> Answer, CancellationTokenSource Gone,
    HeldWord Told);

/// <summary>Where a task leaves the request under which something waits, and the digest that people see.</summary>
sealed class HeldWord
{
    HeldNotice? _notice;
    string? _fileDigest;

    internal string? FileDigest
    {
        get => Volatile.Read(ref _fileDigest);
        set => Volatile.Write(ref _fileDigest, value);
    }

    internal HeldNotice? Notice
    {
        get => Volatile.Read(ref _notice);
        set => Volatile.Write(ref _notice, value);
    }
}

/// <summary>
/// What waits for people in one run. Everything here belongs to the mediator's thread but the waiting itself, which is
/// in tasks; they wake the thread when they are done.
/// </summary>
sealed class HeldCalls : IDisposable
{
    readonly List<HeldCall> _held = [];
    readonly WakeSignal _news = new();

    /// <summary>Readable when an answer is there.</summary>
    internal Descriptor News => _news.Descriptor;

    internal bool IsEmpty => _held.Count == 0;

    internal void Add(HeldCall call)
    {
        _held.Add(call);
        _ = call.Answer.ContinueWith(
            _ => Wake(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Those with an answer, in the order in which they began to wait.</summary>
    internal List<HeldCall> TakeSettled()
    {
        _news.Clear();
        var settled = _held.FindAll(h => h.Answer.IsCompleted);
        _held.RemoveAll(settled.Contains);
        return settled;
    }

    /// <summary>Withdraws what nobody waits for any more: a signal ended its caller. The kernel does not say so by
    /// itself.</summary>
    internal void WithdrawGone(Func<ulong, bool> isWaiting)
    {
        foreach (var call in _held)
            if (!call.Gone.IsCancellationRequested && !isWaiting(call.Call.Id))
                call.Gone.Cancel();
    }

    /// <summary>Withdraws all that is left, without waiting for it.</summary>
    internal List<HeldCall> TakeAll()
    {
        var left = new List<HeldCall>(_held);
        _held.Clear();
        foreach (var call in left)
            call.Gone.Cancel();
        return left;
    }

    public void Dispose() => _news.Dispose();

    // After the end there is nobody to wake.
    void Wake()
    {
        try
        {
            _news.Set();
        }
        catch (ObjectDisposedException)
        {
            return;
        }
    }
}

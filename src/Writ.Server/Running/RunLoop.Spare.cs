using Writ.Linux;

namespace Writ.Server.Running;

/// <summary>
/// A sandbox that stands before its run is known: the launcher inside waits for a document, this thread for the plan.
/// </summary>
sealed partial class RunLoop
{
    static readonly TimeSpan WorkPollMax = TimeSpan.FromMinutes(1);

    readonly Lock _gate = new();
    readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    RunWork? _work;
    bool _retired;

    // Its thread has started everything and touches nothing but what it waits for.
    bool _stands;

    /// <summary>Completes when nothing of the sandbox is left; faulted when it was dismissed and that failed.</summary>
    internal Task Over => _over.Task;

    /// <summary>Starts the sandbox alone.</summary>
    internal void Prepare() => StartThread();

    /// <summary>Begins a run in the sandbox that stands or is being built; null when it is so no more.</summary>
    internal Run? TryBegin(RunPlan plan, byte[] document, bool soon)
    {
        lock (_gate)
        {
            if (_retired || _work is not null || _outer?.TryPeek() is not null)
                return null;
            _work = new RunWork(
                plan, GiveTo(document), Directory: null, new Run(plan.Id, _wake) { CameSoon = soon });
            _wake.Set();
            return _work.Run;
        }
    }

    // To the launcher, which waits for it: it goes to work while the thread of the sandbox is still being woken up.
    // What does not fit into the pipe, and is returned, is written by that thread. Only under the gate, before there is
    // work.
    ReadOnlyMemory<byte> GiveTo(byte[] document)
    {
        var count = _stands ? Math.Max(0, _document!.Write(document)) : 0;
        if (count < document.Length)
            return document.AsMemory(count);
        // Its end is the end of the document.
        _document!.Dispose();
        _document = null;
        return default;
    }

    /// <summary>Takes the sandbox down, unless a run has begun in it.</summary>
    internal Task Dismiss()
    {
        lock (_gate)
        {
            if (_retired || _work is not null)
                return Over;
            _retired = true;
            _wake.Set();
            return Over;
        }
    }

    // False when there will be no work: it was dismissed, or died by itself.
    bool AwaitWork()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_retired || _work is not null)
                    return !_retired;
                _stands = true;
            }
            Span<PollEntry> entries =
            [
                new() { Number = _wake.Descriptor.Number, WantsRead = true },
                new() { Number = _outer!.Descriptor.Number, WantsRead = true },
                new() { Number = _inner is null ? _status!.Number : -1, WantsRead = _spawn.Isolated },
            ];
            _ = Polling.Wait(entries, (int)WorkPollMax.TotalMilliseconds);
            if (entries[2].CanRead)
                OpenInner();
            if (entries[0].CanRead)
                _wake.Clear();
            if (entries[1].CanRead)
                _ = TryRetire();
        }
    }

    // True when no run has begun in it, and from now on none can.
    bool TryRetire()
    {
        lock (_gate)
            return _retired = _retired || _work is null;
    }

    void Vanish()
    {
        KillAndWait();
        Close();
        LeaveSession();
    }
}

/// <summary>One run as the thread of its sandbox gets it.</summary>
/// <param name="Document">What of it is still to be written.</param>
/// <param name="Directory">Files of this run alone, which go with it; null when it has none.</param>
sealed record RunWork(RunPlan Plan, ReadOnlyMemory<byte> Document, string? Directory, Run Run);

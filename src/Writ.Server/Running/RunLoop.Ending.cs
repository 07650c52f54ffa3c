using Writ.Linux;

namespace Writ.Server.Running;

sealed partial class RunLoop
{
    static readonly TimeSpan KillRepeat = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan ChildUnknownMax = TimeSpan.FromSeconds(1);

    void OnDeadline()
    {
        if (_killed)
        {
            KillEverything();
            _deadline = After(KillRepeat);
            return;
        }
        if (_startedAt is null)
        {
            _refusal ??= "run.start-timeout";
            KillEverything();
            return;
        }
        if (_terminating)
        {
            KillFor(RunEndReason.TimedOut);
            return;
        }
        _terminating = true;
        _reason = RunEndReason.TimedOut;
        _deadline = After(Plan.Limits.TerminationGrace);
        Forward(Signals.Terminate);
    }

    void Forward(int signal)
    {
        if (_command is null || _startedAt is null)
            return;
        // The group leads its own session, and the kernel drops terminal stops for such groups.
        _command.SignalGroup(signal == Signals.TerminalStop ? Signals.Stop : signal);
        if (signal is Signals.Terminate or Signals.Hangup)
            _command.SignalGroup(Signals.Continue);
    }

    void KillFor(RunEndReason reason)
    {
        if (_killed)
            return;
        // A run whose time was over is that, whoever kills it in the end.
        _reason = _terminating ? RunEndReason.TimedOut : reason;
        KillEverything();
    }

    void OnStatus()
    {
        OpenInner();
        if (_killed)
            KillEverything();
    }

    // On the way out after a fault, when the loop does not turn any more.
    void KillAndWait()
    {
        var limit = After(TeardownMax);
        Span<PollEntry> entries =
        [
            new() { Number = _outer!.Descriptor.Number, WantsRead = true },
            new() { Number = _spawn.Isolated ? _status!.Number : -1, WantsRead = true },
        ];
        while (!_reaped && _outer.TryPeek() is null && _time.GetTimestamp() < limit)
        {
            KillEverything();
            _ = Polling.Wait(entries, (int)KillRepeat.TotalMilliseconds);
        }
        WaitForEmptyTree();
    }

    // The first process inside is killed by name, and with it, by the kernel's hand, every process of its namespace.
    // Killing bubblewrap alone would not do: until its child has asked to die with it, which is late in its set-up, the
    // child lives on, and at first it waits for ever. So before the child's number is known, the kill waits for it.
    void KillEverything()
    {
        if (!_killed)
        {
            _killed = true;
            _killedAt = _time.GetTimestamp();
            _deadline = After(KillRepeat);
        }
        OpenInner();
        if (_cgroup?.TryKill() is true)
            return;
        if (_spawn.Isolated && _inner is null && _time.GetElapsedTime(_killedAt) < ChildUnknownMax)
            return;
        if (_spawn.Isolated)
        {
            _ = _inner?.Signal(Signals.Kill);
            _ = _outer?.Signal(Signals.Kill);
            return;
        }
        // The keeper ends all that is below it, and itself at last, and goes on when we cannot.
        _life?.Dispose();
        KillBelow();
    }

    // Empty means: the namespace's first process has ended (the kernel lets it end last) or there is nobody below the
    // keeper.
    void WaitForEmptyTree()
    {
        OpenInner();
        var limit = After(TeardownMax);
        if (_inner is not null)
        {
            Span<PollEntry> entry = [new() { Number = _inner.Descriptor.Number, WantsRead = true }];
            // It dies with bubblewrap, which has just ended; if that signal was lost, it dies now.
            if (!Polling.Wait(entry, 1000))
                _ = _inner.Signal(Signals.Kill);
            while (!Polling.Wait(entry, 1000))
                if (_time.GetTimestamp() > limit)
                    throw new InvalidOperationException($"run {_name}: processes survive SIGKILL");
        }
        else if (!_spawn.Isolated)
            while (KillBelow() > 0)
                if (_time.GetTimestamp() > limit)
                    throw new InvalidOperationException($"run {_name}: processes survive SIGKILL");
        ReapOuter(limit);
        // Told before anything else, because nothing else was the reason.
        if (_cgroup is { EndsWhole: true } && _cgroup.CountOutOfMemory() > 0)
            _stoppedBy = new Refusal("run.memory", "Its programs together used more memory than a run may have.");
        if (_killed)
            _killTook = _time.GetElapsedTime(_killedAt);
        RemoveCgroup(limit);
    }

    // Last, because its number is the session's number.
    void ReapOuter(long limit)
    {
        if (_reaped)
            return;
        Span<PollEntry> entry = [new() { Number = _outer!.Descriptor.Number, WantsRead = true }];
        while (_outer.TryReap() is null)
        {
            if (!Polling.Wait(entry, 1000))
                _ = _outer.Signal(Signals.Kill);
            if (_time.GetTimestamp() > limit)
                throw new InvalidOperationException($"run {_name}: its first process survives SIGKILL");
        }
        _reaped = true;
    }

    // The members are dead, but the kernel may still be taking the last one off the group's list. A member that is not
    // dead escaped every other way of being found, and this is the net below them.
    void RemoveCgroup(long limit)
    {
        while (_cgroup is not null)
        {
            try
            {
                _cgroup.Remove();
                return;
            }
            catch (IOException) when (_time.GetTimestamp() < limit)
            {
                _cgroup.KillMembers();
                Thread.Sleep(1);
            }
        }
    }

    // Without a pid namespace: everything below the keeper, which also gets whoever loses their parent; and if that one
    // is gone, the command's session, which nobody can leave (T1).
    int KillBelow() =>
        _outer is null ? 0 : ProcessTree.Signal(_outer.Pid, _command?.Pid ?? 0, Signals.Kill);
}

using System.Collections.Immutable;
using System.Text;
using Writ.Linux;
using Writ.Runs;
using Writ.Server.Holding;
using Writ.Shell;

namespace Writ.Server.Mediation;

/// <summary>
/// The thread that decides every execve of one run, twice. When it is asked for, from what the caller says; and when
/// the program has started but not run its first instruction, from what the kernel says: only what was decided may go
/// on. The caller's memory may change in between, so the first decision permits nothing that the second has not seen.
/// </summary>
/// <remarks>
/// Everything about one execve happens on this thread, because the kernel ties a watched process to the thread that
/// watches it, and ends it when that thread ends. When the thread ends, the listener closes, and nothing more starts.
/// What people have to decide waits elsewhere and comes back here to go on. While it lives, nobody else closes anything
/// of it: held up by its desk until long after the run, it would go on with numbers that are another run's by then.
/// </remarks>
sealed class ExecMediator : IDisposable
{
    internal const int StackBytes = 512 * 1024;

    const int NoticesMax = 20;
    const int CommandShown = 160;
    const int InsteadMax = 2_000;
    const int GoneCheckMs = 100;

    static readonly ExecutionVerdict _approved =
        new(true, "exec.approved", null, "The people who were asked agreed to exactly this.");

    static readonly ExecutionVerdict _changed =
        new(false, "exec.changed", null, "It is not what people agreed to any more.");

    static readonly ExecutionVerdict _moved =
        new(false, "exec.moved", null, "Its working directory is not the one that was decided about any more.");

    static readonly ExecutionVerdict _withdrawn = new(false, "hold.withdrawn", null, "Its caller is gone.");

    readonly ExecListener _listener;
    readonly IExecutionDesk _desk;
    readonly ExecutionSight _sight;
    readonly ExecutionLineage _lineage = new();
    readonly ExecutionPace _pace;
    readonly TimeProvider _time;
    readonly IMediatedRun _run;
    readonly WakeSignal _stop = new();
    readonly HeldCalls _held = new();
    readonly StandbyThread _thread;
    readonly string? _commandDigest;
    readonly bool _endsOnMismatch;
    readonly long _began;
    int _count;
    int _notices;
    long _lookedAt;
    bool _stopped;

    /// <param name="thread">The thread that it is, which has had no work yet.</param>
    /// <param name="commandDigest">
    /// SHA-256 as hex of the file that is to be found running first; null where nobody can change it after it was
    /// checked.
    /// </param>
    internal ExecMediator(
        StandbyThread thread, ExecListener listener, IExecutionDesk desk, ExecutionSight sight, ExecutionLimits limits,
        TimeProvider time, IMediatedRun run, string? commandDigest = null)
    {
        _commandDigest = commandDigest;
        (_listener, _desk, _sight, _time, _run) = (listener, desk, sight, time, run);
        _pace = new ExecutionPace(limits, time);
        _endsOnMismatch = limits.MismatchEndsRun;
        _began = time.GetTimestamp();
        _thread = thread;
        _listener.WakeBeside();
        ExecTrace.QuietStops();
        _thread.Do(Work);
    }

    /// <summary>Waits until everything is answered and recorded: the run has no process left. False when it takes
    /// longer.</summary>
    internal bool Finish(TimeSpan max) => _thread.Join(max);

    /// <summary>Answers nothing more.</summary>
    internal void Stop()
    {
        try
        {
            _stop.Set();
        }
        catch (ObjectDisposedException)
        {
            // It has ended just now.
            return;
        }
    }

    /// <summary>Closes what its thread has not closed; but while that is held up, it does so itself, later.</summary>
    public void Dispose()
    {
        if (!_thread.IsAlive)
            Close();
    }

    // The edge of the thread: whatever goes wrong here ends the run, and until it has ended nothing starts in it.
    void Work()
    {
        try
        {
            while (!_stopped && Await(out var asks, out var settled))
            {
                if (asks && _listener.TryReceive() is { } call)
                    Answer(call);
                if (settled)
                    foreach (var held in _held.TakeSettled())
                        GoOn(held);
            }
            foreach (var held in _held.TakeAll())
                Record(new Attempt(_count++, held), ExecutionEnd.Gone, _withdrawn, found: null);
        }
        catch (Exception fault)
        {
            _run.Stop("exec.mediator-fault", $"The mediator met a fault: {fault.Message}");
        }
        finally
        {
            _listener.Dispose();
            _ = _held.TakeAll();
            _lineage.Dispose();
            _sight.Dispose();
            Close();
        }
    }

    void Close()
    {
        _listener.Dispose();
        _stop.Dispose();
        _held.Dispose();
    }

    // False when no process under the filter is left, or nothing more is to be answered.
    bool Await(out bool asks, out bool settled)
    {
        Span<PollEntry> entries =
        [
            new() { Number = _listener.Descriptor.Number, WantsRead = true },
            new() { Number = _stop.Descriptor.Number, WantsRead = true },
            new() { Number = _held.News.Number, WantsRead = true },
        ];
        while (!Polling.Wait(entries, _held.IsEmpty ? -1 : GoneCheckMs))
            WithdrawGone();
        WithdrawGone();
        (asks, settled) = (entries[0].CanRead, entries[2].CanRead);
        return !entries[1].CanRead && (asks || settled);
    }

    void WithdrawGone()
    {
        if (_held.IsEmpty || _time.GetElapsedTime(_lookedAt).TotalMilliseconds < GoneCheckMs)
            return;
        _lookedAt = _time.GetTimestamp();
        _held.WithdrawGone(_listener.IsWaiting);
    }

    void Answer(in ExecCall call)
    {
        if (call.Links)
        {
            AnswerLink(call);
            return;
        }
        if (_pace.Exceeded() is { } code)
        {
            _listener.Fail(call.Id, Errno.NotPermitted);
            _stopped = true;
            _run.Stop(code, "The run starts more programs than it may.");
            return;
        }
        var number = _count;
        var descent = number == 0 ? new Descent(null, [], StartTime: null) : _lineage.Of(call.Thread);
        var seen = _sight.Read(call, descent.Via, out var errno);
        // Up to here the number meant the caller; if it has gone, what was read may be of anybody.
        if (!IsOfCaller(call))
            return;
        if (seen is null)
        {
            // Looking for a program in one folder after the other is not starting one.
            _listener.Fail(call.Id, errno);
            return;
        }
        var attempt = new Attempt(
            number, descent, (int)_time.GetElapsedTime(_began).TotalMilliseconds, call, seen, Held: null,
            number == 0 && seen.Image.Path == seen.Path ? _commandDigest : null);
        var verdict = _desk.Decide(
            new ExecutionQuestion(number, seen.Path, seen.Argv, seen.Program, seen.Image.Identity));
        // It gets its number when it goes on, so that those after it need not wait to be recorded.
        if (verdict.MayBeHeld && TryHold(attempt))
            return;
        _count++;
        if (verdict.Allows)
            LetGo(attempt, verdict);
        else
            Deny(attempt, verdict);
    }

    // Whether what was just read was read of the caller.
    bool IsOfCaller(in ExecCall call)
    {
        if (_listener.IsWaiting(call.Id))
            return true;
        _sight.Forget();
        return false;
    }

    // A layer over the work tree cannot give one file two names: they would be two files by their numbers, and git
    // takes that for an attack. Told that it is another file system, programs copy. Nobody is kept from anything by
    // this, so what the caller's memory holds later does not matter.
    void AnswerLink(in ExecCall call)
    {
        var isInTree = _sight.IsInTree(call);
        if (IsOfCaller(call))
            _ = isInTree ? _listener.Fail(call.Id, Errno.OtherFileSystem) : _listener.Continue(call.Id);
    }

    bool TryHold(Attempt attempt)
    {
        var seen = attempt.Seen;
        if (!_desk.MayHold || _sight.FileOf(attempt.Call, seen) is not { } file)
            return false;
        var command = Shown(seen.Argv);
        var gone = new CancellationTokenSource();
        var told = new HeldWord();
        var held = new HeldExecution(
            seen.Program, seen.CommandLine, [.. seen.Environment.Select(Encoding.UTF8.GetString)],
            wanted => told.FileDigest = file(wanted));
        void Tell(HeldNotice notice)
        {
            told.Notice = notice;
            _run.Tell(Waiting(command, notice));
        }
        if (_desk.TryHold(held, Tell, gone.Token) is not { } answer)
        {
            gone.Dispose();
            return false;
        }
        _held.Add(new HeldCall(attempt.Call, seen, attempt.Descent, attempt.AtMs, answer, gone, told));
        return true;
    }

    static string Waiting(string command, HeldNotice notice) =>
        $"writ: waits for approval: {command}: asks {notice.Asks}, until {notice.Until:HH:mm:ss}Z: "
        + $"writ show {notice.Request}\n";

    // What was agreed to is what was seen when it began to wait; whoever changed it meanwhile asks for something else.
    void GoOn(HeldCall held)
    {
        var answer = held.Answer.GetAwaiter().GetResult();
        held.Gone.Dispose();
        var attempt = new Attempt(_count++, held);
        if (answer is HoldAnswer.Refused refused)
        {
            Deny(attempt with { Held = refused.Request }, new ExecutionVerdict(false, refused.Code, null, refused.Why));
            return;
        }
        var seen = _sight.Read(held.Call, held.Seen.Program.Via, out _);
        if (!IsOfCaller(held.Call))
            Record(attempt, ExecutionEnd.Gone, _withdrawn, found: null);
        else if (seen?.IsSameAs(held.Seen) == true)
            LetGo(attempt with { Seen = seen }, _approved);
        else
            Deny(attempt, _changed);
    }

    void Deny(Attempt attempt, ExecutionVerdict verdict)
    {
        // While its caller still stands there; once the call has failed it may be gone.
        if (TellsCallers && _listener.IsWaiting(attempt.Call.Id))
            Tell(attempt.Call, attempt.Seen.Argv, verdict);
        if (!_listener.Fail(attempt.Call.Id, Errno.NotPermitted))
        {
            Record(attempt, ExecutionEnd.Gone, verdict, found: null);
            return;
        }
        Record(attempt, ExecutionEnd.Denied, verdict, found: null);
        if (!TellsCallers)
            Tell(attempt.Call, attempt.Seen.Argv, verdict);
    }

    void LetGo(Attempt attempt, ExecutionVerdict verdict)
    {
        var call = attempt.Call;
        // Whoever decided may have taken long: the number may be another's by now, who is none of ours to stop.
        if (!_listener.IsWaiting(call.Id))
        {
            Record(attempt, ExecutionEnd.Gone, verdict, found: null);
            return;
        }
        if (!ExecTrace.TrySeize(call.Thread))
        {
            Deny(attempt, new ExecutionVerdict(false, "exec.not-watched", null, "It could not be watched."));
            return;
        }
        // The number was the caller's when it was seized only if the caller still waits, or it cannot be answered; and
        // it has to be answered before it can be waited for.
        var answered = _listener.Continue(call.Id);
        var (end, process) = ExecTrace.Await(call.Thread);
        if (end == ExecEnd.Started)
            Verify(attempt, verdict, process);
        else
            Record(attempt, answered && end == ExecEnd.Failed ? ExecutionEnd.Failed : ExecutionEnd.Gone, verdict, null);
    }

    void Verify(Attempt attempt, ExecutionVerdict verdict, int process)
    {
        var (seen, program) = (attempt.Seen, attempt.Seen.Program);
        var started = _sight.ReadStarted(process, seen);
        if (started?.IsWhatWasDecided(seen) == true
            && (attempt.FileDigest is null || IsWhatWasAgreedTo(attempt, process, started.Image)))
        {
            // A directory that has another name by now is no attack, but not what was decided about either.
            if (started.Cwd == program.Cwd)
            {
                // A thread beside the first takes over the first one's number and its age.
                var startTime = process == attempt.Call.Thread ? attempt.Descent.StartTime : null;
                _lineage.Started(process, startTime, attempt.Number, program);
                ExecTrace.Release(process);
                Record(attempt, ExecutionEnd.Started, verdict, found: null);
                return;
            }
            ExecTrace.Kill(process);
            Record(attempt, ExecutionEnd.Killed, _moved, started.Program(program.Via));
            Tell(attempt.Call, seen.Argv, _moved);
            return;
        }
        ExecTrace.Kill(process);
        var mismatch = new ExecutionVerdict(
            false, "exec.mismatch", null, "Something else started than was decided; only an attack looks like that.");
        Record(attempt, ExecutionEnd.Killed, mismatch, started?.Program(program.Via));
        if (_endsOnMismatch)
            _run.Stop(mismatch.Code, mismatch.Why);
    }

    // While people were asked, a page that was mapped before could be written to without a trace in the file's times.
    static bool IsWhatWasAgreedTo(Attempt attempt, int process, ExecutableSight image) =>
        (image.OnReadOnlyMount
            || ExecutionSight.DigestOfStarted(process, image.Identity) == attempt.FileDigest)
        && ExecutionSight.EnvironmentOf(process) is { } environment && attempt.Seen.HasEnvironment(environment);

    void Record(Attempt attempt, ExecutionEnd end, ExecutionVerdict verdict, ExecutedProgram? found) =>
        _desk.Record(new ExecutionRecord(
            attempt.Number, attempt.Descent.Parent, attempt.AtMs, attempt.Call.Thread, attempt.Seen.Program,
            ArgvDigest: null, end, verdict.Code, verdict.Rule, verdict.Allows ? null : verdict.Why, found,
            attempt.Held));

    /// <summary>Who asked is told on their own standard error, which is where an assistant reads.</summary>
    internal bool TellsCallers { get; init; }

    void Tell(in ExecCall call, ImmutableArray<string> argv, ExecutionVerdict verdict)
    {
        if (TellsCallers && CallerStream.TryWrite(call.Thread, Encoding.UTF8.GetBytes(Advice(argv, verdict))))
            return;
        if (++_notices > NoticesMax)
            return;
        if (verdict.IsBrokered)
        {
            _run.Tell(Advice(argv, verdict));
            return;
        }
        var advice = verdict.MayBeHeld
            ? " It does not wait for people here. Ask for it by itself: writ run -- ..." : "";
        _run.Tell($"writ: not started: {Shown(argv)}: {VisibleText.Of(verdict.Why)}{advice} [{verdict.Code}]\n");
        if (_notices == NoticesMax)
            _run.Tell("writ: further programs that may not start are in the record only\n");
    }

    // One line, and in it the whole command to type instead, or none.
    static string Advice(ImmutableArray<string> argv, ExecutionVerdict verdict)
    {
        var instead = VisibleText.Command(argv);
        var what = $"writ: not started in here: {Shown(argv)}: {VisibleText.Of(verdict.Why)}";
        return !verdict.IsBrokered ? $"{what} [{verdict.Code}]\n"
            : instead.Length > InsteadMax || VisibleText.Of(instead) != instead
            ? $"{what} Use writ run -- with the same arguments. [{verdict.Code}]\n"
            : $"{what} Use this instead: writ run -- {instead} [{verdict.Code}]\n";
    }

    static string Shown(ImmutableArray<string> argv)
    {
        var command = VisibleText.Of(VisibleText.Command(argv));
        return command.Length <= CommandShown ? command : command[..CommandShown] + "…";
    }

    readonly record struct Attempt(
        int Number, Descent Descent, int AtMs, ExecCall Call, SeenExecution Seen, RequestId? Held,
        string? FileDigest = null)
    {
        internal Attempt(int number, HeldCall held)
            : this(
                number, held.Descent, held.AtMs, held.Call, held.Seen, held.Told.Notice?.Request, held.Told.FileDigest)
        {
        }
    }
}

/// <summary>The run as its mediator speaks to it; called from any thread.</summary>
interface IMediatedRun
{
    /// <summary>A line for whoever runs the command.</summary>
    void Tell(string line);

    /// <summary>Ends every process of the run.</summary>
    void Stop(string code, string why);
}

/// <summary>Counts attempts against what a run may start: in all, and for each second.</summary>
sealed class ExecutionPace(ExecutionLimits limits, TimeProvider time)
{
    int _count;
    double _saved = limits.BurstMax;
    long _last = time.GetTimestamp();

    /// <summary>Counts one more; the code of the limit that this exceeds, or null.</summary>
    internal string? Exceeded()
    {
        if (++_count > limits.CountMax)
            return "exec.budget";
        var now = time.GetTimestamp();
        var earned = time.GetElapsedTime(_last, now).TotalSeconds * limits.PerSecond;
        _saved = Math.Min(limits.BurstMax, _saved + earned) - 1;
        _last = now;
        return _saved < 0 ? "exec.rate" : null;
    }
}

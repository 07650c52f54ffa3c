using System.Globalization;
using System.Text;
using Writ.Linux;
using Writ.Runs;
using Writ.Server.Mediation;

namespace Writ.Server.Running;

/// <summary>
/// The thread that owns one run from its first process to its last. It starts bubblewrap itself and lives until the
/// tree is gone, because bubblewrap's parent-death signal follows the thread: whatever ends this thread ends the run.
/// </summary>
sealed partial class RunLoop : IDisposable
{
    const int StackBytes = 256 * 1024;
    const int ChunkBytes = 32 * 1024;
    const int StatusCharactersMax = 4096;
    static readonly TimeSpan StartupMax = TimeSpan.FromSeconds(20);
    static readonly TimeSpan TeardownMax = TimeSpan.FromSeconds(5);

    // To let go of what is mounted for a session takes the kernel a while, in which the end is being told; and the next
    // sandbox, which is prepared right after that, stands in the same room if it still is there.
    static readonly TimeSpan LingerFor = TimeSpan.FromMilliseconds(20);

    readonly string _name;
    readonly SpawnOrder _spawn;
    readonly Containment _containment;
    readonly RunCgroup? _cgroup;
    readonly TimeProvider _time;
    readonly WakeSignal _wake = new();
    readonly byte[] _chunk = new byte[ChunkBytes];
    readonly List<IDisposable> _open = [];

    // The process we started (bubblewrap, or the run's keeper without namespaces), the first process inside, and the
    // command.
    ProcessHandle? _outer;
    ProcessHandle? _inner;
    ProcessHandle? _command;
    ControlSocket? _control;
    Descriptor? _status;
    Descriptor? _stdin;
    Descriptor? _stdout;
    Descriptor? _stderr;
    Descriptor? _terminal;
    Descriptor? _document;
    Descriptor? _life;

    readonly StringBuilder _statusText = new();
    ReadOnlyMemory<byte> _pendingDocument;
    ReadOnlyMemory<byte> _pendingInput;
    bool _inputEnded;
    ExitStatus? _exit;
    RunEndReason _reason = RunEndReason.NotStarted;
    string? _refusal;
    DateTimeOffset? _startedAt;
    long _deadline;
    bool _reaped;
    bool _terminating;
    bool _killed;
    long _killedAt;
    TimeSpan? _killTook;
    long _bytesOut;
    long _bytesError;

    internal RunLoop(
        string name, SpawnOrder spawn, Containment containment, RunCgroup? cgroup, TimeProvider time)
    {
        _name = name;
        _spawn = spawn;
        _containment = containment;
        _cgroup = cgroup;
        _time = time;
    }

    RunPlan Plan => _work!.Plan;

    Run Run => _work!.Run;

    /// <summary>Starts the sandbox, and in it at once this run.</summary>
    internal Run Begin(RunPlan plan, byte[] document, string? directory)
    {
        _work = new RunWork(plan, document, directory, new Run(plan.Id, _wake));
        StartThread();
        return _work.Run;
    }

    void StartThread() => new Thread(Supervise, StackBytes) { IsBackground = true, Name = $"run {_name}" }.Start();

    // The edge of the thread: a fault of the world ends this run, with nothing left running, and is delivered.
    void Supervise()
    {
        try
        {
            Start();
            _open.Add(_standby = new StandbyThread($"mediate {_name}", ExecMediator.StackBytes));
            if (AwaitWork())
                Carry();
            else
                Vanish();
            _over.SetResult();
        }
        catch (Exception fault)
        {
            var dismissed = TryRetire();
            var told = Abandon(fault);
            if (dismissed)
                _over.SetException(told);
            else
                Run.Break(told);
        }
    }

    void Carry()
    {
        _deadline = After(StartupMax);
        _pendingDocument = _work!.Document;
        WriteDocument();
        // An order may have come together with the work, and its wake was cleared with the work's.
        TakeOrders();
        while (_exit is null)
            Step();
        WaitForEmptyTree();
        Run.MarkGone(_frozen);
        FinishMediation();
        DrainOutput();
        Close();
        Run.End(Outcome());
        if (_spawn.Stay is not null)
            Thread.Sleep(LingerFor);
        LeaveSession();
    }

    // When nothing of the run is left: another session may then be the same user.
    void LeaveSession() => _spawn.Stay?.Dispose();

    Exception Abandon(Exception fault)
    {
        try
        {
            if (_outer is not null)
                KillAndWait();
            else
                RemoveCgroup(After(TeardownMax));
            if (_work is not null)
                FinishMediation();
            Close();
            LeaveSession();
            return fault;
        }
        catch (Exception second)
        {
            return new AggregateException(fault, second);
        }
    }

    void Start()
    {
        var (ours, theirs) = ControlSocket.CreatePair();
        _open.Add(ours);
        _control = ours;
        _control.ReceiveCredentials();
        using var their = theirs;
        var (document, arguments, status) = (Pipe.Create(), Pipe.Create(), Pipe.Create());
        _open.AddRange([document.Writer, status.Reader]);
        (_document, _status) = (document.Writer, status.Reader);
        _document.SetNonBlocking();
        _status.SetNonBlocking();
        List<ChildDescriptor> table =
        [
            new(arguments.Reader, SpawnOrder.ArgumentsNumber),
            new(status.Writer, SpawnOrder.StatusNumber),
            new(document.Reader, SpawnOrder.DocumentNumber),
            new(theirs.Descriptor, SpawnOrder.ControlNumber),
        ];
        var inherited = new List<Descriptor> { arguments.Reader, status.Writer, document.Reader };
        if (!_spawn.Isolated)
        {
            var life = Pipe.Create();
            _open.Add(life.Writer);
            _life = life.Writer;
            inherited.Add(life.Reader);
            table.Add(new(life.Reader, SpawnOrder.LifeNumber));
        }
        if (_spawn.Stay is { } stay && _spawn.Room is null)
            table.Add(new(stay.Mapping, SpawnOrder.MappingNumber));
        table.AddRange(OpenStandard(inherited));
        table.AddRange(OpenContents(inherited));
        var entered = false;
        var settled = false;
        try
        {
            entered = _cgroup?.TryEnter() ?? false;
            _outer = Spawning.Start(
                _spawn.Program, _spawn.Argv, [], table, newSession: true, place: _spawn.Room?.Place);
            _open.Add(_outer);
            // bubblewrap can do nothing before it has read its arguments: until then the tree is one process, which is
            // moved into its control group, where it was not born in it, without a race.
            if (!entered)
                _cgroup?.Add(_outer.Pid);
            // Neither does the keeper before it has read this.
            _ = _life?.Write([1]);
            settled = true;
        }
        finally
        {
            foreach (var descriptor in inherited)
                descriptor.Dispose();
            if (entered)
                _cgroup!.Leave();
            using (arguments.Writer)
                if (settled && _spawn.Isolated)
                    WriteArguments(arguments.Writer);
        }
    }

    // A reader that is already gone has said why on stderr, and its exit is seen like any other.
    void WriteArguments(Descriptor writer)
    {
        var bytes = Encoding.UTF8.GetBytes(string.Join('\0', _spawn.SandboxArguments) + '\0').AsSpan();
        while (!bytes.IsEmpty)
        {
            var count = writer.Write(bytes);
            if (count == -Errno.BrokenPipe)
                return;
            if (count < 0)
                throw new LinuxFaultException("write(bubblewrap arguments)", -count);
            bytes = bytes[count..];
        }
    }

    // Each fits into its pipe, so that nobody has to be there to read it yet.
    List<ChildDescriptor> OpenContents(List<Descriptor> inherited)
    {
        var table = new List<ChildDescriptor>();
        foreach (var (number, content) in _spawn.Contents)
        {
            var pipe = Pipe.Create();
            inherited.Add(pipe.Reader);
            using var writer = pipe.Writer;
            for (var rest = content.Span; !rest.IsEmpty;)
            {
                var count = writer.Write(rest);
                if (count < 0)
                    throw new LinuxFaultException("write(credential)", -count);
                rest = rest[count..];
            }
            table.Add(new ChildDescriptor(pipe.Reader, number));
        }
        return table;
    }

    IEnumerable<ChildDescriptor> OpenStandard(List<Descriptor> inherited)
    {
        if (_spawn.Terminal is { } size)
        {
            var terminal = PseudoTerminal.Open(size);
            _open.Add(terminal);
            _terminal = terminal.Master;
            _terminal.SetNonBlocking();
            _stdin = _stdout = _terminal;
            inherited.Add(terminal.Slave);
            return [new(terminal.Slave, 0), new(terminal.Slave, 1), new(terminal.Slave, 2)];
        }
        var (input, output, error) = (Pipe.Create(), Pipe.Create(), Pipe.Create());
        _open.AddRange([input.Writer, output.Reader, error.Reader]);
        (_stdin, _stdout, _stderr) = (input.Writer, output.Reader, error.Reader);
        foreach (var descriptor in (Descriptor[])[_stdin, _stdout, _stderr])
            descriptor.SetNonBlocking();
        inherited.AddRange([input.Reader, output.Writer, error.Writer]);
        return [new(input.Reader, 0), new(output.Writer, 1), new(error.Writer, 2)];
    }

    void Step()
    {
        TakeInput();
        Span<PollEntry> entries =
        [
            new() { Number = _wake.Descriptor.Number, WantsRead = true },
            new() { Number = _control?.Descriptor.Number ?? -1, WantsRead = true },
            new() { Number = _outer!.Descriptor.Number, WantsRead = true },
            new() { Number = Run.IsFull ? -1 : _stdout?.Number ?? -1, WantsRead = true },
            new() { Number = Run.IsFull ? -1 : _stderr?.Number ?? -1, WantsRead = true },
            new() { Number = _pendingInput.IsEmpty ? -1 : _stdin?.Number ?? -1, WantsWrite = true },
            new() { Number = _inner is null ? _status!.Number : -1, WantsRead = _spawn.Isolated },
            new() { Number = _document?.Number ?? -1, WantsWrite = true },
        ];
        if (!Polling.Wait(entries, Remaining()))
        {
            if (Remaining() == 0)
                OnDeadline();
            return;
        }
        if (entries[6].CanRead)
            OnStatus();
        if (entries[0].CanRead)
            TakeOrders();
        if (entries[1].CanRead || entries[1].Closed)
            OnControl();
        if (entries[3].CanRead || entries[3].Closed)
            Read(ref _stdout, isError: false);
        if (entries[4].CanRead || entries[4].Closed)
            Read(ref _stderr, isError: true);
        if (entries[5].CanWrite || entries[5].Closed)
            WriteInput();
        if (entries[7].CanWrite || entries[7].Closed)
            WriteDocument();
        if (entries[2].CanRead)
            _exit = _outer!.TryPeek();
    }

    void OnControl()
    {
        Span<byte> buffer = stackalloc byte[LaunchSignals.BytesMax];
        var message = _control!.Receive(buffer);
        using var passed = message.Passed;
        var text = Encoding.UTF8.GetString(buffer[..message.Length]);
        if (message.Length == 0)
        {
            _control = null;
            return;
        }
        if (text.StartsWith(LaunchSignals.NotRunPrefix, StringComparison.Ordinal))
        {
            _refusal = text[LaunchSignals.NotRunPrefix.Length..];
            _reason = RunEndReason.NotStarted;
            _startedAt = null;
            return;
        }
        if (text == LaunchSignals.Ready && _startedAt is null)
            LetGo(message.SenderPid, passed);
    }

    // The launcher stands still and waits for the word, so both numbers name living processes while they are opened.
    void LetGo(int commandPid, Descriptor? listener)
    {
        if (_killed)
            return;
        Span<PollEntry> status = [new() { Number = _status!.Number, WantsRead = true }];
        var limit = After(ChildUnknownMax);
        for (OpenInner(); _spawn.Isolated && _inner is null && _time.GetTimestamp() < limit; OpenInner())
            _ = Polling.Wait(status, (int)KillRepeat.TotalMilliseconds);
        _command = ProcessHandle.TryOpen(commandPid);
        if (_command is null || (_spawn.Isolated && _inner is null))
        {
            _refusal = "run.lost-sight";
            KillEverything();
            return;
        }
        _open.Add(_command);
        Run.FirstProcess = _inner?.Pid ?? 0;
        if (!BeginMediation(listener))
            return;
        Plan.Identity?.Begun((_inner ?? _command).Pid);
        Plan.Credentials?.Begun((_inner ?? _command).Pid);
        _startedAt = _time.GetUtcNow();
        _reason = RunEndReason.Exited;
        _deadline = After(Plan.Limits.WallTimeMax);
        try
        {
            _control!.Send(Encoding.UTF8.GetBytes(LaunchSignals.Go));
            Run.MarkBegun();
        }
        catch (LinuxFaultException gone) when (gone.Errno == Errno.BrokenPipe)
        {
            // It was ended while it waited; its exit is seen like any other.
            _startedAt = null;
        }
    }

    // bubblewrap says {"child-pid": N, ... before it lets its child go on; a write may end right after the number, so
    // only what follows tells that the number is whole.
    void OpenInner()
    {
        if (_inner is not null || !_spawn.Isolated || _statusText.Length > StatusCharactersMax)
            return;
        var count = _status!.Read(_chunk);
        if (count <= 0)
            return;
        _statusText.Append(Encoding.ASCII.GetString(_chunk, 0, count));
        var text = _statusText.ToString();
        const string key = "\"child-pid\":";
        var at = text.IndexOf(key, StringComparison.Ordinal);
        if (at < 0)
            return;
        var digits = text.AsSpan(at + key.Length).TrimStart();
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        if (end > 0 && int.TryParse(digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            _inner = ProcessHandle.TryOpen(pid);
        if (_inner is not null)
            _open.Add(_inner);
    }

    RunOutcome Outcome()
    {
        var notStarted = _startedAt is null;
        var exit = notStarted && _refusal is not ("launch.not-found" or null) ? 126 : _exit!.Value.ShellStatus;
        // Nothing said why: the sandbox itself could not be built.
        if (notStarted && _refusal is null && !_killed)
            (_refusal, exit) = ("run.sandbox-failed", 126);
        return new RunOutcome(
            exit,
            !notStarted ? _reason : _refusal is null ? RunEndReason.Killed : RunEndReason.NotStarted,
            _refusal,
            _startedAt,
            _time.GetUtcNow(),
            _bytesOut,
            _bytesError,
            _killTook,
            Contained())
        { StoppedBy = _stoppedBy, Frozen = _frozen };
    }

    long After(TimeSpan span) => _time.GetTimestamp() + (long)(span.TotalSeconds * _time.TimestampFrequency);

    int Remaining()
    {
        var left = (_deadline - _time.GetTimestamp()) * 1000 / _time.TimestampFrequency;
        return (int)Math.Clamp(left + (left > 0 ? 1 : 0), 0, 60_000);
    }
}

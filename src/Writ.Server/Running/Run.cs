using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Writ.Linux;
using Writ.Server.Mediation;

namespace Writ.Server.Running;

/// <summary>
/// One execution under way. All orders go to the thread that supervises it; output waits in a buffer of bounded bytes
/// until it is read, and a command whose output nobody reads stands still until its time is over.
/// </summary>
public sealed class Run : IMediatedRun
{
    internal const int BufferedBytesMax = 1 << 20;
    const int InputChunksMax = 16;
    const int OrdersMax = 1024;

    readonly Channel<RunChunk> _output = Channel.CreateUnbounded<RunChunk>(new() { SingleWriter = true });
    readonly Channel<ReadOnlyMemory<byte>> _input = Channel.CreateBounded<ReadOnlyMemory<byte>>(InputChunksMax);
    readonly ConcurrentQueue<RunOrder> _orders = new();
    readonly TaskCompletionSource<RunOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource<StandStill?> _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly WakeSignal _wake;
    long _buffered;

    internal Run(string id, WakeSignal wake)
    {
        Id = id;
        _wake = wake;
    }

    public string Id { get; }

    /// <summary>The first process of its process namespace, known before the command runs; 0 where it has none.
    /// </summary>
    public int FirstProcess { get; internal set; }

    /// <summary>It came so soon after another that its sandbox may not have stood yet.</summary>
    internal bool CameSoon { get; init; }

    /// <summary>Completes when the command is let go, and at the latest when it is over.</summary>
    internal Task Begun => _begun.Task;

    /// <summary>Completes when no process of the run is left and all output is in the buffer.</summary>
    public Task<RunOutcome> Outcome => _outcome.Task;

    /// <summary>Completes when no process of the run is left, with what was seen of it if it stood still first.
    /// </summary>
    public Task<StandStill?> Gone => _gone.Task;

    /// <summary>The output in order of arrival, until its end; for one reader.</summary>
    public async IAsyncEnumerable<RunChunk> ReadOutputAsync([EnumeratorCancellation] CancellationToken stop)
    {
        await foreach (var chunk in _output.Reader.ReadAllAsync(stop))
        {
            var left = Interlocked.Add(ref _buffered, -chunk.Bytes.Length);
            if (left < BufferedBytesMax && left + chunk.Bytes.Length >= BufferedBytesMax)
                Wake();
            yield return chunk;
        }
    }

    /// <summary>Queues standard input; waits while the command does not read. False when it can take no more.</summary>
    public async ValueTask<bool> WriteInputAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        while (await _input.Writer.WaitToWriteAsync(stop))
        {
            if (!_input.Writer.TryWrite(bytes))
                continue;
            Wake();
            return true;
        }
        return false;
    }

    /// <summary>After what was queued, standard input ends; on a terminal its end-of-file character is typed.</summary>
    public void CloseInput()
    {
        _input.Writer.TryComplete();
        Wake();
    }

    public void Resize(WindowSize size) => Post(new RunOrder.Resize(size));

    /// <summary>Delivers a signal to the command's process group.</summary>
    public void Signal(int signal) => Post(new RunOrder.Signal(signal));

    /// <summary>Ends every process of the run at once; the outcome says how long that took.</summary>
    /// <param name="withEvidence">Everything stands still first, and what it is is written down.</param>
    public Task<RunOutcome> Kill(bool withEvidence = false)
    {
        Post(new RunOrder.Kill(withEvidence));
        return Outcome;
    }

    void IMediatedRun.Tell(string line) => Post(new RunOrder.Tell(line));

    void IMediatedRun.Stop(string code, string why) => Post(new RunOrder.Stop(new Refusal(code, why)));

    internal ChannelReader<ReadOnlyMemory<byte>> Input => _input.Reader;

    internal bool IsFull => Interlocked.Read(ref _buffered) >= BufferedBytesMax;

    internal void Deliver(RunChunk chunk)
    {
        Interlocked.Add(ref _buffered, chunk.Bytes.Length);
        _ = _output.Writer.TryWrite(chunk);
    }

    internal bool TryTakeOrder(out RunOrder? order) => _orders.TryDequeue(out order);

    internal void MarkBegun() => _begun.TrySetResult();

    internal void MarkGone(StandStill? frozen) => _gone.TrySetResult(frozen);

    internal void End(RunOutcome outcome)
    {
        _input.Writer.TryComplete();
        _output.Writer.TryComplete();
        MarkBegun();
        _outcome.TrySetResult(outcome);
    }

    internal void Break(Exception bug)
    {
        _input.Writer.TryComplete();
        _output.Writer.TryComplete(bug);
        MarkBegun();
        _gone.TrySetResult(null);
        _outcome.TrySetException(bug);
    }

    void Post(RunOrder order)
    {
        if (_orders.Count >= OrdersMax && order is not (RunOrder.Kill or RunOrder.Stop))
            return;
        _orders.Enqueue(order);
        Wake();
    }

    // After the end there is nobody to wake.
    void Wake()
    {
        try
        {
            _wake.Set();
        }
        catch (ObjectDisposedException)
        {
            return;
        }
    }
}

/// <summary>What callers ask of the supervising thread.</summary>
abstract record RunOrder
{
    internal sealed record Resize(WindowSize Size) : RunOrder;

    internal sealed record Signal(int Number) : RunOrder;

    internal sealed record Kill(bool WithEvidence) : RunOrder;

    /// <summary>Supervision ends the run, and says why.</summary>
    internal sealed record Stop(Refusal Why) : RunOrder;

    /// <summary>A line of ours among the command's.</summary>
    internal sealed record Tell(string Line) : RunOrder;
}

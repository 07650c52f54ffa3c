using System.Collections.Concurrent;
using Writ.Runs;
using Writ.Server.Holding;
using Writ.Server.Mediation;

namespace Writ.Server.Tests.Mediation;

/// <summary>Decides by one rule of a test, and keeps what it was told.</summary>
sealed class RuleDesk(Func<ExecutionQuestion, string?>? forbids = null) : IExecutionDesk
{
    public ConcurrentQueue<ExecutionRecord> Records { get; } = new();

    /// <param name="asked">The rule's answer to it is why it may not start, or null.</param>
    public ExecutionVerdict Decide(ExecutionQuestion asked) =>
        asked.Number == 0 ? ExecutionVerdict.OfRequest
        : forbids?.Invoke(asked) is { } why ? new ExecutionVerdict(
            false, MayHold ? "exec.not-covered" : "exec.blocked", "a-test", why)
        : new ExecutionVerdict(true, "exec.automatic", null, "no rule of the test forbids it");

    /// <summary>Lets what was denied wait, where a test says so.</summary>
    public Func<HeldExecution, Action<HeldNotice>, CancellationToken, Task<HoldAnswer>>? Holds { get; init; }

    public bool MayHold => Holds is not null;

    public Task<HoldAnswer>? TryHold(HeldExecution held, Action<HeldNotice> waits, CancellationToken gone) =>
        Holds?.Invoke(held, waits, gone);

    public void Record(ExecutionRecord record) => Records.Enqueue(record);

    /// <summary>What started, by the names it was asked for, in their order.</summary>
    public string Started => Names(ExecutionEnd.Started);

    public string Denied => Names(ExecutionEnd.Denied);

    string Names(ExecutionEnd end) => string.Join(' ', Records.Where(r => r.End == end)
        .OrderBy(r => r.Number).Select(r => Path.GetFileName(r.Program.Name)));
}

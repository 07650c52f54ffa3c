using Writ.Holds;

namespace Writ.Server.Holding;

/// <summary>
/// Lets what stands still inside a run wait for people. Whoever holds something (the mediator an execve, a proxy a
/// connection) awaits the answer and acts on it at once; everything else of the run goes on meanwhile.
/// </summary>
public interface IHoldingDesk
{
    /// <summary>Whether the run's workflow holds anything; where it does not, what policy gates is refused at once.
    /// </summary>
    bool Holds(RequestId parent);

    /// <summary>
    /// Puts a request of its own into the inbox and waits: until enough people have agreed and policy, asked again with
    /// what they signed, says yes; until one of them refuses; until it expires; until the run or its session is over;
    /// or until <paramref name="gone"/>. It never throws because of any of these, and nothing is left waiting behind
    /// it.
    /// </summary>
    /// <param name="parent">The request that the run carries out.</param>
    /// <param name="until">No later than this; the workflow's bound holds as well.</param>
    /// <param name="waits">Called once, from any thread, when it stands in the inbox.</param>
    /// <param name="gone">Whoever wanted it wants it no more.</param>
    Task<HoldAnswer> HoldAsync(
        RunId run, RequestId parent, HeldAction action, DateTimeOffset until, Action<HeldNotice> waits,
        CancellationToken gone);
}

/// <summary>What came of waiting. There is no third answer: whatever fails is a refusal.</summary>
public abstract record HoldAnswer
{
    private HoldAnswer() { }

    /// <summary>It may go on now, once, exactly as it was shown.</summary>
    public sealed record Approved(RequestId Request) : HoldAnswer;

    /// <param name="Request">The request that was refused; null where it never stood in the inbox.</param>
    public sealed record Refused(RequestId? Request, string Code, string Why) : HoldAnswer;
}

/// <summary>What the run's caller is told when something begins to wait.</summary>
/// <param name="Asks">Whom it waits for: <c>1 of security</c>.</param>
public sealed record HeldNotice(RequestId Request, string Asks, DateTimeOffset Until);

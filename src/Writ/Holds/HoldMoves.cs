using Writ.Requests;

namespace Writ.Holds;

/// <summary>What can be asked of what stands still inside a run. Only the control plane asks.</summary>
public abstract record HoldMove : Move
{
    /// <summary>Something inside a run is gated and waits.</summary>
    /// <param name="Request">What people are asked, with <see cref="Request.Hold"/>.</param>
    /// <param name="Until">The end of the run, at the latest.</param>
    public sealed record Open(Request Request, DateTimeOffset Until) : HoldMove;

    /// <summary>People have agreed; it wants to go on now.</summary>
    public sealed record Go(RequestId Request) : HoldMove;

    /// <summary>Nobody wants it any more, or its time is over.</summary>
    public sealed record Withdraw(RequestId Request) : HoldMove;
}

/// <summary>What can happen to what stands still inside a run; the rest is what happens to every request.</summary>
public abstract record HoldEvent : Event
{
    /// <summary>It went on, once.</summary>
    public sealed record LetGo : HoldEvent;
}

/// <summary>How much of a run may wait for people at once, and how long.</summary>
/// <param name="Max">Things that stand still in one run at the same time.</param>
/// <param name="WaitSeconds">How long each may wait; the end of the run comes first.</param>
public sealed record HoldBounds(int Max, int WaitSeconds)
{
    public const int CountMax = 16;
    public const int WaitSecondsMax = 3_600;

    public static HoldBounds Usual { get; } = new(4, 600);
}

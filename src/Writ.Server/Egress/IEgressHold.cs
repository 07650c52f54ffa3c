using Writ.Egress;
using Writ.Runs;

namespace Writ.Server.Egress;

/// <summary>
/// Where a connection that policy gates waits for people. The proxy awaits the answer and acts on it at once; the rest
/// of the run goes on meanwhile.
/// </summary>
public interface IEgressHold
{
    /// <summary>
    /// The verdict once people have decided, or nobody waits any more: allowed only when policy, asked again with what
    /// they signed, says so. It does not throw because of anything that people do or leave.
    /// </summary>
    /// <param name="gated">The verdict that asks people, with whom it asks.</param>
    /// <param name="until">No later than this.</param>
    /// <param name="gone">Whoever wanted the connection wants it no more.</param>
    Task<EgressVerdict> HoldAsync(
        RunId run, RunBounds bounds, EgressAttempt attempt, EgressVerdict gated, DateTimeOffset until,
        CancellationToken gone);
}

/// <summary>Nobody is asked while a run goes on: what is gated is refused, and says that it needs an approval.
/// </summary>
sealed class NobodyHolds : IEgressHold
{
    public Task<EgressVerdict> HoldAsync(
        RunId run, RunBounds bounds, EgressAttempt attempt, EgressVerdict gated, DateTimeOffset until,
        CancellationToken gone) =>
        Task.FromResult(gated with { Answer = EgressAnswer.Refused });
}

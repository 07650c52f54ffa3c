using Writ.Realms;

namespace Writ.Agents;

/// <summary>Where an agent stands in its life. Member 0 may do nothing.</summary>
public enum AgentState
{
    Retired,
    Suspended,
    Active,
}

/// <summary>A non-human workload with an identity of its own, owned by a team and reviewed by a date.</summary>
/// <param name="Kind">What program it is, for example <c>claude-code</c>.</param>
/// <param name="ReviewBy">The last day (UTC) on which it may work without a new review.</param>
public sealed record Agent(
    AgentId Id, string Kind, string Version, TeamId OwnerTeam, DateOnly ReviewBy, AgentState State)
{
    /// <summary>Why this agent may not work now, or null when it may.</summary>
    public Refusal? Hindrance(Registry registry, DateTimeOffset now)
    {
        if (State != AgentState.Active)
            return new Refusal("agent.not-active", $"Agent {Id} is {State.ToString().ToLowerInvariant()}.");
        if (DateOnly.FromDateTime(now.UtcDateTime) > ReviewBy)
            return new Refusal("agent.review-overdue", $"Agent {Id} was to be reviewed by {ReviewBy:yyyy-MM-dd}.");
        return registry.ActiveMembers(OwnerTeam).IsEmpty
            ? new Refusal("agent.no-owner", $"No active person is left in {OwnerTeam}, the team that owns {Id}.")
            : null;
    }
}

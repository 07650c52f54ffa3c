using System.Text.Json.Serialization;
using Writ.Assistants;
using Writ.Egress;
using Writ.Findings;
using Writ.Holds;
using Writ.Identity;
using Writ.Realms;
using Writ.Targets;

namespace Writ.Workflows;

/// <summary>Numbers that a session may not exceed. Zero means none at all.</summary>
public sealed record Bounds(int Minutes, int Commands, int Writes, int Deletions, int Targets, int Credentials)
{
    public static Bounds Default { get; } = new(60, 200, 50, 5, 3, 0);

    public bool Contains(Bounds other) =>
        other.Minutes <= Minutes && other.Commands <= Commands && other.Writes <= Writes
        && other.Deletions <= Deletions && other.Targets <= Targets && other.Credentials <= Credentials;
}

/// <summary>The containment a run really had, weakest first, so that nothing claims more than it has.</summary>
public enum Tier
{
    T0,
    T1,
    T2,
    T3,
}

/// <summary>
/// An approved use case for agents, with the people who answer for it: the workflow owner accepts the production risk,
/// the platform owner the tool chain, the security owner the guardrails.
/// </summary>
/// <param name="TierMin">The weakest containment this workflow accepts for a run.</param>
/// <param name="ReviewBy">The last day (UTC) on which production sessions may open without a new review.</param>
/// <param name="Rollback">How its effects are undone, in words or as a command; shown to approvers.</param>
/// <param name="Egress">What its runs may reach on a network; null and empty are nothing at all.</param>
/// <param name="RollbackCommand">The command that takes a run back, see <see cref="Rollbacks.RollbackCommand"/>; null
/// when there is none.</param>
/// <param name="Held">How much of a run may wait for people; null where what policy gates is refused at once.</param>
/// <param name="Identity">Which identities its runs may have; null for none.</param>
/// <param name="Assistant">The assistants that may live in a sandbox, and what they find there; null where none may.
/// </param>
/// <param name="RefuseFindings">While a finding of one of these kinds is open that concerns a session, it neither opens
/// nor asks for anything further; null where none keeps it out.</param>
/// <param name="OwnUser">Its runs demand a user that is their session's alone; null where they take what there is.
/// </param>
/// <param name="MemoryMiB">All memory of one of its runs together; null for no limit of its own.</param>
public sealed record Workflow(
    WorkflowId Id,
    string Purpose,
    PersonId WorkflowOwner,
    PersonId PlatformOwner,
    PersonId SecurityOwner,
    ImmutableArray<TeamId> ApproverTeams,
    ImmutableArray<AgentId> Agents,
    ImmutableArray<EnvironmentId> Environments,
    ImmutableArray<TargetId> Targets,
    Bounds Bounds,
    Tier TierMin,
    ImmutableArray<string> CredentialProfiles,
    string? Rollback,
    DateOnly ReviewBy,
    ImmutableArray<EgressGrant>? Egress = null,
    HoldBounds? Held = null,
    ImmutableArray<string>? RollbackCommand = null,
    IdentityGrant? Identity = null,
    AssistantTerms? Assistant = null,
    ImmutableArray<FindingKind>? RefuseFindings = null,
    bool? OwnUser = null,
    int? MemoryMiB = null)
{
    /// <summary>Less than this starts nothing; more is no limit.</summary>
    public const int MemoryMiBMin = 16;
    public const int MemoryMiBMax = 16 << 20;

    /// <summary>Its runs have a way out.</summary>
    [JsonIgnore]
    public bool HasEgress => Egress is { IsDefaultOrEmpty: false };

    /// <summary>The accountable parties that are missing or can no longer sign, each by the word people know.</summary>
    public ImmutableArray<string> MissingOwners(Registry registry, IEnumerable<Target> targets)
    {
        var missing = ImmutableArray.CreateBuilder<string>();
        Check("workflow owner", WorkflowOwner);
        Check("platform owner", PlatformOwner);
        Check("security owner", SecurityOwner);
        foreach (var target in targets)
            Check($"owner of target {target.Id}", target.Owner);
        return missing.ToImmutable();

        void Check(string role, PersonId person)
        {
            if (string.IsNullOrEmpty(person.Value))
                missing.Add($"{role} (nobody named)");
            else if (!registry.IsActive(person))
                missing.Add($"{role} ({person} is not an active person)");
        }
    }
}

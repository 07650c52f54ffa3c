using Writ.Leases;

namespace Writ.Targets;

/// <summary>How much a target matters. Member 0 is the most careful reading.</summary>
public enum Sensitivity
{
    High,
    Medium,
    Low,
}

/// <summary>What is acted on, with the person who can revoke access to it at once.</summary>
/// <param name="Owner">Empty when nobody answers for it: then it is out of reach in production.</param>
/// <param name="Credentials">What it gives out to the runs of workflows that name it; null is nothing.</param>
public sealed record Target(
    TargetId Id, string Kind, EnvironmentId Environment, Sensitivity Sensitivity, PersonId Owner,
    ImmutableArray<string> Groups, ImmutableArray<CredentialProfile>? Credentials = null);

/// <summary>A stage of the realm's systems; marked production, it demands that every owner is present.</summary>
public sealed record Stage(EnvironmentId Id, bool Production);

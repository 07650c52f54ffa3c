namespace Writ.Requests;

/// <summary>The answer of policy. Member 0 is the refusing one.</summary>
public enum VerdictKind
{
    Blocked,
    Approval,
    Automatic,
}

/// <summary>A demand for people: so many of this team, because of this rule.</summary>
public sealed record Gate(string Policy, TeamId Team, int Quorum, string Reason);

/// <summary>
/// One policy that decided: which, whether it permits or forbids, for which effect, and its own words why.
/// </summary>
public sealed record Ground(string Policy, bool Permits, string Verb, string Reason);

/// <summary>
/// What policy says of one request at one moment, with everything needed to say it again from the ledger.
/// </summary>
/// <param name="Code">A stable code: <c>policy.automatic</c>, <c>policy.approval</c>, <c>policy.blocked</c>,
/// ...</param>
/// <param name="PolicyDigest">The bundle that judged: the one its session keeps.</param>
/// <param name="Engine">The version of the deciding code.</param>
/// <param name="SessionPolicyDigest">The session's own policy, which judged as well; null when it has none.</param>
public sealed record Verdict(
    VerdictKind Kind, string Code, string Why, ImmutableArray<Gate> Gates, ImmutableArray<Ground> Grounds,
    ImmutableArray<string> Errors, ImmutableArray<Effect> Effects, ImmutableArray<Unresolved> Unresolved,
    string PolicyDigest, string Engine, string? SessionPolicyDigest = null)
{
    public const string EngineVersion = "writ-1";
}

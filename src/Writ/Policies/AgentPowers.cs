using Writ.Requests;

namespace Writ.Policies;

/// <summary>
/// Which effects an agent may have now, on what, and at what price, place by place. Nothing is asked for: whoever reads
/// it is the sponsor of the sessions that are imagined.
/// </summary>
/// <param name="UnusedDays">After so many days without use the realm calls what is granted a finding; null where it
/// says nothing.</param>
public sealed record AgentPowers(
    AgentId Agent, PersonId Sponsor, DateTimeOffset At, ImmutableArray<PowerPlace> Places, int? UnusedDays = null);

/// <summary>One workflow in one environment, as a session would be there, or one open session.</summary>
/// <param name="Session">The open session; null when it is imagined.</param>
/// <param name="PolicyDigest">The bundle that judges.</param>
/// <param name="Closed">Why nothing at all can be done here now; null when something may.</param>
/// <param name="OwnPolicy">What is left of the session's own policies once the session is known: only these rules still
/// depend on what is asked.</param>
/// <param name="Uses">What is granted here, beside what the agent made of it; null for a session.</param>
public sealed record PowerPlace(
    WorkflowId Workflow, EnvironmentId Environment, bool Production, SessionId? Session, string PolicyDigest,
    Refusal? Closed, ImmutableArray<EffectPower> Powers, ImmutableArray<ResidualRule> OwnPolicy,
    ImmutableArray<PowerUse>? Uses = null);

/// <summary>
/// The verdict on an effect as far as it is settled before anything is asked: no request gets a milder one.
/// </summary>
/// <param name="Verb">The effect; <c>run</c> is what every command needs beside its effects.</param>
/// <param name="Target">On what; null in the session's work tree.</param>
/// <param name="Code">The code of the verdict.</param>
/// <param name="Gates">Who is asked at least.</param>
/// <param name="When">What decides the rest: rules that make it stricter, or permits of which one has to apply.</param>
public sealed record EffectPower(
    string Verb, TargetId? Target, VerdictKind Kind, string Code, string Why, ImmutableArray<Gate> Gates,
    ImmutableArray<PowerCondition> When);

/// <summary>A rule that applies or not, depending on the request.</summary>
/// <param name="Part"><c>permits</c>, <c>asks</c> or <c>blocks</c>.</param>
/// <param name="Asks">Whom it asks, as <c>1 of sre</c>; else null.</param>
/// <param name="Conditions">Cedar expressions: where all are true, a permit applies, and another rule does not.</param>
public sealed record PowerCondition(string Rule, string Part, string? Asks, ImmutableArray<string> Conditions);

/// <summary>What is left of a rule of a session's own policy.</summary>
public sealed record ResidualRule(string Rule, string Text);

using System.Text.Json.Serialization;

namespace Writ;

/// <summary>
/// An expected no: a stable code, and a sentence for a person. Both may leave the process, so neither holds a secret.
/// Codes are listed in <c>docs/refusals.md</c> and never reused.
/// </summary>
public sealed record Refusal(string Code, string Why);

/// <summary>A decider's answer to a move: what happened, or the refusal that is recorded in its place.</summary>
public abstract record Decided
{
    private Decided() { }

    public sealed record Accepted(ImmutableArray<Event> Events) : Decided;

    public sealed record Refused(Refusal Refusal) : Decided;

    public static Decided Because(params ImmutableArray<Event> events) => new Accepted(events);

    public static Decided No(string code, string why) => new Refused(new Refusal(code, why));

    public static Decided No(Refusal refusal) => new Refused(refusal);
}

/// <summary>A bug stops the process: what must always hold, checked in every build.</summary>
public static class Invariant
{
    public static void Must(bool holds, string sentence)
    {
        if (!holds)
            throw new InvariantBrokenException(sentence);
    }
}

/// <summary>An invariant of the core did not hold; nothing after it can be trusted.</summary>
public sealed class InvariantBrokenException(string sentence) : Exception(sentence);

/// <summary>Who makes a move, as the host established it before asking the core.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "as")]
[JsonDerivedType(typeof(Nobody), "nobody")]
[JsonDerivedType(typeof(Person), "person")]
[JsonDerivedType(typeof(Agent), "agent")]
[JsonDerivedType(typeof(Host), "host")]
[JsonDerivedType(typeof(Remote), "remote")]
public abstract record Actor
{
    private Actor() { }

    /// <summary>Not known yet: enrolment and login start here and prove themselves by a code or a signature.</summary>
    public sealed record Nobody : Actor;

    /// <summary>A person, by a login that the realm's state still holds.</summary>
    public sealed record Person(PersonId Id, LoginId Login) : Actor;

    /// <summary>A process that the kernel attested. Its path is evidence, never identity.</summary>
    /// <param name="Within">The run whose sandbox it is in, by the process namespace; null for one that is in none of
    /// an assistant.</param>
    public sealed record Agent(int Uid, int Pid, string Executable, RunId? Within = null) : Actor;

    /// <summary>An agent on another machine: whoever holds the key of this pass. The kernel here knows nothing of it.
    /// </summary>
    public sealed record Remote(AgentId Id, PassId Pass) : Actor;

    /// <summary>The control plane itself: timers, the runner, recovery after a restart.</summary>
    public sealed record Host(string Part) : Actor;
}

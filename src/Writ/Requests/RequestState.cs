using System.Text.Json.Serialization;

namespace Writ.Requests;

/// <summary>One person's signed disposition of one request, as the ledger proves it.</summary>
/// <param name="NotFor">Teams for which it does not count, although its person is in them; null for none.</param>
public sealed record Approval(
    PersonId Person, string Signature, DateTimeOffset At, DateTimeOffset ExpiresAt,
    ImmutableArray<TeamId>? NotFor = null)
{
    internal bool CountsFor(TeamId team) => NotFor?.Contains(team) != true;
}

/// <summary>Where a request stands. Nothing leads out of Closed.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "state")]
[JsonDerivedType(typeof(Waiting), "waiting")]
[JsonDerivedType(typeof(Ready), "ready")]
[JsonDerivedType(typeof(Ordered), "ordered")]
[JsonDerivedType(typeof(Running), "running")]
[JsonDerivedType(typeof(Allowed), "allowed")]
[JsonDerivedType(typeof(Closed), "closed")]
public abstract record RequestState(RequestId Id)
{
    /// <summary>People have to agree first.</summary>
    public sealed record Waiting(
        Request Request, string Digest, Verdict Verdict, ImmutableArray<Approval> Approvals, DateTimeOffset ExpiresAt)
        : RequestState(Request.Id);

    /// <summary>It may be carried out now, if everything is still as it was.</summary>
    public sealed record Ready(
        Request Request, string Digest, Verdict Verdict, ImmutableArray<Approval> Approvals, DateTimeOffset ExpiresAt)
        : RequestState(Request.Id);

    /// <summary>Its writ is signed and not yet consumed.</summary>
    /// <param name="ApprovedUntil">When the first of its approvals ends; null where none was needed.</param>
    public sealed record Ordered(
        Request Request, string Digest, Verdict Verdict, WritId Writ, DateTimeOffset ExpiresAt,
        DateTimeOffset? ApprovedUntil = null)
        : RequestState(Request.Id);

    /// <summary>Its writ is consumed and the run is under way.</summary>
    /// <param name="Executions">How many programs of it are recorded so far.</param>
    /// <param name="HeldUnder">The verdict it runs under, where what it changes is held back; else null.</param>
    /// <param name="Egress">How many connections of it are recorded so far.</param>
    /// <param name="Holds">How often something of it began to wait for people.</param>
    /// <param name="Approved">A person agreed to it.</param>
    public sealed record Running(
        Request Request, string Digest, WritId Writ, RunId Run, int Executions = 0, Verdict? HeldUnder = null,
        int Egress = 0, int Holds = 0, bool Approved = false)
        : RequestState(Request.Id);

    /// <summary>The agent's own tool was told yes; its report may still come.</summary>
    public sealed record Allowed(RequestId Id, string Digest) : RequestState(Id);

    /// <summary>Over, and for what reason, as a stable code.</summary>
    public sealed record Closed(RequestId Id, string Code) : RequestState(Id);
}

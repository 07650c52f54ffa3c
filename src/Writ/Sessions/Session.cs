using System.Text.Json.Serialization;
using Writ.Foreign;
using Writ.Policies;
using Writ.Requests;
using Writ.Workflows;

namespace Writ.Sessions;

/// <summary>The people who answer for a session, by name, as they stood when it opened.</summary>
public sealed record Accountable(
    PersonId Sponsor, PersonId WorkflowOwner, PersonId PlatformOwner, PersonId SecurityOwner,
    ImmutableArray<PersonId> TargetOwners);

/// <summary>What a session has used of its bounds so far.</summary>
/// <param name="Credentials">Leases that were asked for; counted when a run begins, not by what a request says.</param>
public sealed record Usage(
    int Commands, int Writes, int Deletions, ImmutableHashSet<TargetId> Targets, int Credentials = 0)
{
    public static Usage None { get; } = new(0, 0, 0, []);

    /// <summary>The first bound that would be exceeded, as a word and its number, or null.</summary>
    public string? Exceeds(Bounds bounds) =>
        Commands > bounds.Commands ? $"{bounds.Commands} commands"
        : Writes > bounds.Writes ? $"{bounds.Writes} writes"
        : Deletions > bounds.Deletions ? $"{bounds.Deletions} deletions"
        : Targets.Count > bounds.Targets ? $"{bounds.Targets} targets"
        : null;

    public Usage Plus(ImmutableArray<Effect> effects) => new(
        Commands + 1,
        Writes + (effects.Any(e => Verbs.IsWrite(e.Verb)) ? 1 : 0),
        Deletions + (effects.Any(e => Verbs.IsDelete(e.Verb)) ? 1 : 0),
        effects.Aggregate(Targets, (all, e) => e.Target is { } target ? all.Add(target) : all),
        Credentials);
}

/// <summary>One bounded run of one agent in one workflow for one task: what was agreed when it opened.</summary>
/// <param name="Uid">The user id whose processes may act in it; the kernel attests it on every request.</param>
/// <param name="WorkTree">Absolute path of the one directory its runs may write.</param>
/// <param name="Parent">The session whose agent asked for this one, if any; its sponsor counts as this one's
/// too.</param>
/// <param name="Policy">A further Cedar set for this session alone, which can only narrow; null when there is
/// none.</param>
public sealed record SessionTerms(
    SessionId Id, WorkflowId Workflow, AgentId Agent, EnvironmentId Environment, ImmutableArray<TargetId> Targets,
    string Task, string Purpose, int Uid, string WorkTree, string? Branch, Bounds Bounds, SessionId? Parent,
    PolicyFile? Policy = null);

/// <summary>A prompt as the ledger knows it: where its text is kept, and a salted digest of it.</summary>
public sealed record PromptReference(string PromptId, string Digest, int Bytes);

/// <summary>The run in which a session's assistant lives, or lived.</summary>
/// <param name="Lives">It is there: whoever acts in the session comes from its sandbox.</param>
public sealed record AssistantRun(RequestId Request, RunId Run, bool Lives);

/// <summary>Where a session stands. There is no way back from Ended.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "state")]
[JsonDerivedType(typeof(Open), "open")]
[JsonDerivedType(typeof(Ended), "ended")]
public abstract record SessionState
{
    private SessionState() { }

    /// <param name="PolicyDigest">The bundle that judges it: the one it was opened under, until a publisher moves all
    /// sessions.</param>
    /// <param name="SessionPolicyDigest">Of <see cref="SessionTerms.Policy"/>, when there is one.</param>
    /// <param name="Content">From where text came into it so far that its sponsor did not write.</param>
    /// <param name="Svids">How many identities its runs were given.</param>
    /// <param name="Assistant">The assistant that lives in a sandbox for it, or did last.</param>
    /// <param name="Remote">Who acts in it from another machine; null where processes of this one do.</param>
    public sealed record Open(
        SessionTerms Terms, Accountable Accountable, string PolicyDigest, DateTimeOffset OpenedAt,
        DateTimeOffset ExpiresAt, Usage Usage, ImmutableDictionary<RequestId, RequestState> Requests,
        ImmutableHashSet<string> ClientSessions, PromptReference? LastPrompt, int Findings,
        string? SessionPolicyDigest = null, ContentOrigins Content = ContentOrigins.None,
        int Svids = 0, AssistantRun? Assistant = null, RemoteCaller? Remote = null) : SessionState;

    public sealed record Ended(
        SessionTerms Terms, string Code, DateTimeOffset EndedAt, AssistantRun? Assistant = null) : SessionState;
}

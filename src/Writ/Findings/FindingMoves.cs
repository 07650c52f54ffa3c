namespace Writ.Findings;

/// <summary>A file with which credentials are minted, as the host sees it.</summary>
/// <param name="ChangedAt">When its content was last written.</param>
/// <param name="Fingerprint">Of the password in it, by the realm's own key; null where there is none.</param>
public sealed record SeenAdmin(string Name, DateTimeOffset ChangedAt, string? Fingerprint = null);

/// <summary>A secret that lies where an agent can read it. The secret itself is not here.</summary>
/// <param name="Place">A path with its line, or a variable's name.</param>
/// <param name="Shape">What it looks like, for example <c>github</c> or <c>setting</c>.</param>
/// <param name="Fingerprint">By the realm's own key.</param>
public sealed record SeenSecret(string Place, string Shape, string Fingerprint);

/// <summary>What was looked through.</summary>
public enum SearchedPlace
{
    WorkTree,

    /// <summary>The variables of the process that spoke for the agent.</summary>
    Environment,

    /// <summary>Well-known files in the home directory of the agent's user.</summary>
    Home,
}

/// <summary>For whom it was looked through: a session that works, or is about to be opened.</summary>
/// <param name="Session">Null before it is open.</param>
public sealed record SearchedFor(
    AgentId Agent, WorkflowId Workflow, EnvironmentId Environment, string WorkTree, SessionId? Session);

/// <summary>What can be asked of findings.</summary>
public abstract record FindingMove : Move
{
    /// <summary>Compare what stands with what is: causes that came are raised, causes that went are settled.</summary>
    /// <param name="Admins">What the host sees of the files with which credentials are minted.</param>
    public sealed record Review(ImmutableArray<SeenAdmin> Admins) : FindingMove;

    /// <summary>What a search for secrets found where an agent can read.</summary>
    /// <param name="Complete">Everything was looked at: what was found before and not now is gone.</param>
    public sealed record Report(
        SearchedFor For, SearchedPlace Searched, ImmutableArray<SeenSecret> Secrets, bool Complete) : FindingMove;

    /// <summary>A person lives with a finding until a day.</summary>
    public sealed record Accept(FindingId Finding, string Reason, DateTimeOffset Until) : FindingMove;
}

/// <summary>What can happen to findings.</summary>
public abstract record FindingEvent : Event
{
    /// <param name="Owner">Who is to act.</param>
    public sealed record Raised(FindingId Finding, FindingCause Cause, PersonId Owner) : FindingEvent;

    /// <param name="Code">Why it is over.</param>
    public sealed record Settled(FindingId Finding, string Code) : FindingEvent;

    public sealed record Accepted(PersonId By) : FindingEvent;
}

using System.Text.Json.Serialization;
using Writ.Requests;

namespace Writ.Trees;

/// <summary>Where a run's changes stand. Member 0 is the one in which nothing is real.</summary>
public enum HeldState
{
    /// <summary>Nothing of them is in the work tree.</summary>
    Held,

    /// <summary>They are being written into it; a crash in between is finished or taken back.</summary>
    Committing,

    /// <summary>They are in it, and can be undone while the journal is kept.</summary>
    Committed,

    /// <summary>They are being taken out of it again.</summary>
    Undoing,

    /// <summary>Some of them are in it and can be undone; the rest is held.</summary>
    Partly,
}

/// <summary>What was committed of a run in one or more turns while the rest of it was held.</summary>
/// <param name="Turns">How many commits there were; they are undone together.</param>
/// <param name="Paths">Those of every one of them; none where the last took all that was left.</param>
/// <param name="Rest">Something is held that was not committed.</param>
public sealed record CommittedParts(int Turns, ImmutableArray<string> Paths, bool Rest);

/// <summary>The changes of one run, from its end until they are discarded, undone, or too old to be undone.</summary>
/// <param name="Sponsors">Who sponsored the session and those above it, when it ran.</param>
/// <param name="Gates">What people were asked for; empty when nobody was.</param>
/// <param name="Paths">What is being or was committed; empty for everything.</param>
/// <param name="ExecutesLater">Whether what executes later was meant too.</param>
/// <param name="By">Who had it committed; null when policy did.</param>
/// <param name="Until">When it is forgotten: held changes are discarded then, committed ones cannot be undone any more.
/// </param>
/// <param name="Parts">What earlier commits took while a rest stayed held; null where there was no such commit.</param>
public sealed record HeldChanges(
    RunId Run, RequestId Request, SessionId Session, WorkflowId Workflow, string WorkTree,
    ImmutableArray<PersonId> Sponsors, ImmutableArray<Gate> Gates, TreeSummary Summary, HeldState State,
    ImmutableArray<string> Paths, bool ExecutesLater, PersonId? By, DateTimeOffset Until,
    CommittedParts? Parts = null)
{
    /// <summary>How many commits an undoing takes back.</summary>
    [JsonIgnore]
    public int Turns => Parts?.Turns ?? (State is HeldState.Committed or HeldState.Undoing ? 1 : 0);

    /// <summary>Something of it may still be committed or discarded.</summary>
    [JsonIgnore]
    public bool IsHeld => State is HeldState.Held or HeldState.Partly;
}

/// <summary>How writing into the tree went.</summary>
/// <param name="Code">Why it did not; null when it did.</param>
/// <param name="Count">How many changes were made, or taken back.</param>
/// <param name="Paths">The paths that are the reason, the first of them.</param>
/// <param name="Left">How many changes could be committed and were not; null where nothing is left of a run.</param>
public sealed record TreeResult(string? Code, int Count, ImmutableArray<string> Paths, int? Left = null)
{
    public const int PathsMax = 32;

    /// <summary>A result with as many of the paths as an entry holds.</summary>
    public static TreeResult Of(string? code, int count, IEnumerable<string> paths)
    {
        var text = 0;
        return new(code, count,
            [.. paths.Take(PathsMax).TakeWhile(p => (text += p.Length) <= TreeSummary.TextMax)]);
    }
}

/// <summary>What can be asked of changes that are held back.</summary>
public abstract record TreeMove : Move
{
    /// <summary>A run has ended, and this is what it changed.</summary>
    /// <param name="WorkTree">Where it belongs, with every link on the way resolved.</param>
    /// <param name="Succeeded">The command ended by itself, with success.</param>
    public sealed record Record(
        RunId Run, RequestId Request, string WorkTree, TreeSummary Summary, bool Succeeded) : TreeMove;

    public sealed record Commit(
        RunId Run, PersonId Person, string List, ImmutableArray<string> Paths, bool ExecutesLater,
        DateTimeOffset ExpiresAt, string Signature) : TreeMove;

    public sealed record Discard(RunId Run, string List) : TreeMove;

    public sealed record Undo(
        RunId Run, PersonId Person, string List, DateTimeOffset ExpiresAt, string Signature) : TreeMove;

    /// <summary>The control plane has written into the tree, or has not.</summary>
    public sealed record Settle(RunId Run, TreeResult Result) : TreeMove;
}

/// <summary>What can happen to changes that are held back.</summary>
public abstract record TreeEvent : Event
{
    /// <param name="Held">What is kept, with who may decide about it.</param>
    public sealed record Recorded(HeldChanges Held) : TreeEvent;

    public sealed record CommitOrdered : TreeEvent;

    public sealed record UndoOrdered : TreeEvent;

    public sealed record Settled : TreeEvent;

    /// <summary>What was not committed is dropped; what was can be undone as before.</summary>
    public sealed record RestDropped : TreeEvent;

    /// <summary>They are gone for good, or what could undo them is.</summary>
    /// <param name="Code"><c>tree.discarded</c>, <c>tree.undone</c> or <c>tree.expired</c>.</param>
    public sealed record Forgotten(RunId Run, string Code) : TreeEvent;
}

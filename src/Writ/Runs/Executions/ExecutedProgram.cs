namespace Writ.Runs;

/// <summary>Where a program's file comes from. The default is that nobody can say.</summary>
public enum ExecutableOrigin
{
    Unknown,

    /// <summary>In the system's folders, on a mount that no process of the run can write.</summary>
    System,

    /// <summary>In the session's work tree: made by the agent, as far as anybody knows.</summary>
    WorkTree,

    /// <summary>In the run's own scratch space.</summary>
    Scratch,

    /// <summary>In memory, without ever having had a name.</summary>
    Memory,

    /// <summary>Its name is gone.</summary>
    Deleted,

    /// <summary>The system's loader, called as a program to start another file.</summary>
    Loader,

    /// <summary>Anywhere else.</summary>
    Other,
}

/// <summary>The script an interpreter is started with.</summary>
/// <param name="Path">As the interpreter gets it, made absolute.</param>
/// <param name="Digest">SHA-256 of its content as hex at that moment; null when it cannot be read or is too
/// large.</param>
/// <param name="Index">Where it stands among the arguments.</param>
public sealed record ExecutedScript(string Path, ExecutableOrigin Origin, string? Digest, int Index);

/// <summary>One program that is started inside a run, as the kernel shows it: what is decided about.</summary>
/// <param name="Name">The absolute path by which it was asked for.</param>
/// <param name="Executable">The file that this is, links and <c>#!</c> lines resolved, as the run sees it.</param>
/// <param name="Argv">What the program gets, its name first.</param>
/// <param name="Cwd">The working directory it starts in.</param>
/// <param name="Via">The programs that led to it, nearest first, by the names they were asked for.</param>
/// <param name="Loaders">Names of variables that change what the loader loads.</param>
public sealed record ExecutedProgram(
    string Name, string Executable, ExecutableOrigin Origin, ImmutableArray<string> Argv, string Cwd,
    ImmutableArray<string> Via, ImmutableArray<string> Loaders, ExecutedScript? Script);

/// <summary>What a run was allowed for: the bounds of everything that is started in it.</summary>
/// <param name="Approvals">Those under which its writ was issued.</param>
/// <param name="IssuedAt">When that was: an approval that lapses later has done its work.</param>
public sealed record RunBounds(
    Requests.Request Request, Requests.Verdict Verdict, ImmutableArray<Requests.Approval> Approvals,
    DateTimeOffset IssuedAt);

/// <summary>Whether one program may start, by a stable code, and the rule that said so where one did.</summary>
/// <param name="Why">For whoever wanted to start it.</param>
public sealed record ExecutionVerdict(bool Allows, string Code, string? Rule, string Why)
{
    /// <summary>The command of the writ itself.</summary>
    public static ExecutionVerdict OfRequest { get; } =
        new(true, "exec.request", null, "This is what the writ orders.");

    /// <summary>Nobody was asked about it yet who might agree.</summary>
    public bool MayBeHeld => Code == "exec.not-covered";

    /// <summary>It is not for inside; asked for by itself it is carried out, or people are asked about it.</summary>
    public bool IsBrokered => Code == InsideAssistant.Brokered;
}

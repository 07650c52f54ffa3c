using System.Collections.Immutable;

namespace Writ.Server.Running;

/// <summary>Why a run is over. The default is that the command never ran.</summary>
public enum RunEndReason
{
    NotStarted,
    Exited,
    TimedOut,
    OutputLimit,
    Killed,
}

/// <summary>How a run was contained, as recorded: what was in force, with what, and what remained weak.</summary>
public sealed record Containment(
    ContainmentTier Tier,
    string Kernel,
    string? BubblewrapVersion,
    int LandlockAbi,
    bool Seccomp,
    string Limits,
    int Uid,
    int Gid,
    ImmutableArray<string> Weak)
{
    /// <summary>Every program that was started was decided, when it was asked for and when it was there.</summary>
    public bool Mediated { get; init; }

    /// <summary>Whose files it worked on, where it ran as a user that is its session's alone; else null.</summary>
    public int? Owner { get; init; }
}

/// <summary>How a run ended.</summary>
/// <param name="ExitCode">As in a shell's <c>$?</c>: 128 + n after signal n, 126 not run, 127 not found.</param>
/// <param name="Reason">Why it ended.</param>
/// <param name="RefusalCode">Why the command was not run at all; null when it was.</param>
/// <param name="StartedAt">When the launcher was let go; null when the command was not run.</param>
/// <param name="EndedAt">When no process of the run was left.</param>
/// <param name="BytesOut">Bytes of standard output (or of the terminal) delivered.</param>
/// <param name="BytesError">Bytes of standard error delivered.</param>
/// <param name="KillTook">From the kill to the end of the last process, when the runner killed it.</param>
/// <param name="Containment">What contained it.</param>
public sealed record RunOutcome(
    int ExitCode,
    RunEndReason Reason,
    string? RefusalCode,
    DateTimeOffset? StartedAt,
    DateTimeOffset EndedAt,
    long BytesOut,
    long BytesError,
    TimeSpan? KillTook,
    Containment Containment)
{
    /// <summary>Why the run was killed by its own supervision; null when it was not.</summary>
    public Refusal? StoppedBy { get; init; }

    /// <summary>What ran when somebody pulled the kill switch; null when nobody did.</summary>
    public StandStill? Frozen { get; init; }

    /// <summary>
    /// The signal a shell would read from the exit code; 0 for none. Programs may exit with such codes themselves.
    /// </summary>
    public int ShellSignal => ExitCode is > 128 and <= 192 ? ExitCode - 128 : 0;
}

/// <summary>The answer to a plan: a run, or a refusal with a stable code before anything was started.</summary>
public abstract record RunStart
{
    RunStart()
    {
    }

    public sealed record Started(Run Run) : RunStart;

    public sealed record Refused(string Code, string Why) : RunStart;
}

/// <summary>A piece of output, in order within its stream.</summary>
public readonly record struct RunChunk(bool IsError, ReadOnlyMemory<byte> Bytes);

using System.Collections.Immutable;
using Writ.Linux;
using Writ.Runs.Recordings;
using Writ.Server.Mediation;

namespace Writ.Server.Running;

/// <summary>How well a run is contained; the order is the strength. The default is no containment at all.</summary>
public enum ContainmentTier
{
    /// <summary>None: only the writ is checked.</summary>
    T0,

    /// <summary>Landlock and seccomp without namespaces; no sockets.</summary>
    T1,

    /// <summary>Namespaces, Landlock and seccomp.</summary>
    T2,

    /// <summary>The same, and what the command changes in the work tree is held back until it is committed.</summary>
    T3,
}

/// <summary>The numbers a run may not exceed.</summary>
public sealed record RunLimits
{
    public required TimeSpan WallTimeMax { get; init; }

    /// <summary>From the polite signal at the end of the wall time to the kill.</summary>
    public TimeSpan TerminationGrace { get; init; } = TimeSpan.FromSeconds(2);

    public required int ProcessesMax { get; init; }

    /// <summary>Standard output and standard error together.</summary>
    public required long OutputBytesMax { get; init; }

    /// <summary>All memory of the run together, where a memory controller is available; 0 means no limit.</summary>
    public long MemoryBytesMax { get; init; }

    public int OpenFilesMax { get; init; } = 4096;

    /// <summary>The size of each of the scratch file systems /tmp, /home and /run.</summary>
    public long ScratchBytesMax { get; init; } = 1L << 30;
}

/// <summary>
/// Everything the runner needs to execute one writ: the signed order and the action in full. The runner adds nothing to
/// the action; the launcher refuses if anything here differs from what the writ names.
/// </summary>
public sealed record RunPlan
{
    /// <summary>Names the run in file and control group names: lower-case letters, digits, hyphens.</summary>
    public required string Id { get; init; }

    /// <summary>Whose runs may follow each other in prepared sandboxes; null for a run that stands alone.</summary>
    public string? Session { get; init; }

    /// <summary>The signed note, byte for byte as issued.</summary>
    public required ReadOnlyMemory<byte> WritNote { get; init; }

    public required ImmutableArray<string> Argv { get; init; }

    /// <summary>Absolute path of the file to execute; canonical unless it is below /usr.</summary>
    public required string Executable { get; init; }

    /// <summary>Absolute path inside the work tree.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Absolute canonical path on the host; it has the same path inside the sandbox.</summary>
    public required string WorkTree { get; init; }

    public required bool WorkTreeWritable { get; init; }

    /// <summary>Further host paths visible read-only, at their own paths.</summary>
    public ImmutableArray<string> ReadOnlyPaths { get; init; } = [];

    /// <summary>The whole environment as <c>NAME=value</c>; nothing is inherited.</summary>
    public required ImmutableArray<string> Environment { get; init; }

    public required RunLimits Limits { get; init; }

    /// <summary>A pseudo-terminal of this size, or null for pipes.</summary>
    public WindowSize? Terminal { get; init; }

    /// <summary>The least containment accepted; the best that this host has is used.</summary>
    public required ContainmentTier TierMin { get; init; }

    /// <summary>
    /// It runs as a user that is its session's alone, or not at all; without that such a user is preferred.
    /// </summary>
    public bool DemandsOwnUser { get; init; }

    /// <summary>Whether programs written to /tmp may be executed.</summary>
    public bool ScratchExecutes { get; init; }

    /// <summary>Who decides every program that is started; null when nobody does, which is recorded.</summary>
    public IExecutionDesk? Desk { get; init; }

    /// <summary>The run's way out of the sandbox; null when it has none.</summary>
    public IEgressDoor? Egress { get; init; }

    /// <summary>What the run may come to know and must not show.</summary>
    public KnownSecrets Secrets { get; init; } = new();

    /// <summary>The credentials of the run; null when it has none.</summary>
    public IRunCredentials? Credentials { get; init; }

    /// <summary>Where the run asks for its identity; null when it has none.</summary>
    public IIdentityDoor? Identity { get; init; }

    /// <summary>What an assistant finds that lives in this run; null for every command.</summary>
    public AssistantPlace? Assistant { get; init; }

    public ExecutionLimits Executions { get; init; } = new();

    /// <summary>What was found out ahead about the sandbox that it takes; null when nothing was.</summary>
    internal ForeseenStart? Foreseen { get; init; }

    /// <summary>Standard input starts closed instead of waiting for <see cref="Run.WriteInputAsync"/>.</summary>
    public bool InputClosed { get; init; }
}

using System.Collections.Immutable;
using Writ.Runs;
using Writ.Server.Holding;

namespace Writ.Server.Mediation;

/// <summary>Who decides what may be started inside one run, and keeps the account of it.</summary>
public interface IExecutionDesk
{
    /// <summary>
    /// Decides one attempt; on the run's mediator thread, while its caller stands still, so it has to be quick.
    /// </summary>
    /// <param name="asked">As it was asked for, before a <c>#!</c> line made something else of it.</param>
    ExecutionVerdict Decide(ExecutionQuestion asked);

    /// <summary>Whether anything of the run may wait for people now.</summary>
    bool MayHold { get; }

    /// <summary>
    /// Lets people decide what was denied and might be agreed to; null where nothing waits. On the mediator's thread,
    /// and quick: all the waiting is in the task.
    /// </summary>
    /// <param name="waits">Called from any thread when people have been asked.</param>
    /// <param name="gone">Its caller is gone.</param>
    Task<HoldAnswer>? TryHold(HeldExecution held, Action<HeldNotice> waits, CancellationToken gone);

    /// <summary>Takes what became of an attempt, in the order of their ends; on the same thread.</summary>
    void Record(ExecutionRecord record);
}

/// <summary>One attempt to start a program.</summary>
/// <param name="Number">Counted from 0; the writ's own command comes first.</param>
/// <param name="Path">The file that was named, links resolved.</param>
/// <param name="Argv">What it was to get.</param>
/// <param name="Program">What the kernel will make of it.</param>
/// <param name="Identity">Of the program's file; equal where nothing about it has changed.</param>
public sealed record ExecutionQuestion(
    int Number, string Path, ImmutableArray<string> Argv, ExecutedProgram Program,
    Linux.ExecutableIdentity Identity);

/// <summary>One attempt that may wait for people.</summary>
/// <param name="CommandLine">The bytes that /proc/PID/cmdline has when it starts.</param>
/// <param name="Environment">A variable each, <c>NAME=value</c>.</param>
/// <param name="FileDigest">Reads the program's file, which takes its time; null when it is not that file any more, or
/// too large.</param>
public sealed record HeldExecution(
    ExecutedProgram Program, byte[] CommandLine, ImmutableArray<string> Environment,
    Func<CancellationToken, string?> FileDigest);

/// <summary>The numbers that a run's executions may not exceed.</summary>
public sealed record ExecutionLimits
{
    /// <summary>Attempts in the whole run; one more ends it.</summary>
    public int CountMax { get; init; } = 250_000;

    /// <summary>Attempts for each second that has passed; what is not used up is saved, up to the burst.</summary>
    public int PerSecond { get; init; } = 2_000;

    /// <summary>Attempts at once; one more ends the run.</summary>
    public int BurstMax { get; init; } = 20_000;

    /// <summary>What started and is not what was decided is ended; this ends the run with it.</summary>
    public bool MismatchEndsRun { get; init; } = true;
}

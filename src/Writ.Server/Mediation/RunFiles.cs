using Writ.Linux;

namespace Writ.Server.Mediation;

/// <summary>
/// The file system as the processes of one run see it. Where nothing of the run can change that view, what was asked
/// once is not asked again; belongs to the mediator's thread.
/// </summary>
/// <param name="isolated">The run has a mount namespace, where what is the system's cannot be written.</param>
sealed class RunFiles(bool isolated) : IDisposable
{
    const int KnownMax = 1_024;

    // By everything that the kernel says of them at once, the mount among it. No process of the run can mount, or
    // rename on a mount that is not to be written through; so with its only name there a file keeps its path.
    readonly Dictionary<ExecutableStamp, ExecutableSight> _known = [];

    // No process of an isolated run can have another root than the first: chroot and pivot_root are denied to all.
    Descriptor? _root;

    /// <summary>The file that an absolute path names for a thread, unopened; null and the errno where there is none.
    /// </summary>
    internal Descriptor? TryFind(int thread, ReadOnlySpan<byte> absolutePath, out int errno)
    {
        var root = _root ?? ProcessSight.TryRoot(thread);
        if (root is null)
        {
            errno = Errno.NotFound;
            return null;
        }
        try
        {
            return ProcessSight.TryFind(root, absolutePath, out errno);
        }
        finally
        {
            if (isolated)
                _root = root;
            else
                root.Dispose();
        }
    }

    /// <summary>What was found; null when that cannot be said.</summary>
    internal ExecutableSight? TrySee(Descriptor found) =>
        ProcessSight.TryStamp(found) is not { } stamp ? null
        : _known.TryGetValue(stamp, out var known) ? known
        : Remember(stamp, ProcessSight.TrySee(found, stamp));

    /// <summary>The image that a process runs; null when it has gone.</summary>
    internal ExecutableSight? TrySeeExecutable(int process) =>
        ProcessSight.TryStampExecutable(process) is not { } stamp ? null
        : _known.TryGetValue(stamp, out var known) ? known
        : Remember(stamp, ProcessSight.TryExecutable(process, stamp));

    ExecutableSight? Remember(in ExecutableStamp stamp, ExecutableSight? sight)
    {
        if (isolated && sight is { OnReadOnlyMount: true, IsRegular: true, Links: 1 } && stamp.Mount != 0
            && _known.Count < KnownMax)
            _known.Add(stamp, sight);
        return sight;
    }

    /// <summary>What was asked last may have been asked about a process that is none of the run's.</summary>
    internal void Forget()
    {
        Dispose();
        _known.Clear();
    }

    /// <summary>Lets go of the run's file system, which must not be held longer than the run.</summary>
    public void Dispose()
    {
        _root?.Dispose();
        _root = null;
    }
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Writ.Linux;

/// <summary>
/// What the class library cannot say about files that must outlive a power cut: making a directory's names durable,
/// a whole-file advisory lock, and who owns a path.
/// </summary>
public static unsafe class DurableFiles
{
    // rw-------
    const uint OwnerReadWrite = 0x180;

    /// <summary>The user this process acts as.</summary>
    public static int EffectiveUser => ThisProcess.EffectiveUid;

    /// <summary>Makes creations, renames and removals inside a directory durable (fsync on the directory).</summary>
    public static void SyncDirectory(string path)
    {
        using var native = NativeStrings.One(path);
        var directory = LibC.open(native.First, LibC.O_DIRECTORY | LibC.O_CLOEXEC, 0);
        if (directory < 0)
            throw Fault("open", path);
        try
        {
            if (LibC.fsync(directory) != 0)
                throw Fault("fsync", path);
        }
        finally
        {
            // Nothing was written through this descriptor, so its close has no answer that matters.
            _ = LibC.close(directory);
        }
    }

    /// <summary>
    /// Opens (or makes, 0600) a file to be locked, links refused. The class library's own opening takes a lock as well
    /// and would fail before the holder's process id can be read.
    /// </summary>
    public static SafeFileHandle OpenLockFile(string path)
    {
        const int flags = LibC.O_RDWR | LibC.O_CREAT | LibC.O_CLOEXEC | LibC.O_NOFOLLOW;
        using var native = NativeStrings.One(path);
        var file = LibC.open(native.First, flags, OwnerReadWrite);
        return file < 0 ? throw Fault("open", path) : new SafeFileHandle(file, ownsHandle: true);
    }

    /// <summary>
    /// Lets go of the lock itself, not only of this descriptor: a child that is just being started holds a copy of
    /// every descriptor until its own program begins, and would keep the lock alive for that moment.
    /// </summary>
    public static void Unlock(SafeFileHandle file)
    {
        if (LibC.flock(file, LibC.LOCK_UN) != 0)
            throw Fault("flock", "the lock file");
    }

    /// <summary>Takes the exclusive lock of an open file; false when another open file holds it.</summary>
    public static bool TryLock(SafeFileHandle file)
    {
        while (LibC.flock(file, LibC.LOCK_EX | LibC.LOCK_NB) != 0)
        {
            switch (Marshal.GetLastPInvokeError())
            {
                case LibC.EINTR:
                    continue;
                case LibC.EAGAIN:
                    return false;
                default:
                    throw Fault("flock", "the lock file");
            }
        }
        return true;
    }

    /// <summary>The owner of a path, links followed.</summary>
    public static int OwnerOf(string path) => Files.TryFacts(path)?.OwnerUid ?? throw Fault("stat", path);

    static IOException Fault(string call, string path)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new IOException($"{call} '{path}': {Marshal.GetPInvokeErrorMessage(errno)}", errno);
    }
}

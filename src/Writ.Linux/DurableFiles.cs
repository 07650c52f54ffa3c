using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Writ.Linux;

/// <summary>
/// What the class library cannot say about files that must outlive a power cut: making a directory's names durable,
/// a whole-file advisory lock, and who owns a path.
/// </summary>
public static class DurableFiles
{
    /// <summary>The user this process acts as.</summary>
    public static int EffectiveUser => unchecked((int)DurableCalls.geteuid());

    /// <summary>Makes creations, renames and removals inside a directory durable (fsync on the directory).</summary>
    public static void SyncDirectory(string path)
    {
        var directory = DurableCalls.open(Terminated(path), DurableCalls.O_DIRECTORY | DurableCalls.O_CLOEXEC, 0);
        if (directory < 0)
            throw Fault("open", path);
        try
        {
            if (DurableCalls.fsync(directory) != 0)
                throw Fault("fsync", path);
        }
        finally
        {
            // Nothing was written through this descriptor, so its close has no answer that matters.
            _ = DurableCalls.close(directory);
        }
    }

    /// <summary>
    /// Opens (or makes, 0600) a file to be locked, links refused. The class library's own opening takes a lock as well
    /// and would fail before the holder's process id can be read.
    /// </summary>
    public static SafeFileHandle OpenLockFile(string path)
    {
        const int flags = DurableCalls.O_RDWR | DurableCalls.O_CREAT | DurableCalls.O_CLOEXEC | DurableCalls.O_NOFOLLOW;
        var file = DurableCalls.open(Terminated(path), flags, DurableCalls.OwnerReadWrite);
        return file < 0 ? throw Fault("open", path) : new SafeFileHandle(file, ownsHandle: true);
    }

    /// <summary>Lets go of the lock itself, not only of this descriptor: a child that is just being started
    /// holds a copy
    /// of every descriptor until its own program begins, and would keep the lock alive for that moment.</summary>
    public static void Unlock(SafeFileHandle file)
    {
        if (DurableCalls.flock(file, DurableCalls.LOCK_UN) != 0)
            throw Fault("flock", "the lock file");
    }

    /// <summary>Takes the exclusive lock of an open file; false when another open file holds it.</summary>
    public static bool TryLock(SafeFileHandle file)
    {
        while (DurableCalls.flock(file, DurableCalls.LOCK_EX | DurableCalls.LOCK_NB) != 0)
        {
            switch (Marshal.GetLastPInvokeError())
            {
                case DurableCalls.EINTR:
                    continue;
                case DurableCalls.EWOULDBLOCK:
                    return false;
                default:
                    throw Fault("flock", "the lock file");
            }
        }
        return true;
    }

    /// <summary>The owner of a path, links followed.</summary>
    public static int OwnerOf(string path)
    {
        // struct statx is the same on every architecture: stx_uid stands at offset 20 of 256 bytes.
        Span<byte> facts = stackalloc byte[DurableCalls.StatxBytes];
        var mask = DurableCalls.STATX_UID;
        if (DurableCalls.statx(DurableCalls.AT_FDCWD, Terminated(path), 0, mask, ref facts[0]) != 0)
            throw Fault("statx", path);
        return BitConverter.ToInt32(facts[DurableCalls.StatxUidOffset..]);
    }

    static byte[] Terminated(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("A path has no NUL in it.", nameof(path));
        return Encoding.UTF8.GetBytes(path + '\0');
    }

    static IOException Fault(string call, string path)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new IOException($"{call} '{path}': {Marshal.GetPInvokeErrorMessage(errno)}", errno);
    }
}

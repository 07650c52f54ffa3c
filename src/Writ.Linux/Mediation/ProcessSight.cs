using System.Buffers.Text;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Writ.Linux;

/// <summary>Which file a program is, with everything that changes when its content does.</summary>
/// <param name="ChangedSeconds">Of the change time, which the file's owner cannot set.</param>
public readonly record struct ExecutableIdentity(
    ulong Device, ulong Inode, long Size, long ModifiedSeconds, long ModifiedNanoseconds, long ChangedSeconds,
    long ChangedNanoseconds);

/// <summary>Everything about a file that one question to the kernel answers (statx(2)).</summary>
/// <param name="Mode">With the kind of file.</param>
/// <param name="Links">How many names it has.</param>
/// <param name="Mount">The mount through which it was reached; 0 where the kernel does not say that (before 5.8).
/// </param>
public readonly record struct ExecutableStamp(ExecutableIdentity Identity, int Mode, ulong Links, ulong Mount);

/// <summary>A program's file as another process would execute it.</summary>
/// <param name="Path">As that process sees it, links resolved; ends in <c> (deleted)</c> when it has no name.</param>
/// <param name="Links">How many names it has.</param>
/// <param name="OnReadOnlyMount">No process can write to it through this mount.</param>
public sealed record ExecutableSight(
    string Path, ExecutableIdentity Identity, bool IsRegular, int Mode, ulong Links, bool OnReadOnlyMount);

/// <summary>A process's place among others (proc_pid_stat(5)).</summary>
/// <param name="StartTime">In clock ticks since boot: with the number it names this process and no later one.</param>
/// <param name="IsDead">Only its number is left, until somebody has asked how it ended.</param>
public readonly record struct ProcessPlace(int Parent, ulong StartTime, int Session, bool IsDead);

/// <summary>
/// What /proc shows of another process, and files as that process would find them: in its mount namespace, from its
/// root and its working directory, never from ours.
/// </summary>
[SkipLocalsInit]
public static unsafe class ProcessSight
{
    const int PathBytesMax = 4096;
    const int Attempts = 8;

    /// <summary>The image a process runs now; null when the process has gone.</summary>
    public static ExecutableSight? TryExecutable(int process, in ExecutableStamp stamp)
    {
        var link = $"/proc/{Number(process)}/exe";
        using var native = NativeStrings.One(link);
        LibC.statfs_t mount;
        return Files.TryReadLink(link) is { } path && LibC.statfs(native.First, &mount) == 0
            ? Sight(path, stamp, mount)
            : null;
    }

    /// <summary>What is to be said at once of the image that a process runs now; null when the process has gone.
    /// </summary>
    public static ExecutableStamp? TryStampExecutable(int process)
    {
        using var native = NativeStrings.One($"/proc/{Number(process)}/exe");
        return TryStamp(LibC.AT_FDCWD, native.First, 0);
    }

    /// <summary>Where one of its links leads: <c>exe</c>, <c>cwd</c>, <c>fd/3</c>; null when it has gone.</summary>
    public static string? TryLink(int process, string name) => Files.TryReadLink($"/proc/{Number(process)}/{name}");

    /// <summary>What it was started with, or its environment: <c>cmdline</c> or <c>environ</c>, as it is.</summary>
    public static byte[]? TryRead(int process, string name, int bytesMax)
    {
        using var file = Files.TryOpenRead($"/proc/{Number(process)}/{name}", out _);
        try
        {
            return file?.ReadToEnd(bytesMax);
        }
        catch (LinuxFaultException)
        {
            return null;
        }
    }

    /// <summary>The process that a thread belongs to; null when it has gone.</summary>
    public static int? TryThreadGroup(int thread)
    {
        const int bytesMax = 16 * 1024;
        const string field = "\nTgid:";
        var status = Encoding.UTF8.GetString(TryRead(thread, "status", bytesMax) ?? []);
        var at = status.IndexOf(field, StringComparison.Ordinal);
        var end = at < 0 ? -1 : status.IndexOf('\n', at + 1);
        return end > 0 && int.TryParse(
            status.AsSpan(at + field.Length, end - at - field.Length).Trim(), NumberStyles.None,
            CultureInfo.InvariantCulture, out var process)
            ? process
            : null;
    }

    public static ProcessPlace? TryPlace(int process)
    {
        Span<byte> buffer = stackalloc byte[1024];
        using var file = Files.TryOpenRead($"/proc/{Number(process)}/stat", out _);
        var count = file?.Read(buffer) ?? 0;
        // The name in parentheses may contain anything.
        var end = count <= 0 ? -1 : buffer[..count].LastIndexOf((byte)')');
        if (end < 0)
            return null;
        const int stateField = 0;
        const int parentField = 1;
        const int sessionField = 3;
        const int startField = 19;
        var place = new ProcessPlace(-1, 0, -1, IsDead: false);
        var rest = (ReadOnlySpan<byte>)buffer[(end + 2)..count];
        for (var field = 0; field <= startField; field++)
        {
            var length = rest.IndexOf((byte)' ');
            if (length <= 0)
                return null;
            var value = rest[..length];
            rest = rest[(length + 1)..];
            switch (field)
            {
                case stateField:
                    place = place with { IsDead = value is [(byte)'Z' or (byte)'X'] };
                    break;
                case parentField when Utf8Parser.TryParse(value, out int parent, out _):
                    place = place with { Parent = parent };
                    break;
                case sessionField when Utf8Parser.TryParse(value, out int session, out _):
                    place = place with { Session = session };
                    break;
                case startField when Utf8Parser.TryParse(value, out ulong start, out _):
                    return place.Parent < 0 || place.Session < 0 ? null : place with { StartTime = start };
                default:
                    break;
            }
        }
        return null;
    }

    /// <summary>The root of a process's view of the file system; null when it has gone.</summary>
    public static Descriptor? TryRoot(int process)
    {
        using var path = NativeStrings.One($"/proc/{Number(process)}/root");
        var number = LibC.open(path.First, LibC.O_PATH | LibC.O_CLOEXEC, 0);
        return number < 0 ? null : new Descriptor(number);
    }

    /// <summary>
    /// The file that an absolute path names below a root, without opening it; null and the errno where it cannot be
    /// found. A link of the kernel's own (<c>/proc/self/...</c>) on the way is ELOOP: ours would be followed.
    /// </summary>
    public static Descriptor? TryFind(Descriptor root, ReadOnlySpan<byte> absolutePath, out int errno)
    {
        var how = new LibC.open_how { flags = LibC.O_PATH | LibC.O_CLOEXEC, resolve = LibC.RESOLVE_IN_ROOT };
        Span<byte> terminated = new byte[absolutePath.Length + 1];
        absolutePath.CopyTo(terminated);
        fixed (byte* path = terminated)
            for (var attempt = 0; ; attempt++)
            {
                var number = LibC.syscall_openat2(
                    LibC.SYS_openat2, root.Number, path, &how, (nuint)sizeof(LibC.open_how));
                errno = number < 0 ? Marshal.GetLastPInvokeError() : 0;
                if (number >= 0)
                    return new Descriptor(checked((int)number));
                // Something was renamed while '..' was followed.
                if (errno != LibC.EAGAIN || attempt == Attempts)
                    return null;
            }
    }

    /// <summary>The file behind one of the process's own links: <c>exe</c> or <c>fd/3</c>.</summary>
    public static Descriptor? TryFindBehind(int process, string link, out int errno)
    {
        using var path = NativeStrings.One($"/proc/{Number(process)}/{link}");
        var number = LibC.open(path.First, LibC.O_PATH | LibC.O_CLOEXEC, 0);
        errno = number < 0 ? Marshal.GetLastPInvokeError() : 0;
        return number < 0 ? null : new Descriptor(number);
    }

    /// <summary>What was found by <see cref="TryFind"/>.</summary>
    public static ExecutableSight? TrySee(Descriptor found, in ExecutableStamp stamp)
    {
        LibC.statfs_t mount;
        return Files.TryReadLink($"/proc/self/fd/{Number(found.Number)}") is { } path
            && LibC.fstatfs(found.Number, &mount) == 0
            ? Sight(path, stamp, mount)
            : null;
    }

    /// <summary>What is to be said at once of a file that was found or opened.</summary>
    public static ExecutableStamp? TryStamp(Descriptor file)
    {
        byte none = 0;
        return TryStamp(file.Number, &none, LibC.AT_EMPTY_PATH);
    }

    /// <summary>
    /// Opens for reading what was found; null where that is not permitted. It waits for nobody: a lease (fcntl(2)) that
    /// a process of the run has taken on the file would hold us for as long as the kernel lets it.
    /// </summary>
    public static Descriptor? TryOpen(Descriptor found)
    {
        using var path = NativeStrings.One($"/proc/self/fd/{Number(found.Number)}");
        var file = new Descriptor(LibC.open(path.First, LibC.O_RDONLY | LibC.O_CLOEXEC | LibC.O_NONBLOCK, 0));
        if (!file.IsInvalid)
            return file;
        file.Dispose();
        return null;
    }

    static ExecutableStamp? TryStamp(int directory, byte* path, int flags)
    {
        LibC.statx_t stat;
        if (LibC.statx(directory, path, flags, LibC.STATX_BASIC_STATS | LibC.STATX_MNT_ID, &stat) != 0
            || (stat.stx_mask & LibC.STATX_BASIC_STATS) != LibC.STATX_BASIC_STATS)
            return null;
        return new ExecutableStamp(
            new ExecutableIdentity(
                ((ulong)stat.stx_dev_major << 32) | stat.stx_dev_minor, stat.stx_ino, (long)stat.stx_size,
                stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec, stat.stx_ctime.tv_sec, stat.stx_ctime.tv_nsec),
            stat.stx_mode,
            stat.stx_nlink,
            (stat.stx_mask & LibC.STATX_MNT_ID) != 0 ? stat.stx_mnt_id : 0);
    }

    static ExecutableSight Sight(string path, in ExecutableStamp stamp, in LibC.statfs_t mount) => new(
        path, stamp.Identity, ((uint)stamp.Mode & LibC.S_IFMT) == LibC.S_IFREG, stamp.Mode & 0xFFF, stamp.Links,
        (mount.f_flags & LibC.ST_RDONLY) != 0);

    static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}

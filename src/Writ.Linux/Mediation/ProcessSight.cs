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
    public static ExecutableSight? TryExecutable(int process) => TrySee($"/proc/{Number(process)}/exe");

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

    /// <summary>
    /// The file that an absolute path names for a process, without opening it; null and the errno where it cannot be
    /// found. A link of the kernel's own (<c>/proc/self/...</c>) on the way is ELOOP: ours would be followed.
    /// </summary>
    public static Descriptor? TryFind(int process, ReadOnlySpan<byte> absolutePath, out int errno)
    {
        using var rootPath = NativeStrings.One($"/proc/{Number(process)}/root");
        using var root = new Descriptor(LibC.open(rootPath.First, LibC.O_PATH | LibC.O_CLOEXEC, 0));
        if (root.IsInvalid)
        {
            errno = LibC.ESRCH;
            return null;
        }
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
    public static ExecutableSight? TrySee(Descriptor found)
    {
        LibC.stat_t stat;
        LibC.statfs_t mount;
        return Files.TryReadLink($"/proc/self/fd/{Number(found.Number)}") is { } path
            && LibC.fstat(found.Number, &stat) == 0 && LibC.fstatfs(found.Number, &mount) == 0
            ? Sight(path, stat, mount)
            : null;
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

    static ExecutableSight? TrySee(string link)
    {
        using var native = NativeStrings.One(link);
        LibC.stat_t stat;
        LibC.statfs_t mount;
        return Files.TryReadLink(link) is { } path && LibC.stat(native.First, &stat) == 0
            && LibC.statfs(native.First, &mount) == 0
            ? Sight(path, stat, mount)
            : null;
    }

    static ExecutableSight Sight(string path, in LibC.stat_t stat, in LibC.statfs_t mount) => new(
        path,
        new ExecutableIdentity(
            stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtim.tv_sec, stat.st_mtim.tv_nsec, stat.st_ctim.tv_sec,
            stat.st_ctim.tv_nsec),
        (stat.st_mode & LibC.S_IFMT) == LibC.S_IFREG,
        (int)(stat.st_mode & 0xFFF),
        stat.st_nlink,
        (mount.f_flags & LibC.ST_RDONLY) != 0);

    static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}

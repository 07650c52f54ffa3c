using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Writ.Linux;

/// <summary>Whether a number names somebody on this machine.</summary>
public static unsafe class Accounts
{
    const int FirstBytes = 4 * 1024;
    const int BytesMax = 1 << 20;
    const int StatusBytesMax = 16 * 1024;

    /// <summary>
    /// Whether a user or a group of this number is known, by whatever the machine asks for its accounts. What cannot be
    /// found out is taken for known.
    /// </summary>
    public static bool IsKnown(int id) =>
        IsKnown(unchecked((uint)id), asGroup: false) || IsKnown(unchecked((uint)id), asGroup: true);

    /// <summary>The users that living processes run as, by each of the four ids that a process has.</summary>
    public static HashSet<int> Running() =>
        [.. Statuses().Where(status => !IsDead(status)).SelectMany(status => UsersOf(status))];

    /// <summary>How many threads a user has on this machine, which is what its limit of processes counts (getrlimit(2),
    /// RLIMIT_NPROC): by the real id, those included that are dead and not asked after yet.</summary>
    public static int ThreadsOf(int uid)
    {
        var count = 0;
        foreach (var status in Statuses())
            if (UsersOf(status) is [var real, ..] && real == uid && FieldOf(status, "Threads") is { } threads
                && int.TryParse(threads, NumberStyles.None, CultureInfo.InvariantCulture, out var all))
                count += all;
        return count;
    }

    // Of every process (proc_pid_status(5)).
    static IEnumerable<string> Statuses()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(
                    Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && ProcessSight.TryRead(pid, "status", StatusBytesMax) is { Length: > 0 } status)
                yield return Encoding.ASCII.GetString(status);
    }

    // Only its number is left, until somebody has asked how it ended.
    static bool IsDead(string status) => FieldOf(status, "State") is ['Z' or 'X', ..];

    // Real, effective, saved, of the file system.
    static ImmutableArray<int> UsersOf(string status) =>
    [
        .. (FieldOf(status, "Uid") ?? "").Split('\t', StringSplitOptions.RemoveEmptyEntries)
            .Select(id => uint.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var uid)
                ? unchecked((int)uid) : (int?)null)
            .OfType<int>(),
    ];

    static string? FieldOf(string status, string name)
    {
        var field = $"\n{name}:\t";
        var at = status.IndexOf(field, StringComparison.Ordinal);
        var end = at < 0 ? -1 : status.IndexOf('\n', at + 1);
        return end < 0 ? null : status[(at + field.Length)..end];
    }

    // Some systems answer ENOENT or ESRCH where there is nobody (getpwuid(3)).
    static bool IsKnown(uint id, bool asGroup)
    {
        for (var size = FirstBytes; size <= BytesMax; size *= 4)
        {
            var buffer = (byte*)NativeMemory.Alloc((nuint)size);
            var error = asGroup
                ? FindGroup(id, buffer, size, out var isThere)
                : FindUser(id, buffer, size, out isThere);
            NativeMemory.Free(buffer);
            if (error != LibC.ERANGE)
                return error == 0 ? isThere : error is not (LibC.ENOENT or LibC.ESRCH);
        }
        return true;
    }

    static int FindUser(uint id, byte* buffer, int size, out bool isThere)
    {
        LibC.passwd entry;
        LibC.passwd* found = null;
        var error = LibC.getpwuid_r(id, &entry, buffer, (nuint)size, &found);
        isThere = found != null;
        return error;
    }

    static int FindGroup(uint id, byte* buffer, int size, out bool isThere)
    {
        LibC.group entry;
        LibC.group* found = null;
        var error = LibC.getgrgid_r(id, &entry, buffer, (nuint)size, &found);
        isThere = found != null;
        return error;
    }
}

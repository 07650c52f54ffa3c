using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Writ.Linux;

/// <summary>A user and a group by number.</summary>
public readonly record struct FileOwner(int Uid, int Gid);

/// <summary>
/// Whose files are whose on a mount, in the form in which the kernel takes it: a user namespace that nobody lives in.
/// </summary>
public static unsafe class IdMapping
{
    const int StackBytes = 64 * 1024;
    const int ChildSecondsMax = 10;

    // Four thousand million less two: the last is "nobody at all".
    const long IdMax = uint.MaxValue - 1L;

    /// <summary>
    /// Files of <paramref name="of"/> are those of <paramref name="to"/>, and what that one makes belongs to the first.
    /// All other files belong to whom they belong; whatever was <paramref name="to"/>'s is nobody's.
    /// </summary>
    public static Descriptor Create(FileOwner of, FileOwner to)
    {
        using var child = StartIn(LibC.CLONE_NEWUSER);
        try
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"/proc/{child.Pid}");
            Write($"{place}/uid_map", Lines(of.Uid, to.Uid));
            Write($"{place}/gid_map", Lines(of.Gid, to.Gid));
            return Files.TryOpenRead($"{place}/ns/user", out var errno)
                ?? throw new LinuxFaultException("open(user namespace)", errno);
        }
        finally
        {
            _ = child.Signal(LibC.SIGKILL);
            Span<PollEntry> ended = [new PollEntry { Number = child.Descriptor.Number, WantsRead = true }];
            while (child.TryReap() is null)
                _ = Polling.Wait(ended, -1);
        }
    }

    /// <summary>The map of one kind of number, in ascending lines of first, first there, and how many.</summary>
    internal static string Lines(int of, int to)
    {
        var text = new StringBuilder();
        var (from, instead) = unchecked(((uint)of, (uint)to));
        long next = 0;
        foreach (var id in (long[])[Math.Min(from, instead), Math.Max(from, instead)])
        {
            if (id > next)
                text.Append(CultureInfo.InvariantCulture, $"{next} {next} {id - next}\n");
            if (id == from)
                text.Append(CultureInfo.InvariantCulture, $"{id} {instead} 1\n");
            next = id + 1;
        }
        if (next <= IdMax)
            text.Append(CultureInfo.InvariantCulture, $"{next} {next} {IdMax - next + 1}\n");
        return text.ToString();
    }

    // A process with threads, as this one, does not get into a namespace of this kind; one that is born in it does. So
    // a child is born that does nothing but wait, in the C library and in none of our code, with a memory of its own.
    // It has our descriptors, not copies of them: none is held open by it. If nobody ends it, it ends by itself.
    static ProcessHandle StartIn(int namespaces)
    {
        var library = NativeLibrary.Load(LibC.libc);
        var wait = (delegate* unmanaged<void*, int>)NativeLibrary.GetExport(library, "sleep");
        var stack = (byte*)NativeMemory.AlignedAlloc(StackBytes, 16);
        try
        {
            var pid = LibC.clone(
                wait, stack + StackBytes, namespaces | LibC.CLONE_FILES | LibC.SIGCHLD, (void*)ChildSecondsMax);
            if (pid < 0)
                throw LinuxFaultException.Last("clone(CLONE_NEWUSER)");
            // Not reaped yet, therefore the number still names this child.
            return ProcessHandle.TryOpen(pid) ?? throw new LinuxFaultException("pidfd_open", LibC.ESRCH);
        }
        finally
        {
            NativeMemory.AlignedFree(stack);
            NativeLibrary.Free(library);
        }
    }

    static void Write(string path, string lines)
    {
        using var native = NativeStrings.One(path);
        using var file = new Descriptor(LibC.open(native.First, LibC.O_WRONLY | LibC.O_CLOEXEC, 0));
        if (file.IsInvalid)
            throw LinuxFaultException.Last($"open {path}");
        var count = file.Write(Encoding.ASCII.GetBytes(lines));
        if (count < 0)
            throw new LinuxFaultException($"write {path}", -count);
    }
}

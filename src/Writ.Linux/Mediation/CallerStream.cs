using System.Globalization;

namespace Writ.Linux;

/// <summary>
/// The standard error of a process that stands still in a call, for one line that explains the call's failure. Nothing
/// here waits: what does not fit at once is not said.
/// </summary>
public static unsafe class CallerStream
{
    const int Error = 2;

    // A pipe takes so much whole or not at all.
    const int BytesMax = 4_096;

    /// <summary>False when it was not written: there is no such stream, it cannot take it now, or the process itself
    /// could not write there.</summary>
    public static bool TryWrite(int thread, ReadOnlySpan<byte> line)
    {
        if (line.Length > BytesMax || ProcessSight.TryThreadGroup(thread) is not { } process)
            return false;
        using var handle = ProcessHandle.TryOpen(process);
        if (handle is null)
            return false;
        var number = LibC.syscall_pidfd_getfd(LibC.SYS_pidfd_getfd, handle.Descriptor.Number, Error, 0);
        if (number < 0)
            return false;
        using var stream = new Descriptor(checked((int)number));
        var flags = LibC.fcntl(stream.Number, LibC.F_GETFL, 0);
        // What it holds only for reading must not become writable because we are somebody else.
        if (flags < 0 || (flags & LibC.O_PATH) != 0
            || (flags & LibC.O_ACCMODE) is not (LibC.O_WRONLY or LibC.O_RDWR))
            return false;
        return Write(stream, line) == line.Length;
    }

    static nint Write(Descriptor stream, ReadOnlySpan<byte> line)
    {
        fixed (byte* first = line)
        {
            var sent = LibC.send(stream.Number, first, (nuint)line.Length, LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL);
            if (sent >= 0)
                return sent;
        }
        LibC.stat_t facts;
        if (LibC.fstat(stream.Number, &facts) != 0)
            return -1;
        if ((facts.st_mode & LibC.S_IFMT) == LibC.S_IFREG)
            return stream.Write(line);
        if ((facts.st_mode & LibC.S_IFMT) != LibC.S_IFIFO && !Terminal.IsTerminal(stream))
            return -1;
        // Opened once more, so that not to wait is a property of ours and not of the process's.
        using var path = NativeStrings.One(
            string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{stream.Number}"));
        using var own = new Descriptor(LibC.open(
            path.First, LibC.O_WRONLY | LibC.O_NONBLOCK | LibC.O_CLOEXEC | LibC.O_NOCTTY, 0));
        return own.IsInvalid ? -1 : own.Write(line);
    }
}

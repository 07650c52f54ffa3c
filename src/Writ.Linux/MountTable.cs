namespace Writ.Linux;

/// <summary>
/// What is mounted where for this process, as the kernel lists it (proc_pid_mountinfo(5)). It is read again when
/// something has changed since: the kernel tells so to whoever polls the file (proc_pid_mounts(5)).
/// </summary>
public static class MountTable
{
    const string Path = "/proc/self/mountinfo";

    static readonly Lock _gate = new();
    static Descriptor? s_watched;
    static string? s_text;

    /// <summary>The whole list. Two that are the same text are of the same mounts.</summary>
    /// <exception cref="LinuxFaultException">It cannot be read.</exception>
    public static string Text()
    {
        lock (_gate)
        {
            // First it is asked whether something has changed, then it is read: what changes in between is told next.
            // The kernel says it once, so what was known is forgotten before the reading, which may fail.
            if (HasChanged())
                s_text = null;
            return s_text ??= Read();
        }
    }

    static string Read()
    {
        try
        {
            return File.ReadAllText(Path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new LinuxFaultException("read(mountinfo)", Errno.Io);
        }
    }

    static bool HasChanged()
    {
        s_watched ??= Files.TryOpenRead(Path, out var errno) ?? throw new LinuxFaultException("open(mountinfo)", errno);
        Span<PollEntry> entry = [new PollEntry { Number = s_watched.Number }];
        // An error on this file is that word, and no error.
        return Polling.Wait(entry, 0) && entry[0].Closed;
    }
}

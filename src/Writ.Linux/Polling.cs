using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Writ.Linux;

/// <summary>What is waited for on one descriptor, and what came: a row of a poll set.</summary>
public struct PollEntry
{
    public int Number { get; set; }

    public bool WantsRead { get; set; }

    public bool WantsWrite { get; set; }

    public bool CanRead { get; internal set; }

    public bool CanWrite { get; internal set; }

    /// <summary>The other side is gone, or the descriptor is broken.</summary>
    public bool Closed { get; internal set; }
}

/// <summary>poll(2) over a few hundred descriptors at most.</summary>
public static unsafe class Polling
{
    const int EntriesMax = 512;

    /// <summary>Waits; false when the time is over first. Entries with a negative number are skipped.</summary>
    public static bool Wait(Span<PollEntry> entries, int timeoutMilliseconds)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entries.Length, EntriesMax);
        var set = stackalloc LibC.pollfd[entries.Length];
        for (var i = 0; i < entries.Length; i++)
        {
            var events = (entries[i].WantsRead ? LibC.POLLIN : 0) | (entries[i].WantsWrite ? LibC.POLLOUT : 0);
            set[i] = new LibC.pollfd { fd = entries[i].Number, events = (short)events };
        }
        var begun = Stopwatch.GetTimestamp();
        var left = timeoutMilliseconds;
        int count;
        while ((count = LibC.poll(set, (nuint)entries.Length, left)) < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno != LibC.EINTR)
                throw new LinuxFaultException("poll", errno);
            // A signal for the process, perhaps for another thread's child, is not the end of the wait.
            left = Math.Max(0, timeoutMilliseconds - (int)Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }
        for (var i = 0; i < entries.Length; i++)
        {
            var events = count == 0 ? (short)0 : set[i].revents;
            entries[i].CanRead = (events & LibC.POLLIN) != 0;
            entries[i].CanWrite = (events & LibC.POLLOUT) != 0;
            entries[i].Closed = (events & (LibC.POLLHUP | LibC.POLLERR | LibC.POLLNVAL)) != 0;
        }
        return count > 0;
    }
}

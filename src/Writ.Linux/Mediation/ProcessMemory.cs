using System.Runtime.CompilerServices;

namespace Writ.Linux;

/// <summary>How reading another process went. The default is that it could not be read.</summary>
public enum MemoryRead
{
    Unreadable,
    TooLarge,
    Read,
}

/// <summary>
/// Strings out of another process (process_vm_readv(2)), never more than a limit. While that process runs, its memory
/// may change between two readings: what is read is what was there, not what will be used.
/// </summary>
[SkipLocalsInit]
public static unsafe class ProcessMemory
{
    const int PageBytes = 4096;
    const int PointersAtOnce = 64;
    const int FirstBytes = 128;

    /// <summary>A NUL-terminated string, without its NUL.</summary>
    public static MemoryRead TryReadString(int thread, ulong address, int bytesMax, out byte[] text)
    {
        text = [];
        var buffer = stackalloc byte[PageBytes];
        var parts = new List<byte>();
        while (true)
        {
            // The string may be the last thing before a page that is not there.
            var length = (int)Math.Min(PageBytes - (address % PageBytes), parts.Count == 0 ? 256UL : PageBytes);
            if (!TryCopy(thread, address, buffer, length))
                return MemoryRead.Unreadable;
            var chunk = new ReadOnlySpan<byte>(buffer, length);
            var end = chunk.IndexOf((byte)0);
            parts.AddRange(end < 0 ? chunk : chunk[..end]);
            if (parts.Count > bytesMax)
                return MemoryRead.TooLarge;
            if (end >= 0)
            {
                text = [.. parts];
                return MemoryRead.Read;
            }
            address = unchecked(address + (ulong)length);
        }
    }

    /// <summary>A vector of strings that a null pointer ends, as argv and envp are; no vector at all is an empty
    /// one.</summary>
    /// <param name="bytesMax">Of all strings together, each with its NUL.</param>
    public static MemoryRead TryReadVector(
        int thread, ulong address, int countMax, int bytesMax, out List<byte[]> strings)
    {
        strings = [];
        if (address == 0)
            return MemoryRead.Read;
        var pointers = stackalloc ulong[PointersAtOnce];
        var left = bytesMax;
        while (true)
        {
            var room = (int)Math.Min(PointersAtOnce, (PageBytes - (address % PageBytes)) / sizeof(ulong));
            // A pointer that lies across two pages is read by itself.
            var wanted = Math.Max(room, 1);
            if (!TryCopy(thread, address, (byte*)pointers, wanted * sizeof(ulong)))
                return MemoryRead.Unreadable;
            var count = new ReadOnlySpan<ulong>(pointers, wanted).IndexOf(0UL);
            var found = count < 0 ? wanted : count;
            if (strings.Count + found > countMax)
                return MemoryRead.TooLarge;
            var read = ReadAll(thread, new ReadOnlySpan<ulong>(pointers, found), strings, ref left);
            if (read != MemoryRead.Read || count >= 0)
                return read;
            address = unchecked(address + (ulong)(wanted * sizeof(ulong)));
        }
    }

    // One call for the beginnings of all; most strings are no longer than that.
    static MemoryRead ReadAll(int thread, ReadOnlySpan<ulong> pointers, List<byte[]> strings, ref int left)
    {
        var first = stackalloc byte[PointersAtOnce * FirstBytes];
        var local = stackalloc LibC.iovec[PointersAtOnce];
        var remote = stackalloc LibC.iovec[PointersAtOnce];
        nint total = 0;
        for (var i = 0; i < pointers.Length; i++)
        {
            var length = (nuint)Math.Min(FirstBytes, PageBytes - (pointers[i] % PageBytes));
            local[i] = new LibC.iovec { iov_base = first + (i * FirstBytes), iov_len = length };
            remote[i] = new LibC.iovec { iov_base = (void*)pointers[i], iov_len = length };
            total += (nint)length;
        }
        var count = (nuint)pointers.Length;
        if (count > 0 && LibC.process_vm_readv(thread, local, count, remote, count, 0) != total)
            return MemoryRead.Unreadable;
        for (var i = 0; i < pointers.Length; i++)
        {
            var chunk = new ReadOnlySpan<byte>(first + (i * FirstBytes), (int)local[i].iov_len);
            var end = chunk.IndexOf((byte)0);
            var text = chunk[..Math.Max(end, 0)].ToArray();
            if (end < 0 && TryReadString(thread, pointers[i], left, out text) is var read and not MemoryRead.Read)
                return read;
            left -= text.Length + 1;
            if (left < 0)
                return MemoryRead.TooLarge;
            strings.Add(text);
        }
        return MemoryRead.Read;
    }

    static bool TryCopy(int thread, ulong address, byte* to, int length)
    {
        var local = new LibC.iovec { iov_base = to, iov_len = (nuint)length };
        var remote = new LibC.iovec { iov_base = (void*)address, iov_len = (nuint)length };
        return LibC.process_vm_readv(thread, &local, 1, &remote, 1, 0) == length;
    }
}

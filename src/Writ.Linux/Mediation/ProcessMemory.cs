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
/// may change between two readings: what is read is what was there, not what will be used. Whole pages are read and
/// kept for the moment, because what a program is started with lies on few of them, and a call costs more than a page.
/// </summary>
[SkipLocalsInit]
public sealed unsafe class ProcessMemory
{
    const int PageBytes = 4096;
    const int PagesMax = 20;
    const int PointersAtOnce = 64;

    readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(PagesMax * PageBytes);
    readonly ulong[] _pages = new ulong[PagesMax];
    int _count;
    int _thread;

    /// <summary>Begins with another thread, or with the same one again: what was read before is forgotten. The pages
    /// where these addresses lie will be needed.</summary>
    public void Begin(int thread, ReadOnlySpan<ulong> addresses)
    {
        (_thread, _count) = (thread, 0);
        Fetch(addresses);
    }

    /// <summary>A NUL-terminated string, without its NUL.</summary>
    public MemoryRead TryReadString(ulong address, int bytesMax, out byte[] text)
    {
        text = [];
        List<byte>? parts = null;
        while (true)
        {
            // The string may be the last thing before a page that is not there.
            var rest = RestOfPage(address);
            if (rest.IsEmpty)
                return MemoryRead.Unreadable;
            var end = rest.IndexOf((byte)0);
            var part = end < 0 ? rest : rest[..end];
            if ((parts?.Count ?? 0) + part.Length > bytesMax)
                return MemoryRead.TooLarge;
            if (end >= 0 && parts is null)
            {
                text = part.ToArray();
                return MemoryRead.Read;
            }
            parts ??= [];
            parts.AddRange(part);
            if (end >= 0)
            {
                text = [.. parts];
                return MemoryRead.Read;
            }
            address = unchecked(address + (ulong)rest.Length);
        }
    }

    /// <summary>A vector of strings that a null pointer ends, as argv and envp are; no vector at all is an empty
    /// one.</summary>
    /// <param name="bytesMax">Of all strings together, each with its NUL.</param>
    public MemoryRead TryReadVector(ulong address, int countMax, int bytesMax, out List<byte[]> strings)
    {
        strings = [];
        if (address == 0)
            return MemoryRead.Read;
        var pointers = stackalloc ulong[PointersAtOnce];
        var left = bytesMax;
        while (true)
        {
            var found = 0;
            var isWhole = false;
            while (found < PointersAtOnce && !isWhole)
            {
                if (!TryReadPointer(unchecked(address + (ulong)(found * sizeof(ulong))), out pointers[found]))
                    return MemoryRead.Unreadable;
                if (pointers[found] == 0)
                    isWhole = true;
                else
                    found++;
            }
            if (strings.Count + found > countMax)
                return MemoryRead.TooLarge;
            var read = ReadAll(new ReadOnlySpan<ulong>(pointers, found), strings, ref left);
            if (read != MemoryRead.Read || isWhole)
                return read;
            address = unchecked(address + (ulong)(found * sizeof(ulong)));
        }
    }

    MemoryRead ReadAll(ReadOnlySpan<ulong> pointers, List<byte[]> strings, ref int left)
    {
        Fetch(pointers);
        foreach (var pointer in pointers)
        {
            var read = TryReadString(pointer, left, out var text);
            if (read != MemoryRead.Read)
                return read;
            left -= text.Length + 1;
            if (left < 0)
                return MemoryRead.TooLarge;
            strings.Add(text);
        }
        return MemoryRead.Read;
    }

    // It may lie across two pages.
    bool TryReadPointer(ulong address, out ulong pointer)
    {
        pointer = 0;
        for (var have = 0; have < sizeof(ulong);)
        {
            var rest = RestOfPage(unchecked(address + (ulong)have));
            if (rest.IsEmpty)
                return false;
            if (have == 0 && rest.Length >= sizeof(ulong))
            {
                pointer = Unsafe.ReadUnaligned<ulong>(in rest[0]);
                return true;
            }
            var length = Math.Min(rest.Length, sizeof(ulong) - have);
            for (var i = 0; i < length; i++)
                pointer |= (ulong)rest[i] << (8 * (have + i));
            have += length;
        }
        return true;
    }

    // Until the next reading; empty when it cannot be read.
    ReadOnlySpan<byte> RestOfPage(ulong address)
    {
        var at = Array.IndexOf(_pages, address / PageBytes, 0, _count);
        if (at < 0)
        {
            if (_count == PagesMax)
                _count = 0;
            at = _count;
            Fetch([address]);
            if (at == _count)
                return [];
        }
        var offset = (int)(address % PageBytes);
        return _bytes.AsSpan((at * PageBytes) + offset, PageBytes - offset);
    }

    // In one call, as far as there is room. The first page that is not there ends it: who needs another one of them
    // asks for that by itself.
    void Fetch(ReadOnlySpan<ulong> addresses)
    {
        var parts = stackalloc LibC.iovec[PagesMax];
        var first = _count;
        var wanted = first;
        foreach (var address in addresses)
        {
            var page = address / PageBytes;
            if (wanted == PagesMax || address == 0 || Array.IndexOf(_pages, page, 0, wanted) >= 0)
                continue;
            _pages[wanted] = page;
            parts[wanted - first] = new LibC.iovec { iov_base = (void*)(page * PageBytes), iov_len = PageBytes };
            wanted++;
        }
        if (wanted == first)
            return;
        fixed (byte* start = &_bytes[first * PageBytes])
        {
            var count = wanted - first;
            var local = new LibC.iovec { iov_base = start, iov_len = (nuint)(count * PageBytes) };
            var copied = LibC.process_vm_readv(_thread, &local, 1, parts, (nuint)count, 0);
            _count = first + (copied <= 0 ? 0 : (int)(copied / PageBytes));
        }
    }
}

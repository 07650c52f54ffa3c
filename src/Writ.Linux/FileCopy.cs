using System.Buffers;

namespace Writ.Linux;

/// <summary>Copies what is in one open file into a new one, holes as holes, with the time it was last written.
/// </summary>
public static unsafe class FileCopy
{
    const int ChunkBytes = 128 * 1024;

    /// <param name="source">Where it stands to its end.</param>
    /// <param name="target">A file that is empty.</param>
    /// <param name="passed">Gets every piece of the content, the zeros of holes included.</param>
    /// <returns>How many bytes the content has.</returns>
    public static long To(Descriptor source, Descriptor target, Action<ReadOnlyMemory<byte>> passed)
    {
        // A new one of this size for each of many small files would keep the collector busy.
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            return To(source, target, passed, buffer);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    static long To(Descriptor source, Descriptor target, Action<ReadOnlyMemory<byte>> passed, byte[] buffer)
    {
        var (length, hole) = (0L, 0L);
        for (int count; (count = source.Read(buffer.AsSpan(0, ChunkBytes))) != 0; length += count)
        {
            if (count < 0)
                throw new LinuxFaultException("read", -count);
            passed(buffer.AsMemory(0, count));
            var piece = buffer.AsSpan(0, count);
            if (count == ChunkBytes && piece.IndexOfAnyExcept((byte)0) < 0)
            {
                hole += count;
                continue;
            }
            if (hole > 0 && LibC.lseek(target.Number, hole, LibC.SEEK_CUR) < 0)
                throw LinuxFaultException.Last("lseek");
            hole = 0;
            target.WriteAll(piece, "write");
        }
        if (hole > 0 && LibC.ftruncate(target.Number, length) != 0)
            throw LinuxFaultException.Last("ftruncate");
        KeepTime(source, target);
        return length;
    }

    static void KeepTime(Descriptor source, Descriptor target)
    {
        LibC.stat_t stat;
        if (LibC.fstat(source.Number, &stat) != 0)
            throw LinuxFaultException.Last("fstat");
        var times = stackalloc LibC.timespec[] { stat.st_mtim, stat.st_mtim };
        if (LibC.futimens(target.Number, times) != 0)
            throw LinuxFaultException.Last("futimens");
    }
}

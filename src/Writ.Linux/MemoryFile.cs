namespace Writ.Linux;

/// <summary>
/// A nameless file in memory that nobody can change any more: the form in which documents are handed down.
/// </summary>
public static unsafe class MemoryFile
{
    /// <summary>Creates the file with these contents, seals it, and leaves the offset at the start.</summary>
    public static Descriptor Sealed(string name, ReadOnlySpan<byte> contents)
    {
        using var native = NativeStrings.One(name);
        var number = LibC.memfd_create(native.First, LibC.MFD_CLOEXEC | LibC.MFD_ALLOW_SEALING);
        if (number < 0)
            throw LinuxFaultException.Last("memfd_create");
        var file = new Descriptor(number);
        file.WriteAll(contents, "write(memfd)");
        const int seals = LibC.F_SEAL_SEAL | LibC.F_SEAL_SHRINK | LibC.F_SEAL_GROW | LibC.F_SEAL_WRITE;
        if (LibC.fcntl(number, LibC.F_ADD_SEALS, seals) != 0)
        {
            var fault = LinuxFaultException.Last("fcntl(F_ADD_SEALS)");
            file.Dispose();
            throw fault;
        }
        return file;
    }

    /// <summary>The whole contents from the start, whatever the offset; refuses more than the limit.</summary>
    public static byte[] ReadWhole(Descriptor file, int bytesMax)
    {
        var buffer = new byte[4096];
        var length = 0;
        while (true)
        {
            if (length == buffer.Length)
            {
                if (buffer.Length >= bytesMax)
                    throw new LinuxFaultException("read: file larger than its limit", LibC.EINVAL);
                Array.Resize(ref buffer, Math.Min(bytesMax, buffer.Length * 4));
            }
            nint count;
            fixed (byte* start = buffer)
                count = LibC.pread(file.Number, start + length, (nuint)(buffer.Length - length), length);
            if (count < 0)
                throw LinuxFaultException.Last("pread");
            if (count == 0)
                return buffer.AsSpan(0, length).ToArray();
            length += checked((int)count);
        }
    }
}

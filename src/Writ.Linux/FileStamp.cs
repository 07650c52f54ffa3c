namespace Writ.Linux;

/// <summary>
/// Which file this is and when anything about it last changed. The change time cannot be set by whoever owns the file,
/// so an equal stamp means equal content, save for changes within one tick of the kernel's clock.
/// </summary>
public readonly record struct FileStamp(ulong Device, ulong Inode, long Size, long ChangedSeconds,
    long ChangedNanoseconds)
{
    public static unsafe FileStamp Of(Descriptor file)
    {
        LibC.stat_t stat;
        if (LibC.fstat(file.Number, &stat) != 0)
            throw LinuxFaultException.Last("fstat");
        return Of(stat);
    }

    internal static FileStamp Of(in LibC.stat_t stat) =>
        new(stat.st_dev, stat.st_ino, stat.st_size, stat.st_ctim.tv_sec, stat.st_ctim.tv_nsec);
}

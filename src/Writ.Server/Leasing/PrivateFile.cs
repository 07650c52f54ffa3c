using Writ.Linux;

namespace Writ.Server.Leasing;

/// <summary>Files that nobody but the daemon's user reads, and files that others read and never half of.</summary>
static class PrivateFile
{
    const int OthersMayAnything = 0x3F;
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const UnixFileMode Everybody = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <exception cref="BackendFaultException">It is missing, not private, or too long.</exception>
    public static byte[] Read(string path, int bytesMax)
    {
        using var file = Files.TryOpenRead(path, out _) ?? throw Fault($"{path} is not there");
        // Of what was opened, so that nothing is swapped in between.
        var facts = Files.Facts(file);
        if (!facts.IsRegular || facts.OwnerUid != ThisProcess.EffectiveUid || (facts.Mode & OthersMayAnything) != 0)
            throw Fault($"{path} has to be a file of the daemon's user with mode 0600");
        try
        {
            return file.ReadToEnd(bytesMax);
        }
        catch (LinuxFaultException)
        {
            throw Fault($"{path} cannot be read, or is longer than {bytesMax} bytes");
        }
    }

    /// <summary>In place of what was there, for its owner alone, and lasting.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content) => Write(path, content, OwnerOnly);

    /// <summary>In place of what was there, for everybody to read: whoever does sees the old or the new one.</summary>
    /// <exception cref="BackendFaultException">It cannot be put there.</exception>
    public static void Publish(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            Write(path, content, Everybody);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new BackendFaultException("lease.backend-denied", $"{path} may not be written.", e);
        }
        catch (IOException e)
        {
            throw new BackendFaultException("lease.backend-down", $"{path} cannot be written.", e);
        }
    }

    static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        var beside = path + ".new";
        File.Delete(beside);
        using (var file = new FileStream(beside, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            UnixCreateMode = mode,
        }))
        {
            // The mask of the process takes nothing away from what has to be read.
            File.SetUnixFileMode(file.SafeFileHandle, mode);
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(beside, path, overwrite: true);
        DurableFiles.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    static BackendFaultException Fault(string why) => new("lease.no-admin", why + ".");
}

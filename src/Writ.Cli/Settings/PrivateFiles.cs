using Writ.Linux;

namespace Writ.Cli.Settings;

/// <summary>Files for their owner alone: written whole or not at all, and durable before they are relied on.</summary>
static class PrivateFiles
{
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const int OthersMask = 0x3F;

    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        var temporary = $"{path}.{ThisProcess.Pid}.new";
        // What an earlier process of this number left behind must not lend its mode.
        File.Delete(temporary);
        using (var file = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        }))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
        DurableFiles.SyncDirectory(folder);
    }

    /// <summary>True when somebody besides the owner may read or write it.</summary>
    public static bool IsOpenToOthers(string path) =>
        Files.TryFacts(path) is { } facts && (facts.Mode & OthersMask) != 0;
}

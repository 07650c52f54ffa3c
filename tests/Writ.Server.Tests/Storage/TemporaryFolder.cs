namespace Writ.Server.Tests.Storage;

/// <summary>A private folder that is gone after the test.</summary>
sealed class TemporaryFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("writ-storage-").FullName;

    public string this[string name] => Path.Combine(Root, name);

    /// <summary>What a killed process would leave behind: every byte written so far, nothing of its memory.</summary>
    public static void CopyFiles(string from, string to)
    {
        Directory.CreateDirectory(to, File.GetUnixFileMode(from));
        foreach (var folder in Directory.GetDirectories(from))
            CopyFiles(folder, Path.Combine(to, Path.GetFileName(folder)));
        foreach (var file in Directory.GetFiles(from))
        {
            // The index of the write-ahead log is memory shared by live connections; recovery makes a new one. The lock
            // dies with its holder.
            if (!file.EndsWith("-shm", StringComparison.Ordinal) && Path.GetFileName(file) != "lock")
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

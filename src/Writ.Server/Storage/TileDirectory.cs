using Writ.Linux;

namespace Writ.Server.Storage;

/// <summary>
/// The files of a published log. Every file appears whole or not at all (written beside, renamed). Complete tiles and
/// the checkpoint are synced; partial tiles are not, because a start checks them and can make them again.
/// </summary>
sealed class TileDirectory
{
    const string Unfinished = ".new";
    const string TileFolder = "tile";
    const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const UnixFileMode PrivateFolder = PrivateFile | UnixFileMode.UserExecute;

    readonly string _root;
    readonly HashSet<string> _unsyncedFolders = new(StringComparer.Ordinal);

    internal TileDirectory(string root) => _root = root;

    /// <summary>Null when there is no such file.</summary>
    internal byte[]? TryRead(string relativePath)
    {
        var path = Path.Combine(_root, relativePath);
        return File.Exists(path) ? File.ReadAllBytes(path) : null;
    }

    /// <summary>A complete tile never changes: what a crash or a repair finds there already is left alone.</summary>
    internal void WriteComplete(string relativePath, ReadOnlySpan<byte> content)
    {
        if (TryRead(relativePath) is { } present && content.SequenceEqual(present))
            return;
        var path = Write(relativePath, content, sync: true);
        _unsyncedFolders.Add(Path.GetDirectoryName(path)!);
    }

    internal void WritePartial(string relativePath, ReadOnlySpan<byte> content) =>
        Write(relativePath, content, sync: false);

    /// <summary>The names of complete tiles become durable before the checkpoint that speaks of them does.</summary>
    internal void WriteCheckpoint(string relativePath, ReadOnlySpan<byte> note)
    {
        foreach (var folder in _unsyncedFolders)
            DurableFiles.SyncDirectory(folder);
        _unsyncedFolders.Clear();
        Write(relativePath, note, sync: true);
        DurableFiles.SyncDirectory(_root);
    }

    /// <summary>Removes a partial tile, and its folder when that was the last one.</summary>
    internal void DeletePartial(string relativePath)
    {
        var path = Path.Combine(_root, relativePath);
        File.Delete(path);
        var folder = Path.GetDirectoryName(path)!;
        if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
            Directory.Delete(folder);
    }

    /// <summary>Every partial tile on disk; removes what a crash left half-written.</summary>
    internal List<string> SweepPartials()
    {
        var partials = new List<string>();
        Directory.CreateDirectory(Path.Combine(_root, TileFolder), PrivateFolder);
        foreach (var path in Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories))
        {
            if (path.EndsWith(Unfinished, StringComparison.Ordinal))
                File.Delete(path);
            else if (Path.GetDirectoryName(path)!.EndsWith(".p", StringComparison.Ordinal))
                partials.Add(Path.GetRelativePath(_root, path));
        }
        return partials;
    }

    string Write(string relativePath, ReadOnlySpan<byte> content, bool sync)
    {
        var path = Path.Combine(_root, relativePath);
        MakeFolder(Path.GetDirectoryName(path)!);
        var beside = path + Unfinished;
        using (var file = new FileStream(beside, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            UnixCreateMode = PrivateFile,
        }))
        {
            file.Write(content);
            file.Flush(flushToDisk: sync);
        }
        File.Move(beside, path, overwrite: true);
        return path;
    }

    // A new folder is a new name in its parent, all the way up.
    void MakeFolder(string folder)
    {
        var missing = folder;
        while (!Directory.Exists(missing))
        {
            missing = Path.GetDirectoryName(missing)!;
            _unsyncedFolders.Add(missing);
        }
        Directory.CreateDirectory(folder, PrivateFolder);
    }
}

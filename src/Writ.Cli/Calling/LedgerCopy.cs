using Writ.Cli.Screens;
using Writ.Ledger;
using Writ.Linux;

namespace Writ.Cli.Calling;

/// <summary>
/// Copies a published ledger while it grows. The signed head is read first, then the files it speaks of, and the head
/// is written last: a copy that has a checkpoint is whole. What is in the files is not looked at; verifying does that.
/// </summary>
sealed class LedgerCopy(LedgerFiles files, string folder)
{
    // A ledger that grows drops partial tiles of old heads, but not within the time of many publications.
    const int AttemptsMax = 5;

    const string Unfinished = ".new";

    /// <summary>Takes a newer copy over an older one of the same ledger; complete files that are there stay.</summary>
    public (Checkpoint Head, long Copied) Take(NoteVerifierKey key)
    {
        for (var attempt = 1; ; attempt++)
        {
            var head = files.Head(key, out var checkpoint);
            MustContinue(head, key);
            if (TryTake(head, out var copied, out var missing))
            {
                Put(Tiles.CheckpointPath, checkpoint);
                return (head, copied + 1);
            }
            if (attempt == AttemptsMax)
                throw CliFaultException.Error("ledger.tile-missing", $"{files.Place} has no {missing}");
        }
    }

    bool TryTake(Checkpoint head, out long copied, out string missing)
    {
        (copied, missing) = (0, "");
        var progress = new Progress("copying entries", head.Size);
        for (var level = TilePath.EntriesLevel; level <= TilePath.LevelMax; level++)
        {
            for (long index = 0; Tiles.TryPath(head.Size, level, index, out var path); index++)
            {
                if (path.IsFull && File.Exists(Path.Combine(folder, path.ToString())))
                    continue;
                if (Tiles.Read(files.Read, path, out var found) is not { } bytes)
                {
                    missing = path.ToString();
                    return false;
                }
                Put(found.ToString(), bytes);
                copied++;
                if (path.IsEntries)
                    progress.ReachedSlowly(index * Tiles.Width);
            }
        }
        progress.Clear();
        return true;
    }

    // An older copy is only continued: never replaced by another ledger, and never made shorter.
    void MustContinue(Checkpoint head, NoteVerifierKey key)
    {
        if (!File.Exists(Path.Combine(folder, Tiles.CheckpointPath)))
            return;
        var older = LedgerFiles.In(folder).Head(key, out _);
        if (older.Size > head.Size || RootAt(older.Size, head) != older.Root)
        {
            throw CliFaultException.Error(
                "ledger.forked",
                $"{folder} has {older.Size} entries, {files.Place} has {head.Size} that do not continue them; "
                    + "keep both");
        }
    }

    // Published tiles are believed here: who forged them is found when the copy is verified.
    MerkleHash RootAt(long size, Checkpoint head)
    {
        try
        {
            return MerkleFrontier.FromTree(size, new TileReader(head.Size, files.Read).Node).Root();
        }
        catch (InvalidDataException e)
        {
            throw CliFaultException.Error("ledger.tile-missing", $"{files.Place}: {e.Message}");
        }
    }

    void Put(string path, ReadOnlySpan<byte> bytes)
    {
        var full = Path.Combine(folder, path);
        var parent = Path.GetDirectoryName(full)!;
        Directory.CreateDirectory(parent);
        File.WriteAllBytes(full + Unfinished, bytes);
        File.Move(full + Unfinished, full, overwrite: true);
        if (path == Tiles.CheckpointPath)
            DurableFiles.SyncDirectory(parent);
    }
}

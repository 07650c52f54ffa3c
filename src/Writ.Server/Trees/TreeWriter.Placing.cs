using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Writ.Linux;
using Writ.Server.Running;
using Writ.Trees;

namespace Writ.Server.Trees;

// How content gets to its place: written beside it, made durable, and renamed onto it.
sealed partial class TreeWriter
{
    // So much is beside its places at once, and takes room on the disk twice.
    const int StagedMax = 4_096;
    const long StagedBytesMax = 256L << 20;

    long _stagedBytes;

    // Content that is beside its place and not yet durable.
    Staged Stage(TreeStep step, int index, bool forward)
    {
        using var source = Content(step.Path, index, forward);
        var (above, name) = TreeEntries.Split(step.Path);
        using var identity = As();
        using var folder = _tree.TryEnter(above) ?? throw new TreeLostException("tree.conflict");
        var stamp = Write(folder, step, index, source, durable: false);
        _stagedBytes += stamp.Size;
        Passed($"staged {index}");
        return new Staged(step, above, name, index, stamp);
    }

    // Null when all have their places; what has not stays beside it, for Sweep.
    TreeResult? Place(List<Staged> staged)
    {
        if (staged.Count == 0)
            return null;
        var at = staged[0].Step.Path;
        try
        {
            _tree.SyncAll();
            Passed("durable");
            foreach (var one in staged)
            {
                at = one.Step.Path;
                using (var identity = As())
                using (var folder = _tree.TryEnter(one.Above) ?? throw new TreeLostException("tree.conflict"))
                {
                    // Whoever may write here may have done it since: at the place, or to what stands beside it.
                    if (!TreePlan.Same(one.Step.From, TreeEntries.Read(folder, one.Name))
                        || folder.TryStamp(Beside(one.Index)) != one.Stamp)
                        throw new TreeLostException("tree.conflict");
                    folder.Rename(Beside(one.Index), one.Name, replaces: one.Step.From is not null);
                }
                Passed($"made {one.Index}");
            }
        }
        catch (Exception fault) when (IsOfTheWorld(fault))
        {
            return new TreeResult(CodeOf(fault), 0, [at]);
        }
        staged.Clear();
        _stagedBytes = 0;
        return null;
    }

    // Takes away what was written beside its place and has none now.
    void Sweep(ImmutableArray<TreeStep> steps)
    {
        for (var i = 0; i < steps.Length; i++)
        {
            if ((steps[i].To ?? steps[i].From)!.Kind == EntryKind.Directory)
                continue;
            try
            {
                using var identity = As();
                using var folder = _tree.TryEnter(TreeEntries.Split(steps[i].Path).Above);
                if (folder is not null)
                    Clear(folder, i);
            }
            catch (Exception fault) when (IsOfTheWorld(fault))
            {
                // Whoever closed the folder, or put a folder there, keeps it.
                continue;
            }
        }
    }

    void Replace(TreeFolder folder, string name, TreeStep step, int index, Descriptor? source)
    {
        try
        {
            if (step.To!.Kind == EntryKind.Link)
            {
                Clear(folder, index);
                folder.MakeLink(Beside(index), step.To.Target!);
            }
            else
                _ = Write(folder, step, index, source!, durable: true);
            Passed($"written {index}");
            folder.Rename(Beside(index), name, replaces: step.From is not null);
        }
        catch (Exception fault) when (IsOfTheWorld(fault))
        {
            Clear(folder, index);
            throw;
        }
    }

    FileStamp Write(TreeFolder folder, TreeStep step, int index, Descriptor source, bool durable)
    {
        Clear(folder, index);
        using var target = folder.Create(Beside(index), step.To!.Mode);
        Copy(source, target, step.To, "tree.lost");
        if (durable)
            target.Sync();
        return FileStamp.Of(target);
    }

    // One that was being made when the process ended is nothing.
    void Clear(TreeFolder folder, int index)
    {
        if (folder.TryFacts(Beside(index)) is not null)
            folder.Remove(Beside(index));
    }

    string Beside(int index) =>
        string.Create(CultureInfo.InvariantCulture, $".writ-{Path.GetFileName(runFolder)}-{index}");

    // What is to be written: from the layer that took it, or as it was kept.
    Descriptor Content(string path, int index, bool forward)
    {
        if (!forward)
            return TryOld(index) ?? throw new TreeLostException("tree.lost");
        var (above, name) = TreeEntries.Split(path);
        using var layer = TreeFolder.Open(HeldLayer.UpperOf(runFolder));
        using var folder = layer.TryEnter(above);
        return folder?.TryRead(name) ?? throw new TreeLostException("tree.lost");
    }

    // What is written is what was seen, or it is not written.
    void Copy(Descriptor source, Descriptor target, TreeEntry expected, string otherwise)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        FileCopy.To(source, target, piece =>
        {
            hash.AppendData(piece.Span);
            _tally.Move(piece.Length);
        });
        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != expected.Digest)
            throw new TreeLostException(otherwise);
    }

    bool IsFull(List<Staged> staged) => staged.Count >= StagedMax || _stagedBytes >= StagedBytesMax;

    /// <param name="Step">What it is for.</param>
    /// <param name="Stamp">As it was written.</param>
    readonly record struct Staged(TreeStep Step, string Above, string Name, int Index, FileStamp Stamp);
}

using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Writ.Linux;
using Writ.Trees;
using Writ.Wire;

namespace Writ.Server.Trees;

/// <summary>
/// What is needed to finish or take back the writing of changes into a tree, whenever the process ends: the steps and
/// the content that they replace, durable before the first of them is made. Markers say how far it has come.
/// </summary>
sealed class TreeJournal
{
    const string Prepared = "prepared";
    const string Done = "done";
    const string Undoing = "undoing";
    const string StepsName = "steps";
    const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    readonly string _folder;

    /// <param name="runFolder">The run's own folder among the held changes.</param>
    /// <param name="turn">Which commit of the run it is of, from 0.</param>
    public TreeJournal(string runFolder, int turn) => _folder = Path.Combine(
        runFolder, turn == 0 ? "journal" : string.Create(CultureInfo.InvariantCulture, $"journal-{turn}"));

    /// <summary>From here on the tree may be written: everything is kept that this needs.</summary>
    public bool IsPrepared => Has(Prepared);

    /// <summary>Every step is made.</summary>
    public bool IsDone => Has(Done);

    /// <summary>From here on the steps may be taken back.</summary>
    public bool IsUndoing => Has(Undoing);

    /// <summary>Begins anew; whatever was begun before and not prepared is nothing.</summary>
    public void Begin()
    {
        TreeRemoval.Remove(_folder);
        Directory.CreateDirectory(_folder, Private);
    }

    /// <summary>The kept content that step <paramref name="index"/> replaces, for reading.</summary>
    public Descriptor? TryOld(int index)
    {
        using var folder = TreeFolder.Open(_folder);
        return folder.TryRead(OldName(index));
    }

    /// <summary>Where the content that the steps replace is kept.</summary>
    public TreeFolder Open() => TreeFolder.Open(_folder);

    /// <summary>A new file there for the content that step <paramref name="index"/> replaces.</summary>
    public static Descriptor CreateOld(TreeFolder folder, int index) => folder.Create(OldName(index), 0x180);

    /// <summary>Makes the steps durable, and with them that they may be made.</summary>
    public void Prepare(ImmutableArray<TreeStep> steps)
    {
        using (var folder = TreeFolder.Open(_folder))
        {
            using (var file = folder.Create(StepsName, 0x180))
            {
                file.WriteAll(
                    JsonSerializer.SerializeToUtf8Bytes(new TreeSteps(steps), WireJson.Default.TreeSteps), "write");
                file.Sync();
            }
            folder.Sync();
        }
        // The folder's own name, and the run's.
        DurableFiles.SyncDirectory(Path.GetDirectoryName(_folder)!);
        Mark(Prepared);
    }

    public ImmutableArray<TreeStep> Steps() => JsonSerializer.Deserialize(
        File.ReadAllBytes(Path.Combine(_folder, StepsName)), WireJson.Default.TreeSteps)!.Steps;

    public void MarkDone() => Mark(Done);

    public void MarkUndoing() => Mark(Undoing);

    /// <summary>The undoing was given up, and everything is as before it.</summary>
    public void UnmarkUndoing()
    {
        File.Delete(Path.Combine(_folder, Undoing));
        DurableFiles.SyncDirectory(_folder);
    }

    /// <summary>Nothing of it is needed any more.</summary>
    public void Remove()
    {
        // Without its mark it is nothing, even when the rest is still there.
        if (IsPrepared)
        {
            File.Delete(Path.Combine(_folder, Prepared));
            DurableFiles.SyncDirectory(_folder);
        }
        TreeRemoval.Remove(_folder);
    }

    bool Has(string marker) => File.Exists(Path.Combine(_folder, marker));

    void Mark(string marker)
    {
        using var folder = TreeFolder.Open(_folder);
        folder.Create(marker, 0x180).Dispose();
        folder.Sync();
    }

    static string OldName(int index) => string.Create(CultureInfo.InvariantCulture, $"old-{index}");
}

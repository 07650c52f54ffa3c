using System.Collections.Immutable;
using System.Text.Json;
using Writ.Linux;
using Writ.Runs;
using Writ.Server.Running;
using Writ.Server.Storage;
using Writ.Trees;
using Writ.Wire;

namespace Writ.Server.Trees;

/// <summary>Where the changes of runs lie until they are committed or discarded, one folder for each run.</summary>
sealed class HeldStore(DataDirectory data, BlobStore blobs)
{
    public string FolderOf(RunId run) => IdRules.IsWellFormed(run.Value)
        && !run.Value.Contains('/', StringComparison.Ordinal)
        ? Path.Combine(data.HeldPath, run.Value)
        : throw new ArgumentException("a run's id is a plain name", nameof(run));

    /// <summary>Whether anything of the run is kept here.</summary>
    public bool Has(RunId run) => Directory.Exists(FolderOf(run));

    /// <summary>What a run that is over has changed; null when it changed nothing, and then nothing is kept.</summary>
    /// <param name="salt">32 random bytes for the list.</param>
    public TreeSummary? Look(RunId run, string tree, byte[] salt)
    {
        var folder = FolderOf(run);
        var (changes, problem) = Compared(folder, tree);
        if (changes.IsEmpty && problem is null)
            return null;
        var list = JsonSerializer.SerializeToUtf8Bytes(new TreeList(changes), WireJson.Default.TreeList);
        if (list.Length > BlobStore.DefaultBytesMax)
        {
            problem ??= "the list of what was changed is too long";
            list = JsonSerializer.SerializeToUtf8Bytes(new TreeList([]), WireJson.Default.TreeList);
        }
        return TreeSummary.Of([.. changes.Select(c => c.Change)], blobs.Put(list, salt).Digest, problem);
    }

    /// <summary>The whole list; null when it was erased.</summary>
    public TreeList? ListOf(TreeSummary summary) => blobs.TryGet(summary.List) is { } blob
        ? JsonSerializer.Deserialize(blob.Content, WireJson.Default.TreeList)
        : null;

    /// <summary>Removes everything that is kept of a run.</summary>
    public void Forget(RunId run) => TreeRemoval.Remove(FolderOf(run));

    /// <summary>Removes what could take back commits that are taken back.</summary>
    public void ForgetJournals(RunId run, int turns)
    {
        for (var turn = 0; turn < turns; turn++)
            new TreeJournal(FolderOf(run), turn).Remove();
    }

    /// <summary>Removes what is kept of runs that nobody knows any more.</summary>
    public void Sweep(Func<RunId, bool> isKnown)
    {
        foreach (var folder in Directory.EnumerateDirectories(data.HeldPath))
            if (!isKnown(new RunId(Path.GetFileName(folder))))
                TreeRemoval.Remove(folder);
    }

    static (ImmutableArray<ListedChange> Changes, string? Problem) Compared(string folder, string tree)
    {
        try
        {
            using var held = TreeFolder.Open(folder);
            var began = held.TryFacts(HeldLayer.BeganName)
                ?? throw new TreeUnreadableException("when it began is not known");
            return TreeComparison.Of(tree, HeldLayer.UpperOf(folder), began);
        }
        catch (Exception fault) when (fault is TreeUnreadableException or LinuxFaultException or IOException
            or UnauthorizedAccessException)
        {
            return ([], $"what was changed cannot be told: {fault.Message}");
        }
    }
}

using Writ.Shell.Knowledge;

namespace Writ.Trees;

/// <summary>
/// Paths that other programs run, load or obey by themselves, later and outside of any sandbox: hooks, shell start
/// files, editor and assistant settings, pipelines. The list is the one by which commands are judged; inside of a
/// repository's own folder only what git does not merely store counts, or every commit would need a person.
/// </summary>
public static class LaterExecution
{
    // What git writes there in its ordinary work and never runs or obeys.
    static readonly ImmutableHashSet<string> _gitFiles =
    [
        "HEAD", "ORIG_HEAD", "FETCH_HEAD", "MERGE_HEAD", "MERGE_MODE", "MERGE_MSG", "CHERRY_PICK_HEAD", "REVERT_HEAD",
        "AUTO_MERGE", "COMMIT_EDITMSG", "SQUASH_MSG", "packed-refs", "index", "description", "shallow",
    ];

    static readonly ImmutableHashSet<string> _gitFolders = ["objects", "refs", "logs"];

    /// <param name="path">Below the work tree.</param>
    /// <param name="kind">What is there: a repository's folder itself is harmless, a file or link in its place is not.
    /// </param>
    public static bool Applies(string path, EntryKind kind)
    {
        var parts = path.Split('/');
        var git = Array.FindIndex(parts, p => p.Equals(".git", StringComparison.OrdinalIgnoreCase));
        if (git < 0)
            return PathKinds.IsPlanted(path);
        var inside = parts[(git + 1)..];
        return inside switch
        {
            [] => kind != EntryKind.Directory,
            [var name] => !_gitFiles.Contains(name) && !_gitFolders.Contains(name),
            ["info", "exclude"] => false,
            [var folder, ..] => !_gitFolders.Contains(folder),
        };
    }
}

using System.Globalization;

namespace Writ.Linux;

/// <summary>
/// Removes a folder that a command has filled, whatever it filled it with: folders nested deeper than any path is long,
/// and such as nobody may look into.
/// </summary>
public static class TreeRemoval
{
    const int OwnerOnly = 0x1C0;

    /// <summary>Does nothing when it is not there.</summary>
    public static void Remove(string path)
    {
        if (!Directory.Exists(path))
            return;
        var parent = Path.GetDirectoryName(path)!;
        using (var above = TreeFolder.Open(parent))
        {
            above.SetFolderMode(Path.GetFileName(path), OwnerOnly);
            using var top = TreeFolder.Open(path);
            Empty(top);
            above.RemoveFolder(Path.GetFileName(path));
        }
    }

    // Every folder is taken up to the top before it is looked into, so none is ever far away.
    static void Empty(TreeFolder top)
    {
        var taken = 0L;
        for (var names = top.Names().ToList(); names.Count > 0; names = [.. top.Names()])
            foreach (var name in names)
            {
                if (top.TryFacts(name) is not { } facts)
                    throw new IOException("A name that is no text cannot be removed.");
                if (!facts.IsDirectory)
                {
                    top.Remove(name);
                    continue;
                }
                top.SetFolderMode(name, OwnerOnly);
                using (var folder = top.TryEnter(name)!)
                    foreach (var inside in folder.Names().ToList())
                        if (folder.TryFacts(inside) is { IsDirectory: true })
                        {
                            folder.SetFolderMode(inside, OwnerOnly);
                            folder.MoveTo(
                                inside, top, string.Create(CultureInfo.InvariantCulture, $".writ-taken-{taken++}"),
                                replaces: false);
                        }
                        else
                            folder.Remove(inside);
                top.RemoveFolder(name);
            }
    }
}

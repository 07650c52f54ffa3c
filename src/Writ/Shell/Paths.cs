using Writ.Shell.Knowledge;

namespace Writ.Shell;

/// <summary>Paths as text: nothing here looks at a disk.</summary>
public static class Paths
{
    public static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>
    /// An absolute path without <c>.</c>, <c>..</c> and doubled slashes, as text; links are not followed.
    /// </summary>
    public static string Normalize(string directory, string path)
    {
        var parts = new List<string>();
        foreach (var part in (path.StartsWith('/') ? path : directory + "/" + path).Split('/'))
            if (part == ".." && parts.Count > 0)
                parts.RemoveAt(parts.Count - 1);
            else if (part is not ("" or "." or ".."))
                parts.Add(part);
        return "/" + string.Join('/', parts);
    }

    public static bool IsWithin(string folder, string path) =>
        path == folder || path.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal);

    /// <summary>True for names under which credentials usually lie. A hint for policy, not a proof.</summary>
    public static bool LooksSecret(string path) => PathKinds.LooksSecret(path);
}

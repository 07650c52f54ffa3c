namespace Writ.Shell.Resolving;

/// <summary>Paths as text: nothing is looked up, and no link is followed.</summary>
static class ShellPath
{
    /// <summary>The name after the last slash.</summary>
    public static string BaseName(string path) => path[(path.LastIndexOf('/') + 1)..];

    // Nothing in it to be taken out: no doubled slash, none at the end, no component that begins with a point.
    static bool IsPlain(string path) => path.Length > 0 && path[0] != '.' && path[^1] != '/'
        && path.AsSpan().IndexOf("/.") < 0 && path.AsSpan().IndexOf("//") < 0;

    /// <summary>The path seen from a directory, without <c>.</c>, <c>..</c> and doubled slashes. An empty directory
    /// leaves a relative path relative.</summary>
    public static string Combine(string directory, string path)
    {
        var whole = path.StartsWith('/') || directory.Length == 0 ? path
            : directory.EndsWith('/') ? directory + path
            : $"{directory}/{path}";
        if (IsPlain(whole))
            return whole;
        var parts = new List<string>();
        foreach (var part in whole.Split('/'))
        {
            if (part is "" or ".")
                continue;
            if (part == ".." && parts.Count > 0 && parts[^1] != "..")
                parts.RemoveAt(parts.Count - 1);
            else if (part != ".." || !whole.StartsWith('/'))
                parts.Add(part);
        }
        var joined = string.Join('/', parts);
        return whole.StartsWith('/') ? "/" + joined : joined.Length == 0 ? "." : joined;
    }
}

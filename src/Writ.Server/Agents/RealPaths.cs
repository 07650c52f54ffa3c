using Writ.Linux;

namespace Writ.Server.Agents;

/// <summary>Paths as the kernel would walk them, also where their end does not exist yet.</summary>
static class RealPaths
{
    /// <summary>As many links as the kernel follows.</summary>
    const int LinksMax = 40;

    /// <summary>The path with every link on the way resolved; null when it winds in circles.</summary>
    public static string? Resolve(string directory, string path)
    {
        // Where everything is there, the kernel walks it itself, and faster.
        if (!path.Contains('\0') && !directory.Contains('\0')
            && Files.TryRealPath(path.StartsWith('/') ? path : $"{directory}/{path}") is { } real)
            return real;
        var left = new Stack<string>();
        Push(left, path);
        if (!path.StartsWith('/'))
            Push(left, directory);
        var current = "";
        var links = 0;
        while (left.TryPop(out var part))
        {
            if (part == "..")
            {
                current = current.Length == 0 ? "" : current[..current.LastIndexOf('/')];
                continue;
            }
            var next = current + "/" + part;
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                current = next;
                continue;
            }
            if (++links > LinksMax)
                return null;
            if (target.StartsWith('/'))
                current = "";
            Push(left, target);
        }
        return current.Length == 0 ? "/" : current;
    }

    static void Push(Stack<string> left, string path)
    {
        foreach (var part in path.Split('/').Reverse())
            if (part is not ("" or "."))
                left.Push(part);
    }
}

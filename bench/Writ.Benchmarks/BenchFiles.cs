using Writ.Policies;

namespace Writ.Benchmarks;

/// <summary>Files of the repository this program was built from.</summary>
static class BenchFiles
{
    /// <summary>A file or folder at this path under the repository's root.</summary>
    public static string Find(string relativePath)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, relativePath) is var path && Path.Exists(path))
                return path;
        throw new InvalidOperationException($"{relativePath} is not in the repository");
    }

    /// <summary>The policies a realm is given to start from.</summary>
    public static PolicySource ShippedPolicies() => new([.. Directory.GetFiles(Find("policies"), "*.cedar")
        .Order(StringComparer.Ordinal).Select(path => new PolicyFile(Path.GetFileName(path), File.ReadAllText(path)))]);
}

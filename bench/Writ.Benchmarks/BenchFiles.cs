namespace Writ.Benchmarks;

/// <summary>Files of the repository this program was built from.</summary>
static class BenchFiles
{
    /// <summary>A file or folder at this path under the repository's root.</summary>
    public static string Find(string relativePath)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, relativePath) is var path && (File.Exists(path) || Directory.Exists(path)))
                return path;
        throw new InvalidOperationException($"{relativePath} is not in the repository");
    }
}

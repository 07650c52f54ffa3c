using System.Collections.Immutable;
using Writ.Cli.Calling;
using Writ.Policies;
using Writ.Wire;

namespace Writ.Cli.Commands;

/// <summary>The files of a bundle as they lie on disk. In a bundle each is called <c>policies/...</c>.</summary>
static class BundleFiles
{
    const int FilesMax = 1_000;
    const long FileBytesMax = 2 * 1024 * 1024;
    const string Prefix = "policies/";

    static readonly string[] _endings = [".cedar", ".cedarschema", ".json", ".yaml", ".yml"];

    /// <summary>The bundle in a directory.</summary>
    public static PolicySource In(string folder) =>
        new([.. Sources(folder).Select(f => new PolicyFile(f.Name, f.Text))]);

    /// <summary>The same as what the API is sent.</summary>
    public static ImmutableArray<SourceFile> Sources(string folder)
    {
        if (!Directory.Exists(folder))
            throw CliFaultException.Usage($"{folder} is not a directory");
        var root = Path.GetFullPath(folder);
        var files = Read(root, Under(root), Prefix);
        // In a realm's directory what it says of programs lies beside its policies.
        if (Path.GetFileName(root) + "/" == Prefix && Path.GetDirectoryName(root) is { } realm
            && Directory.EnumerateFiles(realm, "*.yaml").Any())
        {
            files = files.AddRange(Read(realm, Under(Path.Combine(realm, "knowledge"))
                .Where(f => f.EndsWith(".json", StringComparison.Ordinal)), ""));
        }
        return files.Any(f => f.Name.EndsWith(".cedar", StringComparison.Ordinal))
            ? files
            : throw CliFaultException.Error("cli.no-files", $"{folder} holds no *.cedar files");
    }

    /// <summary>Paths of everything that belongs to a bundle, in folders below as well; none when there is no such
    /// folder.</summary>
    public static IEnumerable<string> Under(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(f => _endings.Any(e => f.EndsWith(e, StringComparison.Ordinal))
                && !Path.GetRelativePath(folder, f).Split('/').Any(part => part.StartsWith('.')))
        : [];

    /// <summary>One file of policies.</summary>
    public static PolicyFile One(string path)
    {
        if (!File.Exists(path))
            throw CliFaultException.Usage($"{path} is not a file");
        return new PolicyFile(Path.GetFileName(path), Text(path));
    }

    public static ImmutableArray<SourceFile> Read(string root, IEnumerable<string> paths, string prefix)
    {
        var files = ImmutableArray.CreateBuilder<SourceFile>();
        foreach (var path in paths.Order(StringComparer.Ordinal))
        {
            if (files.Count == FilesMax)
                throw CliFaultException.Error("cli.too-large", $"{path} is one file too many");
            files.Add(new SourceFile(prefix + Path.GetRelativePath(root, path), Text(path)));
        }
        return files.ToImmutable();
    }

    /// <summary>A place inside a bundle as a place on this disk.</summary>
    public static string Shown(string folder, string place) => place.StartsWith(Prefix, StringComparison.Ordinal)
        ? Path.Combine(folder, place[Prefix.Length..])
        : place.StartsWith("knowledge/", StringComparison.Ordinal) ? Path.Combine(folder, "..", place)
        : place;

    static string Text(string path)
    {
        if (new FileInfo(path).Length > FileBytesMax)
            throw CliFaultException.Error("cli.too-large", $"{path} is too large");
        return Utf8Text.Of(File.ReadAllBytes(path), path);
    }
}

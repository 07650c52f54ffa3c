using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Writ.Linux;
using Writ.Server.Trees;
using Writ.Trees;

namespace Writ.Server.Tests.Trees;

/// <summary>
/// A run's folder as a run leaves it, without a run: a work tree, and in the place of the layer a whole second tree
/// with what a command would have made of it.
/// </summary>
sealed class RandomTrees
{
    static readonly int[] _fileModes = [0x1A4, 0x180, 0x1ED, 0x124];
    static readonly int[] _folderModes = [0x1ED, 0x1C0, 0x1E8];

    readonly Random _random;
    int _width;

    RandomTrees(string root, int seed)
    {
        _random = new Random(seed);
        (Root, Tree, Layer) = (root, Path.Combine(root, "tree"), Path.Combine(root, "run", "layer", "upper"));
    }

    public string Root { get; }

    public string Tree { get; }

    public string RunFolder => Path.Combine(Root, "run");

    public string Layer { get; }

    public ImmutableArray<TreeChange> Changes { get; private set; } = [];

    /// <summary>Two trees of which the second came of the first by a few dozen changes.</summary>
    /// <param name="owner">Whom the work tree belongs to; null for whoever runs the test.</param>
    /// <param name="width">Entries of each folder.</param>
    public static RandomTrees Make(int seed, int? owner = null, int width = 6)
    {
        var made = new RandomTrees(Directory.CreateTempSubdirectory("writ-trees-").FullName, seed) { _width = width };
        Files.SetMode(made.Root, 0x1ED);
        Directory.CreateDirectory(made.Tree);
        made.Fill(made.Tree, width / 2);
        Directory.CreateDirectory(Path.GetDirectoryName(made.Layer)!);
        Run("/usr/bin/cp", "-a", made.Tree, made.Layer);
        made.Mutate(made.Layer, 0);
        if (owner is { } uid)
            Run("/usr/bin/chown",
                "-R", string.Create(CultureInfo.InvariantCulture, $"{uid}:{uid}"), made.Tree, made.Layer);
        made.Changes = Differences(made.Tree, made.Layer);
        return made;
    }

    /// <summary>Trees that were made before and of which nothing has been written.</summary>
    public static RandomTrees At(string root, int seed)
    {
        var made = new RandomTrees(root, seed);
        made.Changes = Differences(made.Tree, made.Layer);
        return made;
    }

    /// <param name="atOnce">All content is made durable at once, as that of many files is.</param>
    public TreeWriter Writer(Action<string>? passed = null, int turns = 0, bool atOnce = false) =>
        new(Tree, RunFolder, passed, turns, atOnceMin: atOnce ? 1 : int.MaxValue);

    /// <summary>Everything by which two trees differ.</summary>
    public static ImmutableArray<TreeChange> Differences(string before, string after)
    {
        using var old = TreeFolder.Open(before);
        using var now = TreeFolder.Open(after);
        var changes = ImmutableArray.CreateBuilder<TreeChange>();
        var paths = Paths(old, "").Concat(Paths(now, "")).Distinct(StringComparer.Ordinal);
        foreach (var path in paths.Order(StringComparer.Ordinal))
        {
            var (was, becomes) = (TreeEntries.ReadAt(old, path), TreeEntries.ReadAt(now, path));
            if (TreePlan.Same(was, becomes))
                continue;
            if (was is not null && becomes is not null && was.Kind == becomes.Kind)
                changes.Add(new TreeChange(path, ChangeKind.Modified, was, becomes));
            else
            {
                if (was is not null)
                    changes.Add(new TreeChange(path, ChangeKind.Deleted, was, null));
                if (becomes is not null)
                    changes.Add(new TreeChange(path, ChangeKind.Added, null, becomes));
            }
        }
        return changes.ToImmutable();
    }

    static IEnumerable<string> Paths(TreeFolder folder, string prefix)
    {
        foreach (var name in folder.Names().ToList())
        {
            yield return prefix + name;
            if (folder.TryFacts(name) is not { IsDirectory: true })
                continue;
            using var inside = folder.TryEnter(name)!;
            foreach (var path in Paths(inside, prefix + name + "/").ToList())
                yield return path;
        }
    }

    void Fill(string folder, int depth)
    {
        for (var i = 0; i < _width; i++)
            Put(Path.Combine(folder, $"{i}"), depth);
    }

    void Put(string path, int depth)
    {
        switch (_random.Next(depth > 0 ? 5 : 3))
        {
            case 0:
                File.CreateSymbolicLink(path, _random.Next(2) == 0 ? "/etc/passwd" : $"to-{_random.Next(9)}");
                break;
            case 1 or 2:
                Write(path);
                break;
            default:
                Directory.CreateDirectory(path);
                Fill(path, depth - 1);
                Files.SetMode(path, Pick(_folderModes));
                break;
        }
    }

    void Write(string path)
    {
        var bytes = new byte[_random.Next(3) * 5_000];
        _random.NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
        Files.SetMode(path, Pick(_fileModes));
    }

    void Mutate(string folder, int depth)
    {
        foreach (var path in Directory.GetFileSystemEntries(folder).Order(StringComparer.Ordinal))
        {
            var isFolder = Directory.Exists(path) && new FileInfo(path).LinkTarget is null;
            switch (_random.Next(8))
            {
                case 0 or 1:
                    Remove(path, isFolder);
                    break;
                case 2:
                    Remove(path, isFolder);
                    Put(path, 2 - Math.Min(depth, 2));
                    break;
                case 3 when isFolder:
                    Mutate(path, depth + 1);
                    // Without the right to write, which a folder may be left with.
                    Files.SetMode(path, _random.Next(2) == 0 ? 0x16D : 0x1C0);
                    break;
                case 4 when !isFolder && new FileInfo(path).LinkTarget is null:
                    Files.SetMode(path, 0x1FF);
                    break;
                default:
                    if (isFolder)
                        Mutate(path, depth + 1);
                    break;
            }
        }
        for (var i = 0; i < _random.Next(3); i++)
            Put(Path.Combine(folder, $"new-{i}"), 1);
    }

    int Pick(int[] modes) => modes[_random.Next(modes.Length)];

    static void Remove(string path, bool isFolder)
    {
        if (isFolder)
            Directory.Delete(path, recursive: true);
        else
            File.Delete(path);
    }

    static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}

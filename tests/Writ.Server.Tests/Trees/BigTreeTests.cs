using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Writ.Linux;
using Writ.Server.Storage;
using Writ.Server.Trees;
using Writ.Trees;
using Writ.Wire;

namespace Writ.Server.Tests.Trees;

/// <summary>
/// Many entries and large files take time and no memory. With WRIT_BIG_TREES=FILES so many files and one of 2 GiB;
/// 99,749 of them, with their folders and the large one, would be the 100,000 entries that a run may change.
/// </summary>
public sealed class BigTreeTests(ITestOutputHelper output) : IDisposable
{
    const int MemoryGrowsMax = 192 << 20;

    readonly string _root = Directory.CreateTempSubdirectory("writ-big-").FullName;

    [Fact]
    public void Many_files_and_a_large_one_are_compared_committed_and_undone()
    {
        var asked = Environment.GetEnvironmentVariable("WRIT_BIG_TREES");
        var (files, large) = asked is { Length: > 0 }
            ? (int.Parse(asked, CultureInfo.InvariantCulture), 2L << 30)
            : (2_000, 64L << 20);
        var tree = Directory.CreateDirectory(Path.Combine(_root, "tree")).FullName;
        var layer = Directory.CreateDirectory(Path.Combine(_root, "run", "layer", "upper")).FullName;
        for (var i = 0; i < files; i++)
        {
            var folder = Directory.CreateDirectory(Path.Combine(layer, $"d{i % 250}")).FullName;
            File.WriteAllText(Path.Combine(folder, $"f{i}"), $"line {i}\n");
        }
        Fill(Path.Combine(layer, "large"), large);
        using var root = TreeFolder.Open(_root);
        File.WriteAllText(Path.Combine(_root, "began"), "");
        var before = Peak();

        var (changes, problem) = Timed(
            "compared", () => TreeComparison.Of(tree, layer, root.TryFacts("began")!.Value));

        Assert.Null(problem);
        Assert.Equal(files + 250 + 1, changes.Length);
        var list = JsonSerializer.SerializeToUtf8Bytes(new TreeList(changes), WireJson.Default.TreeList);
        output.WriteLine($"list: {list.Length} bytes");
        Assert.InRange(list.Length, 1, BlobStore.DefaultBytesMax);
        var tally = new TreeTally();
        using var writer = new TreeWriter(tree, Path.Combine(_root, "run"), tally: tally);
        Assert.Null(Timed("committed", () => writer.Commit([.. changes.Select(c => c.Change)])).Code);
        Assert.Equal(files + 250 + 1, tally.Now.Entries);
        Assert.InRange(tally.Now.Bytes, large, long.MaxValue);
        Assert.Equal(large, new FileInfo(Path.Combine(tree, "large")).Length);
        Assert.Null(Timed("undone", writer.Undo).Code);
        Assert.Empty(Directory.GetFileSystemEntries(tree));
        output.WriteLine($"resident memory grew by {(Peak() - before) >> 20} MiB at most");
        Assert.InRange(Peak() - before, 0, MemoryGrowsMax);
    }

    public void Dispose() => TreeRemoval.Remove(_root);

    static void Fill(string path, long bytes)
    {
        var chunk = new byte[1 << 20];
        new Random(1).NextBytes(chunk);
        using var file = File.Create(path);
        for (var left = bytes; left > 0; left -= chunk.Length)
            file.Write(chunk, 0, (int)Math.Min(left, chunk.Length));
    }

    T Timed<T>(string what, Func<T> work)
    {
        var watch = Stopwatch.StartNew();
        var result = work();
        output.WriteLine($"{what}: {watch.ElapsedMilliseconds} ms");
        return result;
    }

    // The most that this process ever had in memory.
    static long Peak() => long.Parse(
        File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
}

using System.Text.Json;
using Writ.Shell.Syntax;
using Writ.Testing;

namespace Writ.Shell.Tests.Syntax;

/// <summary>The vectors: for each source the tree that bash itself builds.</summary>
public sealed class VectorTests
{
    sealed record Vector(string File, string Name, string Input, string Expect);

    static IEnumerable<Vector> Read(string file) =>
        File.ReadLines(Path.Combine(SharedData.Require("data/bash-vectors"), file))
            .Select(l => JsonDocument.Parse(l).RootElement)
            .Select(e => new Vector(
                e.GetProperty("file").GetString()!,
                e.GetProperty("name").GetString()!,
                e.GetProperty("input").GetString()!,
                e.GetProperty("expect").GetString()!));

    [Theory]
    [InlineData("parable.jsonl")]
    [InlineData("oils-derived.jsonl")]
    [InlineData("tree-sitter-bash-derived.jsonl")]
    public void Vectors_give_the_tree_that_bash_builds(string file)
    {
        var misses = new List<string>();
        var count = 0;
        foreach (var vector in Read(file))
        {
            count++;
            var options = new ParseOptions
            {
                ExtendedGlob = vector.Input.StartsWith("# @extglob", StringComparison.Ordinal),
            };
            var found = VectorTree.Of(vector.Input, ShellParser.Parse(vector.Input, options));
            // The vectors were split at every character that ends a line somewhere.
            if (found.Replace('\r', '\n').Replace('\f', '\n').Replace('\v', '\n') != vector.Expect)
                misses.Add($"--- {vector.File}: {vector.Name}\n{vector.Input}\n=== expected\n{vector.Expect}\n=== found\n{found}");
        }
        File.WriteAllText($"/tmp/shell-parser/misses-{file}", string.Join("\n", misses));
        Assert.True(misses.Count <= count / 200, $"{misses.Count} of {count}");
    }
}

using Writ.Shell.Syntax;

namespace Writ.Shell.Tests.Syntax;

/// <summary>The vectors: for each source the tree that bash itself builds.</summary>
public sealed class VectorTests
{
    const double ShareMin = 0.995;

    [Fact]
    public void Vectors_give_the_tree_that_bash_builds()
    {
        var misses = new List<string>();
        var different = new List<string>();
        var count = 0;
        foreach (var vector in Sources.Vectors())
        {
            count++;
            var options = new ParseOptions { ExtendedGlob = vector.ExtendedGlob };
            var found = VectorTree.Of(vector.Text, ShellParser.Parse(vector.Text, options));
            // The vectors were split at every character that ends a line somewhere.
            if (found.Replace('\r', '\n').Replace('\f', '\n').Replace('\v', '\n') == vector.Expected)
                continue;
            misses.Add(vector.Key);
            if (!KnownMisses.ByKey.ContainsKey(vector.Key))
                different.Add($"{vector.Name}\n{vector.Text}\n=== expected\n{vector.Expected}\n=== found\n{found}");
        }
        Scores.Write("vectors", count - misses.Count, count);
        Assert.Empty(different);
        Assert.Equal(KnownMisses.ByKey.Keys.Order(StringComparer.Ordinal), misses.Order(StringComparer.Ordinal));
        Assert.True(misses.Count <= count * (1 - ShareMin), $"{misses.Count} of {count} differ");
    }
}

using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Writ.Linux;
using Writ.Server.Trees;
using Writ.Testing;
using Writ.Trees;

namespace Writ.Server.Tests.Trees;

/// <summary>Writing changes into a tree and taking them out again, on real files.</summary>
public sealed class TreeWriterTests
{
    const int Seeds = 6;

    // A tree that is written in few enough steps to end it at each.
    const int CrashSeed = 21;
    const int CrashWidth = 3;

    public static TheoryData<int, int?> Trees
    {
        get
        {
            var data = new TheoryData<int, int?>();
            for (var seed = 0; seed < Seeds; seed++)
            {
                data.Add(seed, null);
                if (ThisProcess.EffectiveUid == 0)
                    data.Add(seed, 60_001);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Trees))]
    public void What_is_committed_is_what_was_made_and_undoing_gives_every_byte_back(int seed, int? owner)
    {
        var trees = RandomTrees.Make(seed, owner);
        var (before, after) = (TreeText.Of(trees.Tree), TreeText.Of(trees.Layer));
        Assert.NotEqual(before, after);
        using var writer = trees.Writer();

        var committed = writer.Commit(trees.Changes);
        Assert.True(committed.Code is null, $"{committed.Code} {string.Join(", ", committed.Paths)}");
        Assert.Equal(after, TreeText.Of(trees.Tree));

        var undone = writer.Undo();
        Assert.True(undone.Code is null, $"{undone.Code} {string.Join(", ", undone.Paths)}");
        Assert.Equal(before, TreeText.Of(trees.Tree));
        TreeRemoval.Remove(trees.Root);
    }

    [Theory]
    [MemberData(nameof(Trees))]
    public void What_is_committed_in_turns_is_undone_at_once(int seed, int? owner)
    {
        var trees = RandomTrees.Make(seed, owner);
        var (before, after) = (TreeText.Of(trees.Tree), TreeText.Of(trees.Layer));
        ImmutableArray<string> first =
            [.. trees.Changes.Select(c => c.Path).Where((_, i) => i % 3 == 0).Distinct(StringComparer.Ordinal)];
        var rest = TreeSelection.Without(trees.Changes, new CommittedParts(1, first, Rest: true));
        using (var writer = trees.Writer())
            Assert.Null(writer.Commit(TreeSelection.Of(trees.Changes, first)).Code);
        using (var writer = trees.Writer(turns: 1))
        {
            var second = writer.Commit(rest);
            Assert.True(
                second.Code is null or "tree.nothing-chosen", $"{second.Code} {string.Join(", ", second.Paths)}");
            if (second.Code is null)
                Assert.Equal(after, TreeText.Of(trees.Tree));
        }
        using var undoing = trees.Writer(turns: rest.IsEmpty ? 1 : 2);

        var undone = undoing.Undo();

        Assert.True(undone.Code is null, $"{undone.Code} {string.Join(", ", undone.Paths)}");
        Assert.Equal(before, TreeText.Of(trees.Tree));
        TreeRemoval.Remove(trees.Root);
    }

    [Fact]
    public void Ended_while_two_turns_are_undone_it_is_finished()
    {
        for (var point = 0; point < 40; point++)
        {
            var trees = RandomTrees.Make(CrashSeed, width: CrashWidth);
            var before = TreeText.Of(trees.Tree);
            ImmutableArray<string> first = [trees.Changes[0].Path];
            using (var writer = trees.Writer())
                Assert.Null(writer.Commit(TreeSelection.Of(trees.Changes, first)).Code);
            using (var writer = trees.Writer(turns: 1))
                Assert.Null(writer.Commit(
                    TreeSelection.Without(trees.Changes, new CommittedParts(1, first, Rest: true))).Code);
            var left = point;
            using (var ended = trees.Writer(_ =>
            {
                if (left-- == 0)
                    throw new OperationCanceledException();
            }, turns: 2))
                if (Record.Exception(() => ended.Undo()) is null)
                {
                    Assert.True(point > 4, $"{point} points were passed");
                    TreeRemoval.Remove(trees.Root);
                    return;
                }
            using var again = trees.Writer(turns: 2);
            Assert.Null(again.ResumeUndoing().Code);
            Assert.Equal(before, TreeText.Of(trees.Tree));
            TreeRemoval.Remove(trees.Root);
        }
    }

    [Fact]
    public void Files_come_back_with_the_time_they_were_last_written_and_with_their_holes()
    {
        var trees = RandomTrees.Make(3);
        var written = new DateTime(2020, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        foreach (var change in trees.Changes.Where(c => c.Before?.Kind == EntryKind.File))
            File.SetLastWriteTimeUtc(Path.Combine(trees.Tree, change.Path), written);
        using (var holes = File.Create(Path.Combine(trees.Layer, "holes")))
        {
            holes.SetLength(64 << 20);
            holes.Seek(32 << 20, SeekOrigin.Begin);
            holes.WriteByte(1);
        }
        using var writer = trees.Writer();
        Assert.Null(writer.Commit(RandomTrees.Differences(trees.Tree, trees.Layer)).Code);
        using (var tree = TreeFolder.Open(trees.Tree))
        {
            var facts = tree.TryFacts("holes")!.Value;
            Assert.Equal(64 << 20, facts.Size);
            Assert.InRange(facts.DiskBytes, 1, 1 << 20);
        }

        Assert.Null(writer.Undo().Code);

        foreach (var change in trees.Changes.Where(c => c.Before?.Kind == EntryKind.File))
            Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(trees.Tree, change.Path)));
        TreeRemoval.Remove(trees.Root);
    }

    [Fact]
    public void Whatever_was_changed_meanwhile_is_a_conflict_and_nothing_is_written()
    {
        for (var seed = 100; seed < 100 + Seeds; seed++)
        {
            var trees = RandomTrees.Make(seed);
            // A folder that only gets another mode is the same whatever else is in it.
            var changes = trees.Changes.Where(
                c => c is not { Kind: ChangeKind.Modified, After.Kind: EntryKind.Directory }).ToList();
            var change = changes[seed % changes.Count];
            Disturb(Path.Combine(trees.Tree, change.Path), change);
            var before = TreeText.Of(trees.Tree);
            using var writer = trees.Writer();

            var result = writer.Commit(trees.Changes);

            Assert.Equal("tree.conflict", result.Code);
            Assert.Contains(
                result.Paths, p => TreeSelection.IsAt(p, change.Path) || TreeSelection.IsAt(change.Path, p));
            Assert.Equal(before, TreeText.Of(trees.Tree));
            Assert.False(Directory.Exists(Path.Combine(trees.RunFolder, "journal")));
            TreeRemoval.Remove(trees.Root);
        }
    }

    [Fact]
    public void What_was_changed_since_the_commit_is_not_undone()
    {
        var trees = RandomTrees.Make(3);
        using var writer = trees.Writer();
        Assert.Null(writer.Commit(trees.Changes).Code);
        var added = trees.Changes.First(c => c is { Kind: ChangeKind.Added, After.Kind: EntryKind.File });
        File.AppendAllText(Path.Combine(trees.Tree, added.Path), "mine");
        var before = TreeText.Of(trees.Tree);

        var result = writer.Undo();

        Assert.Equal("tree.undo-conflict", result.Code);
        Assert.Equal([added.Path], result.Paths);
        Assert.Equal(before, TreeText.Of(trees.Tree));
        TreeRemoval.Remove(trees.Root);
    }

    [Fact]
    public void A_layer_that_is_not_what_was_seen_is_not_written()
    {
        var trees = RandomTrees.Make(4);
        var added = trees.Changes.Last(
            c => c is { Kind: ChangeKind.Added, After: { Kind: EntryKind.File, Size: > 0 } });
        var before = TreeText.Of(trees.Tree);
        File.AppendAllText(Path.Combine(trees.Layer, added.Path), "other");
        using var writer = trees.Writer();

        Assert.Equal("tree.lost", writer.Commit(trees.Changes).Code);

        Assert.Equal(before, TreeText.Of(trees.Tree));
        TreeRemoval.Remove(trees.Root);
    }

    [Theory]
    [InlineData("commit")]
    [InlineData("undo")]
    public void Ended_at_any_point_it_is_finished_or_as_it_was(string act)
    {
        var (interrupted, finished) = (0, 0);
        for (var point = 0; ; point++)
            if (AfterAnEnd(act, trees => End(act, trees, point)) is not { } code)
                break;
            else
                _ = code.Length == 0 ? finished++ : interrupted++;
        Assert.True(finished > 7, $"{finished} were finished");
        // Only before the journal is prepared there is nothing to finish.
        Assert.Equal(act == "commit" ? 1 : 0, interrupted);
    }

    [Theory]
    [InlineData("commit", 0)]
    [InlineData("commit", 1)]
    [InlineData("commit", 3)]
    [InlineData("commit", 6)]
    [InlineData("undo", 0)]
    [InlineData("undo", 2)]
    [InlineData("undo", 5)]
    public void Killed_it_is_finished_or_as_it_was(string act, int point) => Assert.Equal(
        (act, point) == ("commit", 0) ? "tree.interrupted" : "",
        AfterAnEnd(act, trees =>
        {
            Assert.Equal(137, Crash(act, trees.Root, point));
            return true;
        }));

    [Fact]
    public void Killed_and_then_disturbed_it_is_taken_back()
    {
        var trees = RandomTrees.Make(CrashSeed, width: CrashWidth);
        var before = TreeText.Of(trees.Tree);
        File.WriteAllText(Path.Combine(trees.Layer, "zz"), "the command's");
        // After the journal is prepared and the first step is made.
        Assert.Equal(137, Crash("commit", trees.Root, 3));
        Assert.NotEqual(before, TreeText.Of(trees.Tree));
        var place = Path.Combine(trees.Tree, "zz");
        File.WriteAllText(place, "mine");
        using var writer = trees.Writer();

        var result = writer.Resume();

        Assert.Equal("tree.conflict", result.Code);
        Assert.Equal("mine", File.ReadAllText(place));
        File.Delete(place);
        Assert.Equal(before, TreeText.Of(trees.Tree));
        TreeRemoval.Remove(trees.Root);
    }

    // Null when it was not ended; else the code of what the replay came to, or nothing where it finished.
    static string? AfterAnEnd(string act, Func<RandomTrees, bool> end)
    {
        var trees = RandomTrees.Make(CrashSeed, width: CrashWidth);
        var (before, after) = (TreeText.Of(trees.Tree), TreeText.Of(trees.Layer));
        if (act == "undo")
        {
            using var first = trees.Writer();
            Assert.Null(first.Commit(trees.Changes).Code);
            (before, after) = (after, before);
        }
        if (!end(trees))
        {
            TreeRemoval.Remove(trees.Root);
            return null;
        }
        using var writer = trees.Writer();
        var result = act == "commit" ? writer.Resume() : writer.ResumeUndoing();
        Assert.True(result.Code is null or "tree.interrupted", result.Code);
        Assert.Equal(result.Code is null ? after : before, TreeText.Of(trees.Tree));
        TreeRemoval.Remove(trees.Root);
        return result.Code ?? "";
    }

    // What is on disk is what a kill leaves there: nothing is cleaned up on this way.
    static bool End(string act, RandomTrees trees, int point)
    {
        using var writer = trees.Writer(_ =>
        {
            if (point-- == 0)
                throw new OperationCanceledException();
        });
        try
        {
            _ = act == "commit" ? writer.Commit(trees.Changes) : writer.Undo();
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    static int Crash(string act, string root, int point)
    {
        using var process = Process.Start(Environment.ProcessPath!,
        [
            CrashTree.Argument, act, CrashSeed.ToString(CultureInfo.InvariantCulture), root,
            point.ToString(CultureInfo.InvariantCulture),
        ]);
        Assert.True(process.WaitForExit(AgentWorld.Patience));
        return process.ExitCode;
    }

    // Something else at the path than what the command saw there.
    static void Disturb(string path, TreeChange change)
    {
        if (change.Before is null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "theirs");
        }
        else if (change.Before.Kind == EntryKind.Directory)
            File.WriteAllText(Path.Combine(path, "theirs"), "theirs");
        else
        {
            File.Delete(path);
            File.WriteAllText(path, "theirs");
        }
    }
}

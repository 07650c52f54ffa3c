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

    public static TheoryData<int, int?, bool> Trees
    {
        get
        {
            var data = new TheoryData<int, int?, bool>();
            for (var seed = 0; seed < Seeds; seed++)
                foreach (var atOnce in new[] { false, true })
                {
                    data.Add(seed, null, atOnce);
                    if (ThisProcess.EffectiveUid == 0)
                        data.Add(seed, 60_001, atOnce);
                }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Trees))]
    public void What_is_committed_is_what_was_made_and_undoing_gives_every_byte_back(
        int seed, int? owner, bool atOnce)
    {
        var trees = RandomTrees.Make(seed, owner);
        var (before, after) = (TreeText.Of(trees.Tree), TreeText.Of(trees.Layer));
        Assert.NotEqual(before, after);
        using var writer = trees.Writer(atOnce: atOnce);

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
    public void What_is_committed_in_turns_is_undone_at_once(int seed, int? owner, bool atOnce)
    {
        var trees = RandomTrees.Make(seed, owner);
        var (before, after) = (TreeText.Of(trees.Tree), TreeText.Of(trees.Layer));
        ImmutableArray<string> first =
            [.. trees.Changes.Select(c => c.Path).Where((_, i) => i % 3 == 0).Distinct(StringComparer.Ordinal)];
        var rest = TreeSelection.Without(trees.Changes, new CommittedParts(1, first, Rest: true));
        using (var writer = trees.Writer(atOnce: atOnce))
            Assert.Null(writer.Commit(TreeSelection.Of(trees.Changes, first)).Code);
        using (var writer = trees.Writer(turns: 1, atOnce: atOnce))
        {
            var second = writer.Commit(rest);
            Assert.True(
                second.Code is null or "tree.nothing-chosen", $"{second.Code} {string.Join(", ", second.Paths)}");
            if (second.Code is null)
                Assert.Equal(after, TreeText.Of(trees.Tree));
        }
        using var undoing = trees.Writer(turns: rest.IsEmpty ? 1 : 2, atOnce: atOnce);

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
    [InlineData("commit", false)]
    [InlineData("commit", true)]
    [InlineData("undo", false)]
    [InlineData("undo", true)]
    public void Ended_at_any_point_it_is_finished_or_as_it_was(string act, bool atOnce)
    {
        var (interrupted, finished) = (0, 0);
        for (var point = 0; ; point++)
            if (AfterAnEnd(act, trees => End(act, trees, point, atOnce)) is not { } code)
                break;
            else
                _ = code.Length == 0 ? finished++ : interrupted++;
        Assert.True(finished > 7, $"{finished} were finished");
        // Only before the journal is prepared there is nothing to finish.
        Assert.Equal(act == "commit" ? 1 : 0, interrupted);
    }

    [Theory]
    [InlineData("commit")]
    [InlineData("undo")]
    public void What_a_power_cut_takes_of_content_that_is_not_yet_durable_is_written_again(string act)
    {
        var emptied = 0;
        for (var point = 0; ; point++)
        {
            var isDurable = false;
            var code = AfterAnEnd(act, trees =>
            {
                if (!End(act, trees, point, atOnce: true, seen: p => isDurable |= p == "durable"))
                    return false;
                if (!isDurable)
                    foreach (var path in Beside(trees).Where(p => new FileInfo(p).LinkTarget is null))
                    {
                        File.WriteAllText(path, "");
                        emptied++;
                    }
                return true;
            });
            if (code is null)
                break;
        }
        // A file system that cannot make all of it durable at once does it file by file.
        using var here = TreeFolder.Open(Path.GetTempPath());
        Assert.Equal(here.CanSyncAll, emptied > 0);
    }

    [Theory]
    [InlineData("commit")]
    [InlineData("undo")]
    public void No_file_gets_its_place_before_its_content_is_durable(string act)
    {
        var trees = RandomTrees.Make(CrashSeed, width: CrashWidth);
        using (var first = trees.Writer())
            if (act == "undo")
                Assert.Null(first.Commit(trees.Changes).Code);
        var (staged, durable, placed) = (new HashSet<string>(), new HashSet<string>(), 0);
        using var writer = trees.Writer(point =>
        {
            var (what, index) = (point.Split(' ')[0], point.Split(' ')[^1]);
            switch (what)
            {
                case "staged":
                    staged.Add(index);
                    break;
                case "durable":
                    durable.UnionWith(staged);
                    break;
                case "made" when staged.Contains(index):
                    Assert.Contains(index, durable);
                    placed++;
                    break;
            }
        }, atOnce: true);

        Assert.Null((act == "commit" ? writer.Commit(trees.Changes) : writer.Undo()).Code);

        Assert.Equal(staged.Count, placed);
        TreeRemoval.Remove(trees.Root);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_changed_between_the_writing_of_content_and_its_place_is_a_conflict(bool beside)
    {
        var trees = RandomTrees.Make(4);
        var before = TreeText.Of(trees.Tree);
        using (var here = TreeFolder.Open(trees.Tree))
            Assert.SkipUnless(here.CanSyncAll, "content is made durable file by file here");
        File.WriteAllText(Path.Combine(trees.Layer, "zz"), "the command's");
        var changes = RandomTrees.Differences(trees.Tree, trees.Layer);
        var disturbed = "";
        using var writer = trees.Writer(point =>
        {
            if (point != "durable" || disturbed.Length > 0)
                return;
            var step = TreePlan.Order(changes).Select(s => s.Path).ToList().IndexOf("zz");
            disturbed = beside
                ? Beside(trees).Single(p => p.EndsWith($"-{step}", StringComparison.Ordinal))
                : Path.Combine(trees.Tree, "zz");
            File.Delete(disturbed);
            File.WriteAllText(disturbed, "theirs");
        }, atOnce: true);

        var result = writer.Commit(changes);

        Assert.Equal("tree.conflict", result.Code);
        Assert.Equal(["zz"], result.Paths);
        if (!beside)
        {
            Assert.Equal("theirs", File.ReadAllText(disturbed));
            File.Delete(disturbed);
        }
        Assert.Equal(before, TreeText.Of(trees.Tree));
        TreeRemoval.Remove(trees.Root);
    }

    [Theory]
    [InlineData("commit", 0, false)]
    [InlineData("commit", 1, false)]
    [InlineData("commit", 3, false)]
    [InlineData("commit", 6, false)]
    [InlineData("commit", 4, true)]
    [InlineData("commit", 7, true)]
    [InlineData("undo", 0, false)]
    [InlineData("undo", 2, false)]
    [InlineData("undo", 5, false)]
    [InlineData("undo", 4, true)]
    public void Killed_it_is_finished_or_as_it_was(string act, int point, bool atOnce) => Assert.Equal(
        (act, point) == ("commit", 0) ? "tree.interrupted" : "",
        AfterAnEnd(act, trees =>
        {
            Assert.Equal(137, Crash(act, trees.Root, point, atOnce));
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
    static bool End(string act, RandomTrees trees, int point, bool atOnce, Action<string>? seen = null)
    {
        using var writer = trees.Writer(name =>
        {
            seen?.Invoke(name);
            if (point-- == 0)
                throw new OperationCanceledException();
        }, atOnce: atOnce);
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

    static int Crash(string act, string root, int point, bool atOnce = false)
    {
        using var process = Process.Start(Environment.ProcessPath!,
        [
            CrashTree.Argument, act, CrashSeed.ToString(CultureInfo.InvariantCulture), root,
            point.ToString(CultureInfo.InvariantCulture), atOnce.ToString(),
        ]);
        Assert.True(process.WaitForExit(AgentWorld.Patience));
        return process.ExitCode;
    }

    // What is written and has no place yet.
    static string[] Beside(RandomTrees trees) =>
        [.. Directory.GetFiles(trees.Tree, ".writ-*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

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

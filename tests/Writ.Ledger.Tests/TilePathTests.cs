using Writ.Testing;

namespace Writ.Ledger.Tests;

public sealed class TilePathTests
{
    [Theory]
    [InlineData(0, 0, 256, "tile/0/000")]
    [InlineData(0, 67, 256, "tile/0/067")]
    [InlineData(0, 999, 256, "tile/0/999")]
    [InlineData(0, 1000, 256, "tile/0/x001/000")]
    [InlineData(0, 1067, 256, "tile/0/x001/067")]
    [InlineData(2, 1234067, 256, "tile/2/x001/x234/067")]
    [InlineData(0, 273, 112, "tile/0/273.p/112")]
    [InlineData(1, 1, 17, "tile/1/001.p/17")]
    [InlineData(7, 0, 1, "tile/7/000.p/1")]
    [InlineData(-1, 0, 256, "tile/entries/000")]
    [InlineData(-1, 1234067, 255, "tile/entries/x001/x234/067.p/255")]
    public void A_place_has_one_path_and_a_path_one_place(int level, long index, int width, string text)
    {
        var path = new TilePath(level, index, width);
        Assert.Equal(text, path.ToString());
        Assert.True(TilePath.TryParse(text, out var parsed));
        Assert.Equal(path, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("checkpoint")]
    [InlineData("/tile/0/000")]
    [InlineData("tile/0")]
    [InlineData("tile/0/")]
    [InlineData("tile/8/000")]
    [InlineData("tile/00/000")]
    [InlineData("tile/-1/000")]
    [InlineData("tile/entry/000")]
    [InlineData("tile/0/00")]
    [InlineData("tile/0/0000")]
    [InlineData("tile/0/x000/001")]
    [InlineData("tile/0/001/002")]
    [InlineData("tile/0/x001")]
    [InlineData("tile/0/x001/")]
    [InlineData("tile/0/x001/02")]
    [InlineData("tile/0/+01")]
    [InlineData("tile/0/ 01")]
    [InlineData("tile/0/000.p/0")]
    [InlineData("tile/0/000.p/256")]
    [InlineData("tile/0/000.p/01")]
    [InlineData("tile/0/000.p/")]
    [InlineData("tile/0/000.p/1/")]
    [InlineData("tile/0/000.p/1.p/1")]
    [InlineData("tile/0/../000")]
    [InlineData("tile/0/x999/x999/x999/x999/x999/x999/x999/999")]
    public void Any_other_spelling_is_refused(string text)
    {
        Assert.False(TilePath.TryParse(text, out var path));
        Assert.Equal(default, path);
        Assert.Equal("", path.ToString());
    }

    // The example of the specification: a tree of 70,000 entries.
    [Fact, Slow]
    public void The_files_of_the_specification_s_example_come_out()
    {
        var paths = new List<string>();
        for (var level = 0; level <= TilePath.LevelMax; level++)
            for (var index = 0L; Tiles.TryPath(70_000, level, index, out var path); index++)
                paths.Add(path.ToString());
        Assert.Equal(273 + 1 + 1 + 1 + 1, paths.Count);
        Assert.Equal("tile/0/273.p/112", paths[273]);
        Assert.Equal(["tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"], paths[274..]);
        Assert.Equal(paths.Concat(EntryPaths(70_000)).Order(), PublishedPaths(70_000));
    }

    static IEnumerable<string> EntryPaths(long size)
    {
        for (var index = 0L; Tiles.TryPath(size, TilePath.EntriesLevel, index, out var path); index++)
            yield return path.ToString();
    }

    static IEnumerable<string> PublishedPaths(long size) =>
        PublishedLedger.OfSize(size).Files.Keys.Where(static path => path != Tiles.CheckpointPath).Order();
}

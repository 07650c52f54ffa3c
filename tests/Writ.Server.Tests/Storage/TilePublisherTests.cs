using System.Text;
using Writ.Server.Storage;

namespace Writ.Server.Tests.Storage;

public sealed class TilePublisherTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly PublishedLedger _ledger = new();

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    DataDirectory NewDirectory(string name = "realm") => DataDirectory.Create(_folder[name]);

    static void Publish(ILedgerStore store, DataDirectory directory) =>
        new TilePublisher(store, directory.TilesPath).Publish(store.Head, Cancellation);

    static Dictionary<string, (byte[] Content, DateTime Written)> Everything(string tiles) =>
        Directory.GetFiles(tiles, "*", SearchOption.AllDirectories)
            .ToDictionary(file => file, file => (File.ReadAllBytes(file), File.GetLastWriteTimeUtc(file)));

    static void Mark(string tiles)
    {
        foreach (var file in Directory.GetFiles(tiles, "*", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
    }

    static bool IsMarked(string file) => File.GetLastWriteTimeUtc(file) == DateTime.UnixEpoch;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_793)]
    public void Every_file_of_the_tree_is_published(long size)
    {
        var directory = NewDirectory();
        using var store = _ledger.Create(directory);
        _ledger.Extend(store, size);
        Publish(store, directory);
        _ledger.MustBePublished(directory.TilesPath, size);
    }

    [Fact]
    public void One_publisher_follows_the_store_through_every_boundary()
    {
        var directory = NewDirectory();
        using var store = _ledger.Create(directory);
        var publisher = new TilePublisher(store, directory.TilesPath);
        foreach (var size in new long[] { 0, 1, 2, 255, 256, 257, 511, 512, 513, 700, 1024, 65_535, 65_536, 65_537 })
        {
            _ledger.Extend(store, size);
            publisher.Publish(store.Head, Cancellation);
            Assert.Equal(size, publisher.PublishedSize);
            _ledger.MustBePublished(directory.TilesPath, size);
        }
    }

    [Fact]
    public void Each_life_resumes_where_the_last_one_ended()
    {
        var directory = NewDirectory();
        using var store = _ledger.Create(directory);
        foreach (var size in new long[] { 1, 255, 256, 300, 513, 514, 2_000, 66_000 })
        {
            _ledger.Extend(store, size);
            Publish(store, directory);
            _ledger.MustBePublished(directory.TilesPath, size);
        }
    }

    [Fact]
    public void Complete_tiles_are_never_written_again()
    {
        var directory = NewDirectory();
        using var store = _ledger.Create(directory);
        _ledger.Extend(store, 600);
        Publish(store, directory);
        Mark(directory.TilesPath);
        _ledger.Extend(store, 900);
        Publish(store, directory);
        foreach (var level in new[] { "entries", "0" })
        {
            Assert.True(IsMarked(Path.Combine(directory.TilesPath, "tile", level, "000")));
            Assert.True(IsMarked(Path.Combine(directory.TilesPath, "tile", level, "001")));
            Assert.False(IsMarked(Path.Combine(directory.TilesPath, "tile", level, "002")));
        }
    }

    [Fact]
    public void Publishing_what_is_published_writes_nothing()
    {
        var directory = NewDirectory();
        using var store = _ledger.Create(directory);
        _ledger.Extend(store, 300);
        var publisher = new TilePublisher(store, directory.TilesPath);
        publisher.Publish(store.Head, Cancellation);
        Mark(directory.TilesPath);
        publisher.Publish(store.Head, Cancellation);
        Publish(store, directory);
        Assert.All(Everything(directory.TilesPath), file => Assert.True(IsMarked(file.Key), file.Key));
    }

    [Fact]
    public void An_old_head_publishes_the_newest_and_an_impossible_one_is_a_mistake()
    {
        var directory = NewDirectory();
        using var store = _ledger.Create(directory);
        _ledger.Extend(store, 10);
        var old = store.Head;
        _ledger.Extend(store, 20);
        var publisher = new TilePublisher(store, directory.TilesPath);
        publisher.Publish(old, Cancellation);
        _ledger.MustBePublished(directory.TilesPath, 20);
        Assert.Throws<ArgumentException>(() => publisher.Publish(store.Head with { Size = 21 }, Cancellation));
    }

    [Fact]
    public void A_new_note_at_the_same_size_is_published()
    {
        var directory = NewDirectory();
        using var store = _ledger.Create(directory);
        _ledger.Extend(store, 300);
        var publisher = new TilePublisher(store, directory.TilesPath);
        publisher.Publish(store.Head, Cancellation);
        byte[] cosigned = [.. store.Head.CheckpointNote, .. Encoding.UTF8.GetBytes("— witness.test AAAAAAAA\n")];
        store.Append(300, [], store.Head with { CheckpointNote = cosigned });
        publisher.Publish(store.Head, Cancellation);
        Assert.Equal(cosigned, File.ReadAllBytes(Path.Combine(directory.TilesPath, "checkpoint")));
        _ledger.MustBePublished(directory.TilesPath, 300);
    }

    [Fact]
    public void Partial_tiles_stay_for_a_few_checkpoints_and_then_go()
    {
        var directory = NewDirectory();
        using var store = _ledger.Create(directory);
        var publisher = new TilePublisher(store, directory.TilesPath);
        for (var size = 1; size <= 40; size++)
        {
            _ledger.Extend(store, size);
            publisher.Publish(store.Head, Cancellation);
            var kept = Enumerable.Range(Math.Max(1, size - TilePublisher.GenerationsKept + 1), Math.Min(size, 8));
            foreach (var level in new[] { "entries", "0" })
            {
                var widths = Directory.GetFiles(Path.Combine(directory.TilesPath, "tile", level, "000.p"))
                    .Select(file => int.Parse(Path.GetFileName(file))).Order();
                Assert.Equal(kept, widths);
            }
        }
        // The next life ages out what this one left, folders included.
        var next = new TilePublisher(store, directory.TilesPath);
        for (var i = 0; i <= TilePublisher.GenerationsKept; i++)
        {
            _ledger.Extend(store, 256 * (i + 1));
            next.Publish(store.Head, Cancellation);
        }
        Assert.False(Directory.Exists(Path.Combine(directory.TilesPath, "tile", "0", "000.p")));
        Assert.False(Directory.Exists(Path.Combine(directory.TilesPath, "tile", "entries", "000.p")));
        _ledger.MustBePublished(directory.TilesPath, store.Head.Size);
    }

    [Fact]
    public void A_publication_ahead_of_the_store_is_refused_untouched()
    {
        var directory = NewDirectory();
        var backup = _folder["backup"];
        using (var store = _ledger.Create(directory))
            _ledger.Extend(store, 300);
        TemporaryFolder.CopyFiles(directory.Root, backup);
        using (var store = SqliteLedgerStore.Open(directory))
        {
            _ledger.Extend(store, 301);
            Publish(store, directory);
        }
        using var restored = SqliteLedgerStore.Open(DataDirectory.Open(backup));
        MustRefuse(restored, directory, StorageCodes.BehindPublished);
    }

    // At 512 no bundle is open, and only the hashes of what follows can tell.
    [Theory]
    [InlineData(300, 300)]
    [InlineData(300, 301)]
    [InlineData(300, 1_000)]
    [InlineData(512, 512)]
    [InlineData(512, 1_000)]
    public void Another_history_is_refused_untouched(long size, long otherSize)
    {
        var directory = NewDirectory();
        using (var store = _ledger.Create(directory))
        {
            _ledger.Extend(store, size);
            Publish(store, directory);
        }
        var other = new PublishedLedger(flavour: ",\"other\":true");
        using var otherStore = other.Create(NewDirectory("other"));
        other.Extend(otherStore, otherSize);
        MustRefuse(otherStore, directory, StorageCodes.Forked);

        // The same refusal when the tiles are no help in telling.
        Directory.Delete(Path.Combine(directory.TilesPath, "tile"), recursive: true);
        MustRefuse(otherStore, directory, StorageCodes.Forked);
    }

    [Fact]
    public void Another_ledgers_publication_is_refused_untouched()
    {
        var directory = NewDirectory();
        using (var store = _ledger.Create(directory))
            Publish(store, directory);
        var other = new PublishedLedger("elsewhere.test/realm");
        using var otherStore = other.Create(NewDirectory("other"));
        MustRefuse(otherStore, directory, StorageCodes.Forked);
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_read_is_not_overwritten()
    {
        var directory = NewDirectory();
        using var store = _ledger.Create(directory);
        File.WriteAllText(Path.Combine(directory.TilesPath, "checkpoint"), "torn");
        MustRefuse(store, directory, StorageCodes.Corrupt);
    }

    [Fact]
    public void A_head_whose_note_says_something_else_is_not_published()
    {
        var directory = NewDirectory();
        using var store = _ledger.Create(directory);
        store.Append(0, [_ledger.Entry(0)], store.Head with { Size = 1, Root = new byte[32] });
        MustRefuse(store, directory, StorageCodes.Corrupt);
    }

    static void MustRefuse(ILedgerStore store, DataDirectory published, string code)
    {
        var before = Everything(published.TilesPath);
        var publisher = new TilePublisher(store, published.TilesPath);
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var fault = Assert.Throws<LedgerFaultException>(() => publisher.Publish(store.Head, Cancellation));
            Assert.Equal(code, fault.Code);
            Assert.True(fault.IsFatal);
        }
        var after = Everything(published.TilesPath);
        Assert.Equal(before.Keys.Order(), after.Keys.Order());
        foreach (var (file, (content, written)) in before)
        {
            Assert.Equal(content, after[file].Content);
            Assert.Equal(written, after[file].Written);
        }
    }

    [Theory]
    [InlineData("tile/entries/002.p/188")]
    [InlineData("tile/0/002.p/188")]
    [InlineData("tile/1/000.p/2")]
    public void A_damaged_or_missing_open_tile_is_made_again(string path)
    {
        var directory = NewDirectory();
        using var store = _ledger.Create(directory);
        _ledger.Extend(store, 700);
        Publish(store, directory);
        var file = Path.Combine(directory.TilesPath, path);
        var whole = File.ReadAllBytes(file);
        var flipped = (byte[])whole.Clone();
        flipped[5] ^= 1;
        foreach (var damaged in new[] { flipped, whole[..^1], [], null })
        {
            File.Delete(file);
            if (damaged is not null)
                File.WriteAllBytes(file, damaged);
            Publish(store, directory);
            _ledger.MustBePublished(directory.TilesPath, 700);
        }
    }

    [Fact]
    public void A_deleted_publication_is_published_again()
    {
        var directory = NewDirectory();
        using var store = _ledger.Create(directory);
        _ledger.Extend(store, 700);
        Publish(store, directory);
        Directory.Delete(directory.TilesPath, recursive: true);
        Publish(store, directory);
        _ledger.MustBePublished(directory.TilesPath, 700);
    }

    [Fact]
    public void A_crash_between_tiles_and_checkpoint_is_mended_by_the_next_life()
    {
        var directory = NewDirectory();
        using var store = _ledger.Create(directory);
        _ledger.Extend(store, 300);
        Publish(store, directory);
        var old = File.ReadAllBytes(Path.Combine(directory.TilesPath, "checkpoint"));
        _ledger.Extend(store, 900);
        Publish(store, directory);
        File.WriteAllBytes(Path.Combine(directory.TilesPath, "checkpoint"), old);
        File.WriteAllText(Path.Combine(directory.TilesPath, "tile/0/003.p/132.new"), "half");
        _ledger.Extend(store, 1_500);
        Publish(store, directory);
        _ledger.MustBePublished(directory.TilesPath, 1_500);
        Assert.Empty(Directory.GetFiles(directory.TilesPath, "*.new", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_publication_that_is_stopped_is_finished_by_the_next_call()
    {
        var directory = NewDirectory();
        using var store = _ledger.Create(directory);
        var publisher = new TilePublisher(store, directory.TilesPath);
        publisher.Publish(store.Head, Cancellation);
        _ledger.Extend(store, 5_000);
        Assert.Throws<OperationCanceledException>(() => publisher.Publish(store.Head, new CancellationToken(true)));
        _ledger.MustBePublished(directory.TilesPath, 0);
        publisher.Publish(store.Head, Cancellation);
        _ledger.MustBePublished(directory.TilesPath, 5_000);
    }

    [Fact]
    public void A_failing_file_system_is_typed_and_the_next_call_starts_from_what_is_published()
    {
        var directory = NewDirectory();
        using var store = _ledger.Create(directory);
        var publisher = new TilePublisher(store, directory.TilesPath);
        _ledger.Extend(store, 200);
        publisher.Publish(store.Head, Cancellation);
        _ledger.Extend(store, 700);
        var obstacle = Path.Combine(directory.TilesPath, "tile", "0", "001");
        Directory.CreateDirectory(obstacle);
        var fault = Assert.Throws<LedgerFaultException>(() => publisher.Publish(store.Head, Cancellation));
        Assert.Equal(StorageCodes.Io, fault.Code);
        Assert.False(fault.IsFatal);
        _ledger.MustBePublished(directory.TilesPath, 200, ignoring: "tile/");
        Directory.Delete(obstacle);
        publisher.Publish(store.Head, Cancellation);
        _ledger.MustBePublished(directory.TilesPath, 700);
    }

    [Fact]
    public void Entries_of_the_largest_size_fit_into_a_bundle()
    {
        var directory = NewDirectory();
        using var store = _ledger.Create(directory);
        var frontier = new Writ.Ledger.MerkleFrontier();
        var large = Enumerable.Repeat((ReadOnlyMemory<byte>)new byte[65_535], 256).ToArray();
        foreach (var entry in large)
            frontier.Append(Writ.Ledger.MerkleTree.LeafHash(entry.Span));
        var text = new Writ.Ledger.Checkpoint("writ.test/realm", 256, frontier.Root()).ToText();
        byte[] note = [.. text, .. "\n— writ.test/realm AAAAAAAA\n"u8];
        store.Append(0, large, new LedgerHead(256, frontier.Root().ToArray(), note, []));
        Publish(store, directory);
        Assert.Equal(
            256 * (2 + 65_535), new FileInfo(Path.Combine(directory.TilesPath, "tile", "entries", "000")).Length);
    }

    public void Dispose() => _folder.Dispose();
}

using System.Text;
using Writ.Testing;

namespace Writ.Ledger.Tests;

public sealed class LedgerVerifierTests
{
    public static TheoryData<int> Sizes => [0, 1, 2, 255, 256, 257, 511, 512, 65535, 65536];

    [Theory, Slow]
    [MemberData(nameof(Sizes))]
    public void An_intact_ledger_has_no_findings_and_gives_back_its_entries(int size)
    {
        var ledger = PublishedLedger.OfSize(size);
        var audit = ledger.Audit();
        Assert.Empty(audit.Findings);
        Assert.True(audit.IsIntact);
        Assert.Equal((size, size), (audit.Checkpoint!.Size, audit.SoundSize));
        var index = 0L;
        foreach (var entry in audit.Entries())
        {
            Assert.Equal(index, entry.Index);
            Assert.True(entry.Bytes.Span.SequenceEqual(ledger.Entries[(int)index]));
            index++;
        }
        Assert.Equal(size, index);
    }

    [Theory, Slow]
    [MemberData(nameof(Sizes))]
    public void A_ledger_published_batch_by_batch_is_the_same_ledger(int size)
    {
        var batches = new PublishedLedger();
        batches.Extend(new TileBuilder(), size, batch: Math.Max(1, size / 9));
        Assert.True(batches.Audit().IsIntact);
        var files = PublishedLedger.OfSize(size).Files;
        Assert.All(files, file => Assert.Equal(file.Value, batches.Files[file.Key]));
    }

    [Theory, Slow]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(600)]
    [InlineData(65536)]
    [InlineData(65536 + 300)]
    public void A_published_ledger_is_continued_after_a_restart(int size)
    {
        var ledger = PublishedLedger.OfSize(size);
        var builder = TileBuilder.Resume(size, ledger.Read);
        Assert.Equal(ledger.Head.Root, builder.Root());
        ledger.Extend(builder, size + 700, batch: 97);
        Assert.True(ledger.Audit().IsIntact);
        Assert.Equal(PublishedLedger.OfSize(size + 700).Head, ledger.Head);
    }

    [Fact]
    public void Partial_files_may_be_gone_once_full_ones_are_there()
    {
        var ledger = PublishedLedger.OfSize(300);
        var checkpoint = ledger.Files[Tiles.CheckpointPath];
        ledger.Extend(TileBuilder.Resume(300, ledger.Read), 512, batch: 1000);
        ledger.Files[Tiles.CheckpointPath] = checkpoint;
        Assert.True(ledger.Files.Remove("tile/0/001.p/44") && ledger.Files.Remove("tile/entries/001.p/44"));
        Assert.True(ledger.Audit().IsIntact);
        Assert.Equal(300, ledger.Audit().Entries().Count());
    }

    // Every byte of a small ledger, and the first, middle and last of each file of larger ones.
    [Theory, Slow]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(257)]
    [InlineData(512)]
    [InlineData(1000)]
    [InlineData(65536 + 300)]
    public void A_flipped_byte_in_any_file_is_found(int size)
    {
        var ledger = PublishedLedger.OfSize(size);
        var paths = ledger.Files.Keys.Order(StringComparer.Ordinal).ToList();
        foreach (var path in size > 2000 ? paths.Where((_, i) => i % 97 == 0 || i > paths.Count - 4) : paths)
        {
            var bytes = ledger.Files[path];
            foreach (var at in size < 10 ? Enumerable.Range(0, bytes.Length) : [0, bytes.Length / 2, bytes.Length - 1])
            {
                bytes[at] ^= 0x20;
                var audit = ledger.Audit();
                Assert.False(audit.IsIntact, $"{path} byte {at}");
                var code = path == Tiles.CheckpointPath ? null
                    : path.StartsWith("tile/entries/", StringComparison.Ordinal) ? LedgerFinding.EntryCorrupt
                    : LedgerFinding.TileCorrupt;
                if (code is not null)
                    Assert.All(audit.Findings, finding => Assert.Equal((code, path), (finding.Code, finding.Path)));
                if (code == LedgerFinding.TileCorrupt)
                    Assert.Equal((null, size), (audit.FirstBadEntry, audit.SoundSize));
                bytes[at] ^= 0x20;
            }
        }
        Assert.True(ledger.Audit().IsIntact);
    }

    [Theory, Slow]
    [InlineData(1, 0)]
    [InlineData(257, 255)]
    [InlineData(257, 256)]
    [InlineData(700, 300)]
    [InlineData(700, 699)]
    [InlineData(65536, 40_000)]
    [InlineData(65536 + 300, 65536 + 299)]
    public void The_changed_entry_is_named_whether_its_text_or_its_length_was_changed(int size, int index)
    {
        var ledger = PublishedLedger.OfSize(size);
        foreach (var inLength in new[] { false, true })
        {
            var (bundle, at) = Locate(ledger, size, index);
            bundle[inLength ? at + 1 : at + 4] ^= 0x01;
            var audit = ledger.Audit();
            var first = audit.Findings[0];
            Assert.Equal((LedgerFinding.EntryCorrupt, (long?)index), (first.Code, first.EntryIndex));
            Assert.Equal(index, audit.FirstBadEntry);
            Assert.Equal(index, audit.SoundSize);
            Assert.Equal(index, audit.Entries().Count());
            bundle[inLength ? at + 1 : at + 4] ^= 0x01;
        }
    }

    [Fact]
    public void Each_changed_entry_is_named()
    {
        var ledger = PublishedLedger.OfSize(1000);
        foreach (var index in new[] { 3, 5, 255, 256, 999 })
        {
            var (bundle, at) = Locate(ledger, 1000, index);
            bundle[at + 4] ^= 0x01;
        }
        var findings = ledger.Audit().Findings;
        Assert.Equal([3, 5, 255, 256, 999], findings.Select(static f => f.EntryIndex ?? -1));
    }

    [Fact]
    public void An_entry_and_an_unrelated_tile_are_blamed_each_for_itself()
    {
        var ledger = PublishedLedger.OfSize(1000);
        var (bundle, at) = Locate(ledger, 1000, 600);
        bundle[at + 4] ^= 0x01;
        ledger.Files["tile/0/000"][7] ^= 0x01;
        var findings = ledger.Audit().Findings.Select(static f => (f.Code, f.Path, f.EntryIndex));
        Assert.Equal(
            [(LedgerFinding.TileCorrupt, "tile/0/000", null), (LedgerFinding.EntryCorrupt, "tile/entries/002", 600L)],
            findings);
    }

    [Fact]
    public void An_entry_changed_together_with_its_tile_is_betrayed_by_the_tile_above()
    {
        var ledger = PublishedLedger.OfSize(1000);
        var (bundle, at) = Locate(ledger, 1000, 300);
        bundle[at + 4] ^= 0x01;
        MerkleTree.LeafHash(bundle.AsSpan(at + 2, ledger.Entries[300].Length))
            .CopyTo(ledger.Files["tile/0/001"].AsSpan(44 * MerkleHash.Size));
        var audit = ledger.Audit();
        Assert.Contains(audit.Findings, static f => f is { Code: LedgerFinding.EntryCorrupt, EntryIndex: 256 });
        Assert.Contains(audit.Findings, static f => f is { Code: LedgerFinding.TileCorrupt, Path: "tile/0/001" });
        Assert.Equal(256, audit.SoundSize);
    }

    [Fact]
    public void A_whole_ledger_written_anew_does_not_fit_the_signed_root()
    {
        var ledger = PublishedLedger.OfSize(600);
        var checkpoint = ledger.Files[Tiles.CheckpointPath];
        var forged = new PublishedLedger();
        var builder = new TileBuilder();
        for (var i = 0; i < 600; i++)
            builder.Append(i == 77 ? "forged"u8 : PublishedLedger.Entry(i));
        foreach (var file in builder.Flush())
            forged.Files[file.Path.ToString()] = file.Bytes.ToArray();
        forged.Files[Tiles.CheckpointPath] = checkpoint;
        var audit = forged.Audit();
        Assert.Equal(LedgerFinding.RootMismatch, Assert.Single(audit.Findings).Code);
        Assert.Empty(audit.Entries());
    }

    [Fact]
    public void A_cut_tail_is_truncation_and_names_the_first_absent_entry()
    {
        var ledger = PublishedLedger.OfSize(700);
        ledger.Files.Remove("tile/entries/002.p/188");
        var audit = ledger.Audit();
        Assert.Equal((LedgerFinding.Truncated, (long?)512), (audit.Findings[0].Code, audit.FirstBadEntry));
        Assert.Equal((1, 512L), (audit.Findings.Count, audit.SoundSize));
        ledger.Files.Remove("tile/0/002.p/188");
        Assert.Contains(ledger.Audit().Findings, static f => f is { Code: LedgerFinding.Truncated, EntryIndex: 512 });
    }

    [Fact]
    public void A_head_ahead_of_the_files_is_truncation()
    {
        var ledger = PublishedLedger.OfSize(256);
        ledger.SignCheckpoint(1L << 30, MerkleTree.EmptyRoot);
        var audit = ledger.Audit();
        Assert.Contains(audit.Findings, static f => f is { Code: LedgerFinding.Truncated, EntryIndex: 256 });
        Assert.Equal(0, audit.SoundSize);
    }

    [Theory]
    [InlineData("tile/0/000", LedgerFinding.TileMissing)]
    [InlineData("tile/0/002.p/188", LedgerFinding.TileMissing)]
    [InlineData("tile/1/000.p/2", LedgerFinding.TileMissing)]
    [InlineData("tile/entries/001", LedgerFinding.Truncated)]
    [InlineData("checkpoint", LedgerFinding.Malformed)]
    public void An_absent_file_is_named(string path, string code)
    {
        var ledger = PublishedLedger.OfSize(700);
        Assert.True(ledger.Files.Remove(path));
        var finding = Assert.Single(ledger.Audit().Findings);
        Assert.Equal((code, path), (finding.Code, finding.Path));
    }

    [Theory]
    [InlineData("tile/0/000")]
    [InlineData("tile/0/002.p/188")]
    [InlineData("tile/1/000.p/2")]
    [InlineData("tile/entries/001")]
    [InlineData("tile/entries/002.p/188")]
    public void A_file_that_is_too_long_or_too_short_is_named(string path)
    {
        var ledger = PublishedLedger.OfSize(700);
        var bytes = ledger.Files[path];
        foreach (var changed in new[] { bytes[..^1], [.. bytes, 0], [] })
        {
            ledger.Files[path] = changed;
            Assert.Equal(path, Assert.Single(ledger.Audit().Findings).Path);
        }
    }

    [Fact]
    public void A_checkpoint_of_another_key_or_origin_ends_the_verification()
    {
        var ledger = PublishedLedger.OfSize(3);
        var stranger = new NoteVerifierKey("writ.test/other", PublishedLedger.Key.PublicKey);
        var audit = LedgerVerifier.Verify(ledger.Read, stranger, PublishedLedger.Verify);
        Assert.Equal(LedgerFinding.Signature, Assert.Single(audit.Findings).Code);
        Assert.Null(audit.Checkpoint);
        Assert.Empty(audit.Entries());
        ledger.Files[Tiles.CheckpointPath] = Encoding.UTF8.GetBytes("nothing of the kind\n");
        Assert.Equal(LedgerFinding.Malformed, Assert.Single(ledger.Audit().Findings).Code);
    }

    [Fact]
    public void Nothing_unverified_comes_out_when_files_change_after_the_audit()
    {
        var ledger = PublishedLedger.OfSize(600);
        var audit = ledger.Audit();
        var (bundle, at) = Locate(ledger, 600, 300);
        bundle[at + 4] ^= 0x01;
        var read = 0;
        Assert.Throws<InvalidDataException>(() =>
        {
            foreach (var entry in audit.Entries())
                read = (int)entry.Index + 1;
        });
        Assert.Equal(256, read);
    }

    [Fact]
    public void Findings_have_a_limit_and_the_rest_is_counted()
    {
        var ledger = PublishedLedger.OfSize(65536);
        foreach (var (path, bytes) in ledger.Files)
            if (path.StartsWith("tile/entries/", StringComparison.Ordinal))
                for (var (i, at) = (0, 0); i < 8; i++, at += 2 + (bytes[at] << 8 | bytes[at + 1]))
                    bytes[at + 3] ^= 0x01;
        var audit = ledger.Audit();
        Assert.Equal((LedgerVerifier.FindingsMax, 256L * 8 - 1000), (audit.Findings.Count, audit.FindingsLeftOff));
        Assert.Equal(0, audit.FirstBadEntry);
    }

    /// <summary>The bundle of an entry and where its length stands in it.</summary>
    static (byte[] Bundle, int At) Locate(PublishedLedger ledger, long size, int index)
    {
        Assert.True(Tiles.TryPath(size, TilePath.EntriesLevel, index / Tiles.Width, out var path));
        var at = 0;
        for (var i = index / Tiles.Width * Tiles.Width; i < index; i++)
            at += 2 + ledger.Entries[i].Length;
        return (ledger.Files[path.ToString()], at);
    }
}

using Writ.Server.Storage;

namespace Writ.Server.Tests.Storage;

/// <summary>What every ledger store does, whatever it is made of.</summary>
public abstract class LedgerStoreContract : IDisposable
{
    readonly TemporaryFolder _folder = new();

    protected LedgerStoreContract() => Directory = DataDirectory.Create(_folder["realm"]);

    internal DataDirectory Directory { get; }

    /// <summary>Opens the store over what stands in <see cref="Directory"/>.</summary>
    protected abstract ILedgerStore Open();

    ILedgerStore Created()
    {
        SqliteLedgerStore.Create(Directory, SampleLedger.Inception);
        return Open();
    }

    [Fact]
    public void A_new_ledger_is_empty_and_has_the_head_it_was_created_with()
    {
        using var store = Created();
        SampleLedger.MustHoldExactly(store, 0);
        Assert.Empty(store.Read(0, 10));
    }

    [Fact]
    public void A_ledger_is_never_created_by_opening()
    {
        var fault = Assert.Throws<LedgerFaultException>(Open);
        Assert.Equal(StorageCodes.NotALedger, fault.Code);
        Assert.False(File.Exists(Directory.LedgerFile));
    }

    [Fact]
    public void A_ledger_is_never_created_over_another()
    {
        using (var store = Created())
            SampleLedger.Extend(store, 3);
        var fault = Assert.Throws<LedgerFaultException>(
            () => SqliteLedgerStore.Create(Directory, SampleLedger.Inception));
        Assert.Equal(StorageCodes.Exists, fault.Code);
        using var again = Open();
        SampleLedger.MustHoldExactly(again, 3);
    }

    [Fact]
    public void What_was_appended_is_read_back_in_order_and_survives_reopening()
    {
        long size = 0;
        using (var store = Created())
        {
            foreach (var count in new[] { 1, 1, 5, 64, 1, 100 })
            {
                SampleLedger.Extend(store, count);
                size += count;
                SampleLedger.MustHoldExactly(store, size);
            }
        }
        using var again = Open();
        SampleLedger.MustHoldExactly(again, size);
        SampleLedger.Extend(again, 2);
        SampleLedger.MustHoldExactly(again, size + 2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(6)]
    public void An_append_that_expects_another_size_is_a_conflict_and_stops_the_store(long expected)
    {
        using (var store = Created())
        {
            SampleLedger.Extend(store, 5);
            var fault = Assert.Throws<LedgerFaultException>(() => store.Append(
                expected, SampleLedger.Entries(expected, 2), SampleLedger.HeadAt(expected + 2)));
            Assert.Equal(StorageCodes.Conflict, fault.Code);
            Assert.True(fault.IsFatal);
            Assert.False(fault.OutcomeUnknown);
            var next = Assert.Throws<LedgerFaultException>(() => SampleLedger.Extend(store, 1));
            Assert.Equal(StorageCodes.Stopped, next.Code);
        }
        using var again = Open();
        SampleLedger.MustHoldExactly(again, 5);
    }

    [Fact]
    public void An_append_without_entries_replaces_the_checkpoint_note_alone()
    {
        using var store = Created();
        SampleLedger.Extend(store, 3);
        var cosigned = store.Head with { CheckpointNote = "the same root, more signatures"u8.ToArray() };
        store.Append(3, [], cosigned);
        SampleLedger.AssertSame(cosigned, store.Head);
        Assert.Throws<ArgumentException>(() => store.Append(3, [], cosigned with { Root = new byte[32] }));
        SampleLedger.Extend(store, 1);
        SampleLedger.MustHoldExactly(store, 4);
    }

    [Fact]
    public void An_entry_is_kept_to_the_byte_up_to_the_limit_of_the_format()
    {
        var entries = new ReadOnlyMemory<byte>[]
        {
            new byte[] { 0 }, Enumerable.Range(0, 256).Select(i => (byte)i).ToArray(), new byte[65_535],
        };
        using var store = Created();
        store.Append(0, entries, SampleLedger.Inception with { Size = 3 });
        Assert.Equal(entries.Select(e => e.ToArray()), store.Read(0, 3).Select(e => e.ToArray()));
    }

    [Fact]
    public void What_does_not_fit_is_refused_before_anything_is_written()
    {
        using var store = Created();
        SampleLedger.Extend(store, 2);
        var head = SampleLedger.HeadAt(3);
        foreach (var (entries, wrong) in new (ReadOnlyMemory<byte>[], LedgerHead)[]
        {
            ([new byte[65_536]], head),
            ([ReadOnlyMemory<byte>.Empty], head),
            (SampleLedger.Entries(2, 2), head),
            (SampleLedger.Entries(2, 1), head with { Root = new byte[31] }),
            (SampleLedger.Entries(2, 1), head with { CheckpointNote = [] }),
            (SampleLedger.Entries(2, 1), head with { Frontier = new byte[LedgerHead.FrontierBytesMax + 1] }),
        })
        {
            Assert.Throws<ArgumentException>(() => store.Append(2, entries, wrong));
        }
        var tooMany = SampleLedger.Entries(2, LedgerLimits.EntriesPerAppendMax + 1);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => store.Append(2, tooMany, head with { Size = 2 + tooMany.Length }));
        SampleLedger.MustHoldExactly(store, 2);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0, 10, 10)]
    [InlineData(3, 4, 4)]
    [InlineData(8, 10, 2)]
    [InlineData(10, 10, 0)]
    [InlineData(1000, 1, 0)]
    public void A_read_gives_what_there_is(long from, int count, int expected)
    {
        using var store = Created();
        SampleLedger.Extend(store, 10);
        var read = store.Read(from, count);
        Assert.Equal(
            SampleLedger.Entries(from, expected).Select(e => e.ToArray()), read.Select(e => e.ToArray()));
    }

    [Fact]
    public void A_read_stops_at_its_limit_of_bytes_but_gives_at_least_one()
    {
        using var store = Created();
        var large = Enumerable.Repeat((ReadOnlyMemory<byte>)new byte[65_535], 300).ToArray();
        store.Append(0, large, SampleLedger.Inception with { Size = 300 });
        Assert.Equal(256, store.Read(0, 300).Count);
        Assert.Equal(44, store.Read(256, 300).Count);
    }

    [Fact]
    public async Task Readers_never_see_half_of_an_append()
    {
        using var store = Created();
        var done = false;
        var reader = Task.Factory.StartNew(
            () =>
            {
                while (!Volatile.Read(ref done))
                {
                    var size = store.Head.Size;
                    Assert.Equal(0, size % 10);
                    var tail = store.Read(Math.Max(0, size - 10), 10);
                    Assert.True(size == 0 || tail.Count == 10);
                }
            },
            TaskCreationOptions.LongRunning);
        for (var i = 0; i < 50; i++)
            SampleLedger.Extend(store, 10);
        Volatile.Write(ref done, true);
        await reader;
        SampleLedger.MustHoldExactly(store, 500);
    }

    [Fact]
    public void A_snapshot_is_given_back_whole_or_not_at_all()
    {
        var root = SampleLedger.HeadAt(7).Root;
        using (var store = Created())
        {
            Assert.Null(store.LoadSnapshot());
            store.SaveSnapshot(5, root, "older"u8);
            store.SaveSnapshot(7, root, "the folded state"u8);
        }
        using var again = Open();
        var loaded = again.LoadSnapshot();
        Assert.NotNull(loaded);
        Assert.Equal(7, loaded.Size);
        Assert.Equal(root, loaded.Root);
        Assert.Equal("the folded state"u8.ToArray(), loaded.Content);

        var whole = File.ReadAllBytes(Directory.SnapshotFile);
        for (var i = 0; i < whole.Length; i++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[i] ^= 0x40;
            File.WriteAllBytes(Directory.SnapshotFile, damaged);
            Assert.Null(again.LoadSnapshot());
            File.WriteAllBytes(Directory.SnapshotFile, whole[..i]);
            Assert.Null(again.LoadSnapshot());
        }
    }

    [Fact]
    public void A_closed_store_answers_no_more()
    {
        var store = Created();
        store.Dispose();
        Assert.Equal(StorageCodes.Stopped, Assert.Throws<LedgerFaultException>(() => store.Read(0, 1)).Code);
        Assert.Equal(
            StorageCodes.Stopped, Assert.Throws<LedgerFaultException>(() => SampleLedger.Extend(store, 1)).Code);
    }

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}

public sealed class SqliteLedgerStoreContract : LedgerStoreContract
{
    protected override ILedgerStore Open() => SqliteLedgerStore.Open(Directory);
}

public sealed class FaultingLedgerStoreContract : LedgerStoreContract
{
    protected override ILedgerStore Open() => FaultingLedgerStore.Open(Directory);
}

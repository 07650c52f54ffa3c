using System.Globalization;
using Microsoft.Data.Sqlite;
using Writ.Server.Storage;

namespace Writ.Server.Tests.Storage;

/// <summary>What is particular to the SQLite store: its file, its lock, its schema, its settings.</summary>
public sealed class SqliteLedgerStoreTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly DataDirectory _directory;

    public SqliteLedgerStoreTests() => _directory = DataDirectory.Create(_folder["realm"]);

    SqliteLedgerStore Created(int size = 0)
    {
        SqliteLedgerStore.Create(_directory, SampleLedger.Inception);
        var store = SqliteLedgerStore.Open(_directory);
        for (var left = size; left > 0; left -= 64)
            SampleLedger.Extend(store, Math.Min(64, left));
        return store;
    }

    string Sql(string text)
    {
        SqliteLibrary.Load();
        using var connection = new SqliteConnection($"Data Source={_directory.LedgerFile};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture) ?? "";
    }

    string CodeOfOpening() =>
        Assert.Throws<LedgerFaultException>(() => SqliteLedgerStore.Open(_directory)).Code;

    [Fact]
    public void The_library_is_the_distributions_and_not_a_bundled_one()
    {
        Assert.Matches(@"^3\.\d+\.\d+$", SqliteLibrary.Load());
        var mapped = File.ReadAllLines("/proc/self/maps").Where(line => line.Contains("sqlite3")).ToList();
        Assert.DoesNotContain(mapped, line => line.Contains(AppContext.BaseDirectory) && line.EndsWith(".so"));
        Assert.Contains(mapped, line => line.Contains("libsqlite3.so.0"));
    }

    [Fact]
    public void Every_commit_is_synced_to_a_write_ahead_log()
    {
        using var store = Created(3);
        Assert.Equal("wal", Sql("PRAGMA journal_mode"));
        Assert.True(File.Exists(_directory.LedgerFile + "-wal"));
        Assert.Equal(0x57524954, int.Parse(Sql("PRAGMA application_id")));
        Assert.Equal("1", Sql("PRAGMA user_version"));
    }

    [Fact]
    public void Only_the_owner_can_read_the_database_and_its_log()
    {
        using var store = Created(3);
        foreach (var file in Directory.GetFiles(_directory.Root))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void A_second_opener_is_told_which_process_holds_the_directory()
    {
        using (var store = Created(1))
        {
            foreach (var attempt in new Action[]
            {
                () => SqliteLedgerStore.Open(DataDirectory.Open(_directory.Root)),
                () => SqliteLedgerStore.Create(_directory, SampleLedger.Inception),
            })
            {
                var fault = Assert.Throws<LedgerFaultException>(attempt);
                Assert.Equal(StorageCodes.Locked, fault.Code);
                Assert.Contains($"Process {Environment.ProcessId} ", fault.Message);
            }
            SampleLedger.Extend(store, 1);
        }
        using var next = SqliteLedgerStore.Open(_directory);
        SampleLedger.MustHoldExactly(next, 2);
    }

    [Fact]
    public void A_lock_file_without_a_holder_is_no_obstacle()
    {
        Created(1).Dispose();
        File.WriteAllText(_directory.LockFile, "999999\n and more than a process id could be");
        using (var store = SqliteLedgerStore.Open(_directory))
            SampleLedger.MustHoldExactly(store, 1);
        Assert.Equal($"{Environment.ProcessId}\n", File.ReadAllText(_directory.LockFile));
    }

    [Fact]
    public void A_failed_opening_lets_go_of_the_lock()
    {
        Assert.Equal(StorageCodes.NotALedger, CodeOfOpening());
        using var store = Created(1);
        SampleLedger.MustHoldExactly(store, 1);
    }

    [Fact]
    public void A_second_writer_that_got_past_the_lock_is_a_conflict()
    {
        using var store = Created(5);
        Sql("UPDATE head SET size = 6");
        var fault = Assert.Throws<LedgerFaultException>(() => SampleLedger.Extend(store, 1));
        Assert.Equal(StorageCodes.Conflict, fault.Code);
        Assert.Equal("5", Sql("SELECT count(*) FROM entry"));
    }

    [Fact]
    public void A_newer_schema_is_refused_untouched()
    {
        Created(2).Dispose();
        Sql("PRAGMA user_version = 2");
        var before = File.ReadAllBytes(_directory.LedgerFile);
        Assert.Equal(StorageCodes.TooNew, CodeOfOpening());
        Assert.Equal(before, File.ReadAllBytes(_directory.LedgerFile));
    }

    [Fact]
    public void A_file_of_somebody_else_is_refused_untouched()
    {
        Created().Dispose();
        File.Delete(_directory.LedgerFile);
        Sql("CREATE TABLE theirs (x)");
        var database = File.ReadAllBytes(_directory.LedgerFile);
        foreach (var content in new[] { database, [], "not a database, only text that is long enough"u8.ToArray() })
        {
            File.WriteAllBytes(_directory.LedgerFile, content);
            Assert.Equal(StorageCodes.NotALedger, CodeOfOpening());
            Assert.Equal(content, File.ReadAllBytes(_directory.LedgerFile));
        }
    }

    [Fact]
    public void A_half_made_ledger_is_not_found_and_creation_starts_over()
    {
        File.WriteAllText(_directory.LedgerFile + ".new", "a creation that was interrupted");
        Assert.Equal(StorageCodes.NotALedger, CodeOfOpening());
        using var store = Created();
        SampleLedger.MustHoldExactly(store, 0);
        Assert.Empty(Directory.GetFiles(_directory.Root, "*.new*"));
    }

    [Fact]
    public void Full_is_an_answer_and_not_the_end()
    {
        Created().Dispose();
        using (var store = SqliteLedgerStore.Open(_directory, new SqliteLedgerSettings { PagesMax = 12 }))
        {
            var fault = Assert.Throws<LedgerFaultException>(() =>
            {
                for (var i = 0; i < 1000; i++)
                    SampleLedger.Extend(store, 10);
            });
            Assert.Equal(StorageCodes.Full, fault.Code);
            Assert.False(fault.OutcomeUnknown);
            Assert.True(store.Head.Size > 0);
            SampleLedger.MustHoldExactly(store, store.Head.Size);
            Assert.Equal(
                StorageCodes.Full, Assert.Throws<LedgerFaultException>(() => SampleLedger.Extend(store, 100)).Code);
        }
        using var larger = SqliteLedgerStore.Open(_directory);
        var size = larger.Head.Size;
        SampleLedger.Extend(larger, 100);
        SampleLedger.MustHoldExactly(larger, size + 100);
    }

    [Theory]
    [InlineData("UPDATE entry SET body = x'00' WHERE idx = 3")]
    [InlineData("DELETE FROM entry WHERE idx = 3")]
    [InlineData("DELETE FROM head")]
    [InlineData("UPDATE head SET size = 2")]
    public void The_database_itself_refuses_to_rewrite_history(string sql)
    {
        Created(10).Dispose();
        Assert.Throws<SqliteException>(() => Sql(sql));
        using var store = SqliteLedgerStore.Open(_directory);
        SampleLedger.MustHoldExactly(store, 10);
    }

    [Theory]
    [InlineData("DROP TRIGGER entry_is_never_changed; UPDATE entry SET body = x'00' WHERE idx = 3")]
    [InlineData("DROP TRIGGER entry_is_never_changed; UPDATE entry SET leaf = zeroblob(32) WHERE idx = 3")]
    [InlineData("DROP TRIGGER entry_is_never_changed; UPDATE entry SET idx = 100 WHERE idx = 3")]
    [InlineData("DROP TRIGGER entry_is_never_deleted; DELETE FROM entry WHERE idx = 3")]
    [InlineData("DROP TRIGGER entry_is_never_deleted; DELETE FROM entry WHERE idx = 9")]
    [InlineData("INSERT INTO entry VALUES (10, zeroblob(32), x'00')")]
    [InlineData("UPDATE head SET root = zeroblob(32)")]
    [InlineData("UPDATE head SET size = 11")]
    [InlineData("UPDATE head SET note = x'00'")]
    [InlineData("UPDATE head SET frontier = x'00'")]
    [InlineData("DROP TRIGGER head_is_never_deleted; DELETE FROM head")]
    public void What_is_rewritten_regardless_is_found_out(string sql)
    {
        Created(10).Dispose();
        Sql(sql);
        var fault = Assert.Throws<LedgerFaultException>(() =>
        {
            using var store = SqliteLedgerStore.Open(_directory);
            SampleLedger.ReadAll(store);
        });
        Assert.Equal(StorageCodes.Corrupt, fault.Code);
        Assert.True(fault.IsFatal);
    }

    [Fact]
    public void A_flipped_byte_anywhere_in_the_file_is_a_typed_fault_or_changes_nothing()
    {
        const int size = 30;
        Created(size).Dispose();
        var whole = File.ReadAllBytes(_directory.LedgerFile);
        var faults = 0;
        for (var position = 0; position < whole.Length; position += 173)
        {
            var damaged = (byte[])whole.Clone();
            damaged[position] ^= 0x10;
            File.WriteAllBytes(_directory.LedgerFile, damaged);
            try
            {
                using var store = SqliteLedgerStore.Open(_directory);
                SampleLedger.MustHoldExactly(store, size);
            }
            catch (LedgerFaultException)
            {
                faults++;
            }
            foreach (var log in Directory.GetFiles(_directory.Root, "ledger.db-*"))
                File.Delete(log);
        }
        Assert.True(faults > 10, $"only {faults} flips were noticed");
    }

    [Fact]
    public void A_flipped_byte_of_an_entry_is_corruption()
    {
        Created(10).Dispose();
        var whole = File.ReadAllBytes(_directory.LedgerFile);
        var at = whole.AsSpan().IndexOf(SampleLedger.Entry(7).Span);
        whole[at + 2] ^= 1;
        File.WriteAllBytes(_directory.LedgerFile, whole);
        using var store = SqliteLedgerStore.Open(_directory);
        Assert.Equal(7, store.Read(0, 7).Count);
        Assert.Equal(StorageCodes.Corrupt, Assert.Throws<LedgerFaultException>(() => store.Read(0, 8)).Code);
    }

    [Fact]
    public void An_append_allocates_nothing_of_its_own()
    {
        using var store = Created();
        var entries = SampleLedger.Entries(0, 64);
        var heads = Enumerable.Range(0, 6)
            .Select(i => SampleLedger.Inception with { Size = 64 * (i + 1) }).ToArray();
        for (var i = 0; i < 5; i++)
            store.Append(64 * i, entries, heads[i]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        store.Append(64 * 5, entries, heads[5]);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 2_048, $"{allocated} bytes for 64 entries");
    }

    public void Dispose() => _folder.Dispose();
}

using Writ.Ledger;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Server.Tests.Storage;

namespace Writ.Server.Tests.Sequencer;

public sealed class RealmStartTests
{
    [Fact]
    public async Task A_start_with_a_snapshot_without_one_and_with_verification_find_the_same_realm()
    {
        await using var realm = await RealmFixture.Create();
        for (var i = 0; i < 20; i++)
            await realm.Submit();
        var live = StateText.Of(realm.Actor.State);
        await realm.Stop();
        Assert.Equal((live, 0), Loaded(realm));
        var size = SizeOf(realm);
        var snapshot = DataDirectory.Open(realm.Path).SnapshotFile;
        File.Delete(snapshot);
        Assert.Equal((live, size), Loaded(realm));
        Assert.Equal((live, size), Loaded(realm, verify: true));
    }

    [Fact]
    public async Task An_old_snapshot_is_continued_with_the_entries_after_it()
    {
        await using var realm = await RealmFixture.Create();
        await realm.Submit();
        await realm.Stop();
        var snapshot = DataDirectory.Open(realm.Path).SnapshotFile;
        var old = File.ReadAllBytes(snapshot);
        realm.Start();
        for (var i = 0; i < 7; i++)
            await realm.Submit();
        var live = StateText.Of(realm.Actor.State);
        await realm.Stop();
        File.WriteAllBytes(snapshot, old);
        Assert.Equal((live, 7), Loaded(realm));
    }

    [Fact]
    public async Task A_background_snapshot_is_taken_while_the_realm_works()
    {
        await using var realm = await RealmFixture.Create();
        realm.Settings = realm.Settings with { SnapshotEvery = 50 };
        await realm.Restart();
        for (var i = 0; i < 120; i++)
            await realm.Submit();
        await realm.Stop();
        realm.Start();
        realm.MustBeWhole();
    }

    [Fact]
    public async Task A_snapshot_with_any_byte_changed_is_thrown_away()
    {
        await using var realm = await RealmFixture.Create();
        await realm.Submit();
        var live = StateText.Of(realm.Actor.State);
        await realm.Stop();
        var size = SizeOf(realm);
        var file = DataDirectory.Open(realm.Path).SnapshotFile;
        var whole = File.ReadAllBytes(file);
        for (var at = 0; at < whole.Length; at += Math.Max(1, whole.Length / 24))
        {
            var broken = (byte[])whole.Clone();
            broken[at] ^= 1;
            File.WriteAllBytes(file, broken);
            Assert.Equal((live, size), Loaded(realm));
        }
        File.WriteAllBytes(file, whole[..(whole.Length / 2)]);
        Assert.Equal((live, size), Loaded(realm));
    }

    [Fact]
    public async Task A_snapshot_of_another_realm_or_history_is_thrown_away()
    {
        await using var realm = await RealmFixture.Create();
        await using var other = await RealmFixture.Create();
        var live = StateText.Of(realm.Actor.State);
        await realm.Stop();
        await other.Stop();
        var size = SizeOf(realm);
        var directory = DataDirectory.Open(realm.Path);
        var own = File.ReadAllBytes(directory.SnapshotFile);
        File.Copy(DataDirectory.Open(other.Path).SnapshotFile, directory.SnapshotFile, overwrite: true);
        Assert.Equal((live, size), Loaded(realm));

        // The same keys, another future: a copy of the ledger from before the snapshot went on by itself.
        File.WriteAllBytes(directory.SnapshotFile, own);
        var fork = $"{realm.Path}-fork";
        TemporaryFolder.CopyFiles(realm.Path, fork);
        realm.Start();
        await realm.Submit();
        await realm.Stop();
        var later = File.ReadAllBytes(directory.SnapshotFile);
        realm.Path = fork;
        realm.Start();
        realm.Time.Move(TimeSpan.FromSeconds(1));
        await realm.Submit();
        await realm.Submit();
        live = StateText.Of(realm.Actor.State);
        await realm.Stop();
        File.WriteAllBytes(DataDirectory.Open(fork).SnapshotFile, later);
        Assert.Equal((live, SizeOf(realm)), Loaded(realm));
    }

    [Fact]
    public async Task A_head_that_our_key_did_not_sign_is_not_believed()
    {
        await using var realm = await RealmFixture.Create();
        await using var other = await RealmFixture.Create();
        await realm.Stop();
        await other.Stop();
        foreach (var name in new[] { "log.key", "orders.key" })
            File.Copy(Path.Combine(other.Path, "keys", name), Path.Combine(realm.Path, "keys", name), overwrite: true);
        var fault = Assert.Throws<LedgerFaultException>(() => realm.Start());
        Assert.Equal(StorageCodes.Corrupt, fault.Code);
        foreach (var name in new[] { "log.key", "orders.key" })
            File.Copy(Path.Combine(other.Path, "keys", name), Path.Combine(realm.Path, "keys", name), overwrite: true);
        File.SetUnixFileMode(Path.Combine(realm.Path, "keys", "log.key"), (UnixFileMode)0x1A4);
        Assert.Equal(StorageCodes.Permissions, Assert.Throws<LedgerFaultException>(() => realm.Start()).Code);
    }

    [Fact]
    public async Task What_is_published_is_the_ledger()
    {
        await using var realm = await RealmFixture.Create();
        realm.Settings = realm.Settings with { PublishTiles = true };
        await realm.Restart();
        await Task.WhenAll(Enumerable.Range(0, 600).Select(_ => realm.Submit()));
        await realm.Stop();
        using var store = SqliteLedgerStore.Open(DataDirectory.Open(realm.Path));
        using var keys = KeyRing.Open(DataDirectory.Open(realm.Path));
        byte[]? Read(string path) =>
            File.Exists(Path.Combine(realm.Path, "tiles", path)) ? File.ReadAllBytes(Path.Combine(realm.Path, "tiles",
                path)) : null;
        var checkpoint = keys.OpenCheckpoint(Read("checkpoint"));
        Assert.NotNull(checkpoint);
        Assert.Equal(store.Head.Size, checkpoint.Size);
        var tiles = new TileReader(checkpoint.Size, Read);
        Assert.Equal(checkpoint.Root, MerkleTree.Root(checkpoint.Size, tiles.Node));
        for (var at = 0L; at < checkpoint.Size; at++)
            Assert.Equal(MerkleTree.LeafHash(store.Read(at, 1)[0].Span), tiles.Node(0, at));
    }

    [Fact]
    public async Task A_store_behind_what_was_published_does_not_start()
    {
        await using var realm = await RealmFixture.Create();
        realm.Settings = realm.Settings with { PublishTiles = true };
        await realm.Restart();
        await realm.Stop();
        var backup = $"{realm.Path}-backup";
        TemporaryFolder.CopyFiles(realm.Path, backup);
        realm.Start();
        await realm.Submit();
        await realm.Stop();
        Directory.Delete(Path.Combine(backup, "tiles"), recursive: true);
        TemporaryFolder.CopyFiles(Path.Combine(realm.Path, "tiles"), Path.Combine(backup, "tiles"));
        realm.Path = backup;
        Assert.Equal(StorageCodes.BehindPublished, Assert.Throws<LedgerFaultException>(() => realm.Start()).Code);
    }

    static long SizeOf(RealmFixture realm)
    {
        using var store = SqliteLedgerStore.Open(DataDirectory.Open(realm.Path));
        return store.Head.Size;
    }

    /// <summary>The state a start finds, and how many entries it had to fold for it.</summary>
    static (string State, long Replayed) Loaded(RealmFixture realm, bool verify = false)
    {
        var directory = DataDirectory.Open(realm.Path);
        using var store = SqliteLedgerStore.Open(directory);
        using var keys = KeyRing.Open(directory);
        var loaded = new RealmLoader(store, keys, verify).Load();
        return (StateText.Of(loaded.State), loaded.Replayed);
    }
}

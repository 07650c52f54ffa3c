using Writ.Server.Storage;

namespace Writ.Server.Sequencer;

/// <summary>One data directory at work: its keys, its ledger, the realm folded from it and what publishes it.</summary>
public sealed class OpenRealm : IAsyncDisposable
{
    readonly TileWorker? _tiles;
    int _disposed;

    OpenRealm(
        DataDirectory directory, ILedgerStore store, KeyRing keys, BlobStore blobs, RealmActor actor, TileWorker? tiles)
    {
        Directory = directory;
        Store = store;
        Keys = keys;
        Blobs = blobs;
        Actor = actor;
        _tiles = tiles;
    }

    public DataDirectory Directory { get; }

    public ILedgerStore Store { get; }

    public KeyRing Keys { get; }

    public BlobStore Blobs { get; }

    public RealmActor Actor { get; }

    /// <summary>Opens what <see cref="Inception"/> made, and folds it. Damage, a second process or a foreign key is a
    /// fault.</summary>
    public static OpenRealm Open(
        DataDirectory directory, TimeProvider time, ILogger log, RealmActorSettings settings,
        Func<DataDirectory, ILedgerStore>? openStore = null)
    {
        ILedgerStore? store = null;
        KeyRing? keys = null;
        try
        {
            store = openStore is null ? SqliteLedgerStore.Open(directory) : openStore(directory);
            keys = KeyRing.Open(directory);
            var started = time.GetTimestamp();
            var loader = new RealmLoader(store, keys, settings.VerifyOnStart);
            var loaded = loader.Load();
            if (loader.SnapshotDoubt is { } doubt)
                SequencerLog.SnapshotDoubted(log, doubt);
            var took = (long)time.GetElapsedTime(started).TotalMilliseconds;
            SequencerLog.Loaded(log, keys.Origin, loaded.Frontier.Size, loaded.Replayed, took);
            var blobs = new BlobStore(directory.BlobsPath);
            var tiles = settings.PublishTiles
                ? new TileWorker(new TilePublisher(store, directory.TilesPath), store.Head, time, log)
                : null;
            var actor = new RealmActor(loaded, store, keys, time, settings, log, tiles is null ? null : tiles.Offer);
            var open = new OpenRealm(directory, store, keys, blobs, actor, tiles);
            (store, keys) = (null, null);
            return open;
        }
        finally
        {
            keys?.Dispose();
            store?.Dispose();
        }
    }

    /// <summary>Finishes what waits, keeps a snapshot, publishes the last head, and lets go of the directory.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await Actor.DisposeAsync();
        if (_tiles is not null)
            await _tiles.DisposeAsync();
        Store.Dispose();
        Keys.Dispose();
    }
}

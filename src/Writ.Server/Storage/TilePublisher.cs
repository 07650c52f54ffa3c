using System.Buffers;
using Writ.Ledger;

namespace Writ.Server.Storage;

/// <summary>
/// Derives the published log (C2SP tlog-tiles) from the store: entry bundles, hash tiles, and last the checkpoint, so
/// that whoever reads a checkpoint finds everything it speaks of. One caller at a time. After a failure the next call
/// begins again from what is published.
/// </summary>
public sealed class TilePublisher
{
    /// <summary>
    /// A reader holding a checkpoint that was just replaced still finds its partial tiles for so many publications.
    /// </summary>
    public const int GenerationsKept = 8;

    const int EntriesPerHashing = 1_024;

    readonly ILedgerStore _store;
    readonly TileDirectory _directory;
    readonly Dictionary<string, long> _partials = new(StringComparer.Ordinal);
    TileBuilder? _builder;
    byte[] _publishedNote = [];
    long _generation;

    public TilePublisher(ILedgerStore store, string tilesPath)
    {
        _store = store;
        _directory = new TileDirectory(tilesPath);
    }

    /// <summary>How many entries the published checkpoint covers; 0 before the first call.</summary>
    public long PublishedSize { get; private set; }

    /// <summary>
    /// Publishes the newest head of the store, at least <paramref name="head"/>: calls that come late skip what is in
    /// between. Refuses with <see cref="StorageCodes.BehindPublished"/> or <see cref="StorageCodes.Forked"/>, both
    /// before anything published was touched.
    /// </summary>
    public void Publish(LedgerHead head, CancellationToken cancellation)
    {
        var newest = _store.Head;
        if (head.Size > newest.Size)
            throw new ArgumentException($"A head at {head.Size} is not durable: the store ends at {newest.Size}.");
        try
        {
            var builder = _builder ?? Resume(newest, cancellation);
            if (newest.Size != builder.Size || !newest.CheckpointNote.AsSpan().SequenceEqual(_publishedNote))
            {
                // Until this publication is whole, what is in memory is not what is published.
                _builder = null;
                Publish(builder, newest, cancellation);
            }
            _builder = builder;
        }
        catch (IOException e)
        {
            throw LedgerFaultException.FromIo("Publishing the ledger", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw LedgerFaultException.FromIo("Publishing the ledger", e);
        }
    }

    void Publish(TileBuilder builder, LedgerHead newest, CancellationToken cancellation)
    {
        MustSpeakOf(newest);
        var partials = new Dictionary<int, TileFile>();
        while (builder.Size < newest.Size)
        {
            cancellation.ThrowIfCancellationRequested();
            var room = Tiles.Width - builder.Size % Tiles.Width;
            foreach (var entry in ReadAll(builder.Size, (int)Math.Min(room, newest.Size - builder.Size)))
                builder.Append(entry.Span);
            foreach (var file in builder.Flush())
            {
                if (!file.Path.IsFull)
                {
                    partials[file.Path.Level] = file;
                    continue;
                }
                _directory.WriteComplete(file.Path.ToString(), file.Bytes.Span);
                partials.Remove(file.Path.Level);
            }
        }
        if (!builder.Root().Bytes.SequenceEqual(newest.Root))
            throw Forked($"The entries of the store up to {newest.Size} do not hash to the root of its head.");
        foreach (var file in partials.Values)
            _directory.WritePartial(file.Path.ToString(), file.Bytes.Span);
        _directory.WriteCheckpoint(Tiles.CheckpointPath, newest.CheckpointNote);
        _publishedNote = newest.CheckpointNote;
        PublishedSize = newest.Size;
        Retire();
    }

    /// <summary>Partial tiles that the last checkpoints speak of stay; older ones go.</summary>
    void Retire()
    {
        _generation++;
        for (var level = TilePath.EntriesLevel; level <= TilePath.LevelMax; level++)
        {
            var open = Tiles.HashCount(PublishedSize, level) / Tiles.Width;
            if (Tiles.TryPath(PublishedSize, level, open, out var path))
                _partials[path.ToString()] = _generation;
        }
        foreach (var (path, generation) in _partials)
        {
            if (_generation - generation < GenerationsKept)
                continue;
            _directory.DeletePartial(path);
            _partials.Remove(path);
        }
    }

    /// <summary>
    /// Finds out what is published and whether the store continues it. The published root and the store's entries
    /// after it must hash to the store's root: if any entry before it differed, they could not.
    /// </summary>
    TileBuilder Resume(LedgerHead newest, CancellationToken cancellation)
    {
        _partials.Clear();
        _generation = 0;
        // What an earlier life left ages out like everything else.
        foreach (var partial in _directory.SweepPartials())
            _partials[partial] = 0;
        if (_directory.TryRead(Tiles.CheckpointPath) is not { } note)
        {
            (_publishedNote, PublishedSize) = ([], 0);
            return new TileBuilder();
        }
        var published = Parse(note)
            ?? throw new LedgerFaultException(StorageCodes.Corrupt, "The published checkpoint cannot be read.");
        if (published.Size > newest.Size)
        {
            throw new LedgerFaultException(
                StorageCodes.BehindPublished,
                $"Published are {published.Size} entries, the store has {newest.Size}: an old copy was restored.");
        }
        if (published.Origin != MustSpeakOf(newest).Origin)
            throw Forked($"Published is the ledger of '{published.Origin}'.");
        var isWhole = TryContinue(published, out var builder, out var frontier);
        if (!isWhole && HashStore(frontier, published.Size, cancellation).Root() != published.Root)
            throw Forked($"The store's first {published.Size} entries are not the published ones.");
        if (!HashStore(frontier, newest.Size, cancellation).Root().Bytes.SequenceEqual(newest.Root))
            throw Forked($"The store does not continue the {published.Size} published entries.");
        PublishedSize = published.Size;
        // With damaged tiles the note counts as unpublished, so that the repair below ends in writing it.
        _publishedNote = isWhole ? note : [];
        return builder;
    }

    /// <summary>
    /// False when the open tiles are not those of the checkpoint: damaged, they are made again from the first entry.
    /// </summary>
    bool TryContinue(Checkpoint published, out TileBuilder builder, out MerkleFrontier frontier)
    {
        try
        {
            var reader = new TileReader(published.Size, _directory.TryRead);
            frontier = MerkleFrontier.FromTree(published.Size, reader.Node);
            builder = TileBuilder.Resume(published.Size, _directory.TryRead);
            if (frontier.Root() == published.Root && builder.Root() == published.Root
                && IsStored(reader, published.Size))
            {
                return true;
            }
        }
        catch (InvalidDataException)
        {
            // Missing or cut short is damaged like any other damage.
        }
        (builder, frontier) = (new TileBuilder(), new MerkleFrontier());
        return false;
    }

    /// <summary>The open entry bundle, which no hash tile vouches for, holds what the store holds.</summary>
    bool IsStored(TileReader reader, long size)
    {
        var width = (int)(size % Tiles.Width);
        if (width == 0)
            return true;
        var expected = new ArrayBufferWriter<byte>();
        foreach (var entry in ReadAll(size - width, width))
            EntryBundle.Append(expected, entry.Span);
        return reader.Tile(TilePath.EntriesLevel, size / Tiles.Width).SequenceEqual(expected.WrittenSpan);
    }

    MerkleFrontier HashStore(MerkleFrontier frontier, long to, CancellationToken cancellation)
    {
        while (frontier.Size < to)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var entry in ReadAll(frontier.Size, (int)Math.Min(EntriesPerHashing, to - frontier.Size)))
                frontier.Append(MerkleTree.LeafHash(entry.Span));
        }
        return frontier;
    }

    /// <summary>The store may give fewer at a time; all of these exist.</summary>
    List<ReadOnlyMemory<byte>> ReadAll(long from, int count)
    {
        var entries = new List<ReadOnlyMemory<byte>>(count);
        while (entries.Count < count)
        {
            var some = _store.Read(from + entries.Count, count - entries.Count);
            if (some.Count == 0)
                throw new LedgerFaultException(StorageCodes.Corrupt, $"Entry {from + entries.Count} is missing.");
            entries.AddRange(some);
        }
        return entries;
    }

    static Checkpoint MustSpeakOf(LedgerHead head) =>
        Parse(head.CheckpointNote) is { } checkpoint
            && checkpoint.Size == head.Size && checkpoint.Root.Bytes.SequenceEqual(head.Root)
            ? checkpoint
            : throw new LedgerFaultException(
                StorageCodes.Corrupt, $"The head at {head.Size} carries a note that does not say so.");

    static Checkpoint? Parse(ReadOnlySpan<byte> note) =>
        SignedNote.TryParse(note, out var signed, out _)
            && Checkpoint.TryParse(signed.Text.Span, out var checkpoint, out _)
            ? checkpoint
            : null;

    static LedgerFaultException Forked(string message) => new(StorageCodes.Forked, message);
}

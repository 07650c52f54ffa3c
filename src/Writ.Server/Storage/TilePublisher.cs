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
    readonly List<CompleteTile> _completed = [];
    TileEdge? _edge;
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
            var edge = _edge ?? Resume(newest, cancellation);
            if (newest.Size == edge.Size && newest.CheckpointNote.AsSpan().SequenceEqual(_publishedNote))
            {
                _edge = edge;
                return;
            }
            // Until this publication is whole, what is in memory is not what is published.
            _edge = null;
            Publish(edge, newest, cancellation);
            _edge = edge;
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

    void Publish(TileEdge edge, LedgerHead newest, CancellationToken cancellation)
    {
        MustSpeakOf(newest);
        var partials = new List<(string Path, byte[] Content)>();
        for (var bundle = edge.Size / TileEdge.TileWidth; bundle * TileEdge.TileWidth < newest.Size; bundle++)
        {
            cancellation.ThrowIfCancellationRequested();
            var first = bundle * TileEdge.TileWidth;
            var entries = ReadAll(first, (int)Math.Min(TileEdge.TileWidth, newest.Size - first));
            if (entries.Count == TileEdge.TileWidth)
                _directory.WriteComplete(TilePaths.Entries(bundle), TilePaths.Bundle(entries));
            else
                partials.Add((TilePaths.Entries(bundle, entries.Count), TilePaths.Bundle(entries)));
            for (var i = (int)(edge.Size - first); i < entries.Count; i++)
                edge.Append(MerkleTree.LeafHash(entries[i].Span), _completed);
            WriteCompleted();
        }
        if (!edge.Frontier.Root().Bytes.SequenceEqual(newest.Root))
            throw Forked($"The entries of the store up to {newest.Size} do not hash to the root of its head.");
        for (var level = 0; level < TileEdge.LevelsMax; level++)
        {
            if (edge.OpenWidth(level) is var width and > 0)
                partials.Add((TilePaths.Hashes(level, edge.OpenIndex(level), width), edge.Content(level)));
        }
        _generation++;
        foreach (var (path, content) in partials)
            WritePartial(path, content);
        _directory.WriteCheckpoint(TilePaths.Checkpoint, newest.CheckpointNote);
        _publishedNote = newest.CheckpointNote;
        PublishedSize = newest.Size;
        Retire();
    }

    void WriteCompleted()
    {
        foreach (var tile in _completed)
            _directory.WriteComplete(TilePaths.Hashes(tile.Level, tile.Index), tile.Content);
        _completed.Clear();
    }

    /// <summary>A partial tile's name says its width, so one that was written in this life is what it would be now.</summary>
    void WritePartial(string path, byte[] content)
    {
        if (!_partials.TryGetValue(path, out var generation) || generation == 0)
            _directory.WritePartial(path, content);
        _partials[path] = _generation;
    }

    void Retire()
    {
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
    TileEdge Resume(LedgerHead newest, CancellationToken cancellation)
    {
        _completed.Clear();
        _partials.Clear();
        _generation = 0;
        // What an earlier life left ages out like everything else.
        foreach (var partial in _directory.SweepPartials())
            _partials[partial] = 0;
        if (_directory.TryRead(TilePaths.Checkpoint) is not { } note)
        {
            (_publishedNote, PublishedSize) = ([], 0);
            return new TileEdge();
        }
        var published = Parse(note)
            ?? throw new LedgerFaultException(StorageCodes.Corrupt, "The published checkpoint cannot be read.");
        if (published.Size > newest.Size)
        {
            throw new LedgerFaultException(
                StorageCodes.BehindPublished,
                $"Published are {published.Size} entries, the store has {newest.Size}: it was restored from an old copy.");
        }
        if (published.Origin != MustSpeakOf(newest).Origin)
            throw Forked($"Published is the ledger of '{published.Origin}'.");
        var edge = LoadEdge(published);
        var frontier = edge?.Frontier.Clone() ?? HashStore(new MerkleFrontier(), published.Size, cancellation);
        if (frontier.Root() != published.Root)
            throw Forked($"The store's first {published.Size} entries are not the published ones.");
        if (!HashStore(frontier, newest.Size, cancellation).Root().Bytes.SequenceEqual(newest.Root))
            throw Forked($"The store does not continue the {published.Size} published entries.");
        PublishedSize = published.Size;
        // With damaged tiles the note counts as unpublished, so that the repair below ends in writing it.
        _publishedNote = edge is null ? [] : note;
        return edge ?? new TileEdge();
    }

    /// <summary>Null when the open tiles are not those of the checkpoint: damaged, they are made again from the start.</summary>
    TileEdge? LoadEdge(Checkpoint published)
    {
        var width = TileEdge.OpenWidth(published.Size, 0);
        if (width > 0)
        {
            var bundle = TileEdge.OpenIndex(published.Size, 0);
            var expected = TilePaths.Bundle(ReadAll(bundle * TileEdge.TileWidth, width));
            if (_directory.TryRead(TilePaths.Entries(bundle, width)) is not { } present
                || !present.AsSpan().SequenceEqual(expected))
            {
                return null;
            }
        }
        var edge = TileEdge.Load(published.Size, level => _directory.TryRead(TilePaths.Hashes(
            level, TileEdge.OpenIndex(published.Size, level), TileEdge.OpenWidth(published.Size, level))));
        return edge is not null && edge.Frontier.Root() == published.Root ? edge : null;
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
                throw new LedgerFaultException(StorageCodes.Corrupt, $"Entry {from + entries.Count} is not in the store.");
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
        SignedNote.TryParse(note, out var signed, out _) && Checkpoint.TryParse(signed.Text.Span, out var checkpoint, out _)
            ? checkpoint
            : null;

    static LedgerFaultException Forked(string message) => new(StorageCodes.Forked, message);
}

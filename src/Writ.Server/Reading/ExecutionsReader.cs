using System.Collections.Immutable;
using System.Text.Json;
using Writ.Runs;
using Writ.Server.Storage;
using Writ.Wire;

namespace Writ.Server.Reading;

/// <summary>What was started in a run, from the ledger and from the lists it names.</summary>
static class ExecutionsReader
{
    const int ShownMax = 500;

    /// <summary>Null when nothing was recorded.</summary>
    public static ExecutionsView? Read(ImmutableArray<ExecutionBatch> batches, BlobStore blobs)
    {
        if (batches.IsEmpty)
            return null;
        var shown = new List<ExecutionRecord>();
        foreach (var batch in batches)
            if (shown.Count < ShownMax)
                shown.AddRange(RecordsOf(batch, blobs).Take(ShownMax - shown.Count));
        var count = batches.Sum(b => b.Count);
        return new ExecutionsView(
            count,
            [
                .. batches.SelectMany(b => b.Tallies).GroupBy(t => (t.End, t.Code, t.Rule))
                    .Select(g => new ExecutionTally(g.Key.End, g.Key.Code, g.Key.Rule, g.Sum(t => t.Count)))
                    .OrderByDescending(t => t.Count).ThenBy(t => t.Code, StringComparer.Ordinal),
            ],
            [.. shown],
            count - shown.Count);
    }

    // Where the list was erased, what the entry itself holds is left.
    static IEnumerable<ExecutionRecord> RecordsOf(ExecutionBatch batch, BlobStore blobs)
    {
        if (batch.ListDigest is null || blobs.TryGet(batch.ListDigest)?.Content is not { } lines)
            return batch.Listed;
        var records = new List<ExecutionRecord>();
        var rest = lines.AsSpan();
        while (rest.IndexOf((byte)'\n') is var end and >= 0 && records.Count < ShownMax)
        {
            if (JsonSerializer.Deserialize(rest[..end], WireJson.Default.ExecutionRecord) is { } record)
                records.Add(record);
            rest = rest[(end + 1)..];
        }
        return records;
    }
}

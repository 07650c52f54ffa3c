using System.Collections.Immutable;
using System.Text.Json;
using Writ.Egress;
using Writ.Server.Storage;
using Writ.Wire;

namespace Writ.Server.Reading;

/// <summary>What a run asked to reach, from the ledger and from the lists it names.</summary>
static class EgressReader
{
    const int ShownMax = 200;

    /// <summary>Null when nothing was recorded.</summary>
    public static EgressView? Read(ImmutableArray<EgressBatch> batches, BlobStore blobs)
    {
        if (batches.IsEmpty)
            return null;
        var shown = new List<EgressRecord>();
        foreach (var batch in batches)
            if (shown.Count < ShownMax)
                shown.AddRange(RecordsOf(batch, blobs).Take(ShownMax - shown.Count));
        var count = batches.Sum(b => b.Count);
        return new EgressView(
            count,
            [
                .. batches.SelectMany(b => b.Tallies).GroupBy(t => (t.Host, t.Port, t.End, t.Code, t.Rule))
                    .Select(g => new EgressTally(
                        g.Key.Host, g.Key.Port, g.Key.End, g.Key.Code, g.Key.Rule, g.Sum(t => t.Count),
                        g.Sum(t => t.BytesSent), g.Sum(t => t.BytesReceived)))
                    .OrderByDescending(t => t.BytesSent + t.BytesReceived).ThenByDescending(t => t.Count)
                    .ThenBy(t => t.Host, StringComparer.Ordinal).ThenBy(t => t.Port),
            ],
            [.. shown.OrderBy(r => r.Number)],
            count - shown.Count);
    }

    // Where the list was erased, what the entry itself holds is left.
    static IEnumerable<EgressRecord> RecordsOf(EgressBatch batch, BlobStore blobs)
    {
        if (batch.ListDigest is null || blobs.TryGet(batch.ListDigest)?.Content is not { } lines)
            return batch.Listed;
        var records = new List<EgressRecord>();
        var rest = lines.AsSpan();
        while (rest.IndexOf((byte)'\n') is var end and >= 0 && records.Count < ShownMax)
        {
            if (JsonSerializer.Deserialize(rest[..end], WireJson.Default.EgressRecord) is { } record)
                records.Add(record);
            rest = rest[(end + 1)..];
        }
        return records;
    }
}

using System.Runtime.ExceptionServices;
using Writ.Policies;
using Writ.Wire;

namespace Writ.Documents;

/// <summary>
/// Brings the entries of a ledger to a <see cref="PolicyReplay"/>, batch by batch: reading and judging by several
/// threads, folding and counting in order. Memory is that of a batch, however long the ledger is.
/// </summary>
public static class LedgerReplay
{
    const int BatchEntries = 2_048;

    /// <param name="threads">Threads that read and judge; one does it all in order.</param>
    /// <param name="reached">Called after each batch with the entries that were taken so far.</param>
    public static PolicyImpact Of(
        PolicyReplay replay, IEnumerable<ReadOnlyMemory<byte>> entries, int threads, Action<long>? reached,
        CancellationToken cancel)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel };
        var recorded = new List<RecordedVerdict>(BatchEntries);
        var taken = 0L;
        foreach (var batch in entries.Chunk(BatchEntries))
        {
            cancel.ThrowIfCancellationRequested();
            var read = new Entry[batch.Length];
            Each(read.Length, options, i => read[i] = Entry.FromBytes(batch[i].Span));
            foreach (var entry in read)
                if (replay.Fold(entry) is { } verdict)
                    recorded.Add(verdict);
            var judged = new JudgedAgain[recorded.Count];
            Each(judged.Length, options, i => judged[i] = replay.Judge(recorded[i]));
            foreach (var one in judged)
                replay.Count(one);
            recorded.Clear();
            reached?.Invoke(taken += batch.Length);
        }
        return replay.Impact();
    }

    static void Each(int count, ParallelOptions options, Action<int> act)
    {
        if (options.MaxDegreeOfParallelism > 1 && count > 1)
        {
            try
            {
                Parallel.For(0, count, options, act);
            }
            // What is wrong with one entry is said as it would be without threads.
            catch (AggregateException faults)
            {
                ExceptionDispatchInfo.Capture(faults.InnerExceptions[0]).Throw();
            }
            return;
        }
        for (var i = 0; i < count; i++)
            act(i);
    }
}

using System.Collections.Immutable;
using Writ.Trees;
using Writ.Wire;

namespace Writ.Server.Trees;

/// <summary>How far the writing of a run's changes is, for whoever waits for it; written by one thread.</summary>
sealed class TreeTally
{
    volatile string _doing = "waiting for its turn";
    long _entries;
    long _entriesOf;
    long _bytes;
    long _bytesOf;
    bool _looks;

    public TreeProgress Now => new(
        _doing, Interlocked.Read(ref _entries), Interlocked.Read(ref _entriesOf), Interlocked.Read(ref _bytes),
        Interlocked.Read(ref _bytesOf));

    /// <summary>Another part of the work begins.</summary>
    public void Begin(string doing, ImmutableArray<TreeStep> steps)
    {
        Interlocked.Exchange(ref _entries, 0);
        Interlocked.Exchange(ref _bytes, 0);
        Interlocked.Exchange(ref _entriesOf, steps.Length);
        Interlocked.Exchange(ref _bytesOf, steps.Sum(s => (s.To ?? s.From)!.Size));
        _looks = doing.StartsWith("looking", StringComparison.Ordinal);
        _doing = doing;
    }

    /// <summary>A path was looked at, which counts while nothing is written.</summary>
    public void Look()
    {
        if (_looks)
            Interlocked.Increment(ref _entries);
    }

    public void Pass() => Interlocked.Increment(ref _entries);

    public void Move(long bytes) => Interlocked.Add(ref _bytes, bytes);
}

namespace Writ.Corpus;

/// <summary>
/// Counts checks and keeps the first failures, in the order of the file whatever order they arrive in. Safe for use by
/// several threads.
/// </summary>
public sealed class Tally(int shownMax)
{
    readonly Lock _lock = new();
    readonly SortedList<(int Line, int Number), string> _failures = [];
    readonly SortedDictionary<string, int> _passed = new(StringComparer.Ordinal);
    readonly SortedDictionary<string, int> _skipped = new(StringComparer.Ordinal);

    public int Passed { get; private set; }

    public int Failed { get; private set; }

    public int Skipped { get; private set; }

    public int Tests { get; private set; }

    /// <summary>The first failures in full.</summary>
    public IReadOnlyList<string> Failures => [.. _failures.Values];

    public int PassedOf(string check) => _passed.GetValueOrDefault(check);

    public void Add(int line, string id, IReadOnlyList<Check> checks)
    {
        lock (_lock)
        {
            Tests++;
            for (var i = 0; i < checks.Count; i++)
                Add((line, i), id, checks[i]);
        }
    }

    /// <summary>What was counted, the failures, and the line with the three numbers at the end.</summary>
    public void Write(TextWriter writer)
    {
        foreach (var failure in _failures.Values)
            writer.WriteLine(failure);
        if (Failed > _failures.Count)
            writer.WriteLine(FormattableString.Invariant($"... and {Failed - _failures.Count} failures more"));
        foreach (var (name, count) in _passed)
            writer.WriteLine(FormattableString.Invariant($"{count,8} passed  {name}"));
        foreach (var (reason, count) in _skipped)
            writer.WriteLine(FormattableString.Invariant($"{count,8} skipped {reason}"));
        writer.WriteLine(FormattableString.Invariant($"{Tests} tests"));
        writer.WriteLine(FormattableString.Invariant($"{Passed} passed, {Failed} failed, {Skipped} skipped"));
    }

    void Add((int, int) place, string id, Check check)
    {
        switch (check.Outcome)
        {
            case Outcome.Passed:
                Passed++;
                _passed[check.Name] = _passed.GetValueOrDefault(check.Name) + 1;
                break;
            case Outcome.Skipped:
                Skipped++;
                var reason = $"{check.Name}: {check.Why}";
                _skipped[reason] = _skipped.GetValueOrDefault(reason) + 1;
                break;
            default:
                Failed++;
                _failures.Add(place, $"FAILED {id} (line {place.Item1}), {check.Name}\n  {check.Why}");
                if (_failures.Count > shownMax)
                    _failures.RemoveAt(_failures.Count - 1);
                break;
        }
    }
}

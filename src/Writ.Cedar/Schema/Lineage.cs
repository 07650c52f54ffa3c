namespace Writ.Cedar;

/// <summary>Who is above whom, parents of parents included; the answer to each question is one bit.</summary>
sealed class Lineage<T>
    where T : notnull
{
    readonly T[] _nodes;
    readonly Dictionary<T, int> _numbers;
    readonly ulong[][] _above;

    /// <summary>Every parent is one of the nodes; a node may be above itself.</summary>
    public Lineage(T[] nodes, Func<T, IEnumerable<T>> parents, IEqualityComparer<T> comparer)
    {
        _nodes = nodes;
        _numbers = new Dictionary<T, int>(nodes.Length, comparer);
        for (var i = 0; i < nodes.Length; i++)
            _numbers.Add(nodes[i], i);
        var direct = new int[nodes.Length][];
        for (var i = 0; i < nodes.Length; i++)
            direct[i] = [.. parents(nodes[i]).Select(parent => _numbers[parent])];
        _above = new ulong[nodes.Length][];
        var open = new Stack<int>();
        for (var i = 0; i < nodes.Length; i++)
            _above[i] = Climb(i, direct, open);
    }

    /// <summary>Whether the second is above the first, through any number of steps, but at least one.</summary>
    public bool IsBelow(T node, T above) =>
        _numbers.TryGetValue(node, out var low) && _numbers.TryGetValue(above, out var high) && Has(_above[low], high);

    public IEnumerable<T> Above(T node) =>
        _numbers.TryGetValue(node, out var low) ? _nodes.Where((_, high) => Has(_above[low], high)) : [];

    public IEnumerable<T> Below(T node) =>
        _numbers.TryGetValue(node, out var high) ? _nodes.Where((_, low) => Has(_above[low], high)) : [];

    static ulong[] Climb(int start, int[][] direct, Stack<int> open)
    {
        var above = new ulong[(direct.Length + 63) / 64];
        open.Push(start);
        while (open.TryPop(out var node))
        {
            foreach (var parent in direct[node])
            {
                if (Has(above, parent))
                    continue;
                above[parent / 64] |= 1UL << (parent % 64);
                open.Push(parent);
            }
        }
        return above;
    }

    static bool Has(ulong[] set, int number) => (set[number / 64] >> (number % 64) & 1) != 0;
}

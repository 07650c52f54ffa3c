namespace Writ.Cedar;

/// <summary>Boolean formulas as literals of a <see cref="SatSolver"/>: a new variable stands for each part.</summary>
sealed class Circuit
{
    readonly Dictionary<(int, int), int> _pairs = [];

    public Circuit()
    {
        True = SatSolver.Literal(Solver.NewVariable(), value: true);
        Solver.AddClause(True);
    }

    public SatSolver Solver { get; } = new();

    public int True { get; }

    public int False => SatSolver.Not(True);

    public int NewLiteral() => SatSolver.Literal(Solver.NewVariable(), value: true);

    public int And(params ReadOnlySpan<int> literals)
    {
        var result = True;
        foreach (var literal in literals)
            result = Pair(result, literal);
        return result;
    }

    public int Or(params ReadOnlySpan<int> literals)
    {
        var result = True;
        foreach (var literal in literals)
            result = Pair(result, SatSolver.Not(literal));
        return SatSolver.Not(result);
    }

    int Pair(int first, int second)
    {
        if (first == False || second == False || first == SatSolver.Not(second))
            return False;
        if (first == True || first == second)
            return second;
        if (second == True)
            return first;
        var key = (Math.Min(first, second), Math.Max(first, second));
        if (_pairs.TryGetValue(key, out var known))
            return known;
        var result = NewLiteral();
        Solver.AddClause(SatSolver.Not(result), first);
        Solver.AddClause(SatSolver.Not(result), second);
        Solver.AddClause(result, SatSolver.Not(first), SatSolver.Not(second));
        _pairs.Add(key, result);
        return result;
    }
}

namespace Writ.Cedar;

/// <summary>
/// Finds values for Boolean variables that make all clauses true: decide, follow, learn from the contradiction, go
/// back. A literal is twice its variable, plus one when it is negated. Clauses may be added between searches.
/// </summary>
sealed class SatSolver
{
    const int None = -1;

    readonly List<int[]> _clauses = [];
    readonly List<List<int>> _watches = [];
    readonly List<sbyte> _values = [];
    readonly List<int> _levels = [];
    readonly List<int> _reasons = [];
    readonly ActivityOrder _order = new();
    readonly List<bool> _preferred = [];
    readonly List<int> _trail = [];
    readonly List<int> _levelStarts = [];
    int _next;
    bool _isImpossible;

    /// <summary>Contradictions met in all searches.</summary>
    public int Conflicts { get; private set; }

    /// <summary>Clauses looked at in all searches.</summary>
    public long Steps { get; private set; }

    public static int Literal(int variable, bool value) => value ? 2 * variable : 2 * variable + 1;

    public static int Not(int literal) => literal ^ 1;

    public int NewVariable()
    {
        _values.Add(0);
        _levels.Add(0);
        _reasons.Add(None);
        _order.Add();
        _preferred.Add(false);
        _watches.Add([]);
        _watches.Add([]);
        return _values.Count - 1;
    }

    /// <summary>The value in the assignment that was found last.</summary>
    public bool IsTrue(int literal) => Value(literal) > 0;

    public void AddClause(params ReadOnlySpan<int> literals)
    {
        GoBack(0);
        var kept = new List<int>(literals.Length);
        foreach (var literal in literals)
        {
            if (Value(literal) > 0 || kept.Contains(Not(literal)))
                return;
            if (Value(literal) == 0 && !kept.Contains(literal))
                kept.Add(literal);
        }
        if (kept.Count == 0)
            _isImpossible = true;
        else if (kept.Count == 1)
            Assign(kept[0], None);
        else
            Watch([.. kept]);
    }

    /// <summary>
    /// Whether all clauses can be true; nothing when more contradictions were met, or more clauses looked at, in this
    /// and all earlier searches. After true the assignment stands until the next clause or search.
    /// </summary>
    public bool? Search(int conflictsMax, long stepsMax)
    {
        GoBack(0);
        while (!_isImpossible)
        {
            var conflict = Propagate();
            if (Steps > stepsMax)
                return null;
            if (conflict == None)
            {
                if (Choose() is not { } variable)
                    return true;
                _levelStarts.Add(_trail.Count);
                Assign(Literal(variable, _preferred[variable]), None);
                continue;
            }
            if (_levelStarts.Count == 0)
                break;
            if (++Conflicts > conflictsMax)
                return null;
            Learn(conflict);
        }
        _isImpossible = true;
        return false;
    }

    int Value(int literal) => (literal & 1) == 0 ? _values[literal >> 1] : -_values[literal >> 1];

    void Assign(int literal, int reason)
    {
        var variable = literal >> 1;
        _values[variable] = (literal & 1) == 0 ? (sbyte)1 : (sbyte)-1;
        _levels[variable] = _levelStarts.Count;
        _reasons[variable] = reason;
        _trail.Add(literal);
    }

    int Watch(int[] clause)
    {
        _clauses.Add(clause);
        _watches[clause[0]].Add(_clauses.Count - 1);
        _watches[clause[1]].Add(_clauses.Count - 1);
        return _clauses.Count - 1;
    }

    /// <summary>Follows what the assignment forces; the clause that it contradicts, or none.</summary>
    int Propagate()
    {
        while (_next < _trail.Count)
        {
            var falsified = Not(_trail[_next++]);
            var watching = _watches[falsified];
            Steps += watching.Count + 1;
            var kept = 0;
            for (var i = 0; i < watching.Count; i++)
            {
                var number = watching[i];
                var clause = _clauses[number];
                if (clause[0] == falsified)
                    (clause[0], clause[1]) = (clause[1], clause[0]);
                if (Value(clause[0]) > 0 || !MoveWatch(clause, number))
                    watching[kept++] = number;
                if (Value(clause[0]) > 0 || clause[1] != falsified)
                    continue;
                if (Value(clause[0]) < 0)
                {
                    watching.RemoveRange(kept, i + 1 - kept);
                    return number;
                }
                Assign(clause[0], number);
            }
            watching.RemoveRange(kept, watching.Count - kept);
        }
        return None;
    }

    bool MoveWatch(int[] clause, int number)
    {
        for (var i = 2; i < clause.Length; i++)
        {
            if (Value(clause[i]) < 0)
                continue;
            (clause[1], clause[i]) = (clause[i], clause[1]);
            _watches[clause[1]].Add(number);
            return true;
        }
        return false;
    }

    int? Choose()
    {
        while (_order.Take() is { } variable)
            if (_values[variable] == 0)
                return variable;
        return null;
    }

    /// <summary>
    /// Learns the first point where the contradiction's level has a single cause, and goes back to it.
    /// </summary>
    void Learn(int conflict)
    {
        var learnt = new List<int> { 0 };
        var seen = new HashSet<int>();
        var open = 0;
        var at = _trail.Count - 1;
        var literal = None;
        var reason = conflict;
        do
        {
            foreach (var other in _clauses[reason])
            {
                var variable = other >> 1;
                if (other == literal || _levels[variable] == 0 || !seen.Add(variable))
                    continue;
                _order.Bump(variable);
                if (_levels[variable] == _levelStarts.Count)
                    open++;
                else
                    learnt.Add(other);
            }
            while (!seen.Contains(_trail[at] >> 1))
                at--;
            literal = _trail[at--];
            reason = _reasons[literal >> 1];
            open--;
        }
        while (open > 0);
        learnt[0] = Not(literal);
        _order.Age();
        // The second watch is on the level that is gone back to.
        for (var i = 2; i < learnt.Count; i++)
            if (_levels[learnt[i] >> 1] > _levels[learnt[1] >> 1])
                (learnt[1], learnt[i]) = (learnt[i], learnt[1]);
        GoBack(learnt.Count == 1 ? 0 : _levels[learnt[1] >> 1]);
        Assign(learnt[0], learnt.Count == 1 ? None : Watch([.. learnt]));
    }

    void GoBack(int level)
    {
        if (_levelStarts.Count <= level)
            return;
        for (var i = _trail.Count - 1; i >= _levelStarts[level]; i--)
        {
            var variable = _trail[i] >> 1;
            _preferred[variable] = _values[variable] > 0;
            _values[variable] = 0;
            _order.Return(variable);
        }
        _trail.RemoveRange(_levelStarts[level], _trail.Count - _levelStarts[level]);
        _levelStarts.RemoveRange(level, _levelStarts.Count - level);
        _next = _trail.Count;
    }
}

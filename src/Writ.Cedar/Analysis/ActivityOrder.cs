namespace Writ.Cedar;

/// <summary>
/// The variables of a <see cref="SatSolver"/> by how much they had to do with contradictions, the most first: a heap in
/// which each knows its place.
/// </summary>
sealed class ActivityOrder
{
    const int Nowhere = -1;
    const double ActivityMax = 1e100;
    const double Growth = 1 / 0.95;

    readonly List<double> _activities = [];
    readonly List<int> _places = [];
    readonly List<int> _heap = [];
    double _bump = 1;

    /// <summary>Adds the next variable.</summary>
    public void Add()
    {
        _activities.Add(0);
        _places.Add(Nowhere);
        Return(_places.Count - 1);
    }

    /// <summary>Takes out the first; nothing when all are out.</summary>
    public int? Take()
    {
        if (_heap.Count == 0)
            return null;
        var first = _heap[0];
        var last = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        _places[first] = Nowhere;
        if (_heap.Count > 0)
        {
            Put(last, 0);
            Sink(0);
        }
        return first;
    }

    /// <summary>Puts a variable back, if it is out.</summary>
    public void Return(int variable)
    {
        if (_places[variable] != Nowhere)
            return;
        _heap.Add(variable);
        Put(variable, _heap.Count - 1);
        Rise(_heap.Count - 1);
    }

    public void Bump(int variable)
    {
        _activities[variable] += _bump;
        if (_activities[variable] > ActivityMax)
        {
            for (var i = 0; i < _activities.Count; i++)
                _activities[i] /= ActivityMax;
            _bump /= ActivityMax;
        }
        if (_places[variable] != Nowhere)
            Rise(_places[variable]);
    }

    /// <summary>What comes from now on counts a little more.</summary>
    public void Age() => _bump *= Growth;

    void Put(int variable, int place)
    {
        _heap[place] = variable;
        _places[variable] = place;
    }

    void Rise(int place)
    {
        var variable = _heap[place];
        while (place > 0 && _activities[_heap[(place - 1) / 2]] < _activities[variable])
        {
            Put(_heap[(place - 1) / 2], place);
            place = (place - 1) / 2;
        }
        Put(variable, place);
    }

    void Sink(int place)
    {
        var variable = _heap[place];
        while (2 * place + 1 is var child && child < _heap.Count)
        {
            if (child + 1 < _heap.Count && _activities[_heap[child + 1]] > _activities[_heap[child]])
                child++;
            if (_activities[_heap[child]] <= _activities[variable])
                break;
            Put(_heap[child], place);
            place = child;
        }
        Put(variable, place);
    }
}

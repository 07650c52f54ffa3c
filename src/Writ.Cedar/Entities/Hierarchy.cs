namespace Writ.Cedar;

/// <summary>
/// Computes the ancestors of the entities of one new layer: depth first with an explicit stack, so that a long chain of
/// parents costs memory and not the thread's stack.
/// </summary>
sealed class Hierarchy(EntityStore? below, IReadOnlyDictionary<EntityUid, Entity> added)
{
    readonly HashSet<EntityUid> _open = [];
    readonly Stack<(Entity Entity, int NextParent)> _stack = [];
    int _total;

    public Dictionary<EntityUid, StoredEntity> Closed { get; } = new(added.Count);

    public HashSet<EntityUid> Absent { get; } = [];

    public ParseError? Close(Entity entity)
    {
        if (Closed.ContainsKey(entity.Uid))
            return null;
        if (entity.Parents.IsEmpty)
        {
            Closed.Add(entity.Uid, new StoredEntity(entity, UidSet.Empty));
            return null;
        }
        Open(entity);
        while (_stack.TryPop(out var top))
        {
            if (top.NextParent == top.Entity.Parents.Length)
            {
                if (Finish(top.Entity) is { } tooMany)
                    return tooMany;
                continue;
            }
            _stack.Push((top.Entity, top.NextParent + 1));
            var parent = top.Entity.Parents[top.NextParent];
            if (_open.Contains(parent))
                return new ParseError(
                    "cedar.entity.cycle", default, "parents without a cycle", $"{parent} among its own ancestors");
            if (added.TryGetValue(parent, out var next))
            {
                if (!Closed.ContainsKey(parent))
                    Open(next);
            }
            else if (below?.Lookup(parent) is null)
            {
                Absent.Add(parent);
            }
        }
        return null;
    }

    void Open(Entity entity)
    {
        _open.Add(entity.Uid);
        _stack.Push((entity, 0));
    }

    static ParseError TooMany(FormattableString expected, FormattableString found) => new(
        "cedar.limit.ancestors", default, FormattableString.Invariant(expected), FormattableString.Invariant(found));

    ParseError? Finish(Entity entity)
    {
        var ancestors = new HashSet<EntityUid>();
        foreach (var parent in entity.Parents)
        {
            ancestors.Add(parent);
            var known = Closed.TryGetValue(parent, out var closed) ? closed : below?.Lookup(parent);
            if (known is not null)
                foreach (var ancestor in known.Ancestors.Items)
                    ancestors.Add(ancestor);
        }
        _total += ancestors.Count;
        if (ancestors.Count > CedarLimits.AncestorsMax)
            return TooMany($"at most {CedarLimits.AncestorsMax} ancestors", $"{ancestors.Count} of {entity.Uid}");
        if (_total > CedarLimits.AncestorsTotalMax)
            return TooMany($"at most {CedarLimits.AncestorsTotalMax} ancestors of all entities", $"more");
        _open.Remove(entity.Uid);
        Closed.Add(entity.Uid, new StoredEntity(entity, new UidSet(ancestors)));
        return null;
    }
}

namespace Writ.Cedar;

/// <summary>One step from a value to a part of it: an attribute or a tag.</summary>
readonly record struct PlaceStep(string Name, bool IsTag);

/// <summary>
/// A place that conditions look at: the principal, the resource, the context or an entity that a policy names, or
/// something below one of them. Each exists once, so places are compared by reference.
/// </summary>
sealed class Place
{
    readonly Dictionary<PlaceStep, Place> _parts = [];

    Place(Place? owner, PlaceStep step, string name, CedarType? type)
    {
        (Owner, Step, Name, Type) = (owner, step, name, type);
        Root = owner?.Root ?? this;
    }

    public Place? Owner { get; }

    public PlaceStep Step { get; }

    public Place Root { get; }

    /// <summary>As a policy would write it.</summary>
    public string Name { get; }

    /// <summary>What the schema says of its value; nothing without one.</summary>
    public CedarType? Type { get; }

    /// <summary>Whether it is always there when its owner is.</summary>
    public bool IsRequired { get; private init; }

    /// <summary>Whether the schema says that it is never there.</summary>
    public bool IsImpossible { get; private init; }

    /// <summary>Whether reading it never fails.</summary>
    public bool IsAlwaysThere => IsRequired && Owner is not { IsAlwaysThere: false };

    /// <summary>Of a root that is an entity which a policy or the question names: which.</summary>
    public EntityUid? Uid { get; private init; }

    public List<PlaceQuestion> Questions { get; } = [];

    public IEnumerable<Place> Parts => _parts.Values;

    public static Place Variable(string name, CedarType? type) => new(null, default, name, type) { IsRequired = true };

    public static Place Named(EntityUid uid) =>
        new(null, default, uid.ToString(), CedarType.OfEntity(uid.Type)) { IsRequired = true, Uid = uid };

    /// <summary>A new part of this place, with what the schema says of it.</summary>
    public Place Part(PlaceStep step, CedarAttribute? declared, bool isImpossible)
    {
        var name = step.IsTag ? $"{Name}.getTag({new CedarString(step.Name)})" : $"{Name}.{step.Name}";
        var part = new Place(this, step, name, declared?.Type)
        {
            IsRequired = declared?.IsRequired == true,
            IsImpossible = isImpossible,
        };
        _parts.Add(step, part);
        return part;
    }

    public bool TryGetPart(PlaceStep step, out Place? part) => _parts.TryGetValue(step, out part);

    public override string ToString() => Name;
}

/// <summary>
/// One question about one place. Two literals stand for it: that the answer is true, and that it is false. When neither
/// holds, asking fails.
/// </summary>
sealed class PlaceQuestion(Place place, PlaceTest test, int isTrue, int isFalse)
{
    public Place Place { get; } = place;

    public PlaceTest Test { get; } = test;

    public int IsTrue { get; } = isTrue;

    public int IsFalse { get; } = isFalse;

    /// <summary>The answer that is wanted while a candidate is sought; nothing when it does not matter.</summary>
    public Truth? Wanted { get; set; }
}

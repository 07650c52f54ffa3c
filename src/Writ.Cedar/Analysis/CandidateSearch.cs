using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// Finds a value for each place that gives all wanted answers. Places are independent of each other except for what is
/// part of what, so that finding nothing means that there is nothing, unless <see cref="GaveUp"/> is set.
/// </summary>
sealed class CandidateSearch(AnalysisWorld world, EntityStore store, IReadOnlyCollection<string> entityTypes)
{
    readonly ValueSearch _values = new();

    // A place is looked at once in each search, however many kinds of value its owners are tried with.
    readonly Dictionary<Place, Candidate?> _known = [];

    long _steps;
    bool _gaveUp;

    /// <summary>Whether anything was not found only because a limit was met.</summary>
    public bool GaveUp => _gaveUp || _values.GaveUp;

    /// <summary>Whether so much was tried that the search must end.</summary>
    public bool IsSpent => _steps + _values.Steps > AnalysisLimits.StepsMax;

    /// <summary>The value of a root, or nothing when no value gives the wanted answers.</summary>
    public Candidate? Find(Place root)
    {
        _known.Clear();
        return FindPresent(root);
    }

    Candidate? Find(Place place, Truth? isPresent)
    {
        var mayBeAbsent = !place.IsRequired && isPresent != Truth.True;
        if (mayBeAbsent && IsUnasked(place))
            return Candidate.Absent;
        return isPresent == Truth.False || place.IsImpossible ? null : FindPresent(place);
    }

    Candidate? FindPresent(Place place)
    {
        if (_known.TryGetValue(place, out var known))
            return known;
        var found = SortsOf(place).Select(sort => Find(place, sort)).FirstOrDefault(candidate => candidate is not null);
        _known.Add(place, found);
        return found;
    }

    // The kinds that the questions are about first, so that witnesses look natural.
    static IEnumerable<Sort> SortsOf(Place place)
    {
        if (Sorts.Of(place.Type) is { } only)
            return [only];
        var likely = place.Questions.Where(question => question.Wanted is Truth.True or Truth.False)
            .Select(question => Sorts.Likely(question.Test));
        IEnumerable<Sort> structured = place.Parts.All(IsUnasked) ? [] : [Sort.Record, Sort.Entity];
        return likely.Concat(structured).Concat(Sorts.All).Distinct();
    }

    /// <summary>Whether nothing below is wanted that only a value could give.</summary>
    static bool IsUnasked(Place place) =>
        place.Questions.All(question => question.Wanted is null or Truth.Error) && place.Parts.All(IsUnasked);

    Candidate? Find(Place place, Sort sort)
    {
        _steps += place.Questions.Count + 1;
        foreach (var question in place.Questions)
            if (question.Wanted is { } wanted && Sorts.Fits(question.Test, sort) == (wanted == Truth.Error))
                return null;
        switch (sort)
        {
            case Sort.Entity:
                return FindEntity(place);
            case Sort.Record:
                // No constant is a record, so it equals none.
                return place.Questions.Any(question => question is { Wanted: Truth.True, Test: PlaceTest.EqualTo })
                    ? null
                    : FindParts(place) is { } parts ? new Candidate { Parts = parts } : null;
            default:
                if (!place.Parts.All(IsUnasked) || place.Parts.Any(part => part.IsRequired))
                    return null;
                return _values.Find(place, sort) is { } value ? new Candidate { Value = value } : null;
        }
    }

    ImmutableDictionary<PlaceStep, Candidate>? FindParts(Place place)
    {
        var parts = ImmutableDictionary.CreateBuilder<PlaceStep, Candidate>();
        foreach (var part in place.Parts)
        {
            if (Find(part, PresenceOf(part)) is not { } found)
                return null;
            parts.Add(part.Step, found);
        }
        return parts.ToImmutable();
    }

    static Truth? PresenceOf(Place part) => part.Owner!.Questions
        .FirstOrDefault(question => question.Test is PlaceTest.Has has && has.Step == part.Step)?.Wanted;

    Candidate? FindEntity(Place place)
    {
        foreach (var uid in UidsOf(place))
        {
            if (place.Questions.Any(question => question.Wanted is { } wanted
                && question.Test is PlaceTest.EqualTo or PlaceTest.OfType && question.Test.Ask(uid) != wanted))
                continue;
            if (ParentsOf(place, uid) is not { } parents)
                continue;
            if (store.Find(uid) is { } known)
            {
                if (Agrees(place, known))
                    return new Candidate { Value = uid, Parts = ImmutableDictionary<PlaceStep, Candidate>.Empty };
            }
            else if (FindParts(place) is { } parts)
            {
                return new Candidate { Value = uid, Parts = parts, Parents = parents };
            }
        }
        return null;
    }

    /// <summary>The entities that it may be: the one that is wanted, or a new one of each possible type.</summary>
    IEnumerable<EntityUid> UidsOf(Place place)
    {
        if (place.Uid is { } named)
            return [named];
        var equal = place.Questions.FirstOrDefault(
            question => question is { Wanted: Truth.True, Test: PlaceTest.EqualTo })?.Test;
        if (equal is PlaceTest.EqualTo { Constant: var constant })
            return constant is EntityUid uid ? [uid] : [];
        var wanted = place.Questions.Where(question => question.Wanted == Truth.True).Select(question => question.Test);
        var types = place.Type is CedarType.Entity entity
            ? entity.Names
            : wanted.OfType<PlaceTest.OfType>().Select(test => test.EntityType).Concat(entityTypes).Append(OtherType())
                .Distinct(StringComparer.Ordinal);
        // What is in a container may be the container.
        var containers = wanted.OfType<PlaceTest.In>().Select(test => test.Container)
            .Where(container => place.Type is not CedarType.Entity of || of.Has(container.Type));
        return types.SelectMany(name => NewUids(name, place)).Concat(containers);
    }

    // A type that nothing speaks of stands for all of those.
    string OtherType()
    {
        var name = "Thing";
        while (entityTypes.Contains(name))
            name += "_";
        return name;
    }

    IEnumerable<EntityUid> NewUids(string type, Place place)
    {
        if (world.Schema?.TryGetEntityType(type, out var declaration) == true && declaration.IsEnum)
            return declaration.EnumIds.Select(id => new EntityUid(type, id));
        var uid = new EntityUid(type, $"any {place.Name}");
        // No policy names such an entity, unless on purpose.
        while (store.Find(uid) is not null || place.Questions.Any(question => Names(question.Test, uid)))
            uid = new EntityUid(type, uid.Id + "'");
        return [uid];
    }

    static bool Names(PlaceTest test, EntityUid uid) =>
        test is PlaceTest.In within
            ? within.Container.Equals(uid)
            : test is PlaceTest.EqualTo equal && equal.Constant.Equals(uid);

    /// <summary>
    /// Parents that put it into what is wanted and not into what is not; nothing when there are none.
    /// </summary>
    ImmutableArray<EntityUid>? ParentsOf(Place place, EntityUid uid)
    {
        var isKnown = store.Find(uid) is not null;
        var parents = ImmutableArray.CreateBuilder<EntityUid>();
        foreach (var question in place.Questions)
        {
            if (question is not { Wanted: Truth.True, Test: PlaceTest.In { Container: var container } }
                || uid.Equals(container))
                continue;
            if (isKnown ? !store.IsIn(uid, container) : !MayBeIn(uid.Type, container.Type))
                return null;
            parents.Add(container);
        }
        foreach (var question in place.Questions)
        {
            if (question is not { Wanted: Truth.False, Test: PlaceTest.In { Container: var container } })
                continue;
            if (uid.Equals(container) || store.IsIn(uid, container)
                || (!isKnown && parents.Any(parent => store.IsIn(parent, container))))
                return null;
        }
        return parents.DrainToImmutable();
    }

    bool MayBeIn(string type, string container) =>
        world.Schema is not { } schema || schema.AncestorsOf(type).Contains(container, StringComparer.Ordinal);

    /// <summary>Whether an entity that is what it is gives the wanted answers.</summary>
    bool Agrees(Place place, Entity entity)
    {
        foreach (var part in place.Parts)
        {
            var record = part.Step.IsTag ? entity.Tags : entity.Attributes;
            record.TryGet(part.Step.Name, out var value);
            if (!Agrees(part, PresenceOf(part), value))
                return false;
        }
        return true;
    }

    bool Agrees(Place place, Truth? isPresent, Value? value)
    {
        if (isPresent is { } wanted && wanted == Truth.True != value is not null)
            return false;
        if (value is null)
            return IsUnasked(place);
        var record = value as CedarRecord;
        foreach (var question in place.Questions)
        {
            if (question.Wanted is not { } answer || question.Test is PlaceTest.Has && record is not null)
                continue;
            if (Sorts.Fits(question.Test, Sorts.Of(value)) == (answer == Truth.Error))
                return false;
            if (answer == Truth.Error)
                continue;
            // What a further entity is in or has is not followed here.
            if (question.Test is PlaceTest.In or PlaceTest.Has)
            {
                _gaveUp = true;
                return false;
            }
            if (question.Test.Ask(value) != answer)
                return false;
        }
        if (value is EntityUid && !place.Parts.All(IsUnasked))
        {
            _gaveUp = true;
            return false;
        }
        return place.Parts.All(part =>
        {
            Value? inner = null;
            record?.TryGet(part.Step.Name, out inner);
            return record is null ? IsUnasked(part) : Agrees(part, PresenceOf(part), inner);
        });
    }
}

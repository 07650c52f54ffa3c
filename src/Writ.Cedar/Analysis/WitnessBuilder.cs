using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// Makes a request and a store of what was chosen for the places. What the schema requires and no condition looks at is
/// filled in with the plainest value.
/// </summary>
sealed class WitnessBuilder(
    AnalysisWorld world, EntityStore store, IReadOnlyDictionary<Place, Candidate> candidates,
    IReadOnlyDictionary<Place, Value> overrides)
{
    readonly Dictionary<EntityUid, Draft> _drafts = [];

    /// <summary>Nothing when the entities contradict each other.</summary>
    public (Request Request, EntityStore Store)? Build(PlaceMap places, EntityUid action)
    {
        var principal = (EntityUid)ValueOf(places.Principal, candidates[places.Principal])!;
        var resource = (EntityUid)ValueOf(places.Resource, candidates[places.Resource])!;
        var context = (CedarRecord)ValueOf(places.Context, candidates[places.Context])!;
        foreach (var root in places.Roots)
            if (root.Uid is not null)
                ValueOf(root, candidates[root]);
        var entities = _drafts.Select(draft => draft.Value.ToEntity(draft.Key, Shape(draft.Key.Type), this)).ToList();
        return store.With(entities).TryGetValue(out var full)
            ? (new Request(principal, action, resource, context), full)
            : null;
    }

    CedarType.Record? Shape(string type) =>
        world.Schema?.TryGetEntityType(type, out var declaration) == true ? declaration.Shape : null;

    Value? ValueOf(Place place, Candidate candidate)
    {
        if (overrides.TryGetValue(place, out var other))
        {
            // Two places are then one entity, which has what is wanted of both.
            if (other is EntityUid same && candidate.Value is EntityUid)
                AddEntity(place, same, candidate);
            return other;
        }
        if (candidate.Value is EntityUid uid)
        {
            AddEntity(place, uid, candidate);
            return uid;
        }
        if (candidate.Parts is null)
            return candidate.Value;
        var fields = new SortedDictionary<string, Value>(StringComparer.Ordinal);
        AddParts(place, candidate, fields, tags: false);
        return ToRecord(fields, place.Type as CedarType.Record);
    }

    void AddEntity(Place place, EntityUid uid, Candidate candidate)
    {
        if (store.Find(uid) is not null)
            return;
        if (!_drafts.TryGetValue(uid, out var draft))
            _drafts.Add(uid, draft = new Draft());
        AddParts(place, candidate, draft.Attributes, tags: false);
        AddParts(place, candidate, draft.Tags, tags: true);
        foreach (var parent in candidate.Parents)
            draft.Parents.Add(Reach(uid.Type, parent, place));
    }

    void AddParts(Place place, Candidate candidate, SortedDictionary<string, Value> fields, bool tags)
    {
        foreach (var part in place.Parts)
        {
            if (part.Step.IsTag != tags)
                continue;
            var chosen = candidate.Parts!.GetValueOrDefault(part.Step, Candidate.Absent);
            if (ValueOf(part, chosen) is { } value)
                fields[part.Step.Name] = value;
        }
    }

    /// <summary>The container itself, or a new entity in it where the schema wants types in between.</summary>
    EntityUid Reach(string type, EntityUid container, Place place)
    {
        var target = container;
        for (var steps = 0; steps < AnalysisLimits.ParentStepsMax; steps++)
        {
            if (world.Schema is not { } schema || !schema.TryGetEntityType(type, out var from)
                || from.Parents.Contains(target.Type))
                return target;
            var between = from.Parents.FirstOrDefault(parent => schema.IsTypeIn(parent, target.Type));
            // Going down from the container keeps every step as the schema has it.
            var last = between is null ? null : LastBefore(between, target.Type);
            if (last is null)
                return target;
            var made = new EntityUid(last, $"any {last} of {place.Name}");
            if (!_drafts.TryGetValue(made, out var draft))
                _drafts.Add(made, draft = new Draft());
            draft.Parents.Add(target);
            target = made;
        }
        return target;
    }

    string? LastBefore(string type, string containerType)
    {
        var schema = world.Schema!;
        for (var steps = 0; steps < AnalysisLimits.ParentStepsMax; steps++)
        {
            if (!schema.TryGetEntityType(type, out var declaration) || declaration.Parents.Contains(containerType))
                return type;
            if (declaration.Parents.FirstOrDefault(parent => schema.IsTypeIn(parent, containerType)) is not { } next)
                return null;
            type = next;
        }
        return null;
    }

    CedarRecord ToRecord(SortedDictionary<string, Value> fields, CedarType.Record? type)
    {
        foreach (var attribute in type?.Attributes ?? [])
            if (attribute.IsRequired && !fields.ContainsKey(attribute.Name))
                fields.Add(attribute.Name, Plain(attribute.Type));
        var record = new RecordBuilder(fields.Count);
        foreach (var (name, value) in fields)
            record.Add(name, value);
        return record.Build();
    }

    Value Plain(CedarType type) => Sorts.Of(type) switch
    {
        Sort.Bool => CedarBool.False,
        Sort.Long => new CedarLong(0),
        Sort.Entity => PlainUid(((CedarType.Entity)type).Names[0]),
        Sort.Set => CedarSet.Empty,
        Sort.Record => ToRecord(new SortedDictionary<string, Value>(StringComparer.Ordinal), (CedarType.Record)type),
        Sort.Decimal => new CedarDecimal(0),
        Sort.Ip => CedarIp.Landmarks.First(),
        Sort.Datetime => new CedarDatetime(0),
        Sort.Duration => new CedarDuration(0),
        _ => new CedarString(""),
    };

    EntityUid PlainUid(string type) => new(
        type,
        world.Schema?.TryGetEntityType(type, out var declaration) == true && declaration.IsEnum
            ? declaration.EnumIds[0]
            : "any");

    sealed class Draft
    {
        public SortedDictionary<string, Value> Attributes { get; } = new(StringComparer.Ordinal);

        public SortedDictionary<string, Value> Tags { get; } = new(StringComparer.Ordinal);

        public HashSet<EntityUid> Parents { get; } = [];

        public Entity ToEntity(EntityUid uid, CedarType.Record? shape, WitnessBuilder builder) => new(
            uid, builder.ToRecord(Attributes, shape), [.. Parents], builder.ToRecord(Tags, null));
    }
}

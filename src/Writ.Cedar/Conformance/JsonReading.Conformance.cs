using System.Collections.Immutable;
using System.Text.Json;

namespace Writ.Cedar;

/// <summary>
/// Entities and records read by their schema. Where an entity is due, <c>{type, id}</c> is one without <c>__entity</c>;
/// where a value of an extension type is due, <c>{fn, arg}</c> or only the text is one without <c>__extn</c>. What
/// does not conform is refused where it stands.
/// </summary>
sealed partial class JsonReading
{
    public static ParseResult<CedarRecord> ReadRecord(
        string json, string? fileName, CedarSchema schema, CedarType.Record type) =>
        Read(json, fileName, (reading, root) => reading.ReadRecord(root, type), schema: schema);

    public static ParseResult<CedarRecord> ReadRecord(
        ReadOnlyMemory<byte> json, string? fileName, CedarSchema schema, CedarType.Record type) =>
        Read(json, fileName, (reading, root) => reading.ReadRecord(root, type), schema: schema);

    Entity? ReadEntity(
        CedarSchema schema, EntityUid uid, JsonElement uidPart, JsonElement attrsPart, JsonElement parentsPart,
        JsonElement? tagsPart)
    {
        _here = uidPart;
        if (!schema.TryGetEntityType(uid.Type, out var type))
        {
            var hint = new Suggestions().For(uid.Type, schema, schema.EntityTypes.Select(known => known.Name));
            return Fail<Entity>(
                "an entity type that the schema declares" + (hint is null ? "" : $" ({hint})"), uid.ToString(),
                "cedar.entity.type");
        }
        if (!Conforms(ValueConformance.Find(schema, uid), uidPart))
            return null;
        if (In(".attrs", attrsPart, part => ReadRecord(part, type.Shape)) is not { } attributes
            || Items(".parents", parentsPart, "an array of entities", part => ReadParent(schema, type, part))
                is not { } parents)
            return null;
        CedarRecord? tags = null;
        if (tagsPart is { } written && (tags = In(".tags", written, part => ReadTags(type, part))) is null)
            return null;
        return new Entity(uid, attributes, parents, tags);
    }

    EntityUid? ReadParent(CedarSchema schema, EntityTypeDeclaration type, JsonElement element) =>
        Uid(element) is { } uid && Conforms(schema.FindParentFault(type, uid), element) ? uid : null;

    CedarRecord? ReadTags(EntityTypeDeclaration type, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return Fail<CedarRecord>("an object with a value for each tag", element);
        var tags = new RecordBuilder();
        foreach (var member in element.EnumerateObject())
        {
            _here = member.Value;
            if (type.Tags is not { } tagType)
                return Fail<CedarRecord>($"no tags, as {type.Name} has none", Shown(member.Name), "cedar.entity.tag");
            if (In(Step(member.Name), member.Value, part => ReadValue(part, tagType)) is not { } value)
                return null;
            if (!tags.TryAdd(member.Name, value))
                return Fail<CedarRecord>("each tag once", $"{Shown(member.Name)} again");
        }
        return tags.Build();
    }

    Value? ReadValue(JsonElement element, CedarType type)
    {
        _here = element;
        var value = type switch
        {
            CedarType.Entity => Uid(element),
            CedarType.Extension extension => ReadExtension(element, extension),
            CedarType.Set set => ReadSet(element, set.Element),
            CedarType.Record record => ReadRecord(element, record),
            _ => ReadValue(element),
        };
        // What is in sets and records was looked at where it stands.
        var isSeen = value is null || type is CedarType.Set or CedarType.Record;
        return isSeen || Conforms(ValueConformance.Find(_schema!, value!, type), element) ? value : null;
    }

    Value? ReadExtension(JsonElement element, CedarType.Extension type)
    {
        if (element.ValueKind == JsonValueKind.Object)
            return ReadCall(OnlyMember(element, "__extn") ?? element);
        if (element.ValueKind != JsonValueKind.String)
            return Fail<Value>($"a value of type {type}", element);
        var constructor = BuiltinTypes.ConstructorOf(type);
        return ExtensionCall.Apply(constructor, new CedarString(element.GetString()!), null).Value
            ?? Fail<Value>($"a value of type {type}", Shown(element.GetString()!));
    }

    CedarSet? ReadSet(JsonElement element, CedarType type)
    {
        if (element.ValueKind != JsonValueKind.Array)
            return Fail<CedarSet>("an array, for a set", element);
        var values = new List<Value>(element.GetArrayLength());
        foreach (var item in element.EnumerateArray())
        {
            if (In($"[{values.Count}]", item, part => ReadValue(part, type)) is not { } value)
                return null;
            values.Add(value);
        }
        return CedarSet.Of(values);
    }

    CedarRecord? ReadRecord(JsonElement element, CedarType.Record type)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return Fail<CedarRecord>("an object, for a record", element);
        var record = new RecordBuilder();
        foreach (var member in element.EnumerateObject())
        {
            if (type.Find(member.Name) is not { } attribute)
            {
                Conforms(ValueConformance.Unexpected(member.Name), member.Value);
                return null;
            }
            if (In(Step(member.Name), member.Value, part => ReadValue(part, attribute.Type)) is not { } value)
                return null;
            if (!record.TryAdd(member.Name, value))
                return Fail<CedarRecord>("each attribute once", $"{Shown(member.Name)} again");
        }
        var read = record.Build();
        foreach (var attribute in type.Attributes)
        {
            if (!attribute.IsRequired || read.TryGet(attribute.Name, out _))
                continue;
            Conforms(ValueConformance.Missing(attribute), element);
            return null;
        }
        return read;
    }

    bool Conforms(Mismatch? mismatch, JsonElement element)
    {
        if (mismatch is null)
            return true;
        _here = element;
        Fail<object>(mismatch.Expected, mismatch.Found, mismatch.Code);
        return false;
    }
}

using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Writ.Cedar;

/// <summary>Cedar's JSON schema format: an object of namespaces, the one without a name under an empty one.</summary>
sealed partial class JsonReading
{
    public static ParseResult<List<NamespaceSyntax>> ReadSchema(string json, string? fileName) =>
        SourceText.IndexOfUnpairedSurrogate(json) >= 0
            ? NotUnicode<List<NamespaceSyntax>>(fileName)
            : ReadSchema(Encoding.UTF8.GetBytes(json), fileName);

    public static ParseResult<List<NamespaceSyntax>> ReadSchema(ReadOnlyMemory<byte> json, string? fileName) =>
        json.Length > CedarLimits.SchemaJsonBytesMax
            ? Failed<List<NamespaceSyntax>>(
                "cedar.limit.source", default, $"at most {CedarLimits.SchemaJsonBytesMax} bytes", $"{json.Length}",
                fileName)
            : Read(json, fileName, static (reading, root) => reading.Namespaces(root), CedarLimits.SchemaJsonDepthMax);

    List<NamespaceSyntax>? Namespaces(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return Fail<List<NamespaceSyntax>>("an object with a definition for each namespace", root);
        var namespaces = new List<NamespaceSyntax>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in root.EnumerateObject())
        {
            _here = member.Value;
            _path.Add(Step(member.Name));
            if (member.Name.Length > 0 && !Names.IsEntityType(member.Name))
                return Fail<List<NamespaceSyntax>>("the name of a namespace", Shown(member.Name));
            if (!names.Add(member.Name))
                return Fail<List<NamespaceSyntax>>("each namespace once", "it again");
            if (ReadNamespace(member.Name, member.Value) is not { } read)
                return null;
            namespaces.Add(read);
            Leave();
        }
        return namespaces;
    }

    NamespaceSyntax? ReadNamespace(string name, JsonElement element)
    {
        const string Expected = "a namespace with entityTypes, actions and perhaps commonTypes and annotations";
        if (Members(element, Expected, "entityTypes", "actions", "commonTypes", "annotations") is not { } members)
            return null;
        if (members is not [{ } entityTypes, { } actions, var commonTypes, var annotations])
            return Fail<NamespaceSyntax>(Expected, "an object without one of them");
        var builder = new NamespaceBuilder(
            name, _json.Source, _json.OffsetOf(element),
            (code, offset, expected, found) => _error ??= _json.Source.ErrorAt(offset, code, expected, found));
        if (annotations is { } written)
        {
            _here = written;
            if (name.Length == 0)
                return Fail<NamespaceSyntax>("no annotations where there is no namespace", "some");
            if (AnnotationsOf(written) is not { } read)
                return null;
            builder.Annotations = read;
        }
        var isRead = (commonTypes is null || Declared(".commonTypes", commonTypes.Value, builder.Add, ReadCommonType))
            && Declared(".entityTypes", entityTypes, builder.Add, ReadEntityType)
            && Declared(".actions", actions, builder.Add, ReadAction, areNamesFree: true);
        return isRead ? builder.Build() : null;
    }

    bool Declared<T>(
        string step, JsonElement element, Action<T> add, Func<string, JsonElement, T?> read, bool areNamesFree = false)
        where T : class
    {
        _path.Add(step);
        if (element.ValueKind != JsonValueKind.Object)
            return Fail<T>("an object with a declaration for each name", element) is not null;
        foreach (var member in element.EnumerateObject())
        {
            _here = member.Value;
            _path.Add(Step(member.Name));
            if (!areNamesFree && !Names.IsDeclarable(member.Name))
                Fail<T>("an identifier that is not reserved", Shown(member.Name));
            else if (read(member.Name, member.Value) is { } declaration)
                add(declaration);
            if (_error is not null)
                return false;
            Leave();
        }
        Leave();
        return true;
    }

    CommonTypeSyntax? ReadCommonType(string name, JsonElement element)
    {
        const string Expected = "a type, perhaps with annotations";
        if (MembersOfType(element, Expected, "annotations") is not { } members
            || OptionalAnnotations(members[^1]) is not { } annotations || TypeOf(element, members) is not { } type)
            return null;
        return new CommonTypeSyntax(name, type, annotations, _json.OffsetOf(element));
    }

    EntityTypeSyntax? ReadEntityType(string name, JsonElement element)
    {
        const string Expected = "an entity type with memberOfTypes, shape, tags or enum, and annotations";
        if (Members(element, Expected, "memberOfTypes", "shape", "tags", "enum", "annotations") is not { } members
            || OptionalAnnotations(members[4]) is not { } annotations)
            return null;
        var type = new EntityTypeSyntax(name, [], null, null, [], annotations, _json.OffsetOf(element));
        if (members[3] is { } ids)
            return members is [null, null, null, ..]
                ? ReadEnum(type, ids)
                : Fail<EntityTypeSyntax>("nothing besides enum and annotations", "more");
        if (members[0] is { } parents)
        {
            if (TypeNames(".memberOfTypes", parents) is not { } listed)
                return null;
            type = type with { Parents = listed };
        }
        if (members[1] is { } shape && (type = type with { Shape = In(".shape", shape, TypeOf) }).Shape is null)
            return null;
        if (members[2] is { } tags && (type = type with { Tags = In(".tags", tags, TypeOf) }).Tags is null)
            return null;
        return type;
    }

    EntityTypeSyntax? ReadEnum(EntityTypeSyntax type, JsonElement ids)
    {
        if (Items(".enum", ids, "an array of ids", Text) is not { } read)
            return null;
        return read.IsEmpty
            ? Fail<EntityTypeSyntax>("at least one id in enum", ids)
            : type with { EnumIds = read };
    }

    ActionSyntax? ReadAction(string name, JsonElement element)
    {
        const string Expected = "an action with appliesTo, memberOf and annotations, all optional";
        if (Members(element, Expected, "appliesTo", "memberOf", "annotations", "attributes") is not { } members
            || OptionalAnnotations(members[2]) is not { } annotations)
            return null;
        if (Present(members[3]) is { } attributes)
            return Fail<ActionSyntax>("an action without attributes, which Cedar does not have", attributes);
        AppliesToSyntax? appliesTo = null;
        if (Present(members[0]) is { } applied && (appliesTo = In(".appliesTo", applied, ReadAppliesTo)) is null)
            return null;
        ImmutableArray<ActionReference>? groups = null;
        if (Present(members[1]) is { } containers)
        {
            if (Items(".memberOf", containers, "an array of actions", GroupOf) is not { } read)
                return null;
            groups = read;
        }
        return new ActionSyntax(name, groups, appliesTo, annotations, _json.OffsetOf(element));
    }

    AppliesToSyntax? ReadAppliesTo(JsonElement element)
    {
        const string Expected = "principalTypes, resourceTypes and perhaps context";
        if (Members(element, Expected, "principalTypes", "resourceTypes", "context") is not { } members)
            return null;
        if (members is not [{ } principals, { } resources, var context])
            return Fail<AppliesToSyntax>(Expected, "an object without one of them");
        if (TypeNames(".principalTypes", principals) is not { } principalTypes
            || TypeNames(".resourceTypes", resources) is not { } resourceTypes)
            return null;
        TypeSyntax? type = null;
        if (context is { } written && (type = In(".context", written, TypeOf)) is null)
            return null;
        return new AppliesToSyntax(principalTypes, resourceTypes, type);
    }

    ActionReference? GroupOf(JsonElement element)
    {
        if (Members(element, "an action with id and perhaps type", "id", "type") is not { } members)
            return null;
        if (members[0] is not { } idText)
            return Fail<ActionReference>("an action with id and perhaps type", "an object without id");
        if (In(".id", idText, Text) is not { } id)
            return null;
        string? type = null;
        if (Present(members[1]) is { } typeText && (type = In(".type", typeText, TypeNameOf)) is null)
            return null;
        return new ActionReference(type, id, _json.OffsetOf(element));
    }

    ImmutableArray<NameSyntax>? TypeNames(string step, JsonElement element) => Items(
        step, element, "an array of entity types",
        part => TypeNameOf(part) is { } name ? new NameSyntax(name, _json.OffsetOf(part)) : null);

    string? TypeNameOf(JsonElement element)
    {
        if (Text(element) is not { } name)
            return null;
        return Names.IsTypeName(name) ? name : Fail<string>("the name of a type", Shown(name));
    }

    TypeSyntax? TypeOf(JsonElement element) => MembersOfType(element, "a type") is { } members
        ? TypeOf(element, members)
        : null;

    /// <summary>
    /// The members type, element, attributes, additionalAttributes and name of a type, and those that stand beside them
    /// in the same object.
    /// </summary>
    JsonElement?[]? MembersOfType(JsonElement element, string expected, params ReadOnlySpan<string> more) =>
        Members(element, expected, ["type", "element", "attributes", "additionalAttributes", "name", .. more]);

    TypeSyntax? TypeOf(JsonElement element, JsonElement?[] members)
    {
        if (members[0] is not { } kindText)
            return Fail<TypeSyntax>("a type with the member type", "an object without");
        if (In(".type", kindText, Text) is not { } kind)
            return null;
        var allowed = kind switch
        {
            "Set" => "element",
            "Record" => "attributes",
            "Entity" or "EntityOrCommon" or "Extension" => "name",
            _ => "",
        };
        if ((members[1] is not null && allowed != "element") || (members[4] is not null && allowed != "name")
            || ((members[2] ?? members[3]) is not null && allowed != "attributes"))
            return Fail<TypeSyntax>(allowed.Length == 0 ? $"nothing besides the type {Shown(kind)}" : allowed, "more");
        var offset = _json.OffsetOf(element);
        return (kind, members) switch
        {
            ("Set", [_, { } inner, ..]) => In(".element", inner, TypeOf) is { } elementType
                ? new TypeSyntax.SetOf(elementType, offset)
                : null,
            ("Record", [_, _, { } attributes, var additional, ..]) => RecordOf(attributes, additional, offset),
            ("Entity" or "EntityOrCommon" or "Extension", [_, _, _, _, { } name, ..]) => NamedOf(kind, name, offset),
            ("Set" or "Record" or "Entity" or "EntityOrCommon" or "Extension", _) =>
                Fail<TypeSyntax>($"{allowed} beside the type {Shown(kind)}", "an object without"),
            ("Boolean", _) => new TypeSyntax.Named("Bool", TypeNameKind.Primitive, offset),
            ("Long" or "String", _) => new TypeSyntax.Named(kind, TypeNameKind.Primitive, offset),
            _ => Names.IsTypeName(kind)
                ? new TypeSyntax.Named(kind, TypeNameKind.Common, offset)
                : Fail<TypeSyntax>("the name of a type", Shown(kind)),
        };
    }

    TypeSyntax.Named? NamedOf(string kind, JsonElement element, int offset)
    {
        if (In(".name", element, TypeNameOf) is not { } name)
            return null;
        if (kind == "Extension" && !BuiltinTypes.IsExtension(name))
            return Fail<TypeSyntax.Named>("decimal, ipaddr, datetime or duration", Shown(name));
        var nameKind = kind switch
        {
            "Entity" => TypeNameKind.Entity,
            "Extension" => TypeNameKind.Extension,
            _ => TypeNameKind.EntityOrCommon,
        };
        return new TypeSyntax.Named(name, nameKind, offset);
    }

    TypeSyntax.Record? RecordOf(JsonElement attributes, JsonElement? additional, int offset)
    {
        // Open records are an experiment of the official implementation that nobody can switch on here.
        if (additional is { ValueKind: not JsonValueKind.False } open)
            return Fail<TypeSyntax.Record>("additionalAttributes: false, for records are closed", open);
        _path.Add(".attributes");
        if (attributes.ValueKind != JsonValueKind.Object)
            return Fail<TypeSyntax.Record>("an object with a type for each attribute", attributes);
        var list = ImmutableArray.CreateBuilder<AttributeSyntax>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in attributes.EnumerateObject())
        {
            _here = member.Value;
            _path.Add(Step(member.Name));
            if (!seen.Add(member.Name))
                return Fail<TypeSyntax.Record>("each attribute once", "it again");
            if (AttributeOf(member.Name, member.Value) is not { } attribute)
                return null;
            list.Add(attribute);
            Leave();
        }
        Leave();
        return new TypeSyntax.Record(list.DrainToImmutable(), offset);
    }

    AttributeSyntax? AttributeOf(string name, JsonElement element)
    {
        const string Expected = "a type, perhaps with required and annotations";
        if (MembersOfType(element, Expected, "required", "annotations") is not { } members
            || OptionalAnnotations(members[6]) is not { } annotations)
            return null;
        if (members[5] is { ValueKind: not (JsonValueKind.True or JsonValueKind.False) } required)
            return Fail<AttributeSyntax>("true or false as required", required);
        return TypeOf(element, members) is { } type
            ? new AttributeSyntax(
                name, type, members[5]?.ValueKind != JsonValueKind.False, annotations, _json.OffsetOf(element))
            : null;
    }

    ImmutableArray<(string Name, string? Value)>? OptionalAnnotations(JsonElement? element) =>
        element is { } written ? AnnotationsOf(written) : [];

    // The format takes null for a member that is left out, at the members of actions only.
    static JsonElement? Present(JsonElement? element) =>
        element is { ValueKind: not JsonValueKind.Null } ? element : null;
}

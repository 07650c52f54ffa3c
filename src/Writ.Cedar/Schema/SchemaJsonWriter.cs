using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Writ.Cedar;

/// <summary>Writes a schema in the JSON format, names as they are written in it.</summary>
sealed class SchemaJsonWriter
{
    readonly Utf8JsonWriter _json;

    SchemaJsonWriter(Utf8JsonWriter json) => _json = json;

    // What is declared together is written once for each name, so a small text can have a large form.
    bool IsWithinLimit => _json.BytesCommitted + _json.BytesPending <= CedarLimits.SchemaJsonBytesMax;

    /// <summary>The JSON text, or nothing when it would be over its limit.</summary>
    public static string? Write(IEnumerable<NamespaceSyntax> namespaces)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(bytes);
        var writer = new SchemaJsonWriter(json);
        json.WriteStartObject();
        foreach (var space in namespaces)
            if (!writer.TryWrite(space))
                return null;
        json.WriteEndObject();
        json.Flush();
        return writer.IsWithinLimit ? Encoding.UTF8.GetString(bytes.WrittenSpan) : null;
    }

    bool TryWrite(NamespaceSyntax space)
    {
        _json.WriteStartObject(space.Name);
        if (!space.CommonTypes.IsEmpty
            && !TryWriteAll("commonTypes", space.CommonTypes, type => type.Name, WriteCommonType))
            return false;
        if (!TryWriteAll("entityTypes", space.EntityTypes, type => type.Name, WriteEntityType)
            || !TryWriteAll("actions", space.Actions, action => action.Name, WriteAction))
            return false;
        WriteAnnotations(space.Annotations);
        _json.WriteEndObject();
        return true;
    }

    bool TryWriteAll<T>(string name, ImmutableArray<T> declarations, Func<T, string> nameOf, Action<T> write)
    {
        _json.WriteStartObject(name);
        foreach (var declaration in declarations)
        {
            _json.WriteStartObject(nameOf(declaration));
            write(declaration);
            _json.WriteEndObject();
            if (!IsWithinLimit)
                return false;
        }
        _json.WriteEndObject();
        return true;
    }

    void WriteCommonType(CommonTypeSyntax type)
    {
        WriteTypeMembers(type.Type);
        WriteAnnotations(type.Annotations);
    }

    void WriteEntityType(EntityTypeSyntax type)
    {
        if (!type.EnumIds.IsEmpty)
            WriteTexts("enum", type.EnumIds);
        if (!type.Parents.IsEmpty)
            WriteTexts("memberOfTypes", type.Parents.Select(parent => parent.Text));
        if (type.Shape is { IsEmptyRecord: false } shape)
            WriteType("shape", shape);
        if (type.Tags is not null)
            WriteType("tags", type.Tags);
        WriteAnnotations(type.Annotations);
    }

    void WriteAction(ActionSyntax action)
    {
        if (action.AppliesTo is { } appliesTo)
        {
            _json.WriteStartObject("appliesTo");
            WriteTexts("principalTypes", appliesTo.Principals.Select(type => type.Text));
            WriteTexts("resourceTypes", appliesTo.Resources.Select(type => type.Text));
            if (appliesTo.Context is { IsEmptyRecord: false } context)
                WriteType("context", context);
            _json.WriteEndObject();
        }
        if (action.Groups is { } groups)
        {
            _json.WriteStartArray("memberOf");
            foreach (var group in groups)
            {
                _json.WriteStartObject();
                _json.WriteString("id", group.Id);
                if (group.Type is not null)
                    _json.WriteString("type", group.Type);
                _json.WriteEndObject();
            }
            _json.WriteEndArray();
        }
        WriteAnnotations(action.Annotations);
    }

    void WriteType(string name, TypeSyntax type)
    {
        _json.WriteStartObject(name);
        WriteTypeMembers(type);
        _json.WriteEndObject();
    }

    void WriteTypeMembers(TypeSyntax type)
    {
        switch (type)
        {
            case TypeSyntax.SetOf set:
                _json.WriteString("type", "Set");
                WriteType("element", set.Element);
                break;
            case TypeSyntax.Record record:
                _json.WriteString("type", "Record");
                _json.WriteStartObject("attributes");
                foreach (var attribute in record.Attributes)
                {
                    _json.WriteStartObject(attribute.Name);
                    WriteTypeMembers(attribute.Type);
                    WriteAnnotations(attribute.Annotations);
                    if (!attribute.IsRequired)
                        _json.WriteBoolean("required", false);
                    _json.WriteEndObject();
                }
                _json.WriteEndObject();
                break;
            case TypeSyntax.Named { Kind: TypeNameKind.Common } named:
                _json.WriteString("type", named.Name);
                break;
            case TypeSyntax.Named { Kind: TypeNameKind.Primitive } named:
                _json.WriteString("type", named.Name == "Bool" ? "Boolean" : named.Name);
                break;
            case TypeSyntax.Named named:
                _json.WriteString("type", named.Kind.ToString());
                _json.WriteString("name", named.Name);
                break;
        }
    }

    void WriteTexts(string name, IEnumerable<string> texts)
    {
        _json.WriteStartArray(name);
        foreach (var text in texts)
            _json.WriteStringValue(text);
        _json.WriteEndArray();
    }

    void WriteAnnotations(ImmutableArray<(string Name, string? Value)> annotations)
    {
        if (annotations.IsEmpty)
            return;
        _json.WriteStartObject("annotations");
        foreach (var (name, value) in annotations)
            _json.WriteString(name, value ?? "");
        _json.WriteEndObject();
    }
}

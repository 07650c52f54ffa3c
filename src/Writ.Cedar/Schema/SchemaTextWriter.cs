using System.Collections.Immutable;
using System.Text;

namespace Writ.Cedar;

/// <summary>
/// Writes a schema in the text format, two spaces for each level. The text format cannot say everything: whether a name
/// means a common type or an entity type follows from the declarations there, an entity type has no common type as its
/// shape, and an action that misses principals or resources has no context.
/// </summary>
sealed class SchemaTextWriter
{
    readonly StringBuilder _text = new();
    readonly SchemaNames _names;
    readonly List<ParseError> _errors = [];
    NamespaceSyntax _space;

    SchemaTextWriter(IReadOnlyList<NamespaceSyntax> namespaces)
    {
        _names = new SchemaNames(namespaces);
        _space = namespaces[0];
    }

    public static ParseResult<string> Write(IReadOnlyList<NamespaceSyntax> namespaces)
    {
        if (namespaces.Count == 0)
            return new ParseResult<string>("");
        var writer = new SchemaTextWriter(namespaces);
        foreach (var space in namespaces)
            writer.WriteNamespace(space);
        return writer._errors.Count > 0
            ? new ParseResult<string>(writer._errors)
            : new ParseResult<string>(writer._text.ToString());
    }

    void WriteNamespace(NamespaceSyntax space)
    {
        _space = space;
        var indent = "";
        if (space.Name.Length > 0)
        {
            StartItem("");
            WriteAnnotations(space.Annotations, "");
            _text.Append("namespace ").Append(space.Name).Append(" {\n");
            indent = "  ";
        }
        foreach (var type in space.CommonTypes.TakeWhile(_ => !IsOverLimit))
            WriteCommonType(type, indent);
        foreach (var type in space.EntityTypes.TakeWhile(_ => !IsOverLimit))
            WriteEntityType(type, indent);
        foreach (var action in space.Actions.TakeWhile(_ => !IsOverLimit))
            WriteAction(action, indent);
        if (space.Name.Length > 0)
            _text.Append("}\n");
    }

    // An empty line between items, none behind an opening brace.
    void StartItem(string indent)
    {
        if (_text.Length > 0 && !(indent.Length > 0 && _text[^2] == '{'))
            _text.Append('\n');
    }

    void WriteCommonType(CommonTypeSyntax type, string indent)
    {
        StartDeclaration(type.Annotations, indent);
        _text.Append("type ").Append(type.Name).Append(" = ");
        WriteType(type.Type, indent);
        EndDeclaration();
    }

    void WriteEntityType(EntityTypeSyntax type, string indent)
    {
        StartDeclaration(type.Annotations, indent);
        _text.Append("entity ").Append(type.Name);
        if (!type.EnumIds.IsEmpty)
        {
            _text.Append(" enum ");
            WriteList(type.EnumIds, id => Escapes.Quote(_text, id));
        }
        if (!type.Parents.IsEmpty)
        {
            _text.Append(" in ");
            WriteList(type.Parents, parent => _text.Append(parent.Text));
        }
        if (type.Shape is TypeSyntax.Named shape)
            Refuse(shape.Offset, "a record as the attributes of an entity type", $"'{shape.Name}'");
        else if (type.Shape is { IsEmptyRecord: false } record)
        {
            _text.Append(" = ");
            WriteType(record, indent);
        }
        if (type.Tags is not null)
        {
            _text.Append(" tags ");
            WriteType(type.Tags, indent);
        }
        EndDeclaration();
    }

    void WriteAction(ActionSyntax action, string indent)
    {
        StartDeclaration(action.Annotations, indent);
        _text.Append("action ");
        Escapes.Quote(_text, action.Name);
        if (action.Groups is { IsEmpty: false } groups)
        {
            _text.Append(" in ");
            WriteList(groups, WriteGroup);
        }
        if (action.AppliesTo is { Principals.IsEmpty: false, Resources.IsEmpty: false } appliesTo)
        {
            var inner = indent + "  ";
            _text.Append(" appliesTo {\n").Append(inner).Append("principal: ");
            WriteList(appliesTo.Principals, type => _text.Append(type.Text));
            _text.Append(",\n").Append(inner).Append("resource: ");
            WriteList(appliesTo.Resources, type => _text.Append(type.Text));
            if (appliesTo.Context is { IsEmptyRecord: false } context)
            {
                _text.Append(",\n").Append(inner).Append("context: ");
                if (context is TypeSyntax.SetOf)
                    Refuse(context.Offset, "a record or a common type as the context", "a set");
                WriteContext(context, inner);
            }
            _text.Append('\n').Append(indent).Append('}');
        }
        EndDeclaration();
    }

    void WriteGroup(ActionReference group)
    {
        if (group.Type is not null)
            _text.Append(group.Type).Append("::");
        Escapes.Quote(_text, group.Id);
    }

    // The text format has only common types here, so nothing can be mistaken for one.
    void WriteContext(TypeSyntax context, string indent)
    {
        if (context is TypeSyntax.Named named)
            WriteName(named, TypeNameKind.Common);
        else
            WriteType(context, indent);
    }

    void WriteType(TypeSyntax type, string indent)
    {
        switch (type)
        {
            case TypeSyntax.SetOf set:
                _text.Append("Set<");
                WriteType(set.Element, indent);
                _text.Append('>');
                break;
            case TypeSyntax.Record { Attributes.IsEmpty: true }:
                _text.Append("{}");
                break;
            case TypeSyntax.Record record:
                WriteRecord(record, indent);
                break;
            case TypeSyntax.Named named:
                WriteName(named, TypeNameKind.EntityOrCommon);
                break;
        }
    }

    void WriteRecord(TypeSyntax.Record record, string indent)
    {
        var inner = indent + "  ";
        _text.Append("{\n");
        for (var i = 0; i < record.Attributes.Length; i++)
        {
            var attribute = record.Attributes[i];
            WriteAnnotations(attribute.Annotations, inner);
            _text.Append(inner);
            if (Names.IsDeclarable(attribute.Name))
                _text.Append(attribute.Name);
            else
                Escapes.Quote(_text, attribute.Name);
            _text.Append(attribute.IsRequired ? ": " : "?: ");
            WriteType(attribute.Type, inner);
            _text.Append(i + 1 < record.Attributes.Length ? ",\n" : "\n");
        }
        _text.Append(indent).Append('}');
    }

    void WriteName(TypeSyntax.Named named, TypeNameKind place)
    {
        var written = named.Kind is TypeNameKind.Primitive or TypeNameKind.Extension
            ? $"{Names.Builtins}::{named.Name}"
            : named.Name;
        var meant = _names.Find(_space, named.Name, named.Kind);
        if (meant is not null && _names.Find(_space, written, place) != meant)
            Refuse(named.Offset, $"a name that means the {Describe(meant.Value)} in the text format", $"'{written}'");
        _text.Append(written);
    }

    static string Describe(TypeMeaning meaning) =>
        meaning.IsCommon ? $"common type '{meaning.Name}'" : $"entity type '{meaning.Name}'";

    void WriteList<T>(ImmutableArray<T> items, Action<T> write)
    {
        _text.Append('[');
        for (var i = 0; i < items.Length; i++)
        {
            _text.Append(i == 0 ? "" : ", ");
            write(items[i]);
        }
        _text.Append(']');
    }

    void WriteAnnotations(ImmutableArray<(string Name, string? Value)> annotations, string indent)
    {
        foreach (var (name, value) in annotations)
        {
            _text.Append(indent).Append('@').Append(name);
            if (value is not null)
            {
                _text.Append('(');
                Escapes.Quote(_text, value);
                _text.Append(')');
            }
            _text.Append('\n');
        }
    }

    // What is declared together is written once for each name, so a small document can have a large text.
    bool IsOverLimit => _text.Length > CedarLimits.SourceBytesMax;

    void StartDeclaration(ImmutableArray<(string Name, string? Value)> annotations, string indent)
    {
        StartItem(indent);
        WriteAnnotations(annotations, indent);
        _text.Append(indent);
    }

    void EndDeclaration()
    {
        _text.Append(";\n");
        if (IsOverLimit && _errors.Count == 0)
            _errors.Add(_space.Source.ErrorAt(
                _space.Offset, "cedar.limit.source",
                FormattableString.Invariant($"at most {CedarLimits.SourceBytesMax} characters of text"), "more"));
    }

    void Refuse(int offset, string expected, string found)
    {
        if (_errors.Count < CedarLimits.ErrorsMax)
            _errors.Add(_space.Source.ErrorAt(offset, "cedar.schema.not-expressible", expected, found));
    }
}

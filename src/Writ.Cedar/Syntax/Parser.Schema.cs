using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// The schema half: the text format of Cedar 4.5's schemas. A declaration with an error is given up and reading goes on
/// behind its semicolon.
/// </summary>
sealed partial class Parser
{
    /// <summary>The namespaces of a schema, what stands in none last, or nothing when there is any error.</summary>
    public ImmutableArray<NamespaceSyntax>? ParseSchema()
    {
        var namespaces = ImmutableArray.CreateBuilder<NamespaceSyntax>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var loose = new NamespaceBuilder("", _source, 0, Report);
        while (_errors.Count < CedarLimits.ErrorsMax && Current.Kind != TokenKind.End)
        {
            // Behind an error a brace may be left that closes nothing.
            if (_errors.Count > 0 && Accept(TokenKind.RightBrace))
                continue;
            if (ParseAnnotations() is not { } annotations)
                SkipPolicy();
            else if (!AcceptWord("namespace"))
                ParseDeclaration(loose, annotations, "'namespace', 'entity', 'action' or 'type'");
            else if (ParseNamespace(annotations, names) is { } read)
                namespaces.Add(read);
        }
        if (!loose.IsEmpty)
            namespaces.Add(loose.Build());
        return _errors.Count == 0 ? namespaces.DrainToImmutable() : null;
    }

    NamespaceSyntax? ParseNamespace(
        ImmutableArray<(string Name, string? Value)> annotations, HashSet<string> names)
    {
        var start = Current.Start;
        if (ParsePath("the name of a namespace") is not { } name)
        {
            SkipPolicy();
            return null;
        }
        if (Names.HasBuiltins(name.Text))
            Report("cedar.schema.reserved", start, "a name without '__cedar'", $"'{name.Text}'");
        else if (!names.Add(name.Text))
            Report("cedar.schema.duplicate", start, "each namespace once", $"'{name.Text}' again");
        var builder = new NamespaceBuilder(name.Text, _source, start, Report) { Annotations = annotations };
        if (!Expect(TokenKind.LeftBrace, "'::' or '{'"))
        {
            SkipPolicy();
            return null;
        }
        while (_errors.Count < CedarLimits.ErrorsMax && !Accept(TokenKind.RightBrace))
        {
            if (Current.Kind == TokenKind.End)
            {
                if (_errors.Count == 0)
                    Fail("'entity', 'action', 'type' or '}'");
                return null;
            }
            if (ParseAnnotations() is { } inner)
                ParseDeclaration(builder, inner, "'entity', 'action', 'type' or '}'");
            else
                SkipPolicy();
        }
        return builder.Build();
    }

    void ParseDeclaration(
        NamespaceBuilder into, ImmutableArray<(string Name, string? Value)> annotations, string expected)
    {
        bool isWhole;
        if (AcceptWord("entity"))
            isWhole = ParseEntityTypes(into, annotations);
        else if (AcceptWord("action"))
            isWhole = ParseActions(into, annotations);
        else if (AcceptWord("type"))
            isWhole = ParseCommonType(into, annotations);
        else
            isWhole = Fail<object>(expected) is not null;
        if (!isWhole)
            SkipPolicy();
    }

    bool ParseCommonType(NamespaceBuilder into, ImmutableArray<(string Name, string? Value)> annotations)
    {
        if (ParseSchemaWord("the name of the type") is not { } name || !Expect(TokenKind.Equal, "'='")
            || ParseType() is not { } type || !Expect(TokenKind.Semicolon, "';'"))
            return false;
        into.Add(new CommonTypeSyntax(name.Text, type, annotations, name.Offset));
        return true;
    }

    bool ParseEntityTypes(NamespaceBuilder into, ImmutableArray<(string Name, string? Value)> annotations)
    {
        if (ParseList(() => ParseSchemaWord("the name of an entity type")) is not { } names)
            return false;
        var type = AcceptWord("enum")
            ? ParseEnum(annotations)
            : ParseStandardEntityType(annotations);
        if (type is null || !Expect(TokenKind.Semicolon, type.EnumIds.IsEmpty ? "'tags' or ';'" : "';'"))
            return false;
        foreach (var name in names)
            into.Add(type with { Name = name.Text, Offset = name.Offset });
        return true;
    }

    EntityTypeSyntax? ParseEnum(ImmutableArray<(string Name, string? Value)> annotations)
    {
        if (!Expect(TokenKind.LeftBracket, "'['") || ParseList(ParseQuoted) is not { } ids
            || !Expect(TokenKind.RightBracket, "',' or ']'"))
            return null;
        return new EntityTypeSyntax("", [], null, null, [.. ids.Select(id => id.Text)], annotations, 0);
    }

    EntityTypeSyntax? ParseStandardEntityType(ImmutableArray<(string Name, string? Value)> annotations)
    {
        var parents = ImmutableArray<NameSyntax>.Empty;
        if (AcceptWord("in"))
        {
            if (ParseEntityTypeList() is not { } listed)
                return null;
            parents = listed;
        }
        TypeSyntax? shape = null;
        if (Accept(TokenKind.Equal) || Current.Kind == TokenKind.LeftBrace)
        {
            if (ParseRecordType() is not { } record)
                return null;
            shape = record;
        }
        TypeSyntax? tags = null;
        if (AcceptWord("tags") && (tags = ParseType()) is null)
            return null;
        return new EntityTypeSyntax("", parents, shape, tags, [], annotations, 0);
    }

    bool ParseActions(NamespaceBuilder into, ImmutableArray<(string Name, string? Value)> annotations)
    {
        if (ParseList(() => ParseMemberName("the name of an action")) is not { } names)
            return false;
        ImmutableArray<ActionReference>? groups = null;
        if (AcceptWord("in") && (groups = ParseGroups()) is null)
            return false;
        AppliesToSyntax? appliesTo = AppliesToSyntax.Nothing;
        if (AcceptWord("appliesTo") && (appliesTo = ParseAppliesTo(names[0])) is null)
            return false;
        // Action attributes were planned once; the empty list is still in the grammar.
        if (AcceptWord("attributes")
            && (!Expect(TokenKind.LeftBrace, "'{'") || !Expect(TokenKind.RightBrace, "'}'")))
            return false;
        if (!Expect(TokenKind.Semicolon, "'in', 'appliesTo' or ';'"))
            return false;
        foreach (var name in names)
            into.Add(new ActionSyntax(name.Text, groups, appliesTo, annotations, name.Offset));
        return true;
    }

    ImmutableArray<ActionReference>? ParseGroups()
    {
        if (!Accept(TokenKind.LeftBracket))
            return ParseGroup() is { } only ? [only] : null;
        return ParseList(ParseGroup) is { } groups && Expect(TokenKind.RightBracket, "',' or ']'") ? groups : null;
    }

    ActionReference? ParseGroup()
    {
        const string Expected = "an action such as read or App::Action::\"read\"";
        if (Current.Kind == TokenKind.String)
            return ParseQuoted() is { } quoted ? new ActionReference(null, quoted.Text, quoted.Offset) : null;
        if (ParsePath(Expected) is not { } path)
            return null;
        if (!Accept(TokenKind.ColonColon))
        {
            if (!path.Text.Contains(':', StringComparison.Ordinal))
                return new ActionReference(null, path.Text, path.Offset);
            Fail("'::' and the action's name in double quotes");
            return null;
        }
        return ParseString() is { } id ? new ActionReference(path.Text, id, path.Offset) : null;
    }

    AppliesToSyntax? ParseAppliesTo(NameSyntax action)
    {
        if (!Expect(TokenKind.LeftBrace, "'{'"))
            return null;
        ImmutableArray<NameSyntax>? principals = null;
        ImmutableArray<NameSyntax>? resources = null;
        TypeSyntax? context = null;
        do
        {
            var start = Current.Start;
            bool isWhole;
            if (AcceptWord("principal"))
                isWhole = ParseRole("principal", start, ref principals);
            else if (AcceptWord("resource"))
                isWhole = ParseRole("resource", start, ref resources);
            else if (AcceptWord("context"))
                isWhole = ParseContext(start, ref context);
            else
                isWhole = Fail<object>("'principal', 'resource' or 'context'") is not null;
            if (!isWhole)
                return null;
        }
        while (Accept(TokenKind.Comma) && Current.Kind != TokenKind.RightBrace);
        if (!Expect(TokenKind.RightBrace, "',' or '}'"))
            return null;
        if (principals is not null && resources is not null)
            return new AppliesToSyntax(principals.Value, resources.Value, context);
        var missing = principals is null ? "principal" : "resource";
        Report("cedar.schema.applies-to", action.Offset, $"'{missing}' in appliesTo", "none");
        return null;
    }

    bool ParseRole(string role, int start, ref ImmutableArray<NameSyntax>? types)
    {
        if (!Expect(TokenKind.Colon, "':'"))
            return false;
        if (types is not null)
            return ReportTwice(role, start);
        if ((types = ParseEntityTypeList()) is not { IsEmpty: true })
            return types is not null;
        Report("cedar.schema.applies-to", start, $"at least one entity type as '{role}'", "none");
        return false;
    }

    bool ParseContext(int start, ref TypeSyntax? context)
    {
        if (!Expect(TokenKind.Colon, "':'"))
            return false;
        if (context is not null)
            return ReportTwice("context", start);
        context = Current.Kind == TokenKind.LeftBrace ? ParseRecordType() : ParseContextName();
        return context is not null;
    }

    bool ReportTwice(string part, int start)
    {
        Report("cedar.schema.duplicate", start, $"'{part}' once", "it again");
        return false;
    }

    TypeSyntax.Named? ParseContextName() => ParsePath("a record or the name of a common type") is { } name
        ? new TypeSyntax.Named(name.Text, TypeNameKind.Common, name.Offset)
        : null;

    /// <summary>One entity type, or any number of them in square brackets.</summary>
    ImmutableArray<NameSyntax>? ParseEntityTypeList()
    {
        const string Expected = "an entity type, or several in square brackets";
        if (!Accept(TokenKind.LeftBracket))
            return ParsePath(Expected) is { } only ? [only] : null;
        if (Accept(TokenKind.RightBracket))
            return [];
        return ParseList(() => ParsePath("an entity type")) is { } types && Expect(TokenKind.RightBracket, "',' or ']'")
            ? types
            : null;
    }

    TypeSyntax? ParseType()
    {
        if (_depth == CedarLimits.DepthMax)
        {
            FailDepth(Current.Start);
            return null;
        }
        _depth++;
        var type = Current.Kind == TokenKind.LeftBrace ? ParseRecordType() : ParseNamedType();
        _depth--;
        return type;
    }

    TypeSyntax? ParseNamedType()
    {
        var start = Current.Start;
        if (AtWord("Set") && Next.Kind == TokenKind.Less)
        {
            _at += 2;
            return ParseType() is { } element && Expect(TokenKind.Greater, "'>'")
                ? new TypeSyntax.SetOf(element, start)
                : null;
        }
        return ParsePath("a type") is { } name
            ? new TypeSyntax.Named(name.Text, TypeNameKind.EntityOrCommon, start)
            : null;
    }

    TypeSyntax.Record? ParseRecordType()
    {
        var start = Current.Start;
        if (!Expect(TokenKind.LeftBrace, "'{'"))
            return null;
        var attributes = ImmutableArray.CreateBuilder<AttributeSyntax>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!Accept(TokenKind.RightBrace))
        {
            if (ParseAnnotations() is not { } annotations
                || ParseMemberName("the name of an attribute, or '}'") is not { } name)
                return null;
            // The official parser keeps the last of two and says nothing; which of them was meant is not to be guessed.
            if (!seen.Add(name.Text))
                Report("cedar.schema.duplicate", name.Offset, "each attribute once", $"'{name.Text}' again");
            var isOptional = Accept(TokenKind.Question);
            if (!Expect(TokenKind.Colon, isOptional ? "':'" : "'?' or ':'") || ParseType() is not { } type)
                return null;
            attributes.Add(new AttributeSyntax(name.Text, type, !isOptional, annotations, name.Offset));
            if (!Accept(TokenKind.Comma) && Current.Kind != TokenKind.RightBrace)
                return Fail<TypeSyntax.Record>("',' or '}'");
        }
        return new TypeSyntax.Record(attributes.DrainToImmutable(), start);
    }

    /// <summary>At least one, with commas between them and none behind the last.</summary>
    ImmutableArray<T>? ParseList<T>(Func<T?> parseItem)
        where T : class
    {
        var items = ImmutableArray.CreateBuilder<T>();
        do
        {
            if (parseItem() is not { } item)
                return null;
            items.Add(item);
        }
        while (Accept(TokenKind.Comma));
        return items.DrainToImmutable();
    }

    /// <summary>An identifier, or a string that may hold anything.</summary>
    NameSyntax? ParseMemberName(string expected) =>
        Current.Kind == TokenKind.String ? ParseQuoted() : ParseSchemaWord(expected);

    NameSyntax? ParseQuoted()
    {
        var start = Current.Start;
        return ParseString() is { } text ? new NameSyntax(text, start) : null;
    }

    /// <summary>Identifiers joined by <c>::</c>; a following <c>::"id"</c> is left alone.</summary>
    NameSyntax? ParsePath(string expected)
    {
        if (ParseSchemaWord(expected) is not { } first)
            return null;
        return ParseRestOfName(first.Text, () => ParseSchemaWord("a name after '::'")?.Text) is { } name
            ? new NameSyntax(name, first.Offset)
            : null;
    }

    /// <summary>An identifier that is no reserved word; <c>__cedar</c> is one only in some places.</summary>
    NameSyntax? ParseSchemaWord(string expected)
    {
        var start = Current.Start;
        if (AcceptWord(Names.Builtins))
            return new NameSyntax(Names.Builtins, start);
        return ParsePlainWord(expected) is { } word ? new NameSyntax(word, start) : null;
    }
}

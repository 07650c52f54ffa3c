using System.Text;

namespace Writ.Cedar;

/// <summary>Attributes and tags: <c>has</c>, access, <c>hasTag</c> and <c>getTag</c>.</summary>
sealed partial class TypeChecker
{
    TypeAnswer CheckHas(PolicyTerm.Has term, Capabilities known)
    {
        var owner = Expect(term.Operand, known, WantedType.EntityOrRecord, TypeHints.ForHas);
        var all = CheckHasStep(term, 0, owner, known);
        for (var i = 1; i < term.Path.Length && !all.IsFalse; i++)
        {
            owner = CheckAccess(term, owner, term.Path[i - 1], term.Proves[i - 1], known.Or(all.Proven), i);
            if (owner.Type is not null && !WantedType.EntityOrRecord.Takes(owner.Type))
            {
                var wanted = $"{WantedType.EntityOrRecord.Text} as '{term.Path[i - 1]}'";
                ReportUnexpected(term, wanted, owner.Type, TypeHints.ForHas(owner.Type));
                owner = TypeAnswer.Failed();
            }
            all = And(all, CheckHasStep(term, i, owner, known.Or(all.Proven)));
        }
        return all.IsFalse && term.Path.Length > 1 ? all with { Proven = default } : all;
    }

    TypeAnswer CheckHasStep(PolicyTerm.Has term, int step, TypeAnswer owner, Capabilities known)
    {
        _budget.Spend(1);
        Remember(term.Number + step, owner.Type);
        if (owner.Type is null)
            return TypeAnswer.Failed(CedarType.AnyBool);
        if (FindAttribute(owner.Type, term.Path[step]) is not { } attribute)
        {
            var type = MayHave(owner.Type, term.Path[step]) ? CedarType.AnyBool : CedarType.False;
            return new TypeAnswer(type, true).After(owner);
        }
        // A required attribute is there when the entity is; whether that is so, a test before this one tells.
        var isSure = known.Has(term.Proves[step]) || (attribute.IsRequired && owner.Type is CedarType.Record);
        var proven = Capabilities.Of(term.Proves[step]);
        return new TypeAnswer(isSure ? CedarType.True : CedarType.AnyBool, true, proven).After(owner);
    }

    TypeAnswer CheckGet(PolicyTerm.Get term, Capabilities known)
    {
        var owner = Expect(term.Operand, known, WantedType.EntityOrRecord);
        return CheckAccess(term, owner, term.Name, term.Needs, known, 0);
    }

    /// <param name="term">
    /// The access, or the <c>has</c> with a path of which step <paramref name="step"/> is one.
    /// </param>
    TypeAnswer CheckAccess(
        PolicyTerm term, TypeAnswer owner, string name, int needs, Capabilities known, int step)
    {
        if (owner.Type is null)
            return TypeAnswer.Failed();
        if (FindAttribute(owner.Type, name) is not { } attribute)
        {
            ReportUnknownAttribute(term, owner.Type, name, step);
            return TypeAnswer.Failed();
        }
        if (attribute.IsRequired || known.Has(needs))
            return new TypeAnswer(attribute.Type, true).After(owner);
        _findings.Error(
            ValidationCodes.UnguardedAttribute,
            term.Position,
            $"{Place(term, owner.Type, name, step)} is optional and may be missing",
            $"test before with '{Guard(term, name, step)}'");
        return TypeAnswer.Failed(attribute.Type);
    }

    TypeAnswer CheckTag(PolicyTerm.Tag term, Capabilities known)
    {
        var owner = Expect(term.Owner, known, WantedType.Entity);
        var name = Expect(term.Name, known, WantedType.String);
        if (owner.Type is not CedarType.Entity entity)
            return TypeAnswer.Failed();
        var answer = term.IsGet ? CheckGetTag(term, entity, known) : CheckHasTag(term, entity, known);
        return answer.After(owner).After(name);
    }

    TypeAnswer CheckHasTag(PolicyTerm.Tag term, CedarType.Entity owner, Capabilities known)
    {
        var proven = Capabilities.Of(term.Capability);
        if (!owner.Names.Any(name => TagsOf(name) is not null))
            return new TypeAnswer(CedarType.False, true, proven);
        return new TypeAnswer(known.Has(term.Capability) ? CedarType.True : CedarType.AnyBool, true, proven);
    }

    TypeAnswer CheckGetTag(PolicyTerm.Tag term, CedarType.Entity owner, Capabilities known)
    {
        if (!known.Has(term.Capability))
        {
            var tag = term.Name is PolicyTerm.Literal { Value: var text } ? $"tag {text}" : "the tag";
            _findings.Error(
                ValidationCodes.UnguardedTag,
                term.Position,
                $"{tag} of {Show(owner)} may be missing",
                "test before with 'hasTag' for the same entity and the same tag");
            return TypeAnswer.Failed();
        }
        // An entity type without tags is not the one that has the tag.
        var types = owner.Names.Select(TagsOf).OfType<CedarType>().Distinct().ToArray();
        if (types.Length == 0)
        {
            _findings.Error(
                ValidationCodes.NoTags,
                term.Position,
                $"entities of type {Show(owner)} have no tags",
                "declare the type of its tags in the schema");
            return TypeAnswer.Failed();
        }
        return Join([.. types], term.Position, "the tags") is { } type
            ? new TypeAnswer(type, true)
            : TypeAnswer.Failed();
    }

    CedarType? TagsOf(string entityType) =>
        _schema.TryGetEntityType(entityType, out var declaration) ? declaration.Tags : null;

    /// <summary>
    /// What is known of an attribute: for one of several entity types, what is common to all of them.
    /// </summary>
    CedarAttribute? FindAttribute(CedarType owner, string name)
    {
        if (owner is CedarType.Record record)
            return record.Find(name);
        if (owner is not CedarType.Entity entity)
            return null;
        _budget.Spend(entity.Names.Length);
        var common = FindDeclared(entity.Names[0], name);
        for (var i = 1; i < entity.Names.Length && common is not null; i++)
            common = _lattice.Join(common, FindDeclared(entity.Names[i], name), out _);
        return common;
    }

    CedarAttribute? FindDeclared(string entityType, string name) =>
        _schema.TryGetEntityType(entityType, out var declaration) ? declaration.Shape.Find(name) : null;

    bool MayHave(CedarType owner, string name) => owner switch
    {
        CedarType.Record record => record.IsOpen || record.Find(name) is not null,
        CedarType.Entity entity => entity.Names.Any(type => FindDeclared(type, name) is not null),
        _ => true,
    };

    void ReportUnknownAttribute(PolicyTerm term, CedarType owner, string name, int step)
    {
        var attributes = owner switch
        {
            CedarType.Record record => record.Attributes,
            CedarType.Entity { Single: { } type } when _schema.TryGetEntityType(type, out var declaration) =>
                declaration.Shape.Attributes,
            _ => [],
        };
        var hint = _suggestions.For(name, owner, attributes.Select(attribute => attribute.Name));
        if (hint is null && MayHave(owner, name))
            hint = "only some of the values that may be here have it; test their entity type with 'is'";
        _findings.Error(
            ValidationCodes.UnknownAttribute, term.Position, $"{Place(term, owner, name, step)} does not exist", hint);
    }

    string Place(PolicyTerm term, CedarType owner, string name, int step)
    {
        var attribute = $"attribute {new CedarString(name)}";
        if (owner is CedarType.Entity)
            return $"{attribute} of {Show(owner)}";
        return Path(term, step) is ['c', ..] path && path.StartsWith("context", StringComparison.Ordinal)
            ? $"{attribute} of {path} for {_environment.Action.Uid}"
            : attribute;
    }

    static string Guard(PolicyTerm term, string name, int step)
    {
        var text = new StringBuilder(Path(term, step) ?? "...").Append(" has ");
        CedarType.WriteName(text, name);
        return text.ToString();
    }

    /// <summary>The owner of an attribute as the source writes it, when that is a variable and attributes.</summary>
    static string? Path(PolicyTerm term, int step)
    {
        var names = new Stack<string>();
        if (term is PolicyTerm.Has has)
        {
            for (var i = step - 2; i >= 0; i--)
                names.Push(has.Path[i]);
            term = has.Operand;
        }
        else
        {
            term = ((PolicyTerm.Get)term).Operand;
        }
        for (; term is PolicyTerm.Get get; term = get.Operand)
            names.Push(get.Name);
        if (term is not PolicyTerm.Var { Variable: var variable })
            return null;
        var text = new StringBuilder(Names.Of(variable));
        foreach (var name in names)
            CedarType.WriteAccess(text, name);
        return text.ToString();
    }
}

namespace Writ.Cedar;

/// <summary>What a name in the place of a type stands for: a common type or an entity type, by its full name.</summary>
readonly record struct TypeMeaning(bool IsCommon, string Name);

/// <summary>
/// The names that a schema declares, and what a name in it means: first something of its own namespace, then something
/// of none (RFC 24). What has a namespace may not hide what has none (RFC 70).
/// </summary>
sealed class SchemaNames
{
    readonly Dictionary<string, (NamespaceSyntax Namespace, CommonTypeSyntax Type)> _commonTypes =
        new(StringComparer.Ordinal);

    readonly Dictionary<string, EntityTypeSyntax> _entityTypes = new(StringComparer.Ordinal);
    readonly HashSet<EntityUid> _actions = [];
    readonly HashSet<string> _actionTypes = new(StringComparer.Ordinal);
    readonly List<ParseError> _errors = [];
    readonly Suggestions _suggestions = new();

    public SchemaNames(IReadOnlyList<NamespaceSyntax> namespaces)
    {
        foreach (var space in namespaces)
        {
            foreach (var type in space.CommonTypes)
                if (!_commonTypes.TryAdd(space.Qualify(type.Name), (space, type)))
                    ReportTwice(space, type.Name, type.Offset);
            foreach (var type in space.EntityTypes)
                if (!_entityTypes.TryAdd(space.Qualify(type.Name), type))
                    ReportTwice(space, type.Name, type.Offset);
            foreach (var action in space.Actions)
                if (!_actions.Add(UidOf(space, action.Name)))
                    ReportTwice(space, action.Name, action.Offset);
            if (!space.Actions.IsEmpty)
                _actionTypes.Add(space.Qualify("Action"));
        }
        foreach (var space in namespaces)
            if (space.Name.Length > 0)
                CheckShadowing(space);
    }

    /// <summary>Names declared twice, and names that hide others.</summary>
    public IReadOnlyList<ParseError> Errors => _errors;

    public IReadOnlyDictionary<string, (NamespaceSyntax Namespace, CommonTypeSyntax Type)> CommonTypes => _commonTypes;

    public static EntityUid UidOf(NamespaceSyntax space, string action) => new(space.Qualify("Action"), action);

    /// <summary>
    /// The declared name that is nearest to one that is not, where this kind is wanted. Short names are all near.
    /// </summary>
    public string? Nearest(string unknown, TypeNameKind kind)
    {
        const int LengthMin = 3;
        var common = _commonTypes.Keys.Concat(BuiltinTypes.Names);
        return unknown.Length < LengthMin ? null : _suggestions.For(unknown, kind, kind switch
        {
            TypeNameKind.Common => common,
            TypeNameKind.Entity => _entityTypes.Keys,
            _ => _entityTypes.Keys.Concat(common),
        });
    }

    public bool IsEntityType(string name) => _entityTypes.ContainsKey(name);

    public TypeMeaning? Find(NamespaceSyntax space, string name, TypeNameKind kind)
    {
        if (kind is TypeNameKind.Primitive or TypeNameKind.Extension)
            return new TypeMeaning(true, $"{Names.Builtins}::{name}");
        foreach (var full in Possible(space, name))
        {
            if (kind != TypeNameKind.Entity && IsCommonType(full))
                return new TypeMeaning(true, full);
            if (kind != TypeNameKind.Common && (_entityTypes.ContainsKey(full) || _actionTypes.Contains(full)))
                return new TypeMeaning(false, full);
        }
        return null;
    }

    public EntityUid? Find(NamespaceSyntax space, ActionReference action)
    {
        foreach (var type in Possible(space, action.Type ?? "Action"))
            if (Names.IsEntityType(type) && new EntityUid(type, action.Id) is var uid && _actions.Contains(uid))
                return uid;
        return null;
    }

    /// <summary>The builtin type under its full name, or under its plain one where nothing else is called so.</summary>
    public static string? BuiltinOf(string fullName)
    {
        const string Prefix = Names.Builtins + "::";
        var name = fullName.StartsWith(Prefix, StringComparison.Ordinal) ? fullName[Prefix.Length..] : fullName;
        return BuiltinTypes.IsBuiltin(name) ? name : null;
    }

    bool IsCommonType(string full) =>
        _commonTypes.ContainsKey(full) || (BuiltinOf(full) is not null && !_entityTypes.ContainsKey(full));

    static IEnumerable<string> Possible(NamespaceSyntax space, string name) =>
        space.Name.Length == 0 || name.Contains("::", StringComparison.Ordinal) ? [name] : [space.Qualify(name), name];

    void CheckShadowing(NamespaceSyntax space)
    {
        var types = space.CommonTypes.Select(type => (type.Name, type.Offset))
            .Concat(space.EntityTypes.Select(type => (type.Name, type.Offset)));
        foreach (var (name, offset) in types)
            if (_commonTypes.ContainsKey(name) || _entityTypes.ContainsKey(name))
                ReportHidden(space, offset, $"'{space.Qualify(name)}'", $"'{name}'");
        foreach (var action in space.Actions)
            if (new EntityUid("Action", action.Name) is var plain && _actions.Contains(plain))
                ReportHidden(space, action.Offset, $"{UidOf(space, action.Name)}", $"{plain}");
    }

    void ReportTwice(NamespaceSyntax space, string name, int offset) =>
        Report(space, offset, "cedar.schema.duplicate", "each declaration once", $"'{space.Qualify(name)}' again");

    void ReportHidden(NamespaceSyntax space, int offset, string hiding, string hidden) =>
        Report(space, offset, "cedar.schema.shadowing", $"a name that does not hide {hidden}", hiding);

    void Report(NamespaceSyntax space, int offset, string code, string expected, string found)
    {
        if (_errors.Count < CedarLimits.ErrorsMax)
            _errors.Add(space.Source.ErrorAt(offset, code, expected, found));
    }
}

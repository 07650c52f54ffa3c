using System.Text;

namespace Writ.Cedar.Tests.Differential;

/// <summary>
/// A random schema with entities that fit it, mostly. Everything comes from the seed, so that a difference can be seen
/// again. Long values in JSON stay within 2^53, because the official engine takes them through JavaScript.
/// </summary>
sealed class World
{
    static readonly string[] AttributeNames =
        ["a", "b", "level", "owner", "tags", "if", "a b", "é\u200b", "principal", "in", "name", "", "x1", "has"];

    static readonly string[] TypeNames = ["User", "Team", "Doc", "Folder", "Host", "action"];

    public World(int seed)
    {
        Random = new Random(seed);
        Namespace = Chance(2) ? "" : Pick(["App", "A::B"]);
        Action = Qualified("Action");
        string[] names = [.. TypeNames.OrderBy(_ => Random.Next()).Take(Random.Next(2, 5)).Select(Qualified)];
        Types = [.. names.Select(name => MakeType(name, names))];
        Groups = Chance(2) ? ["read", "write all"] : ["read"];
        IsNested = Groups.Count > 1 && Chance(2);
        Actions = [.. Enumerable.Range(0, Random.Next(1, 4)).Select(i => MakeAction($"act{i}", names))];
        Values = new ValueGenerator(this);
        Entities = [.. Types.SelectMany(Instances)];
    }

    public Random Random { get; }

    public string Namespace { get; }

    /// <summary>The type of this world's actions.</summary>
    public string Action { get; }

    public IReadOnlyList<EntityType> Types { get; }

    public IReadOnlyList<string> Groups { get; }

    /// <summary>Whether the first group is in the second one.</summary>
    public bool IsNested { get; }

    public IReadOnlyList<ActionRule> Actions { get; }

    public ValueGenerator Values { get; }

    public IReadOnlyList<Instance> Entities { get; }

    public bool Chance(int oneIn) => Random.Next(oneIn) == 0;

    public T Pick<T>(IReadOnlyList<T> of) => of[Random.Next(of.Count)];

    public EntityType TypeOf(string name) => Types.First(type => type.Name == name);

    public string IdOf(string type)
    {
        if (type == Action)
            return Chance(3) ? Pick(Groups) : Pick(Actions).Id;
        if (TypeOf(type).Enum is { } ids)
            return Pick(ids);
        return Chance(9) ? "nobody" : FormattableString.Invariant($"e{Random.Next(3)}");
    }

    /// <summary>A name as an attribute is written where quotes are needed only sometimes.</summary>
    public static string Quoted(string name) => Names.IsPlain(name) ? name : new CedarString(name).ToString();

    public string Schema()
    {
        var text = new StringBuilder();
        foreach (var type in Types)
        {
            var name = type.Name.Split("::")[^1];
            if (type.Enum is { } ids)
            {
                text.Append("entity ").Append(name).Append(" enum [")
                    .AppendJoin(", ", ids.Select(id => $"\"{id}\"")).Append("];\n");
                continue;
            }
            text.Append("entity ").Append(name);
            if (type.MemberOf.Count > 0)
                text.Append(" in [").AppendJoin(", ", type.MemberOf).Append(']');
            text.Append(' ').Append(type.Shape);
            if (type.Tags is { } tags)
                text.Append(" tags ").Append(tags);
            text.Append(";\n");
        }
        foreach (var group in Groups)
            text.Append("action \"").Append(group).Append('"')
                .Append(GroupOf(group) is { } outer ? $" in [\"{outer}\"]" : "").Append(";\n");
        foreach (var action in Actions)
        {
            text.Append("action \"").Append(action.Id).Append('"');
            if (action.Group is { } group)
                text.Append(" in [\"").Append(group).Append("\"]");
            text.Append(" appliesTo {principal: [").AppendJoin(", ", action.Principals).Append("], resource: [")
                .AppendJoin(", ", action.Resources).Append("], context: ").Append(action.Context).Append("};\n");
        }
        var schema = Random.Next() % 2 == 0 ? WithCommonTypes(text.ToString()) : text.ToString();
        return Namespace.Length == 0 ? schema : $"namespace {Namespace} {{\n{schema}}}\n";
    }

    /// <summary>The group that a group is in, if any.</summary>
    public string? GroupOf(string group) => IsNested && group == Groups[0] ? Groups[1] : null;

    // Records and sets under names of their own mean the same.
    string WithCommonTypes(string text)
    {
        var declarations = new StringBuilder();
        var kinds = Types.SelectMany(type => type.Fields).Concat(Actions.SelectMany(action => action.Context.Fields))
            .Select(field => field.Kind).Concat(Actions.Select(action => action.Context))
            .Where(kind => kind is Kind.RecordOf or Kind.SetOf).Select(kind => kind.ToString()).Distinct().ToList();
        for (var i = 0; i < kinds.Count; i++)
        {
            text = text.Replace($": {kinds[i]}", FormattableString.Invariant($": Common{i}"), StringComparison.Ordinal);
            declarations.Append(FormattableString.Invariant($"type Common{i} = {kinds[i]};\n"));
        }
        return declarations + text;
    }

    string Qualified(string name) => Namespace.Length == 0 ? name : $"{Namespace}::{name}";

    EntityType MakeType(string name, string[] all)
    {
        if (name == all[^1] && Chance(3))
            return new EntityType(name, [], null, [], ["red", "green", "\u00e9"]);
        // Memberships lead forward only, so that there is no cycle.
        var after = all[(Array.IndexOf(all, name) + 1)..];
        return new EntityType(
            name, MakeFields(all, 2), Chance(2) ? MakeKind(all, 1) : null, [.. after.Where(_ => Chance(2))], null);
    }

    ActionRule MakeAction(string id, string[] types) => new(
        id, Chance(2) ? Pick(Groups) : null, Some(types), Some(types), new Kind.RecordOf(MakeFields(types, 2)));

    string[] Some(string[] of) => [.. of.Where(_ => Chance(2)).DefaultIfEmpty(of[0])];

    Field[] MakeFields(string[] types, int depth) =>
    [
        .. AttributeNames.OrderBy(_ => Random.Next()).Take(Random.Next(6))
            .Select(name => new Field(name, MakeKind(types, depth), Chance(3))),
    ];

    Kind MakeKind(string[] types, int depth) => Random.Next(depth == 0 ? 8 : 12) switch
    {
        < 5 => Pick(Kind.Plains),
        < 8 => new Kind.EntityOf(Pick(types)),
        < 10 => new Kind.SetOf(MakeKind(types, depth - 1)),
        _ => new Kind.RecordOf(MakeFields(types, depth - 1)),
    };

    IEnumerable<Instance> Instances(EntityType type)
    {
        if (type.Enum is not null)
            yield break;
        for (var i = 0; i < 3; i++)
        {
            var parents = type.MemberOf.Where(_ => Chance(2)).Select(parent => (parent, IdOf(parent))).Distinct();
            if (!Chance(8))
                yield return new Instance(type, FormattableString.Invariant($"e{i}"), [.. parents]);
        }
    }
}

/// <summary>One entity, without its values.</summary>
sealed record Instance(EntityType Type, string Id, IReadOnlyList<(string Type, string Id)> Parents);

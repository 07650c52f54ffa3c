using System.Collections.Immutable;
using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>
/// Which part of a platform a command is about, as far as its words say. A field is null where the platform has no such
/// thing, <see cref="Default"/> where the program's own configuration decides, and <see cref="Unknown"/> where the
/// words do but their value is not known.
/// </summary>
public sealed record EffectScope(
    string Platform, string? Config = null, string? Context = null, string? Cluster = null, string? Namespace = null,
    string? Account = null, string? Profile = null, string? Region = null, string? Project = null)
{
    public const string Default = "default";
    public const string Unknown = "unknown";

    /// <summary>The fields that hold something, by name.</summary>
    public IEnumerable<(string Name, string Value)> Fields()
    {
        (string Name, string? Value)[] all =
        [
            ("config", Config), ("context", Context), ("cluster", Cluster), ("namespace", Namespace),
            ("account", Account), ("profile", Profile), ("region", Region), ("project", Project),
        ];
        return all.Where(f => f.Value is not null).Select(f => (f.Name, f.Value!));
    }

    /// <summary>For people: <c>kubernetes: context default, namespace web</c>.</summary>
    public override string ToString() =>
        $"{Platform}: {string.Join(", ", Fields().Select(f => $"{f.Name} {f.Value}"))}";
}

/// <summary>Where a program's words say which part of a platform it is about.</summary>
/// <param name="Fields">Of <see cref="EffectScope"/>, each with its sources, the strongest first: an option, an option
/// that stands for a value (<c>-A=*</c>), a variable of the environment (<c>$NAME</c>).</param>
public sealed record ScopeSpec(string Platform, ImmutableArray<(string Field, ImmutableArray<string> Sources)> Fields)
{
    internal static readonly ImmutableArray<string> Names =
        ["config", "context", "cluster", "namespace", "account", "profile", "region", "project"];

    internal EffectScope Of(WordReading reading, ImmutableArray<ResolvedAssignment> environment)
    {
        string? Value(string field)
        {
            foreach (var (name, sources) in Fields)
                if (name == field)
                    return sources.Select(s => From(s, reading, environment)).FirstOrDefault(v => v is not null)
                        ?? EffectScope.Default;
            return null;
        }

        return new EffectScope(
            Platform, Value("config"), Value("context"), Value("cluster"), Value("namespace"), Value("account"),
            Value("profile"), Value("region"), Value("project"));
    }

    // Null when this source says nothing.
    static string? From(string source, WordReading reading, ImmutableArray<ResolvedAssignment> environment)
    {
        if (source[0] == '$')
            return environment.IsDefaultOrEmpty ? null
                : environment.LastOrDefault(a => a.Name == source[1..]) is { } assigned
                ? assigned.Value is { Length: > 0 } value ? value
                : assigned.Value is null ? EffectScope.Unknown : null
                : null;
        var equals = source.IndexOf('=', StringComparison.Ordinal);
        var option = equals < 0 ? source : source[..equals];
        var index = reading.Options.FindLastIndex(o => o.Option.Names.Contains(option));
        if (index < 0)
            return null;
        return equals >= 0 ? source[(equals + 1)..] : reading.Options[index].Value?.Value ?? EffectScope.Unknown;
    }
}

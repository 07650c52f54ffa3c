namespace Writ.Cedar;

/// <summary>
/// A policy with at least one slot. It never applies itself; <see cref="PolicySet.Link"/> makes policies of it.
/// </summary>
public sealed class Template
{
    internal Template(string id, PolicySyntax syntax, IReadOnlyDictionary<string, string> annotations)
    {
        Id = id;
        Syntax = syntax;
        Annotations = annotations;
    }

    public string Id { get; }

    public Effect Effect => Syntax.Effect;

    /// <summary>By name; an annotation written without a value has an empty one.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; }

    public bool HasPrincipalSlot => Syntax.Principal.IsSlot;

    public bool HasResourceSlot => Syntax.Resource.IsSlot;

    /// <summary>Where it begins, annotations included.</summary>
    public SourcePosition Position => Syntax.Position;

    public string? FileName => Syntax.Source.FileName;

    /// <summary>
    /// The exact source, from the first annotation to the semicolon; of one that was read from JSON, as it would be
    /// written.
    /// </summary>
    public string Text => Syntax.Text;

    internal PolicySyntax Syntax { get; }

    /// <summary>This template alone in Cedar's JSON policy format.</summary>
    public string ToJson(bool indented = false) => PolicyJsonWriter.Write(Syntax, indented);

    public override string ToString() => Id;
}

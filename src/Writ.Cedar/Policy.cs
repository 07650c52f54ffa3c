namespace Writ.Cedar;

/// <summary>
/// One policy that can apply: written as such, or a template linked to entities (then <see cref="TemplateId"/> says
/// which, and text, position and annotations are the template's). Compiled once, immutable.
/// </summary>
public sealed class Policy
{
    internal Policy(
        string id, PolicySyntax syntax, IReadOnlyDictionary<string, string> annotations, string? templateId = null)
    {
        Id = id;
        Syntax = syntax;
        Annotations = annotations;
        TemplateId = templateId;
        Position = syntax.Position;
        Scope = new CompiledScope(syntax.Principal, syntax.Resource);
        Condition = new Compiler(syntax.Experiments).Compile(syntax.Conditions, Position);
    }

    public string Id { get; }

    public Effect Effect => Syntax.Effect;

    /// <summary>By name; an annotation written without a value has an empty one.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; }

    public string? TemplateId { get; }

    /// <summary>Where it begins, annotations included.</summary>
    public SourcePosition Position { get; }

    public string? FileName => Syntax.Source.FileName;

    /// <summary>
    /// The exact source, from the first annotation to the semicolon; of one that was read from JSON, as it would be
    /// written.
    /// </summary>
    public string Text => Syntax.Text;

    internal PolicySyntax Syntax { get; }

    internal CompiledScope Scope { get; }

    internal Node Condition { get; }

    /// <summary>Whether its condition is false whatever is asked, which also means that it cannot fail.</summary>
    internal bool NeverApplies =>
        Condition is ConstantNode { Value: var value } && ReferenceEquals(value, CedarBool.False);

    /// <summary>This policy alone in Cedar's JSON policy format.</summary>
    public string ToJson(bool indented = false) => PolicyJsonWriter.Write(Syntax, indented);

    public override string ToString() => Id;
}

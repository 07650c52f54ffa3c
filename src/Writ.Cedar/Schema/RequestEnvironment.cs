namespace Writ.Cedar;

/// <summary>
/// The types of one kind of request that a schema allows: a principal type, an action and a resource type. Every
/// request that conforms to the schema has exactly one.
/// </summary>
public readonly record struct RequestEnvironment(string PrincipalType, ActionDeclaration Action, string ResourceType)
{
    public override string ToString() => $"{PrincipalType}, {Action.Uid}, {ResourceType}";
}

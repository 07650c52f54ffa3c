namespace Writ.Cedar;

/// <summary>An attribute of a record or entity: its name, its type, and whether it is always there.</summary>
public sealed record CedarAttribute(string Name, CedarType Type, bool IsRequired = true);

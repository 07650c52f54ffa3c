namespace Writ.Cedar;

/// <summary>What a policy does when it applies. The default is the refusing one.</summary>
public enum Effect
{
    Forbid,
    Permit,
}

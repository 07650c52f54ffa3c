namespace Writ.Cedar;

/// <summary>Cedar's answer. The default is deny.</summary>
public enum Decision
{
    Deny,
    Allow,
}

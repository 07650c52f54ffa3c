namespace Writ.Policies;

/// <summary>How much a finding weighs. Member 0 keeps a bundle from being published.</summary>
public enum FindingLevel
{
    Error,
    Warning,
}

/// <summary>One thing that is wrong or odd about a bundle: how bad, a stable code, where, and what to do.</summary>
/// <param name="Place"><c>file:line:column</c>, or the file, or the rule.</param>
public sealed record PolicyFinding(FindingLevel Level, string Code, string Place, string Why)
{
    public static PolicyFinding Error(string code, string place, string why) =>
        new(FindingLevel.Error, code, place, why);

    public static PolicyFinding Warning(string code, string place, string why) =>
        new(FindingLevel.Warning, code, place, why);
}

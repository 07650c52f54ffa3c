namespace Writ.Corpus;

/// <summary>How one comparison with the recorded answers ended.</summary>
public enum Outcome
{
    Failed,
    Passed,
    Skipped,
}

/// <summary>One comparison: what was compared, and why it failed or was skipped.</summary>
public readonly record struct Check(string Name, Outcome Outcome, string Why = "")
{
    public static Check Passed(string name) => new(name, Outcome.Passed);

    public static Check Skipped(string name, string why) => new(name, Outcome.Skipped, why);

    public static Check Failed(string name, string expected, string found) =>
        new(name, Outcome.Failed, $"expected {expected}\n  found    {found}");

    public static Check Of(string name, string expected, string found) =>
        expected == found ? Passed(name) : Failed(name, expected, found);
}

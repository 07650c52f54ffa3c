namespace Writ.Cedar;

/// <summary>
/// One rule. <see cref="By"/> is the rule that covers it. <see cref="Finding"/> is what its use was read from: for a
/// rule in use, the witness is a request that is decided otherwise without it.
/// </summary>
public sealed record RuleFinding(Policy Rule, RuleUse Use, Policy? By, Finding Finding)
{
    public override string ToString() => Use switch
    {
        RuleUse.InUse => $"{Rule.Id} in use",
        RuleUse.Dead => $"{Rule.Id} dead",
        RuleUse.Overridden => $"{Rule.Id} overridden",
        RuleUse.Covered => $"{Rule.Id} covered by {By!.Id}",
        RuleUse.Redundant => $"{Rule.Id} redundant",
        _ => $"{Rule.Id} undecided",
    };
}

using System.Text.RegularExpressions;
using Writ.Cedar;

namespace Writ.Policies;

/// <summary>One rule that two bundles do not have alike.</summary>
/// <param name="Before">Its whole text; null when it is new.</param>
/// <param name="After">Its whole text; null when it goes away.</param>
/// <param name="Place">Where it stands, in the later bundle if it is there.</param>
/// <param name="OnlyWords">True when only its annotations differ, so that it decides the same.</param>
public sealed record RuleChange(string Rule, string? Before, string? After, string Place, bool OnlyWords);

/// <summary>The difference of two bundles, rule by rule, by their ids.</summary>
public static partial class PolicyDiff
{
    public static ImmutableArray<RuleChange> Between(PolicyBundle before, PolicyBundle after)
    {
        var old = before.Policies.Policies.ToDictionary(p => p.Id, StringComparer.Ordinal);
        var next = after.Policies.Policies.ToDictionary(p => p.Id, StringComparer.Ordinal);
        var changes = ImmutableArray.CreateBuilder<RuleChange>();
        foreach (var id in old.Keys.Union(next.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var was = old.GetValueOrDefault(id);
            var becomes = next.GetValueOrDefault(id);
            if (was?.Text == becomes?.Text)
                continue;
            var at = becomes ?? was!;
            changes.Add(new RuleChange(
                id, was?.Text, becomes?.Text, $"{at.FileName}:{at.Position}",
                was is not null && becomes is not null && Decides(was) == Decides(becomes)));
        }
        return changes.ToImmutable();
    }

    // What a rule decides by: everything but words for people. Gates are annotations that decide.
    static string Decides(Policy policy) =>
        policy.Annotations.GetValueOrDefault("approval") + "\n" + policy.Annotations.GetValueOrDefault("quorum") + "\n"
        + policy.Annotations.GetValueOrDefault("commit") + "\n"
        + policy.Text[Annotations().Match(policy.Text).Length..];

    [GeneratedRegex("""^(?:\s|//[^\n]*\n|@\w+\s*(?:\(\s*"(?:[^"\\]|\\.)*"\s*\))?)*""")]
    private static partial Regex Annotations();
}

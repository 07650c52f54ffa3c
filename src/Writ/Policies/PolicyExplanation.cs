using Writ.Cedar;
using Writ.Realms;
using Writ.Requests;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Policies;

/// <summary>One rule that took part in a verdict, in its own words and with its text.</summary>
/// <param name="Part"><c>permits</c>, <c>asks</c> or <c>blocks</c>.</param>
/// <param name="Verbs">The effects it decided.</param>
/// <param name="Place">Where it stands; empty when the bundle at hand has no such rule.</param>
public sealed record ExplainedRule(
    string Rule, string Part, ImmutableArray<string> Verbs, string Reason, string Owner, string Controls, string Place,
    string Text);

/// <summary>What would have to be true for one rule to stand in nobody's way, or to permit.</summary>
/// <param name="Conditions">Cedar expressions; all of them.</param>
public sealed record RuleCondition(string Rule, string Verb, bool Permits, ImmutableArray<string> Conditions);

/// <summary>
/// Why a verdict is what it is, and what would make it another: from its grounds and the exact policies.
/// </summary>
/// <param name="WouldChange">What would change it, one possibility a line.</param>
public sealed record PolicyExplanation(
    VerdictKind Kind, string Code, string Why, ImmutableArray<ExplainedRule> Rules, ImmutableArray<string> WouldChange,
    string PolicyDigest, string? SessionPolicyDigest)
{
    const string Session = "session:";

    /// <summary>
    /// What approvals and time would have to be for this request to be allowed in the state a realm is in; empty when
    /// nothing of that kind would change it, or when its session has ended.
    /// </summary>
    public static ImmutableArray<RuleCondition> Conditions(
        RealmState realm, Requests.Request request, DateTimeOffset at) =>
        realm.OpenSession(request.Session) is { } session
            ? [
                .. Holds.HoldRules.Facts(
                    request, session.Terms, PinnedPolicies.Of(realm, session).Knowledge,
                    Holds.HoldRules.ParentOf(session, request))
                    .SelectMany(f => Judge.Conditions(
                        realm, session, PinnedPolicies.Of(realm, session), f.Request, f.Facts, at)).Distinct(),
            ]
            : [];

    /// <summary>This, with the conditions that partial evaluation found.</summary>
    public PolicyExplanation With(ImmutableArray<RuleCondition> conditions) => this with
    {
        WouldChange = [.. WouldChange, .. Sentences(conditions)],
    };

    /// <summary>Conditions as sentences, each once however many effects it is about.</summary>
    public static IEnumerable<string> Sentences(ImmutableArray<RuleCondition> conditions) =>
        conditions.GroupBy(c => (c.Rule, c.Permits, Text: string.Join(" && ", c.Conditions))).Select(g =>
            $"Rule {g.Key.Rule} {(g.Key.Permits ? "permits" : "does not stand in the way of")} "
            + $"{string.Join(", ", g.Select(c => c.Verb).Distinct(StringComparer.Ordinal))} when {g.Key.Text}");

    /// <param name="bundle">The bundle of the verdict's digest.</param>
    /// <param name="own">The session's own policy, when it has one.</param>
    public static PolicyExplanation Of(Verdict verdict, PolicyBundle bundle, PolicyBundle? own)
    {
        var rules = verdict.Grounds.GroupBy(g => (g.Policy, g.Permits)).Select(g => Rule(
                g.Key.Policy, g.Key.Permits, [.. g.Select(x => x.Verb).Distinct(StringComparer.Ordinal)],
                g.First().Reason, verdict, bundle, own))
            .OrderBy(r => r.Part switch { "blocks" => 0, "asks" => 1, _ => 2 }).ToImmutableArray();
        return new PolicyExplanation(
            verdict.Kind, verdict.Code, verdict.Why, rules, Changes(verdict, rules, bundle), verdict.PolicyDigest,
            verdict.SessionPolicyDigest);
    }

    static ExplainedRule Rule(
        string id, bool permits, ImmutableArray<string> verbs, string reason, Verdict verdict, PolicyBundle bundle,
        PolicyBundle? own)
    {
        var set = id.StartsWith(Session, StringComparison.Ordinal) ? own : bundle;
        var plain = set == own && id.StartsWith(Session, StringComparison.Ordinal) ? id[Session.Length..] : id;
        Policy? policy = null;
        set?.Policies.TryGetPolicy(plain, out policy);
        return new ExplainedRule(
            id, permits ? "permits" : verdict.Gates.Any(g => g.Policy == id) ? "asks" : "blocks", verbs, reason,
            policy?.Annotations.GetValueOrDefault("owner") ?? "",
            policy?.Annotations.GetValueOrDefault("controls") ?? "",
            policy is null ? "" : $"{policy.FileName}:{policy.Position}", policy?.Text ?? "");
    }

    static ImmutableArray<string> Changes(
        Verdict verdict, ImmutableArray<ExplainedRule> rules, PolicyBundle bundle)
    {
        var changes = ImmutableArray.CreateBuilder<string>();
        switch (verdict.Code)
        {
            case "policy.automatic":
                break;
            case "policy.approval":
                foreach (var gate in verdict.Gates)
                    changes.Add($"{gate.Quorum} of team {gate.Team} approve it, none of them a sponsor of the session "
                        + $"(rule {gate.Policy}).");
                break;
            case "policy.no-permit":
                var permits = bundle.Policies.Policies.Where(p => p.Effect == Cedar.Effect.Permit).Select(p => p.Id);
                changes.Add($"A permit that matches. The bundle permits only by: {string.Join(", ", permits)}.");
                break;
            default:
                if (rules.All(r => r.Part != "blocks"))
                    changes.Add(RefusalCatalog.Of(verdict.Code).Next);
                break;
        }
        foreach (var rule in rules.Where(r => r.Part == "blocks"))
            changes.Add($"Asking so that rule {rule.Rule} does not apply; see its conditions. No approval opens it, "
                + $"and changing it takes two people"
                + (rule.Owner.Length > 0 ? $"; {rule.Owner} answers for it." : "."));
        foreach (var unknown in verdict.Unresolved)
            changes.Add($"Writing it so that it is understood: {unknown.Where}: {unknown.Why}.");
        return changes.ToImmutable();
    }
}

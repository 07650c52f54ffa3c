using Writ.Cedar;

namespace Writ.Policies;

/// <summary>
/// What is wrong or missing about the rules of a bundle that parses: rules nobody answers for, gates that asking could
/// never open, annotations that mean nothing.
/// </summary>
public static class PolicyLint
{
    /// <summary>Every annotation Writ gives a meaning to.</summary>
    static readonly ImmutableHashSet<string> _annotations =
        ["id", "reason", "owner", "approval", "quorum", "controls", "see", "commit"];

    public static ImmutableArray<PolicyFinding> Of(PolicyBundle bundle)
    {
        var findings = ImmutableArray.CreateBuilder<PolicyFinding>();
        foreach (var policy in bundle.Policies.Policies)
            Look(policy, bundle, findings);
        foreach (var template in bundle.Policies.Templates)
            findings.Add(PolicyFinding.Error("policy.template", $"{template.FileName}:{template.Position}",
                $"Template {template.Id} is never linked, so it decides nothing; fill its slots in, or remove it."));
        if (!bundle.HasPermit())
            findings.Add(PolicyFinding.Warning(
                "policy.permits-nothing", "policies", "No rule permits anything, so everything is blocked."));
        if (!bundle.HasTests())
            findings.Add(PolicyFinding.Error(
                "policy.no-tests", "policies", "No tests come with the policies; add tests/NAME.yaml beside them."));
        return findings.ToImmutable();
    }

    static void Look(Policy policy, PolicyBundle bundle, ImmutableArray<PolicyFinding>.Builder findings)
    {
        var place = $"{policy.FileName}:{policy.Position}";
        if (string.IsNullOrWhiteSpace(policy.Annotations.GetValueOrDefault("reason")))
            Warn("policy.no-reason", $"Rule {policy.Id} does not say why; add @reason(\"...\"): people read it when it "
                + "stops them.");
        if (string.IsNullOrWhiteSpace(policy.Annotations.GetValueOrDefault("owner")))
            Warn("policy.no-owner", $"Nobody answers for rule {policy.Id}; add @owner(\"TEAM\").");
        foreach (var name in policy.Annotations.Keys.Where(n => !_annotations.Contains(n))
            .Order(StringComparer.Ordinal))
            Warn("policy.unknown-annotation", $"@{name} on rule {policy.Id} means nothing here; known are @"
                + string.Join(", @", _annotations.Order(StringComparer.Ordinal)) + ".");
        if (policy.Annotations.TryGetValue("commit", out var commit)
            && (commit != "automatic" || policy.Effect != Effect.Permit))
            Warn("policy.unknown-annotation", $"@commit on rule {policy.Id} means nothing: it is for a permit, and "
                + "says \"automatic\".");
        if (policy.Id.StartsWith("session:", StringComparison.Ordinal))
            findings.Add(PolicyFinding.Error("policy.reserved-id", place,
                $"Ids that begin with 'session:' are shown for session policies; rename rule {policy.Id}."));
        if (policy.Annotations.ContainsKey("quorum") && !bundle.Gates.ContainsKey(policy.Id))
            Warn("policy.quorum-alone", $"@quorum on rule {policy.Id} means nothing without @approval.");
        if (bundle.Gates.ContainsKey(policy.Id)
            && !ContextUse.Of(policy).Any(p => p.Split('.')[0] == "approvals"))
            findings.Add(PolicyFinding.Error("policy.gate-without-condition", place, $"Gate {policy.Id} does not look "
                + "at context.approvals, so no approval could ever open it; add: unless "
                + "{ context.approvals.teams.contains(\"TEAM\") }, or leave @approval out to block."));

        void Warn(string code, string why) => findings.Add(PolicyFinding.Warning(code, place, why));
    }
}

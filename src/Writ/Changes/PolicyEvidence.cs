using Writ.Policies;
using Writ.Realms;
using Writ.Wire;

namespace Writ.Changes;

/// <summary>Which sessions a new bundle judges. Member 0 is the strict one, and what older ledgers mean.</summary>
public enum PolicyReach
{
    /// <summary>All of them, at once; what waits under another bundle is void.</summary>
    AllSessions,

    /// <summary>Those that open from now on; open ones keep the bundle they were opened under.</summary>
    NewSessions,
}

/// <summary>
/// What the control plane found when somebody looked at a new bundle: does it hold, do its tests pass, and which
/// recorded verdicts would it have changed. The person who looked signs its digest, and it is recorded with their move.
/// </summary>
/// <param name="PolicyDigest">The bundle it is about.</param>
/// <param name="Rules">How many rules the bundle has.</param>
/// <param name="Tests">How many test cases were run.</param>
/// <param name="TestsFailed">How many of them did not give what they expect.</param>
/// <param name="Findings">Errors first; the first <see cref="FindingsMax"/>.</param>
public sealed record PolicyEvidence(
    string PolicyDigest, int Rules, int Tests, int TestsFailed, ImmutableArray<PolicyFinding> Findings,
    int FindingsMore, PolicyImpact Impact)
{
    public const int FindingsMax = 40;

    /// <summary>Most bytes in canonical JSON, so that it fits an entry together with its move.</summary>
    public const int BytesMax = 40_000;

    /// <summary>SHA-256 over its canonical JSON: what is signed.</summary>
    public string Digest() => "sha256:" + Canonical.Sha256Hex(this, WireJson.Default.PolicyEvidence);

    /// <summary>False when a part is missing, as JSON may leave any of them out, or when it is too long.</summary>
    public bool IsWhole() =>
        PolicyDigest is not null && Impact is { Groups.IsDefault: false } && !Findings.IsDefault
        && Findings.All(f => f is { Code: not null, Place: not null, Why: not null })
        && Impact.Groups.All(g => g is { Rules.IsDefault: false, Asks.IsDefault: false, Command: not null })
        && Canonical.Bytes(this, WireJson.Default.PolicyEvidence).Length <= BytesMax;

    /// <summary>Why a bundle may not be published on this evidence, or null.</summary>
    internal Refusal? Hinders(PolicyBundle next)
    {
        if (PolicyDigest != next.Digest)
            return new Refusal("change.other-evidence", "The evidence is about another bundle than the document's.");
        if (Findings.FirstOrDefault(f => f.Level == FindingLevel.Error) is { } error)
            return new Refusal("change.policy-invalid", $"{error.Place}: {error.Why} [{error.Code}]");
        return TestsFailed > 0 || Tests <= 0
            ? new Refusal("change.tests-failed", TestsFailed > 0
                ? $"{TestsFailed} of {Tests} tests of the bundle fail."
                : "None of the bundle's tests was run; a file of tests has at least one case. Use: writ policy test")
            : null;
    }

    /// <summary>
    /// Where one bundle takes the place of another, it has a schema to hold its rules against and tests that show what
    /// they are for, and somebody has looked at what came of both.
    /// </summary>
    internal static Refusal? Missing(Registry now, Registry next, PolicyEvidence? evidence) =>
        now.Policy.Digest == next.Policy.Digest ? null
        : !next.Policy.HasSchema() ? new Refusal("change.no-schema", "No schema comes with the bundle, so nobody can "
            + "say whether its rules fit what they are asked; add schema.cedarschema to it, then: writ policy check")
        : !next.Policy.HasTests() ? new Refusal("change.no-tests", "No tests come with the bundle, so nothing shows "
            + "what its rules are for; add tests/NAME.yaml with at least one case, then: writ policy test")
        : evidence is null ? new Refusal("change.no-evidence", "A bundle is published on the result of its tests and "
            + "on what it would have changed; use: writ policy propose")
        : evidence.Hinders(next.Policy);
}

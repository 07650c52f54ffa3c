using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Writ.Cedar;
using Writ.Realms;
using Writ.Requests;
using Writ.Shell.Knowledge;

namespace Writ.Policies;

/// <summary>Who a policy's gate asks, read from its annotations once, when the bundle is compiled.</summary>
/// <param name="Team">From <c>@approval("team:NAME")</c>.</param>
/// <param name="Quorum">From <c>@quorum("N")</c>; 1 when it is left out.</param>
sealed record PolicyGate(TeamId Team, int Quorum);

/// <summary>
/// The policies of a realm, compiled, under the digest of their exact text. It can be thrown away and compiled again
/// from the ledger at any time, with the same result.
/// </summary>
public sealed class PolicyBundle
{
    public const int BytesMax = 1024 * 1024;
    public const int FilesMax = 256;

    PolicyBundle(
        PolicySource source, string digest, PolicySet policies, ImmutableDictionary<string, PolicyGate> gates,
        ProgramKnowledge knowledge)
    {
        Knowledge = knowledge;
        Source = source;
        Digest = digest;
        Policies = policies;
        Gates = gates;
    }

    public static PolicyBundle Empty { get; } = new(
        PolicySource.Empty, PolicySource.Empty.Digest(), PolicySet.Empty,
        ImmutableDictionary<string, PolicyGate>.Empty, ProgramKnowledge.Shipped);

    /// <summary>What programs do: as Writ knows it, with the bundle's own files over it.</summary>
    public ProgramKnowledge Knowledge { get; }

    static readonly FrozenSet<string> _verbs =
        Verbs.Groups.Keys.Where(v => v != Verbs.Run).ToFrozenSet(StringComparer.Ordinal);

    public string Digest { get; }

    /// <summary>The exact text it was compiled from.</summary>
    public PolicySource Source { get; }

    public int RuleCount => Policies.Policies.Length;

    public ImmutableHashSet<string> RuleIds() => [.. Policies.Policies.Select(p => p.Id)];

    internal PolicySet Policies { get; }

    /// <summary>True when at least one rule permits: without, everything is blocked.</summary>
    internal bool HasPermit() => Policies.Policies.Any(p => p.Effect == Cedar.Effect.Permit);

    /// <summary>True when tests come with the policies.</summary>
    public bool HasTests() => Source.Of(PolicyFileKind.Tests).Any();

    /// <summary>True when a schema comes with the policies; whether it is sound is for the inspection to say.</summary>
    public bool HasSchema() => Source.Of(PolicyFileKind.Schema).Any();

    /// <summary>The gates by policy id; a forbid that is not here blocks.</summary>
    internal ImmutableDictionary<string, PolicyGate> Gates { get; }

    /// <summary>The permits that let what a run changed become real at once: those with <c>@commit("automatic")</c>.
    /// </summary>
    internal ImmutableHashSet<string> CommittingRules => field ??=
    [
        .. Policies.Policies.Where(p => p.Effect == Cedar.Effect.Permit
            && p.Annotations.GetValueOrDefault("commit") == "automatic").Select(p => p.Id),
    ];

    /// <summary>
    /// Compiles a bundle, or says everything that is wrong with it: file, line, column, what was expected.
    /// </summary>
    public static (PolicyBundle? Bundle, ImmutableArray<DocumentFault> Faults) Compile(PolicySource source)
    {
        if (source.Files.Length > FilesMax || source.Files.Sum(f => f.Text.Length) > BytesMax)
            return (null, [new DocumentFault("policy", "policy.too-large",
                $"A bundle has at most {FilesMax} files and {BytesMax} characters.")]);
        var faults = ImmutableArray.CreateBuilder<DocumentFault>();
        var sets = new List<PolicySet>();
        foreach (var file in source.Of(PolicyFileKind.Policy))
        {
            var parsed = PolicySet.Parse(file.Text, PolicyIdSource.IdAnnotation, file.Name);
            if (parsed.TryGetValue(out var set))
                sets.Add(set);
            else
                faults.AddRange(parsed.Errors.Select(e => Fault(file.Name, e)));
        }
        var combined = PolicySet.Combine(sets);
        if (!combined.TryGetValue(out var policies))
            faults.AddRange(combined.Errors.Select(e => Fault("policy", e)));
        var knowledge = KnowledgeOf(source, faults);
        if (faults.Count > 0 || policies is null)
            return (null, faults.ToImmutable());
        var gates = ImmutableDictionary.CreateBuilder<string, PolicyGate>();
        foreach (var policy in policies.Policies)
            if (policy.Annotations.TryGetValue("approval", out var who))
                AddGate(policy, who, gates, faults);
        return faults.Count > 0
            ? (null, faults.ToImmutable())
            : (new PolicyBundle(source, source.Digest(), policies, gates.ToImmutable(), knowledge), []);
    }

    static ProgramKnowledge KnowledgeOf(PolicySource source, ImmutableArray<DocumentFault>.Builder faults)
    {
        var files = source.Of(PolicyFileKind.Knowledge)
            .Select(f => (f.Name, (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(f.Text))).ToArray();
        if (files.Length == 0)
            return ProgramKnowledge.Shipped;
        var (knowledge, wrong) = ProgramKnowledge.Shipped.With(files, _verbs);
        faults.AddRange(wrong.Select(
            w => new DocumentFault($"{w.File}:{w.Line}:{w.Column}", "policy.bad-knowledge", w.Why)));
        return knowledge ?? ProgramKnowledge.Shipped;
    }

    /// <summary>Gates that ask a team the realm does not have: nobody could ever open them.</summary>
    internal IEnumerable<DocumentFault> GatesWithoutTeam(RealmDocument document)
    {
        var teams = document.Teams.Select(t => t.Id).ToHashSet();
        foreach (var (policy, gate) in Gates.OrderBy(g => g.Key, StringComparer.Ordinal))
            if (!teams.Contains(gate.Team))
                yield return new DocumentFault(
                    $"policy (@id \"{policy}\")", "policy.unknown-team",
                        $"It asks team '{gate.Team}', which this realm lacks.");
    }

    static void AddGate(
        Policy policy, string who, ImmutableDictionary<string, PolicyGate>.Builder gates,
        ImmutableArray<DocumentFault>.Builder faults)
    {
        var quorum = policy.Annotations.GetValueOrDefault("quorum", "1");
        if (policy.Effect != Cedar.Effect.Forbid)
            Refuse("policy.gate-on-permit", "@approval belongs on a forbid: a permit cannot ask anybody.");
        else if (!who.StartsWith("team:", StringComparison.Ordinal) || !IdRules.IsWellFormed(who[5..]))
            Refuse("policy.bad-gate", "@approval names a team, as in @approval(\"team:sre\").");
        else if (!int.TryParse(quorum, NumberStyles.None, CultureInfo.InvariantCulture, out var people)
            || people is < 1 or > 10)
            Refuse("policy.bad-quorum", "@quorum is a number from 1 to 10, as in @quorum(\"2\").");
        else
            gates.Add(policy.Id, new PolicyGate(new TeamId(who[5..]), people));

        void Refuse(string code, string why) => faults.Add(new DocumentFault(
            $"{policy.FileName}:{policy.Position} (@id \"{policy.Id}\")", code, why));
    }

    static DocumentFault Fault(string file, ParseError error) =>
        new(error.Position.IsKnown ? $"{error.FileName ?? file}:{error.Position}" : error.FileName
            ?? file, error.Code, error.Message);
}

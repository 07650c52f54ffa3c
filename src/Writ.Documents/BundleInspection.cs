using System.Collections.Immutable;
using Writ.People;
using Writ.Policies;
using Writ.Realms;
using Writ.Shell.Knowledge;

namespace Writ.Documents;

/// <summary>What a bundle calls itself, from its <c>bundle.yaml</c>; empty where nothing is said.</summary>
public sealed record BundleName(string Name, string Version, string Summary);

/// <summary>
/// Everything that can be found out about a bundle before it decides anything: does it parse, does it fit its schema,
/// what is odd about its rules, can its gates be opened, do its tests pass. The same for a developer's check and for
/// a publication.
/// </summary>
/// <param name="Bundle">Null when it does not parse; then nothing else could be looked at.</param>
/// <param name="Findings">Errors first, then warnings, each in the order of the files.</param>
public sealed record BundleInspection(
    PolicyBundle? Bundle, BundleName Name, ImmutableArray<PolicyFinding> Findings,
    ImmutableArray<PolicyTestResult> Tests)
{
    public int Failed() => Tests.Count(t => !t.Passed());

    /// <summary>True when it may be published: no error, and no test that fails.</summary>
    public bool IsSound() => Bundle is not null && Failed() == 0 && Findings.All(f => f.Level != FindingLevel.Error);

    /// <param name="realm">Whose teams the gates ask; null when there is no realm at hand.</param>
    /// <param name="keys">Who has enrolled; null when that is not known.</param>
    public static BundleInspection Of(
        PolicySource source, Registry? realm, ImmutableDictionary<PersonId, DeviceKey>? keys)
    {
        var (bundle, faults) = PolicyBundle.Compile(source);
        var (cases, testFaults) = PolicyTestReader.Read(source);
        var (name, nameFaults) = NameOf(source);
        var findings = new List<PolicyFinding>();
        foreach (var fault in faults.Concat(testFaults).Concat(nameFaults))
            findings.Add(PolicyFinding.Error(fault.Code, fault.Path, fault.Why));
        ImmutableArray<PolicyTestResult> tests = [];
        if (bundle is not null)
        {
            findings.AddRange(UnknownRules(bundle, cases));
            findings.AddRange(PolicyValidation.Of(bundle));
            findings.AddRange(PolicyLint.Of(bundle));
            findings.AddRange(KnowledgeFindings(bundle.Knowledge));
            if (realm is not null)
                findings.AddRange(GateAnalysis.Of(realm, bundle, keys));
            if (testFaults.IsEmpty)
                tests = PolicyTestRun.Of(bundle, cases);
        }
        return new BundleInspection(bundle, name, [.. findings.OrderBy(f => f.Level)], tests);
    }

    static IEnumerable<PolicyFinding> KnowledgeFindings(ProgramKnowledge knowledge)
    {
        if (knowledge == ProgramKnowledge.Shipped)
            yield break;
        foreach (var (program, why) in KnowledgeCheck.Failures(knowledge))
            yield return PolicyFinding.Error("policy.knowledge-test", program.File, $"A test does not hold: {why}.");
        foreach (var program in knowledge.Replacing)
            yield return PolicyFinding.Warning("policy.knowledge-replaces", program.File,
                $"What Writ knows of {program.Node.Name} no longer counts; this file says what it does.");
        foreach (var program in knowledge.Programs.Where(p => p.Tests.IsEmpty)
            .OrderBy(p => p.Node.Name, StringComparer.Ordinal))
            yield return PolicyFinding.Warning("policy.knowledge-untested", program.File,
                $"No test shows what {program.Node.Name} does; add tests: [{{argv, effects}}].");
    }

    // A name that no rule has makes a case that can never be right for the reason it gives.
    static IEnumerable<PolicyFinding> UnknownRules(PolicyBundle bundle, ImmutableArray<PolicyTestCase> cases)
    {
        var known = bundle.RuleIds();
        foreach (var test in cases)
        {
            var named = test.Expected.Rules.Concat(test.Expected.Gates?.Select(g => g.Rule).OfType<string>() ?? []);
            foreach (var rule in named.Distinct(StringComparer.Ordinal))
                if (!known.Contains(rule) && !rule.StartsWith("session:", StringComparison.Ordinal))
                    yield return PolicyFinding.Error("policy.test-unknown-rule", test.Place,
                        $"The bundle has no rule '{rule}' for this case to expect.");
        }
    }

    static (BundleName Name, ImmutableArray<DocumentFault> Faults) NameOf(PolicySource source)
    {
        var faults = new FaultList();
        var name = new BundleName("", "", "");
        foreach (var file in source.Of(PolicyFileKind.Metadata))
            try
            {
                if (YamlTree.Parse(file.Name, file.Text) is not { } root)
                    continue;
                var fields = new YamlFields(root, "a bundle", faults);
                name = new BundleName(
                    fields.Text("name"), fields.OptionalText("version") ?? "", fields.OptionalText("summary") ?? "");
                fields.NothingElse();
            }
            catch (YamlFaultException e)
            {
                faults.Add(e.Place, e.Code, e.Message);
            }
        return (name, faults.All);
    }
}

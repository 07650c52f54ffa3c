using System.Globalization;
using Writ.Cedar;
using Writ.Changes;
using Writ.Documents;
using Writ.Policies;
using Writ.Requests;

namespace Writ.Cli.Screens;

/// <summary>Bundles for people: what is wrong with one, what it would change, and why a verdict was given.</summary>
static class PolicyScreen
{
    const int FailuresMax = 50;

    /// <summary>Stops before anything is signed when the realm would refuse the bundle anyway.</summary>
    public static void RequireSound(PolicyEvidence? evidence)
    {
        if (evidence?.Findings.FirstOrDefault(f => f.Level == FindingLevel.Error) is { } error)
            throw CliFaultException.Error(
                // The control plane would say the same of what is missing.
                error.Code switch
                {
                    "policy.no-schema" => "change.no-schema",
                    "policy.no-tests" => "change.no-tests",
                    _ => "change.policy-invalid",
                }, $"the bundle has an error, so nothing was signed: {error.Place}: {error.Why}");
        if (evidence is { TestsFailed: > 0 and var failed })
            throw CliFaultException.Error(
                "change.tests-failed",
                $"{failed} tests of the bundle fail, so nothing was signed; run: writ policy test");
    }

    public static string Reach(PolicyReach? reach) => reach == PolicyReach.NewSessions
        ? "sessions that open from then on; open ones keep theirs"
        : "all sessions at once; what waits under another policy is void";

    public static void Evidence(Page page, PolicyEvidence evidence)
    {
        page.Field("policy", evidence.PolicyDigest);
        page.Field("rules", $"{evidence.Rules}");
        page.Field("tests", $"{evidence.Tests - evidence.TestsFailed} passed, {evidence.TestsFailed} failed");
        foreach (var finding in evidence.Findings)
            Finding(page, finding, finding.Place);
        if (evidence.FindingsMore > 0)
            page.Warning($"  ... and {evidence.FindingsMore} findings more");
        Impact(page, evidence.Impact);
    }

    public static void Impact(Page page, PolicyImpact impact)
    {
        page.Field("judged again", $"{impact.Verdicts} verdicts since {Moments.Text(impact.Since)}, of "
            + $"{impact.Entries} entries"
            + (impact.Whole
                ? $", all of them (the bound is {PolicyImpact.VerdictsMax})"
                : $"; the bound of {PolicyImpact.VerdictsMax} was reached, so later ones are missing"));
        if (impact.Changed() == 0)
        {
            page.Good("  No recorded verdict would have been another.");
            return;
        }
        page.Heading($"  {impact.Changed()} verdicts would have been another: {impact.Looser} less strict, "
            + $"{impact.Stricter} stricter, {impact.Regated} asking others.");
        foreach (var group in impact.Groups)
        {
            var line = $"  {group.Count} x {Word(group.From)} -> {Word(group.To)}"
                + (group.Asks.IsEmpty ? "" : $" (asks {string.Join(", ", group.Asks)})")
                + $"  by {(group.Rules.IsEmpty ? "the lack of a permit" : string.Join(", ", group.Rules))}"
                + $"; agent {group.Agent}, workflow {group.Workflow}; as {group.Example}: {group.Command}";
            if (group.To > group.From)
                page.Bad(line);
            else
                page.Warning(line);
        }
        if (impact.GroupsMore > 0)
            page.Warning($"  ... and {impact.GroupsMore} groups more");
    }

    /// <summary>What checking a bundle found. Places are places on this disk.</summary>
    /// <param name="source">The bundle's text, of which the lines are shown.</param>
    public static Page Of(
        BundleInspection inspection, PolicySource source, Func<string, string> place, bool testsOnly)
    {
        var page = new Page();
        if (!testsOnly)
            foreach (var finding in inspection.Findings)
            {
                Finding(page, finding, place(finding.Place));
                if (Excerpt(source, finding.Place) is { } excerpt)
                    page.Lines(excerpt);
            }
        foreach (var test in inspection.Tests.Where(t => !t.Passed()).Take(FailuresMax))
        {
            page.Bad($"{place(test.Place)}: '{test.Name}': {string.Join("; ", test.Differences)}");
            page.Difference('-', $" expected {test.Expected}").Difference('+', $" actual   {test.Actual}");
        }
        var (all, failed) = (inspection.Tests.Length, inspection.Failed());
        if (inspection.Bundle is not { } bundle)
            return page.Text("Not sound: it does not parse, so its tests were not run.");
        page.Text($"{all - failed} tests passed, {failed} failed.");
        if (!testsOnly)
            page.Text($"{(inspection.IsSound() ? "Sound" : "Not sound")}: "
                + $"{(inspection.Name.Name.Length > 0 ? $"{inspection.Name.Name} {inspection.Name.Version}, " : "")}"
                + $"{bundle.RuleCount} rules, {bundle.Digest}");
        return page;
    }

    public static Page Of(PolicyExplanation explanation, string asked)
    {
        var page = new Page().Heading($"{Word(explanation.Kind)}: {explanation.Why} [{explanation.Code}]");
        page.Quote(asked);
        page.Field("policy", explanation.PolicyDigest).Field("its own", explanation.SessionPolicyDigest);
        foreach (var rule in explanation.Rules)
        {
            page.Blank();
            var line = $"Rule {rule.Rule} {rule.Part}: {rule.Reason}";
            if (rule.Part == "permits")
                page.Good(line);
            else
                page.Bad(line);
            page.Field("decides", string.Join(", ", rule.Verbs));
            page.Field("stands at", rule.Place.Length > 0 ? rule.Place : null);
            page.Field("owner", rule.Owner.Length > 0 ? rule.Owner : null);
            page.Field("controls", rule.Controls.Length > 0 ? rule.Controls : null);
            if (rule.Text.Length > 0)
                page.Quote(rule.Text);
        }
        if (explanation.WouldChange.IsEmpty)
            return page;
        page.Blank().Heading("What would change it");
        foreach (var change in explanation.WouldChange)
            page.Text($"  * {change}");
        return page;
    }

    // The line of a place like "policies/a.cedar:3:5", with a mark below.
    static string? Excerpt(PolicySource source, string place)
    {
        var parts = place.Split(' ')[0].Split(':');
        if (parts is not [var name, var line, var column]
            || source.Files.FirstOrDefault(f => f.Name == name) is not { } file
            || !int.TryParse(line, CultureInfo.InvariantCulture, out var row)
            || !int.TryParse(column, CultureInfo.InvariantCulture, out var at))
            return null;
        var shown = DiagnosticText.Of("", new SourcePosition(row, at, Offset: 0), file.Text);
        return shown.StartsWith('\n') ? shown[1..] : null;
    }

    public static string Word(VerdictKind kind) => kind switch
    {
        VerdictKind.Automatic => "allowed",
        VerdictKind.Approval => "approval",
        _ => "blocked",
    };

    static void Finding(Page page, PolicyFinding finding, string place)
    {
        var line = $"{place}: {(finding.Level == FindingLevel.Error ? "error" : "warning")}: {finding.Why} "
            + $"[{finding.Code}]";
        if (finding.Level == FindingLevel.Error)
            page.Bad(line);
        else
            page.Warning(line);
    }
}

using System.Collections.Immutable;
using Writ.Policies;
using Writ.Requests;

namespace Writ.Cli.Screens;

/// <summary>What an agent may do, with effects that are answered alike on one line.</summary>
static class PowerScreen
{
    /// <summary>Days without use that are marked where nobody says how many.</summary>
    public const int UnusedDays = 30;

    /// <param name="days">So long without use is marked.</param>
    /// <param name="usesOnly">Without the effects.</param>
    public static Page Of(AgentPowers powers, int days, bool usesOnly)
    {
        var page = new Page().Heading($"What agent {powers.Agent} may do, in sessions that {powers.Sponsor} opens now");
        if (powers.Places.IsEmpty)
            page.Text("  nothing: no workflow names it");
        foreach (var place in powers.Places)
        {
            page.Blank().Heading($"Workflow {place.Workflow} in {place.Environment}"
                + (place.Production ? ", which is production" : ""));
            Uses(page, place, powers.At, days);
            if (!usesOnly)
                Place(page, place);
        }
        return page;
    }

    // Granted against used: the first thing that somebody who looks after an agent wants to know.
    static void Uses(Page page, PowerPlace place, DateTimeOffset now, int days)
    {
        if (place.Uses is not { IsDefaultOrEmpty: false } uses)
            return;
        page.Table(
        [
            ["  granted", "tier", "policy", "since", "used", "last", ""],
            .. uses.Select(u => (string[])
            [
                $"  {u.Kind} {u.Name}", u.Tier,
                place.Closed is null ? PolicyScreen.Word(u.Answer) : "closed",
                u.Granted is { } since ? Moments.Day(since) : "?", Times(u.Times),
                u.Used is { } last ? Moments.Day(last) : "-", Unused(u, now, days),
            ]),
        ]);
    }

    static string Times(int times) => times switch
    {
        0 => "never",
        1 => "once",
        _ => $"{times} times",
    };

    static string Unused(PowerUse use, DateTimeOffset now, int days) =>
        (use.Used ?? use.Granted) is { } since && now - since > TimeSpan.FromDays(days)
            ? $"not in {days} days"
            : "";

    public static void Place(Page page, PowerPlace place)
    {
        if (place.Closed is { } closed)
        {
            page.Bad($"  blocked: everything: {closed.Why} [{closed.Code}]");
            return;
        }
        page.Field("policy", place.PolicyDigest);
        var groups = place.Powers.GroupBy(Answer, StringComparer.Ordinal).ToList();
        foreach (var group in groups.OrderByDescending(g => g.First().Kind))
            Group(page, [.. group]);
        if (place.OwnPolicy.IsEmpty)
            return;
        page.Blank().Text("  What is left of the session's own policy, of which a permit has to apply and no forbid:");
        foreach (var rule in place.OwnPolicy)
            page.Field("rule", rule.Rule).Quote(rule.Text);
    }

    static void Group(Page page, ImmutableArray<EffectPower> alike)
    {
        var first = alike[0];
        var line = $"  {PolicyScreen.Word(first.Kind)}: {Named(alike)}";
        switch (first.Kind)
        {
            case VerdictKind.Automatic:
                page.Good(line);
                break;
            case VerdictKind.Approval:
                page.Warning(line);
                break;
            default:
                page.Bad($"{line}: {first.Why} [{first.Code}]");
                break;
        }
        foreach (var gate in first.Gates)
            page.Text($"      asks {gate.Quorum} of {gate.Team}: {gate.Reason} (rule {gate.Policy})");
        foreach (var when in first.When)
            Condition(page, when);
    }

    // A rule with many conditions is a list: on one line nobody would find the end of the first.
    static void Condition(Page page, PowerCondition when)
    {
        var line = $"      {Part(when)} (rule {when.Rule}) {(when.Part == "permits" ? "when" : "unless")}";
        if (when.Conditions is [var only])
        {
            page.Text($"{line} {only}");
            return;
        }
        page.Text($"{line} all of");
        foreach (var condition in when.Conditions)
            page.Text($"        {condition}");
    }

    static string Part(PowerCondition when) => when.Part switch
    {
        "permits" => "only permitted",
        "asks" => $"asks {when.Asks}",
        _ => "blocked",
    };

    // Verbs with the same targets stand together: "fs.read, fs.write on the work tree, db".
    static string Named(ImmutableArray<EffectPower> alike) => string.Join("; ", alike.GroupBy(p => p.Verb)
        .Select(g => (Verb: g.Key, On: string.Join(", ", g.Select(p => p.Target?.Value ?? "the work tree"))))
        .GroupBy(p => p.Verb == Verbs.Run ? "" : p.On)
        .Select(g => g.Key.Length == 0
            ? "any command as a whole"
            : $"{string.Join(", ", g.Select(p => p.Verb))} on {g.Key}"));

    // What makes two powers the same for a reader.
    static string Answer(EffectPower power) => string.Join(
        '\n',
        [
            $"{power.Kind} {power.Code} {power.Why}", .. power.Gates.Select(g => $"{g}"),
            .. power.When.Select(w => $"{w.Rule} {w.Part} {w.Asks} {string.Join(" && ", w.Conditions)}"),
        ]);
}

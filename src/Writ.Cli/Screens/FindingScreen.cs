using System.Collections.Immutable;
using Writ.Findings;

namespace Writ.Cli.Screens;

/// <summary>Findings as people see them.</summary>
static class FindingScreen
{
    public static Page Of(ImmutableArray<FindingView> views, DateTimeOffset now)
    {
        var page = new Page();
        foreach (var view in views)
        {
            var line = $"{view.Id}  {view.Kind}  [{view.Code}]  {view.State}";
            if (view.State == "open")
                page.Warning(line);
            else
                page.Text(line);
            page.Text($"  {view.Detail}");
            page.Text($"  {view.Owner} is to act, since {Moments.Age(view.Since, now)}"
                + (view.Times > 1 ? $", {view.Times} times" : "") + ". " + view.Todo);
            if (!view.Refuses.IsEmpty)
                page.Bad($"  Until then this does not work: {string.Join(", ", view.Refuses)}");
            if (view is { State: "accepted", Accepted: { } accepted })
                page.Text($"  {accepted.By} lives with it until {Moments.Text(accepted.Until)}: {accepted.Reason}");
            page.Blank();
        }
        return page.Text("One of them: writ findings show FINDING");
    }

    public static Page Of(FindingView view)
    {
        var page = new Page().Heading($"Finding {view.Id}: {view.Kind}, {view.State}");
        page.Field("what", view.Detail).Field("code", view.Code);
        page.Field("who acts", view.Owner.Value).Field("what to do", view.Todo);
        page.Field("since", Moments.Text(view.Since)
            + (view.Times > 1 ? $", {view.Times} times, last {Moments.Text(view.Last)}" : ""));
        page.Field("agent", view.Scope.Agent?.Value).Field("workflow", view.Scope.Workflow?.Value)
            .Field("environment", view.Scope.Environment?.Value)
            .Field("targets", view.Scope.Targets is { } targets ? string.Join(", ", targets) : null)
            .Field("work tree", view.Scope.WorkTree).Field("fingerprint", view.Fingerprint);
        if (!view.Refuses.IsEmpty)
            page.Bad($"  Until it is settled this does not work: {string.Join(", ", view.Refuses)}");
        if (view.Accepted is { } accepted)
            page.Field("accepted", $"by {accepted.By} at {Moments.Text(accepted.At)}, until "
                + $"{Moments.Text(accepted.Until)}: {accepted.Reason}");
        if (view.Settled is { } settled)
            page.Field("settled", $"{(view.SettledAt is { } at ? Moments.Text(at) : "")} [{settled}]");
        if (!view.Evidence.IsEmpty)
            page.Field("evidence", string.Join(", ", view.Evidence));
        if (view.Entries is { IsDefaultOrEmpty: false } entries)
            page.Field("entries", $"{string.Join(", ", entries)}; see: writ ledger show {entries[0]}");
        if (view.State == "open")
            page.Blank().Text($"Live with it: writ findings accept {view.Id} --reason WHY --until DAY");
        return page;
    }
}

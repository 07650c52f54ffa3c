using System.Collections.Immutable;
using Writ.Changes;
using Writ.Cli.Hooking;
using Writ.Wire;

namespace Writ.Cli.Screens;

/// <summary>A change of the realm as its author and its reviewers see it.</summary>
static class ChangeScreen
{
    public static Page Of(ChangeView view, DateTimeOffset now)
    {
        var page = new Page().Heading($"Change {view.Id}: {view.State}");
        page.Field("author", view.Author?.Value);
        page.Field("reason", view.Reason);
        page.Field("document", view.DocumentDigest);
        page.Field("policy", view.PolicyDigest);
        if (view.PolicyDigest is not null)
            page.Field("judges", PolicyScreen.Reach(view.Reach));
        if (view.ExpiresAt is { } until)
            page.Field("until", $"{Moments.Text(until)} ({Moments.Left(until, now)})");
        if (!view.Reviewers.IsDefaultOrEmpty)
            page.Field("reviewed by", string.Join(", ", view.Reviewers));
        page.Blank();
        Differences(page, view.Differences, view.PolicyTexts);
        if (view.Evidence is { } evidence)
        {
            page.Blank().Heading("What its author saw:");
            PolicyScreen.Evidence(page, evidence);
        }
        return page;
    }

    public static void Differences(
        Page page, ImmutableArray<DocumentChange> differences, ImmutableArray<PolicyTextChange> texts)
    {
        foreach (var change in differences)
        {
            var text = (change.Before, change.After) switch
            {
                (null, { } after) => $"+ {change.Path}: {after}",
                ({ } before, null) => $"- {change.Path}: {before}",
                var (before, after) => $"~ {change.Path}: {before} -> {after}",
            };
            if (change.Guarded)
                page.Warning(text);
            else
                page.Text(text);
        }
        foreach (var text in texts)
            foreach (var line in UnifiedDiff.Of(text.Name, text.Before, text.After ?? "")
                .Split('\n', StringSplitOptions.RemoveEmptyEntries))
                page.Difference(line[0], line[1..]);
    }
}

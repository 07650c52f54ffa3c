using Writ.Cli.Hooking;
using Writ.Trees;
using Writ.Wire;

namespace Writ.Cli.Screens;

/// <summary>A change of the realm as its author and its reviewers see it.</summary>
static class ChangeScreen
{
    /// <param name="compared">The differences as this client found them; null when there is nothing to compare.</param>
    public static Page Of(ChangeView view, ComparedDocuments? compared, DateTimeOffset now)
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
        if (compared is null)
            return page;
        page.Field("against", $"{compared.NowDigest}, the realm in force as the control plane gives it");
        page.Blank();
        Differences(page, compared);
        if (view.Evidence is { } evidence)
        {
            page.Blank().Heading("What its author saw:");
            PolicyScreen.Evidence(page, evidence);
        }
        return page;
    }

    public static void Differences(Page page, ComparedDocuments compared)
    {
        foreach (var change in compared.Differences)
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
        foreach (var text in compared.PolicyTexts)
            foreach (var line in UnifiedDiff.Of(text.Name, text.Before, text.After ?? "")
                .Split('\n', StringSplitOptions.RemoveEmptyEntries))
                page.Difference(line[0], line[1..]);
    }
}

using System.Globalization;
using Writ.Cli.Arguments;
using Writ.Cli.Calling;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Findings;
using Writ.Wire;

namespace Writ.Cli.Commands;

/// <summary>What should not be as it is: who is to settle it, and how.</summary>
static class FindingCommands
{
    public static int List(Typed typed)
    {
        var query = new List<string>();
        if (typed.Has("--all"))
            query.Add("all=true");
        if (typed.Value("--kind") is { } kind)
            query.Add(FindingKinds.Of(kind) is not null
                ? $"kind={kind}"
                : throw typed.Misused($"a kind is one of {string.Join(", ", FindingKinds.Words)}"));
        if (typed.Value("--agent") is { } agent)
            query.Add($"agent={typed.AsId<AgentId>(agent)}");
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var views = plane.Get(
            "/v1/findings" + (query.Count > 0 ? "?" + string.Join('&', query) : ""),
            ApiJson.Default.ImmutableArrayFindingView);
        if (typed.Json)
            Screen.PrintJson(views, ApiJson.Default.ImmutableArrayFindingView);
        else if (views.IsEmpty)
            Screen.Say(typed.Has("--all") ? "Nothing was found." : "Nothing is open.");
        else
            Screen.Show(FindingScreen.Of(views, TimeProvider.System.GetUtcNow()), asMessage: false);
        return Exits.Ok;
    }

    public static int Show(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        return Print(typed, plane.Get($"/v1/findings/{typed.Id<FindingId>()}", ApiJson.Default.FindingView));
    }

    public static int Accept(Typed typed)
    {
        var body = new FindingAcceptRequest(typed.Required("--reason"), Until(typed));
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        return Print(typed, plane.Post(
            $"/v1/findings/{typed.Id<FindingId>()}/accept", body, ApiJson.Default.FindingAcceptRequest,
            ApiJson.Default.FindingView));
    }

    public static int Review(Typed typed)
    {
        using var plane = new ControlPlane(
            new ClientSettings(typed), TimeProvider.System, TimeSpan.FromMinutes(5));
        var review = plane.Post("/v1/findings/review", ApiJson.Default.FindingReview);
        if (typed.Json)
            Screen.PrintJson(review, ApiJson.Default.FindingReview);
        else
            Screen.Say($"{review.Raised} raised, {review.Settled} settled; {review.Open} are open."
                + (review.Open > 0 ? " List them: writ findings" : ""));
        return Exits.Ok;
    }

    // A day ends at midnight, and so does what is accepted until that day.
    static DateTimeOffset Until(Typed typed)
    {
        var text = typed.Required("--until");
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return new DateTimeOffset(day.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        return DateTimeOffset.TryParseExact(
            text, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at
            : throw typed.Misused("--until is a day like 2027-01-31, or an instant like 2027-01-31T18:00:00Z");
    }

    static int Print(Typed typed, FindingView view)
    {
        if (typed.Json)
            Screen.PrintJson(view, ApiJson.Default.FindingView);
        else
            Screen.Show(FindingScreen.Of(view), asMessage: false);
        return Exits.Ok;
    }
}

using System.Collections.Immutable;
using Writ.Cli.Arguments;
using Writ.Cli.Calling;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Linux;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Cli.Commands;

/// <summary>Opening, listing, showing and closing sessions, and what may be done in them.</summary>
static class SessionCommands
{
    public static int Open(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var view = OpenFor(plane, typed);
        if (typed.Json)
            Screen.PrintJson(view, ApiJson.Default.SessionView);
        else
            Screen.Show(Of(view), asMessage: false);
        return Exits.Ok;
    }

    /// <summary>Opens what the options say.</summary>
    public static SessionView OpenFor(ControlPlane plane, Typed typed)
    {
        var workflow = typed.AsId<WorkflowId>(typed.Required("--workflow"));
        var workTree = Path.GetFullPath(typed.Value("--work-tree") ?? Environment.CurrentDirectory);
        var targets = typed.Values("--target").Select(typed.AsId<TargetId>).ToImmutableArray();
        return plane.Post("/v1/sessions",
            new OpenSessionRequest(
                workflow,
                typed.Value("--agent") is { } agent ? typed.AsId<AgentId>(agent) : null,
                typed.Value("--env") is { } environment ? typed.AsId<EnvironmentId>(environment) : null,
                targets.IsEmpty ? null : targets, typed.Required("--task"), typed.Value("--purpose"),
                typed.Number("--uid") ?? ThisProcess.EffectiveUid, workTree, BranchOf(workTree),
                typed.Number("--minutes") is { } minutes ? Shortened(plane, workflow, minutes) : null, Parent: null,
                typed.Value("--policy") is { } policy ? BundleFiles.One(policy) : null),
            ApiJson.Default.OpenSessionRequest, ApiJson.Default.SessionView);
    }

    public static int List(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var sessions = plane.Get("/v1/sessions", ApiJson.Default.ImmutableArraySessionView);
        if (typed.Json)
            Screen.PrintJson(sessions, ApiJson.Default.ImmutableArraySessionView);
        else if (sessions.IsEmpty)
            Screen.Say("There are no sessions.");
        else
            Screen.Show(new Page().Table([.. sessions.Select(Row)]), asMessage: false);
        return Exits.Ok;
    }

    /// <summary>One session, with what may still be done in it.</summary>
    public static int Show(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var id = typed.Id<SessionId>();
        var view = plane.Get($"/v1/sessions/{id}", ApiJson.Default.SessionView);
        var powers = view.State == "open" ? plane.Get($"/v1/sessions/{id}/powers", ApiJson.Default.PowerPlace) : null;
        if (typed.Json)
        {
            Screen.PrintJson(new SessionAnswer(view, powers), CliJson.Default.SessionAnswer);
            return Exits.Ok;
        }
        var page = Terms(view);
        if (powers is not null)
        {
            page.Blank().Heading("What may still be done in it");
            PowerScreen.Place(page, powers);
        }
        Screen.Show(page, asMessage: false);
        return Exits.Ok;
    }

    /// <summary>What an agent may do, in sessions that whoever asks would open now.</summary>
    public static int Power(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var powers = plane.Get($"/v1/agents/{typed.Id<AgentId>()}/powers", ApiJson.Default.AgentPowers);
        if (typed.Json)
            Screen.PrintJson(powers, ApiJson.Default.AgentPowers);
        else
            Screen.Show(PowerScreen.Of(
                powers, typed.Number("--days") ?? powers.UnusedDays ?? PowerScreen.UnusedDays, typed.Has("--uses")),
                asMessage: false);
        return Exits.Ok;
    }

    public static int Close(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var id = typed.Id<SessionId>();
        plane.Post($"/v1/sessions/{id}/close", new CloseSessionRequest(typed.Value("--reason") ?? ""),
            ApiJson.Default.CloseSessionRequest);
        return IdentityCommands.Report(typed, new Done("closed", id.Value), $"Session {id} is closed.");
    }

    static Page Of(SessionView view) =>
        Terms(view).Blank().Text($"Try: writ run --session {view.Terms.Id} -- true");

    static Page Terms(SessionView view)
    {
        var terms = view.Terms;
        var page = new Page().Heading(
            $"Session {terms.Id} is {view.State}{(view.Code is { } code ? $" ({code})" : "")}.");
        page.Field("agent", terms.Agent.Value).Field("workflow", terms.Workflow.Value);
        page.Field("where", $"{terms.Environment}: {string.Join(", ", terms.Targets)}");
        page.Field("task", terms.Task).Field("work tree", terms.WorkTree).Field("branch", terms.Branch);
        page.Field("bounds", $"{terms.Bounds.Minutes} minutes, {terms.Bounds.Commands} commands, "
            + $"{terms.Bounds.Writes} writes, {terms.Bounds.Deletions} deletions"
            + (terms.Bounds.Credentials > 0 ? $", {terms.Bounds.Credentials} credentials" : ""));
        page.Field("policy", view.PolicyDigest);
        if (terms.Policy is { } own)
            page.Field("narrowed by", own.Name).Quote(own.Text);
        if (view.Accountable is { } people)
            page.Field("sponsor", people.Sponsor.Value).Field("owners", $"workflow {people.WorkflowOwner}, platform "
                + $"{people.PlatformOwner}, security {people.SecurityOwner}");
        if (view.ExpiresAt is { } until)
            page.Field("until", Moments.Text(until));
        if (view.Assistant is { } assistant)
            page.Field("assistant", assistant.Lives
                ? $"lives in a sandbox, run {assistant.Run}"
                : $"lived in run {assistant.Run}; see it again: writ play {assistant.Run}");
        return page;
    }

    static string[] Row(SessionView view) =>
    [
        view.Terms.Id.Value, view.Code is { } code ? $"{view.State} ({code})" : view.State, view.Terms.Agent.Value,
        view.Terms.Workflow.Value, view.Terms.Environment.Value, $"{view.Requests} requests, {view.Waiting} waiting",
        view.ExpiresAt is { } until ? Moments.Text(until) : "", view.Terms.Task,
    ];

    // What the workflow grants when nothing is asked, for a shorter or longer time; the realm refuses too much of it.
    static Bounds Shortened(ControlPlane plane, WorkflowId workflow, int minutes)
    {
        var granted = plane.Get("/v1/document", ApiJson.Default.RealmDocument).Workflows
            .FirstOrDefault(w => w.Id == workflow)?.Bounds ?? Bounds.Default;
        var usual = Bounds.Default;
        return new Bounds(
            minutes, Math.Min(usual.Commands, granted.Commands), Math.Min(usual.Writes, granted.Writes),
            Math.Min(usual.Deletions, granted.Deletions), Math.Min(usual.Targets, granted.Targets),
            granted.Credentials);
    }

    /// <summary>The branch that is checked out, when the work tree is a git repository's.</summary>
    static string? BranchOf(string workTree)
    {
        const string prefix = "ref: refs/heads/";
        try
        {
            var head = File.ReadAllText(Path.Combine(workTree, ".git", "HEAD")).Trim();
            return head.StartsWith(prefix, StringComparison.Ordinal) && head.Length <= 256
                ? head[prefix.Length..]
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not a repository, or a linked work tree: the session then names no branch.
            return null;
        }
    }
}

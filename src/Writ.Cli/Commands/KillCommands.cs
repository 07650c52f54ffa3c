using Writ.Cli.Arguments;
using Writ.Cli.Calling;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Kills;
using Writ.Wire;

namespace Writ.Cli.Commands;

/// <summary>The kill switch. Nothing is asked twice here: stopping is always safe.</summary>
static class KillCommands
{
    public static int Kill(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var view = plane.Post("/v1/kills", Order(typed), ApiJson.Default.KillRequest, ApiJson.Default.KillView);
        if (typed.Json)
            Screen.PrintJson(view, ApiJson.Default.KillView);
        else
            Screen.Show(Of(view), asMessage: false);
        return view.Completed ? Exits.Ok : Exits.Error;
    }

    public static int Resume(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var order = Order(typed);
        plane.Post("/v1/kills/resume", order, ApiJson.Default.KillRequest);
        return IdentityCommands.Report(
            typed, new Done("resumed", order.Scope.ToString()),
            $"{order.Scope} may work again; ended sessions stay ended.");
    }

    static KillRequest Order(Typed typed) => Scope.TryParse(typed.RequiredOperand, out var scope)
        ? new KillRequest(scope, typed.Required("--reason"))
        : throw typed.Misused(
            "a scope is realm, or agent:, workflow:, session:, sponsor:, target: or policy: with an id");

    static Page Of(KillView view)
    {
        var page = new Page();
        if (view.Completed)
            page.Good($"{view.Scope} is stopped: {view.Sessions.Length} sessions ended, {view.Steps.Length} runs dead "
                + $"after {view.TotalMs} ms.");
        else
            page.Bad($"{view.Scope} is stopped, but not every run was seen to end within {view.TotalMs} ms.");
        page.Field("kill", view.Id.Value);
        foreach (var session in view.Sessions)
            page.Field("session", session.Value);
        foreach (var step in view.Steps)
            page.Field("run", step.FrozenMs is { } frozen
                ? $"{step.Run} with {step.Processes} processes stood still after {frozen} ms, dead after "
                    + $"{step.DurationMs} ms"
                : $"{step.Run} dead after {step.DurationMs} ms");
        return page;
    }
}

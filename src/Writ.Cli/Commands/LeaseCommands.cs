using Writ.Cli.Arguments;
using Writ.Cli.Calling;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Leases;
using Writ.Wire;

namespace Writ.Cli.Commands;

/// <summary>Credentials that exist for a run. Taking one back is safe, so nothing is asked twice.</summary>
static class LeaseCommands
{
    public static int List(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var views = plane.Get(
            typed.Has("--ended") ? "/v1/leases?ended=true" : "/v1/leases", ApiJson.Default.ImmutableArrayLeaseView);
        if (typed.Json)
            Screen.PrintJson(views, ApiJson.Default.ImmutableArrayLeaseView);
        else if (views.IsEmpty)
            Screen.Say(typed.Has("--ended") ? "No credential lives, and none ended lately."
                : "No credential lives; for the last that ended: writ lease list --ended");
        else
            Screen.Show(LeaseScreen.Of(views, TimeProvider.System.GetUtcNow()), asMessage: false);
        return Exits.Ok;
    }

    public static int Show(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        return Print(typed, plane.Get($"/v1/leases/{typed.Id<LeaseId>()}", ApiJson.Default.LeaseView));
    }

    public static int Revoke(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var view = plane.Post(
            $"/v1/leases/{typed.Id<LeaseId>()}/revoke", new LeaseRevokeRequest(typed.Required("--reason")),
            ApiJson.Default.LeaseRevokeRequest, ApiJson.Default.LeaseView);
        Print(typed, view);
        // It is over either way; the status says whether the backend has confirmed it.
        return view.State is "revoked" or "never-issued" ? Exits.Ok : Exits.Error;
    }

    public static int Sweep(Typed typed)
    {
        using var plane = new ControlPlane(
            new ClientSettings(typed), TimeProvider.System, TimeSpan.FromMinutes(5));
        var sweep = plane.Post("/v1/leases/sweep", ApiJson.Default.LeaseSweep);
        if (typed.Json)
            Screen.PrintJson(sweep, ApiJson.Default.LeaseSweep);
        else
            Screen.Show(LeaseScreen.Of(sweep), asMessage: false);
        return sweep.Failed.IsEmpty ? Exits.Ok : Exits.Error;
    }

    public static int Authority(Typed typed)
    {
        var kind = typed.Required("--kind") switch
        {
            "ssh" => AuthorityKind.Ssh,
            "x509" => AuthorityKind.X509,
            _ => throw typed.Misused("--kind is ssh or x509"),
        };
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var view = plane.Post(
            $"/v1/leases/authorities/{Uri.EscapeDataString(typed.RequiredOperand)}", new AuthorityRequest(kind),
            ApiJson.Default.AuthorityRequest, ApiJson.Default.AuthorityView);
        if (typed.Json)
            Screen.PrintJson(view, ApiJson.Default.AuthorityView);
        else
        {
            Screen.Print(view.Text.TrimEnd('\n'));
            Screen.Say($"{(view.IsNew ? "Made just now" : "It was there")}: {view.Fingerprint}");
        }
        return Exits.Ok;
    }

    static int Print(Typed typed, LeaseView view)
    {
        if (typed.Json)
            Screen.PrintJson(view, ApiJson.Default.LeaseView);
        else
            Screen.Show(LeaseScreen.Of(view, TimeProvider.System.GetUtcNow()), asMessage: false);
        return Exits.Ok;
    }
}

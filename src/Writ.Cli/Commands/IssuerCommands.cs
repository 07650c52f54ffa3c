using System.Globalization;
using Writ.Cli.Arguments;
using Writ.Cli.Calling;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Wire;

namespace Writ.Cli.Commands;

/// <summary>The realm's issuer of identities, as people look at it.</summary>
static class IssuerCommands
{
    const int KidShown = 16;

    public static int Show(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var view = plane.Get("/v1/identity", ApiJson.Default.IdentityView);
        if (typed.Json)
            Screen.PrintJson(view, ApiJson.Default.IdentityView);
        else
            Screen.Show(Of(view), asMessage: false);
        return Exits.Ok;
    }

    public static int Bundle(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        Screen.Print(plane.GetText("/v1/identity/bundle").TrimEnd('\n'));
        return Exits.Ok;
    }

    public static int Rotate(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        plane.Post(
            "/v1/identity/rotate", new RotateRequest(typed.Required("--reason")), ApiJson.Default.RotateRequest);
        return IdentityCommands.Report(
            typed, new Done("rotated", "identity"),
            "Every key is withdrawn. Runs that go on are given new identities at once; others learn of it when they "
                + "look at the bundle again.");
    }

    static Page Of(IdentityView view)
    {
        var page = new Page();
        page.Field("trust domain", view.TrustDomain);
        page.Field("issuer", view.Issuer);
        page.Field("bundle", string.Create(CultureInfo.InvariantCulture, $"version {view.Sequence}"));
        foreach (var foreign in view.Federates)
            page.Field("believes", foreign);
        page.Blank();
        page.Table(
        [
            ["TIER", "USE", "STATE", "SIGNS FROM", "WORTHLESS AFTER", "KEY"],
            .. view.Keys.Select(k => (string[])
                [k.Tier, k.Use, k.State, Moments.Text(k.ActiveFrom), Moments.Text(k.ExpiresAt), k.Kid[..KidShown]]),
        ]);
        return page;
    }
}

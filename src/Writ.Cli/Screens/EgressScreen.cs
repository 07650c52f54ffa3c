using System.Globalization;
using Writ.Egress;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Cli.Screens;

/// <summary>What one run reached: every place with its bytes, then the connections, with what was decided.</summary>
static class EgressScreen
{
    const int LineMax = 160;

    public static void Show(Page page, EgressView view)
    {
        page.Blank().Heading("What it reached");
        page.Field("connections", view.Count.ToString(CultureInfo.InvariantCulture));
        foreach (var place in view.Places)
        {
            var line = $"  {Place(place.Host, place.Port)}: {place.Count} {Word(place.End)} "
                + $"[{Decided(place.Code, place.Rule)}], {place.BytesSent} bytes there, {place.BytesReceived} back";
            if (place.End == EgressEnd.Refused)
                page.Bad(line);
            else
                page.Text(line);
        }
        foreach (var record in view.Shown)
        {
            var what = record.Method is { } method
                ? $"{method} http{(record.Encrypted ? "s" : "")}://{Place(record.Host, record.Port)}"
                    + Visible(record.Path ?? "")
                : $"{(record.Encrypted ? "tls" : "tcp")}://{Place(record.Host, record.Port)}";
            if (what.Length > LineMax)
                what = what[..LineMax] + "…";
            var at = (record.Address is { } address ? $" at {address}" : "")
                + (record.Intercepted == true ? ", TLS opened" : "")
                + (record.Credential is { } added ? $", with {Visible(added)} added" : "");
            var line = $"  {what}{at}  {Word(record.End)} [{Decided(record.Code, record.Rule)}]";
            if (record.End == EgressEnd.Refused)
                page.Bad($"{line}: {Visible(record.Why ?? "")}");
            else if (record.End == EgressEnd.Done)
                page.Text(line);
            else
                page.Warning($"{line}: {Visible(record.Why ?? "")}");
        }
        if (view.Missing > 0)
            page.Text($"  and {view.Missing} more");
    }

    /// <summary>Where its way out would look into requests, and what it would add to them. Each is compared with the
    /// digest under which people sign.</summary>
    public static void Promised(Page page, RequestView view)
    {
        var environment = view.Request.Environment;
        var bound = environment.FirstOrDefault(v => v.Name == InterceptionRules.Variable)?.Value.Split(',').Length ?? 0;
        var grants = view.Intercepts ?? [];
        foreach (var grant in grants)
        {
            var isAgreed = InterceptionRules.Agreed(environment, grant, out var print);
            page.Field("looks into", $"{Place(grant.Host, grant.Port)}: TLS is opened outside of the sandbox, and each "
                + "request is seen and decided");
            if (grant.Credential is { } credential)
                page.Field("adds there", $"{Visible(credential.ToString())}"
                    + (print is null ? "; the run never holds it"
                        : $", secret {Visible(print)}; the run never holds it"));
            if (!isAgreed && view.State is "waiting" or "ready")
                page.Bad("  This is not what the request names; nothing will go there.");
        }
        if (bound != grants.Length && view.State is "waiting" or "ready")
            page.Bad("  Its environment names places to look into that the control plane does not show.");
    }

    static string Place(string host, int port) =>
        host.Length == 0 ? "no place" : Visible(new EgressDestination(host, port).ToString());

    static string Decided(string code, string? rule) => rule is null ? code : $"{code}, rule {Visible(rule)}";

    static string Visible(string text) => VisibleText.Of(text);

    static string Word(EgressEnd end) => end switch
    {
        EgressEnd.Done => "done",
        EgressEnd.Cut => "cut",
        EgressEnd.Failed => "not answered",
        _ => "refused",
    };
}

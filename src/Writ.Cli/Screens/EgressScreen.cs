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
                ? $"{method} http://{Place(record.Host, record.Port)}{Visible(record.Path ?? "")}"
                : $"{(record.Encrypted ? "tls" : "tcp")}://{Place(record.Host, record.Port)}";
            if (what.Length > LineMax)
                what = what[..LineMax] + "…";
            var at = record.Address is { } address ? $" at {address}" : "";
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

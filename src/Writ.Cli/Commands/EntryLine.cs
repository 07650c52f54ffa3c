using System.Text.Json;
using System.Text.Json.Nodes;
using Writ.Approvals;
using Writ.Holds;
using Writ.Requests;
using Writ.Runs;
using Writ.Wire;

namespace Writ.Cli.Commands;

/// <summary>One ledger entry in the few words of a list.</summary>
static class EntryLine
{
    public static string[] Row(long index, Entry entry) =>
    [
        $"{index}", Moments.Text(entry.Time), Who(entry.Data.Actor), Move(entry.Data.Move), entry.Subject ?? "",
        Outcome(entry.Data),
    ];

    /// <summary>The stable name of a move in the ledger.</summary>
    public static string Move(Move move) =>
        JsonSerializer.SerializeToNode(move, WireJson.Default.Move)!["kind"]!.GetValue<string>();

    public static string Outcome(EntryBody data) => data.Refusal is { } refusal
        ? $"refused: {refusal.Code}"
        : string.Join(", ", (data.Events ?? []).Select(Happened));

    /// <summary>Whether an entry is about a request: a move on it, or what happened to it by another's.</summary>
    public static bool IsAbout(EntryBody data, RequestId id) => data.Move switch
    {
        RequestMove.Submit m => m.Request.Id == id,
        HoldMove.Open m => m.Request.Id == id,
        HoldMove.Go m => m.Request == id,
        HoldMove.Withdraw m => m.Request == id,
        RequestMove.Allow m => m.Request == id,
        RequestMove.Execute m => m.Request == id,
        RequestMove.Report m => m.Request == id,
        ApprovalMove.Dispose m => m.Request == id,
        _ => false,
    } || (data.Events ?? []).Any(e => e is RequestEvent.Closed closed && closed.Request == id);

    static string Who(Actor actor) => actor switch
    {
        Actor.Person person => person.Id.Value,
        Actor.Agent { Within: { } run } agent => $"agent (uid {agent.Uid}, in the sandbox of {run})",
        Actor.Agent agent => $"agent (uid {agent.Uid})",
        Actor.Remote remote => $"agent {remote.Id} (on another machine)",
        Actor.Host host => $"writd ({host.Part})",
        _ => "nobody yet",
    };

    static string Happened(Event happened) => happened switch
    {
        RequestEvent.Judged judged => $"{judged.Verdict.Kind.ToString().ToLowerInvariant()} ({judged.Verdict.Code})",
        RequestEvent.Closed closed => $"closed ({closed.Code})",
        _ => JsonSerializer.SerializeToNode(happened, WireJson.Default.Event)!["kind"]!.GetValue<string>(),
    };
}

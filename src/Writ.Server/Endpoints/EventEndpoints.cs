using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Writ.Approvals;
using Writ.Changes;
using Writ.Holds;
using Writ.Kills;
using Writ.Leases;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Sequencer;
using Writ.Sessions;
using Writ.Trees;
using Writ.Wire;

namespace Writ.Server.Endpoints;

/// <summary>One thing that changed, by kind and id; whoever wants more asks for it.</summary>
public readonly record struct Notice(string Name, string Id, string What, long Index);

/// <summary>
/// Open event streams. Each has a bounded queue; a listener that does not keep up is let go, because it can look again,
/// and a stream with silent gaps is worse than none.
/// </summary>
public sealed class EventStreams
{
    public const int StreamsMax = 64;
    public const int WaitingMax = 256;

    readonly RealmActor _realm;
    readonly Lock _gate = new();
    readonly List<Channel<Notice>> _streams = [];
    IDisposable? _subscription;

    public EventStreams(RealmActor realm) => _realm = realm;

    public int Count
    {
        get
        {
            lock (_gate)
                return _streams.Count;
        }
    }

    /// <summary>A stream of notices from now on; null when too many are open.</summary>
    public Channel<Notice>? Open()
    {
        lock (_gate)
        {
            if (_streams.Count >= StreamsMax)
                return null;
            // The realm builds announcements only while somebody listens.
            _subscription ??= _realm.Subscribe(Tell);
            var stream = Channel.CreateBounded<Notice>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });
            _streams.Add(stream);
            return stream;
        }
    }

    public void Close(Channel<Notice> stream)
    {
        lock (_gate)
        {
            _streams.Remove(stream);
            if (_streams.Count > 0)
                return;
            _subscription?.Dispose();
            _subscription = null;
        }
    }

    void Tell(Committed committed)
    {
        var notices = Notices.Of(committed).ToArray();
        lock (_gate)
            foreach (var stream in _streams)
                foreach (var notice in notices)
                    if (!stream.Writer.TryWrite(notice))
                        stream.Writer.TryComplete();
    }
}

/// <summary>What a committed entry means to somebody who watches.</summary>
static class Notices
{
    public static IEnumerable<Notice> Of(Committed committed)
    {
        var data = committed.Entry.Data;
        foreach (var happened in data.Events ?? [])
            if (One(happened, data.Move) is var (name, id, what))
                yield return new Notice(name, id, what, committed.Index);
    }

    static (string Name, string Id, string What)? One(Event happened, Move move) => (happened, move) switch
    {
        (RequestEvent.Judged e, _) when RequestRules.AskedBy(move) is { } asked =>
            ("request", asked.Id.Value, e.Verdict.Code),
        (HoldEvent.LetGo, HoldMove.Go m) => ("request", m.Request.Value, "hold.let-go"),
        (RequestEvent.Closed e, _) => ("request", e.Request.Value, e.Code),
        (RequestEvent.Allowed, RequestMove.Allow m) => ("request", m.Request.Value, "request.allowed"),
        (RequestEvent.Reported, RequestMove.Report m) =>
            ("request", m.Request.Value, m.Succeeded ? "request.done" : "request.failed"),
        (ApprovalEvent.Given, ApprovalMove.Dispose m) => ("request", m.Request.Value, "approval.given"),
        (ApprovalEvent.Completed, ApprovalMove.Dispose m) => ("request", m.Request.Value, "approval.completed"),
        (RunEvent.WritConsumed, RunMove.Consume m) => ("run", m.Run.Value, "run.started"),
        (LeaseEvent.Requested e, _) => ("lease", e.Lease.Value, "lease.requested"),
        (LeaseEvent.Issued, LeaseMove m) => ("lease", m.Lease.Value, "lease.issued"),
        (LeaseEvent.Revoking e, _) => ("lease", e.Lease.Value, e.Code),
        (LeaseEvent.RevocationFailed, LeaseMove m) => ("lease", m.Lease.Value, "lease.revocation-failed"),
        (LeaseEvent.Ended, LeaseMove m) => ("lease", m.Lease.Value, "lease.ended"),
        (RunEvent.Ended, RunMove.End m) => ("run", m.Run.Value, RunEnds.Code(m.Outcome.End)),
        (TreeEvent.Recorded e, _) => ("held", e.Held.Run.Value, "tree.recorded"),
        (TreeEvent.Settled, TreeMove.Settle m) => ("held", m.Run.Value, m.Result.Code ?? "tree.settled"),
        (TreeEvent.RestDropped, TreeMove.Discard m) => ("held", m.Run.Value, "tree.discarded"),
        (TreeEvent.Forgotten e, _) => ("held", e.Run.Value, e.Code),
        (ChangeEvent.Proposed, ChangeMove.Propose m) => ("change", m.Change.Value, "change.proposed"),
        (ChangeEvent.Reviewed, ChangeMove.Review m) => ("change", m.Change.Value, "change.reviewed"),
        (ChangeEvent.Applied, ChangeMove.Propose m) => ("change", m.Change.Value, "change.applied"),
        (ChangeEvent.Applied, ChangeMove.Review m) => ("change", m.Change.Value, "change.applied"),
        (ChangeEvent.Closed e, _) => ("change", e.Change.Value, e.Code),
        (SessionEvent.Opened, SessionMove.Open m) => ("session", m.Terms.Id.Value, "session.opened"),
        (SessionEvent.Ended e, _) => ("session", e.Session.Value, e.Code),
        (KillEvent.Ordered, KillMove.Order m) => ("kill", m.Kill.Value, "kill.ordered"),
        (KillEvent.Completed, KillMove.Complete m) => ("kill", m.Kill.Value, "kill.completed"),
        (KillEvent.Resumed, KillMove.Resume m) => ("kill", m.Scope.ToString(), "kill.resumed"),
        (RealmEvent.FindingRaised, RealmMove.RaiseFinding m) =>
            ("finding", m.Finding.Session?.Value ?? "realm", m.Finding.Code),
        _ => null,
    };
}

/// <summary>What happens, as server-sent events (WHATWG HTML, section 9.2).</summary>
static class EventEndpoints
{
    static readonly TimeSpan _heartbeat = TimeSpan.FromSeconds(15);

    public static void MapEventEndpoints(this IEndpointRouteBuilder app) =>
        app.MapGet("/v1/events", Watch)
            .WithSummary("What happens").WithDescription("Server-sent events: request, change, session, run, held, "
                + "kill, finding; data is {id, what, index}. A comment every 15 seconds. Ends with your login, or when "
                + "you do not keep up.")
            .Produces<string>(StatusCodes.Status200OK, "text/event-stream")
            .Produces<Problem>(StatusCodes.Status403Forbidden, Problems.ContentType)
            .Produces<Problem>(StatusCodes.Status429TooManyRequests, Problems.ContentType);

    static async Task Watch(
        HttpContext http, EventStreams streams, Gatekeeper gatekeeper, TimeProvider clock,
        IHostApplicationLifetime life)
    {
        var caller = Gatekeeper.CallerOf(http);
        if (streams.Open() is not { } stream)
        {
            await Problems.Write(http, new Refusal("api.too-many-listeners", "Too many event streams are open."));
            return;
        }
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted,
            life.ApplicationStopping);
        using var beat = new PeriodicTimer(_heartbeat, clock);
        try
        {
            http.Response.ContentType = "text/event-stream";
            http.Response.Headers.CacheControl = "no-store";
            await Write(http, ": watching\n\n", ending.Token);
            var news = stream.Reader.WaitToReadAsync(ending.Token).AsTask();
            var tick = beat.WaitForNextTickAsync(ending.Token).AsTask();
            while (gatekeeper.StillHolds(caller))
            {
                if (await Task.WhenAny(news, tick) == tick)
                {
                    await tick;
                    await Write(http, ": still here\n\n", ending.Token);
                    tick = beat.WaitForNextTickAsync(ending.Token).AsTask();
                    continue;
                }
                if (!await news)
                    break;
                var text = new StringBuilder();
                while (stream.Reader.TryRead(out var notice))
                    Append(text, notice);
                await Write(http, text.ToString(), ending.Token);
                news = stream.Reader.WaitToReadAsync(ending.Token).AsTask();
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The watcher has left, or the control plane is stopping: either way the stream is over.
        }
        finally
        {
            streams.Close(stream);
        }
    }

    static async Task Write(HttpContext http, string text, CancellationToken cancel)
    {
        await http.Response.WriteAsync(text, cancel);
        await http.Response.Body.FlushAsync(cancel);
    }

    static void Append(StringBuilder text, Notice notice)
    {
        var id = JsonEncodedText.Encode(notice.Id);
        var what = JsonEncodedText.Encode(notice.What);
        text.Append("event: ").Append(notice.Name).Append("\ndata: {\"id\":\"").Append(id).Append("\",\"what\":\"")
            .Append(what).Append("\",\"index\":").Append(notice.Index).Append("}\n\n");
    }
}

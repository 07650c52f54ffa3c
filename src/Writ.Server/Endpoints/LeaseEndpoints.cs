using System.Collections.Immutable;
using Writ.Leases;
using Writ.Realms;
using Writ.Server.Leasing;
using Writ.Server.Sequencer;
using Writ.Wire;

namespace Writ.Server.Endpoints;

/// <summary>Credentials that live, or lived lately: seen, and taken back before their time.</summary>
static class LeaseEndpoints
{
    const int ListMax = 1_000;
    static readonly TimeSpan _confirmMax = TimeSpan.FromSeconds(5);

    public static void MapLeaseEndpoints(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/leases", List)
            .Answers<ImmutableArray<LeaseView>>("Leases", "Those that live, the worst first; with ?ended=true also the "
                + "last that ended. At most 1,000.");
        app.MapGet("/v1/leases/{id}", Show)
            .Answers<LeaseView>("One lease", "Whose it is, where it stands, and until when it lives.");
        app.MapPost("/v1/leases/{id}/revoke", Revoke).Reads<LeaseRevokeRequest>()
            .Answers<LeaseView>("Revoke a lease", "It is over at once here; the answer says whether the backend has "
                + "confirmed it. Until it has, it is tried again.");
        app.MapPost("/v1/leases/sweep", Sweep)
            .Answers<LeaseSweep>("Look through the backends", "Removes accounts of this realm that no living lease "
                + "explains, and ends leases whose account is gone.");
        app.MapPost("/v1/leases/authorities/{id}", Authority).Reads<AuthorityRequest>()
            .Answers<AuthorityView>("The key that signs", "What servers are to believe so that certificates of the "
                + "profiles with this admin are good there. It is made where there is none.");
    }

    static IResult List(HttpContext http, RealmActor realm)
    {
        var book = realm.State.Leases;
        IEnumerable<LeaseState> states = book.Live.Values
            .OrderBy(l => l is LeaseState.Failed ? 0 : l is LeaseState.Revoking ? 1 : 2)
            .ThenByDescending(l => l.Lease.RequestedAt);
        if (http.Request.Query["ended"] == "true")
            states = states.Concat(book.Ended.Values.OrderByDescending(e => e.At));
        return Answers.Json<ImmutableArray<LeaseView>>(
            [.. states.Take(ListMax).Select(LeaseView.Of)], ApiJson.Default.ImmutableArrayLeaseView);
    }

    static IResult Show(string id, RealmActor realm) =>
        Answers.Json(LeaseView.Of(Find(realm, Bodies.Id<LeaseId>(id, "id"))), ApiJson.Default.LeaseView);

    static async Task<IResult> Revoke(
        string id, HttpContext http, Submission submission, RealmActor realm, TimeProvider clock)
    {
        var body = await Bodies.Read(http, ApiJson.Default.LeaseRevokeRequest);
        var reason = Bodies.Text(body.Reason, "reason", 1_024);
        var lease = Find(realm, Bodies.Id<LeaseId>(id, "id")).Lease;
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var subscription = realm.Subscribe(_ => Look());
        await submission.Submit(
            http, new LeaseMove.Revoke(lease.Id, lease.Request, reason),
            Gatekeeper.CallerOf(http));
        Look();
        using var limit = new CancellationTokenSource(_confirmMax, clock);
        await Task.WhenAny(gone.Task, Task.Delay(Timeout.InfiniteTimeSpan, clock, limit.Token));
        return Answers.Json(LeaseView.Of(Find(realm, lease.Id)), ApiJson.Default.LeaseView);

        void Look()
        {
            if (!realm.State.Leases.Live.ContainsKey(lease.Id))
                gone.TrySetResult();
        }
    }

    // Nothing the client does takes back what was begun.
    static async Task<IResult> Sweep(LeaseSweeper sweeper) =>
        Answers.Json(await sweeper.Sweep(CancellationToken.None), ApiJson.Default.LeaseSweep);

    static async Task<IResult> Authority(
        string id, HttpContext http, Authorities authorities, LeaseDesk desk)
    {
        var body = await Bodies.Read(http, ApiJson.Default.AuthorityRequest);
        if (body.Kind is not { } kind || !Enum.IsDefined(kind))
            throw Bodies.Malformed("kind", "must be Ssh or X509");
        if (!CredentialProfile.IsName(id))
            throw new RefusedException(new Refusal("lease.no-authority", "The name of an authority is a plain name."));
        AuthorityView view;
        try
        {
            view = authorities.Make(id, kind);
        }
        catch (BackendFaultException fault)
        {
            throw new RefusedException(new Refusal(fault.Code, fault.Message));
        }
        // Whoever reads the ledger later knows from when on it was there.
        if (view.IsNew)
            await desk.Submit(new RealmMove.RaiseFinding(new Finding(
                "lease.authority-made", null, $"Authority {id} ({kind}) was made by "
                + $"{Gatekeeper.CallerOf(http).Id}: {view.Fingerprint}")));
        return Answers.Json(view, ApiJson.Default.AuthorityView);
    }

    static LeaseState Find(RealmActor realm, LeaseId id) => realm.State.Leases.Find(id)
        ?? throw new RefusedException(new Refusal("lease.unknown", $"No lease {id} lives, nor ended lately."));
}

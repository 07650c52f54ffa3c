using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Writ.Changes;
using Writ.Identity;
using Writ.Realms;
using Writ.Requests;
using Writ.Server.Sequencer;
using Writ.Sessions;

namespace Writ.Server.Issuing;

/// <summary>SVIDs for one asker, or why there are none; and when to ask again.</summary>
sealed record Issued<T>(ImmutableArray<T> Svids, Refusal? Refusal, DateTimeOffset RenewAt);

/// <summary>
/// Issues SVIDs for runs: the realm decides and records, and only then is anything signed. Also tells who waits that
/// keys, bundles or what is allowed have changed.
/// </summary>
sealed class Issuer : IDisposable
{
    static readonly Actor.Host _issuer = new("issuer");
    static readonly TimeSpan _keysAwaitedMax = TimeSpan.FromSeconds(15);

    readonly RealmActor _realm;
    readonly IssuerVault _vault;
    readonly KeyTimes _times;
    readonly IdSource _ids;
    readonly TimeProvider _time;
    readonly IDisposable _subscription;
    TaskCompletionSource _changed = New();

    public Issuer(RealmActor realm, IssuerVault vault, KeyTimes times, IdSource ids, TimeProvider time)
    {
        (_realm, _vault, _times, _ids, _time) = (realm, vault, times, ids, time);
        _subscription = realm.Subscribe(Note);
    }

    /// <summary>Completes when anything that an answer rests on has changed since this was read.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    public void Dispose() => _subscription.Dispose();

    /// <summary>X.509-SVIDs of every tier that a run may have, each with a key of its own.</summary>
    public async Task<Issued<X509SvidAnswer>> X509(RunId run, RequestId request, Attestation attestation)
    {
        var (orders, _) = await Orders(request, IssuerUse.X509, id: "", hasKeys: true);
        var issued = await Decide(new IdentityMove.Issue(run, request, orders, [], attestation));
        if (issued.Refusal is { } no)
            return new([], no, default);
        return new([.. issued.Orders.Select(o => Certificate(o, issued.At))], null, Renewal(issued));
    }

    /// <summary>JWT-SVIDs for these audiences.</summary>
    /// <param name="id">The one that is asked for; empty for all.</param>
    public async Task<Issued<JwtSvidAnswer>> Jwt(
        RunId run, RequestId request, ImmutableArray<string> audiences, string id, Attestation attestation)
    {
        var rsa = _realm.State.Find(request) is var (session, _)
            && _realm.State.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow)?.Identity is { } grant
            && grant.Audiences.Any(a => a.Rsa == true && audiences.Contains(a.Name));
        var (orders, terms) = await Orders(
            request, rsa ? IssuerUse.JwtRs256 : IssuerUse.JwtEs256, id, hasKeys: true);
        var issued = await Decide(new IdentityMove.Issue(run, request, orders, audiences, attestation));
        if (issued.Refusal is { } no)
            return new([], no, default);
        return new(
            [.. issued.Orders.Select(o => Token(o, terms!, run, audiences, issued.At))], null, Renewal(issued));
    }

    /// <summary>The key that signs tokens of a tier now; null while there is none.</summary>
    public async Task<(IssuerKey Key, TokenSigningKey Signer)?> Signer(IdentityTier tier, IssuerUse use)
    {
        await AwaitKeys(use);
        return _realm.State.Issuer.Current(tier, use, _time.GetUtcNow()) is { } key && _vault.TryOpen(key)
            && _vault.Signer(key.Kid) is { } signer ? (key, signer) : null;
    }

    /// <summary>Somebody who is no process of the run asked at its socket: that goes into the record.</summary>
    public async Task RecordUnattested(RunId run, RequestId request, Attestation attestation)
    {
        var (orders, _) = await Orders(request, IssuerUse.X509, id: "", hasKeys: false);
        await Decide(new IdentityMove.Issue(run, request, orders, [], attestation));
    }

    /// <summary>A run asks faster than it may; once in a while that goes into the record.</summary>
    public Task RecordFlood(RunId run, SessionId session) => _realm.Submit(
        new RealmMove.RaiseFinding(new Finding(
            "identity.flood", session, $"Run {run} asks for identities faster than it may.")),
        _issuer, _ids.New("mv"), CancellationToken.None);

    void Note(Committed committed)
    {
        if ((committed.Entry.Data.Events ?? []).Any(e => e is IdentityEvent.Published or IdentityEvent.Retired
            or IdentityEvent.Rotated or ChangeEvent.Applied))
            Interlocked.Exchange(ref _changed, New()).TrySetResult();
    }

    // What may not be had is asked for all the same where nothing else is left, so that the realm says why not.
    async Task<(ImmutableArray<SvidOrder> Orders, SessionState.Open? Session)> Orders(
        RequestId request, IssuerUse use, string id, bool hasKeys)
    {
        if (hasKeys)
            await AwaitKeys(use);
        var state = _realm.State;
        var now = _time.GetUtcNow();
        var session = state.Find(request)?.Session;
        var tiers = IdentityDecider.TiersOf(state, request);
        if (tiers.IsEmpty)
            tiers = [IdentityTier.Read];
        var orders = tiers.Select(tier => Order(state, session, tier, use, now)).ToImmutableArray();
        if (id.Length > 0)
            orders = orders.Any(o => o.Id == id)
                ? [.. orders.Where(o => o.Id == id)]
                : [orders[0] with { Id = id.Length <= SpiffeId.LengthMax ? id : id[..SpiffeId.LengthMax] }];
        return (orders, session);
    }

    SvidOrder Order(
        RealmState state, SessionState.Open? session, IdentityTier tier, IssuerUse use, DateTimeOffset now)
    {
        var key = state.Issuer.Current(tier, use, now);
        var ends = now + _times.SvidLife;
        if (session?.ExpiresAt < ends)
            ends = session.ExpiresAt;
        if (key?.ExpiresAt < ends)
            ends = key.ExpiresAt;
        var serial = use == IssuerUse.X509
            ? X509Svid.SerialText(RandomNumberGenerator.GetBytes(16))
            : _ids.New("svid");
        return new SvidOrder(
            tier, use,
            session is null
                ? "" : IdentityDecider.IdOf(state.Registry.Document.Identity, session.Terms, tier)?.ToString() ?? "",
            key?.Kid ?? "", serial, DateTimeOffset.FromUnixTimeSeconds(ends.ToUnixTimeSeconds()));
    }

    // For a moment there are none: a realm that has just been given its trust domain, or whose keys were distrusted.
    async Task AwaitKeys(IssuerUse use)
    {
        var until = _time.GetTimestamp();
        while (_time.GetElapsedTime(until) < _keysAwaitedMax)
        {
            var changed = Changed;
            var state = _realm.State;
            if (state.Registry.Document.Identity is null
                || Enum.GetValues<IdentityTier>().All(t =>
                    state.Issuer.Current(t, use, _time.GetUtcNow()) is { } key && _vault.TryOpen(key)))
                return;
            await Task.WhenAny(changed, Task.Delay(TimeSpan.FromSeconds(1), _time));
        }
    }

    async Task<(ImmutableArray<SvidOrder> Orders, DateTimeOffset At, Refusal? Refusal)> Decide(IdentityMove.Issue move)
    {
        try
        {
            var answer = await _realm.Submit(move, _issuer, _ids.New("mv"), CancellationToken.None);
            return answer.Decided is Decided.Refused { Refusal: var no }
                ? ([], default, no)
                : (move.Svids, answer.At, null);
        }
        catch (RealmUnavailableException e)
        {
            return ([], default, new Refusal(e.Code, e.Message));
        }
    }

    X509SvidAnswer Certificate(SvidOrder order, DateTimeOffset at)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = X509Svid.Issue(
            _vault.Authority(order.Kid) ?? throw Gone(order), SpiffeId.Parse(order.Id)!, new PublicKey(key),
            at - KeyTimes.Slack, order.ExpiresAt, Convert.FromHexString(order.Serial));
        return new X509SvidAnswer(
            SpiffeId.Parse(order.Id)!, certificate.RawData, key.ExportPkcs8PrivateKey(),
            IdentityDoor.Word(order.Tier));
    }

    JwtSvidAnswer Token(
        SvidOrder order, SessionState.Open session, RunId run, ImmutableArray<string> audiences, DateTimeOffset at)
    {
        var identity = _realm.State.Registry.Document.Identity!;
        var claims = new JwtSvidClaims(
            identity.IssuerUrl, SpiffeId.Parse(order.Id)!, audiences, at, order.ExpiresAt, order.Serial,
            [
                ("writ:run", run.Value), ("writ:workflow", session.Terms.Workflow.Value),
                ("writ:sponsor", session.Accountable.Sponsor.Value), ("writ:attested", "launched"),
            ]);
        return new JwtSvidAnswer(
            claims.Subject, JwtSvid.Issue(_vault.Signer(order.Kid) ?? throw Gone(order), claims),
            IdentityDoor.Word(order.Tier));
    }

    static InvalidOperationException Gone(SvidOrder order) =>
        new($"Key {order.Kid} was distrusted while it was to sign.");

    // Half of its life, so that the other half is there for whatever goes wrong.
    static DateTimeOffset Renewal((ImmutableArray<SvidOrder> Orders, DateTimeOffset At, Refusal?) issued) =>
        issued.At + (issued.Orders.Min(o => o.ExpiresAt) - issued.At) / 2;

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

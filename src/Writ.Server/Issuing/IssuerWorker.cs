using System.Collections.Immutable;
using Writ.Changes;
using Writ.Identity;
using Writ.Linux;
using Writ.Realms;
using Writ.Server.Sequencer;
using Writ.Server.Storage;

namespace Writ.Server.Issuing;

/// <summary>
/// Sees to it that the issuer has the keys that its times ask for: new ones are published before they sign, old ones
/// are destroyed when nothing that they signed lives any more. A realm without a trust domain has none.
/// </summary>
sealed class IssuerWorker : BackgroundService
{
    static readonly TimeSpan _period = TimeSpan.FromSeconds(5);
    static readonly Actor.Host _issuer = new("issuer");

    readonly RealmActor _realm;
    readonly IssuerVault _vault;
    readonly KeyTimes _times;
    readonly IdSource _ids;
    readonly TimeProvider _time;
    readonly ILogger<IssuerWorker> _log;
    readonly SemaphoreSlim _wake = new(0, 1);
    readonly IDisposable _subscription;

    public IssuerWorker(
        RealmActor realm, IssuerVault vault, KeyTimes times, IdSource ids, TimeProvider time,
        ILogger<IssuerWorker> log)
    {
        (_realm, _vault, _times, _ids, _time, _log) = (realm, vault, times, ids, time, log);
        _subscription = realm.Subscribe(committed =>
        {
            if ((committed.Entry.Data.Events ?? []).Any(e => e is IdentityEvent.Rotated or ChangeEvent.Applied))
                Wake();
        });
    }

    public override void Dispose()
    {
        _subscription.Dispose();
        base.Dispose();
        _wake.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Look(stoppingToken);
                await _wake.WaitAsync(_period, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The regular end.
        }
    }

    /// <summary>Does what is due now.</summary>
    internal async Task Look(CancellationToken cancel)
    {
        try
        {
            await Task.Run(() => Settle(cancel), cancel);
        }
        catch (Exception e) when (e is RealmUnavailableException or LedgerFaultException or IOException
            or UnauthorizedAccessException or LinuxFaultException)
        {
            // What is due stays due; until then what there is goes on, to the end of its own time.
            IssuingLog.Delayed(_log, e.Message);
        }
    }

    async Task Settle(CancellationToken cancel)
    {
        var state = _realm.State;
        var domain = state.Registry.Document.Identity?.Domain;
        if (!state.Exists || (domain is null && state.Issuer.Keys.IsEmpty))
            return;
        var now = Whole(_time.GetUtcNow());
        var over = state.Issuer.Keys.Values.Where(k => domain is null || !IsOf(domain.Value, k) || !_vault.TryOpen(k))
            .Select(k => k.Kid).Union(KeySchedule.Over(state.Issuer, state.Leases, _times, now))
            .Order(StringComparer.Ordinal).ToImmutableArray();
        if (!over.IsEmpty)
            state = await Submit(new IdentityMove.Retire(over), cancel);
        if (domain is { } own && KeySchedule.Missing(state.Issuer, _times, now) is { IsEmpty: false } missing)
            state = await Submit(
                new IdentityMove.Publish(
                    [.. missing.Select(m => _vault.Make(own, m.Tier, m.Use, m.ActiveFrom, _times, now))]), cancel);
        // Also what was made and never published, because this process or the disk failed in between.
        _vault.KeepOnly([.. state.Issuer.Keys.Keys]);
    }

    async Task<RealmState> Submit(IdentityMove move, CancellationToken cancel)
    {
        var answer = await _realm.Submit(move, _issuer, _ids.New("mv"), cancel);
        if (answer.Decided is Decided.Refused { Refusal: var refusal })
            IssuingLog.Delayed(_log, $"{refusal.Code}: {refusal.Why}");
        return answer.After;
    }

    // Keys of a trust domain that the realm had before speak for nobody any more. Of those that sign tokens nothing
    // says whose they are; they came with the certificates.
    static bool IsOf(TrustDomain domain, IssuerKey key) => key.Use != IssuerUse.X509
        || X509Svid.DomainOf(Convert.FromBase64String(key.Public)) == domain;

    // The ledger counts milliseconds, and keys seconds.
    static DateTimeOffset Whole(DateTimeOffset at) => DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds());

    void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // It is awake already, or never will be again.
        }
    }
}

/// <summary>What the issuer says to its operator.</summary>
static partial class IssuingLog
{
    [LoggerMessage(EventId = 700, Level = LogLevel.Warning, Message = "Keys for identities are late: {Why}")]
    public static partial void Delayed(ILogger log, string why);

    [LoggerMessage(EventId = 701, Level = LogLevel.Warning, Message = "The Workload API met a fault: {Why}")]
    public static partial void Fault(ILogger log, string why);
}

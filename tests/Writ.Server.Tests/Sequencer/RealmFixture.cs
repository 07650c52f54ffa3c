using Microsoft.Extensions.Logging.Abstractions;
using Writ.Ledger;
using Writ.Realms;
using Writ.Requests;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Server.Tests.Storage;
using Writ.Wire;

namespace Writ.Server.Tests.Sequencer;

/// <summary>A sample realm in a temporary folder, opened, closed and opened again; and what must always hold of
/// it.</summary>
sealed class RealmFixture : IAsyncDisposable
{
    static readonly TimeSpan _timeout = TimeSpan.FromSeconds(60);
    readonly TemporaryFolder _folder = new();
    SampleRealm _sample = null!;
    OpenRealm? _open;
    int _moves;

    RealmFixture() => Path = _folder["data"];

    public string Path { get; set; }

    public ManualTime Time { get; } = new(ManualTime.Start);

    public OpenRealm Open => _open!;

    public RealmActor Actor => _open!.Actor;

    public SessionId Session { get; private set; }

    public RealmActorSettings Settings { get; set; } = new() { PublishTiles = false };

    /// <summary>Founded, governed, and with one open session.</summary>
    public static async Task<RealmFixture> Create(Func<DataDirectory, ILedgerStore>? openStore = null)
    {
        var fixture = new RealmFixture();
        fixture._sample = await SampleRealm.Create(fixture.Path, fixture.Time);
        fixture.Start();
        await fixture._sample.Govern(fixture.Actor);
        fixture.Session = await fixture._sample.OpenSession(fixture.Actor);
        if (openStore is not null)
            await fixture.Restart(openStore);
        return fixture;
    }

    public void Start(Func<DataDirectory, ILedgerStore>? openStore = null) =>
        _open = OpenRealm.Open(DataDirectory.Open(Path), Time, NullLogger.Instance, Settings, openStore);

    public async Task Stop()
    {
        if (_open is not null)
            await _open.DisposeAsync();
        _open = null;
    }

    public async Task Restart(Func<DataDirectory, ILedgerStore>? openStore = null)
    {
        await Stop();
        Start(openStore);
    }

    public (string Key, RequestMove.Submit Move) Next()
    {
        var number = Interlocked.Increment(ref _moves);
        return ($"key-{number}", SampleRealm.Submit(Session, new RequestId($"req-{number}")));
    }

    public Task<MoveAnswer> Submit() => Submit(Next());

    public Task<MoveAnswer> Submit((string Key, RequestMove.Submit Move) next) =>
        Actor.Submit(next.Move, SampleRealm.Agent, next.Key, CancellationToken.None).WaitAsync(_timeout);

    /// <summary>
    /// From nothing but the entries: every one canonical and decided the same again, the signed root is theirs, and the
    /// live state is their fold, byte for byte.
    /// </summary>
    public void MustBeWhole()
    {
        var verified = new RealmLoader(Open.Store, Open.Keys, verify: true).Load();
        Assert.Equal(Open.Store.Head.Size, verified.Frontier.Size);
        Assert.Equal(StateText.Of(verified.State), StateText.Of(Actor.State));
    }

    public Entry Entry(long index) => Wire.Entry.FromBytes(Open.Store.Read(index, 1)[0].Span);

    public async ValueTask DisposeAsync()
    {
        await Stop();
        _sample.Dispose();
        _folder.Dispose();
    }
}

using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Writ.Findings;
using Writ.Linux;
using Writ.Realms;
using Writ.Server.Leasing;
using Writ.Server.Sequencer;
using Writ.Sessions;
using Writ.Wire;

namespace Writ.Server.Findings;

/// <summary>
/// Looks for what should not be, and has the realm record what came and what went. Where a workflow does not work while
/// a secret lies about, its sessions and what they ask wait for the search; elsewhere nobody waits.
/// </summary>
sealed class FindingDesk(
    RealmActor realm, IdSource ids, AdminFiles admins, SecretPrints prints, SecretSearch search, SearchLimits limits,
    TimeProvider time, ILogger<FindingDesk> log)
    : IDisposable
{
    /// <summary>Places whose last search is remembered.</summary>
    const int RememberedMax = 1_024;

    /// <summary>Looks that follow each other until nothing new is found.</summary>
    const int LooksMax = 500;

    const int UsersBytesMax = 1 << 20;

    static readonly Actor _part = new Actor.Host("findings");

    readonly ConcurrentDictionary<string, (DateTimeOffset At, Task Work)> _searched = new(StringComparer.Ordinal);
    readonly SemaphoreSlim _searching = new(2);
    readonly SemaphoreSlim _looking = new(1);

    public void Dispose()
    {
        _searching.Dispose();
        _looking.Dispose();
    }

    /// <summary>Compares what stands with what is, until both agree.</summary>
    /// <returns>How many findings came and went.</returns>
    public async Task<FindingReview> Review(CancellationToken cancel)
    {
        await _looking.WaitAsync(cancel);
        try
        {
            var sum = new FindingReview(0, 0, 0);
            var move = new FindingMove.Review(Admins(realm.State));
            for (var look = 0; look < LooksMax && IsNew(move); look++)
            {
                var answer = await realm.Submit(move, _part, ids.New("find"), cancel);
                if (answer.Decided is not Decided.Accepted accepted)
                    break;
                sum = sum with
                {
                    Raised = sum.Raised + accepted.Events.OfType<FindingEvent.Raised>().Count(),
                    Settled = sum.Settled + accepted.Events.OfType<FindingEvent.Settled>().Count(),
                };
            }
            var now = time.GetUtcNow();
            return sum with { Open = realm.State.Found.Standing.Values.Count(f => f.IsOpen(now)) };
        }
        finally
        {
            _looking.Release();
        }
    }

    /// <summary>Before a session opens. It waits only where what is found would keep the session closed.</summary>
    public Task BeforeOpening(SessionTerms terms, CancellationToken cancel) =>
        Before(terms, isOpen: false, peer: null, cancel);

    /// <summary>Before something is asked in a session.</summary>
    public Task BeforeAsking(SessionTerms terms, Actor.Agent peer, CancellationToken cancel) =>
        Before(terms, isOpen: true, peer, cancel);

    Task Before(SessionTerms terms, bool isOpen, Actor.Agent? peer, CancellationToken cancel)
    {
        if (limits.Files == 0 || !realm.State.Registry.Workflows.TryGetValue(terms.Workflow, out var workflow))
            return Task.CompletedTask;
        var refuses = workflow.RefuseFindings is { } kinds && kinds.Contains(FindingKind.LeakedSecret);
        // A process in a sandbox has an environment that Writ made.
        var pid = peer is { Within: null } ? peer.Pid : (int?)null;
        var searched = new SearchedFor(
            terms.Agent, terms.Workflow, terms.Environment, terms.WorkTree, isOpen ? terms.Id : null);
        var uid = terms.Uid;
        var (keys, under) = (new List<string>(), new List<Task>());
        var parts = new List<(SearchedPlace Place, Func<Searched> Look)>();
        Add(SearchedPlace.WorkTree, $"tree {uid} {terms.WorkTree} {terms.Environment}",
            () => search.InTree(terms.WorkTree, uid, limits));
        if (HomeOf(uid) is { } home)
            Add(SearchedPlace.Home, $"home {uid} {terms.Agent} {terms.Workflow} {terms.Environment}",
                () => search.AtHome(home, uid, limits));
        if (pid is { } process)
            Add(SearchedPlace.Environment, $"process {terms.Id}", () => search.InEnvironment(process, uid));
        if (parts.Count > 0)
        {
            // It goes on when whoever asked has gone: others may wait for the same.
            var work = Task.Run(() => Search(searched, parts), CancellationToken.None);
            Remember(keys, work);
            under.Add(work);
        }
        return refuses ? Task.WhenAll(under).WaitAsync(cancel) : Task.CompletedTask;

        void Add(SearchedPlace place, string key, Func<Searched> look)
        {
            if (_searched.TryGetValue(key, out var last)
                && time.GetUtcNow() - last.At < (refuses ? limits.FreshWhereRefused : limits.Fresh))
            {
                under.Add(last.Work);
                return;
            }
            parts.Add((place, look));
            keys.Add(key);
        }
    }

    async Task Search(SearchedFor searched, List<(SearchedPlace Place, Func<Searched> Look)> parts)
    {
        try
        {
            await _searching.WaitAsync();
            try
            {
                foreach (var (place, look) in parts)
                {
                    var found = look();
                    await Report(new FindingMove.Report(searched, place, found.Secrets, found.Complete));
                }
            }
            finally
            {
                _searching.Release();
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or RealmUnavailableException)
        {
            // The daemon ends, or the realm cannot record: whoever asks is told that by the realm.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or LinuxFaultException)
        {
            FindingLog.SearchFailed(log, e);
        }
    }

    async Task Report(FindingMove.Report move)
    {
        for (var look = 0; look < LooksMax && IsNew(move); look++)
            if ((await realm.Submit(move, _part, ids.New("find"), CancellationToken.None)).Decided is Decided.Refused)
                return;
    }

    bool IsNew(FindingMove move)
    {
        var state = realm.State;
        return state.Exists && FindingDecider.IsAnythingNew(state, move, time.GetUtcNow());
    }

    void Remember(List<string> keys, Task work)
    {
        if (_searched.Count + keys.Count > RememberedMax)
            foreach (var old in _searched.OrderBy(s => s.Value.At).Take(RememberedMax / 2).ToList())
                _searched.TryRemove(old.Key, out _);
        foreach (var key in keys)
            _searched[key] = (time.GetUtcNow(), work);
    }

    ImmutableArray<SeenAdmin> Admins(RealmState state)
    {
        var seen = ImmutableArray.CreateBuilder<SeenAdmin>();
        foreach (var name in state.Registry.Document.Targets.SelectMany(t => t.Credentials ?? [])
            .Select(p => p.Admin).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Take(FindingDecider.AdminsMax))
            try
            {
                var account = admins.Read(name);
                var written = File.GetLastWriteTimeUtc(Path.Combine(admins.Folder, name));
                // A whole second, so that one look is like the next.
                seen.Add(new SeenAdmin(
                    name, new DateTimeOffset(written.Ticks - (written.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero),
                    account.Password is { } password ? prints.Of(password) : null));
            }
            catch (Exception e) when (e is BackendFaultException or IOException or UnauthorizedAccessException
                or LinuxFaultException)
            {
                // One that is missing mints nothing, which a run is told.
                continue;
            }
        return seen.ToImmutable();
    }

    static string? HomeOf(int uid)
    {
        try
        {
            using var file = Linux.Files.TryOpenRead("/etc/passwd", out _);
            if (file is null)
                return null;
            var id = uid.ToString(CultureInfo.InvariantCulture);
            foreach (var line in System.Text.Encoding.UTF8.GetString(file.ReadToEnd(UsersBytesMax)).Split('\n'))
                if (line.Split(':') is [_, _, var number, _, _, ['/', _, ..] home, ..] && number == id)
                    return home;
        }
        catch (LinuxFaultException)
        {
            return null;
        }
        return null;
    }
}

using System.Collections.Concurrent;
using System.Collections.Immutable;
using Writ.Changes;
using Writ.Documents;
using Writ.Policies;
using Writ.Realms;
using Writ.Server.Endpoints;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Wire;

namespace Writ.Server.Documents;

/// <summary>
/// Bundles before and after they are in force: what would come of one, and what the ledger still holds of earlier ones.
/// Both read the whole ledger, so only a few do it at a time.
/// </summary>
public sealed class PolicyDesk(RealmActor realm, ILedgerStore store, TimeProvider clock) : IDisposable
{
    /// <summary>How far back an impact looks when nobody says.</summary>
    public static readonly TimeSpan LooksBack = TimeSpan.FromDays(30);

    const int ReadersMax = 2;
    const int BatchEntries = 512;
    const int IssuedMax = 64;
    const int TextMax = 300;

    readonly SemaphoreSlim _readers = new(ReadersMax);
    readonly Lock _gate = new();
    readonly Queue<string> _issued = new();
    readonly ConcurrentDictionary<string, LedgerProgress> _progress = new(StringComparer.Ordinal);

    /// <summary>What is found about a bundle now, in the realm as that document would make it.</summary>
    public Task<PolicyEvidence> Look(Registry next, DateTimeOffset? since, CancellationToken cancel) => Look(
        next, since ?? WholeSeconds(clock.GetUtcNow() - LooksBack), store.Head.Size, cancel);

    /// <summary>Refuses evidence that this control plane does not find when it looks at the same entries.</summary>
    public async Task Require(PolicyEvidence evidence, Registry next, CancellationToken cancel)
    {
        if (!evidence.IsWhole())
            throw Bodies.Malformed("evidence", "must be whole, as it was answered");
        lock (_gate)
            if (_issued.Contains(evidence.Digest()))
                return;
        var found = await Look(
            next, evidence.Impact.Since, Math.Clamp(evidence.Impact.Entries, 0, store.Head.Size), cancel);
        if (found.Digest() != evidence.Digest())
            throw new RefusedException(new Refusal(
                "change.evidence-differs", "The evidence is not what the control plane finds; look again, then sign."));
    }

    /// <summary>How far it is in judging the ledger again under a bundle.</summary>
    public LedgerProgress Progress(string digest) => _progress.GetValueOrDefault(digest) ?? new LedgerProgress(0, 0);

    /// <summary>Every bundle that was in force, oldest first.</summary>
    public async Task<ImmutableArray<PublishedPolicy>> Published(CancellationToken cancel) =>
        [.. (await Archive(null, cancel)).Published];

    /// <summary>The text of a bundle that was in force, or null.</summary>
    public async Task<PolicySource?> Find(string digest, CancellationToken cancel)
    {
        var now = realm.State.Registry.Policy;
        if (now.Digest == digest)
            return now.Source;
        return (await Archive(digest, cancel)).Found;
    }

    public void Dispose() => _readers.Dispose();

    async Task<PolicyEvidence> Look(Registry next, DateTimeOffset since, long entriesMax, CancellationToken cancel)
    {
        var inspection = BundleInspection.Of(next.Policy.Source, next, realm.State.Keys);
        var replay = new PolicyReplay(next.Policy, since);
        var impact = await JudgeAgain(replay, next.Policy.Digest, entriesMax, cancel);
        var evidence = Fitting(new PolicyEvidence(
            next.Policy.Digest, next.Policy.RuleCount, inspection.Tests.Length, inspection.Failed(),
            [.. inspection.Findings.Take(PolicyEvidence.FindingsMax).Select(Short)],
            Math.Max(0, inspection.Findings.Length - PolicyEvidence.FindingsMax), impact));
        lock (_gate)
        {
            _issued.Enqueue(evidence.Digest());
            while (_issued.Count > IssuedMax)
                _issued.Dequeue();
        }
        return evidence;
    }

    // Whoever decides and writes goes on meanwhile: one processor is left to them.
    async Task<PolicyImpact> JudgeAgain(PolicyReplay replay, string digest, long entriesMax, CancellationToken cancel)
    {
        await _readers.WaitAsync(cancel);
        try
        {
            _progress[digest] = new LedgerProgress(0, entriesMax);
            return LedgerReplay.Of(
                replay, Entries(entriesMax), Math.Max(1, Environment.ProcessorCount - 1),
                taken => _progress[digest] = new LedgerProgress(taken, entriesMax), cancel);
        }
        finally
        {
            _progress.TryRemove(digest, out _);
            _readers.Release();
        }
    }

    async Task<PolicyArchive> Archive(string? wanted, CancellationToken cancel)
    {
        var archive = new PolicyArchive(wanted);
        await Read(store.Head.Size, entry => archive.Take(entry.Span), cancel);
        return archive;
    }

    async Task Read(long entriesMax, Action<ReadOnlyMemory<byte>> take, CancellationToken cancel)
    {
        await _readers.WaitAsync(cancel);
        try
        {
            foreach (var entry in Entries(entriesMax))
            {
                cancel.ThrowIfCancellationRequested();
                take(entry);
            }
        }
        finally
        {
            _readers.Release();
        }
    }

    IEnumerable<ReadOnlyMemory<byte>> Entries(long entriesMax)
    {
        for (var next = 0L; next < entriesMax;)
        {
            var entries = store.Read(next, (int)Math.Min(BatchEntries, entriesMax - next));
            foreach (var entry in entries)
                yield return entry;
            next += entries.Count;
            if (entries.Count == 0)
                yield break;
        }
    }

    // It has to fit an entry: what comes last is counted instead of told.
    static PolicyEvidence Fitting(PolicyEvidence evidence)
    {
        while (!evidence.IsWhole() && (evidence.Findings.Length > 1 || evidence.Impact.Groups.Length > 1))
        {
            var (findings, groups) = (evidence.Findings, evidence.Impact.Groups);
            evidence = evidence with
            {
                Findings = findings[..((findings.Length + 1) / 2)],
                FindingsMore = evidence.FindingsMore + (findings.Length / 2),
                Impact = evidence.Impact with
                {
                    Groups = groups[..((groups.Length + 1) / 2)],
                    GroupsMore = evidence.Impact.GroupsMore + (groups.Length / 2),
                },
            };
        }
        return evidence;
    }

    static PolicyFinding Short(PolicyFinding finding) => finding with
    {
        Place = Cut(finding.Place),
        Why = Cut(finding.Why),
    };

    static string Cut(string text) => text.Length <= TextMax ? text : text[..TextMax] + "...";

    // What is signed is shown to people, and the ledger keeps milliseconds.
    static DateTimeOffset WholeSeconds(DateTimeOffset at) =>
        DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds());
}

using Writ.Changes;
using Writ.Findings;
using Writ.Foreign;
using Writ.Identity;
using Writ.Kills;
using Writ.Leases;
using Writ.People;
using Writ.Policies;
using Writ.Sessions;
using Writ.Requests;
using Writ.Rollbacks;
using Writ.Trees;

namespace Writ.Realms;

/// <summary>A realm's state as it is kept between starts. Discardable: the ledger says the same, only slower.</summary>
public sealed record RealmSnapshot(
    string Name, string Origin, DateTimeOffset Now, RealmDocument Document, ImmutableArray<PersonId> Offboarded,
    ImmutableDictionary<PersonId, DeviceKey> Keys, ImmutableDictionary<PersonId, Invitation> Invitations,
    ImmutableDictionary<LoginId, Login> Logins, ImmutableDictionary<string, StagedDocument> Staged,
    ImmutableDictionary<ChangeId, ChangeState> Changes, ImmutableDictionary<SessionId, SessionState> Sessions,
    ImmutableDictionary<RequestId, SessionId> SessionByRequest, ImmutableDictionary<RunId, RequestId> Leftover,
    ImmutableDictionary<Scope, Stop> Stops, ImmutableDictionary<KillId, KillState> Kills, int Findings,
    ImmutableArray<PolicySource>? Pinned = null, ImmutableArray<HeldChanges>? Held = null,
    ImmutableArray<UndoableRun>? Undoable = null, ImmutableArray<RollbackTest>? Tested = null,
    ImmutableArray<LeaseState>? Leases = null, ImmutableArray<IssuerKey>? IssuerKeys = null, long IssuerSequence = 0,
    ImmutableArray<KnownFinding>? Found = null, ImmutableArray<SettledFinding>? Settled = null, int FoundDropped = 0,
    ImmutableArray<Grant>? Grants = null, ImmutableArray<Use>? Uses = null,
    ImmutableArray<RemotePass>? Passes = null, ImmutableDictionary<string, SeenToken>? Seen = null)
{
    public static RealmSnapshot Of(RealmState realm) => new(
        realm.Name, realm.Origin, realm.Now, realm.Registry.Document, [.. realm.Registry.Offboarded], realm.Keys,
        realm.Invitations, realm.Logins, realm.Staged, realm.Changes, realm.Sessions, realm.SessionByRequest,
        realm.Leftover, realm.Stops, realm.Kills, realm.Findings,
        realm.Pinned.IsEmpty
            ? null
            : [.. realm.Pinned.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Value.Source)],
        realm.Held.IsEmpty ? null : [.. realm.Held.Values.OrderBy(h => h.Run.Value, StringComparer.Ordinal)],
        [.. realm.Rollbacks.Runs.Values.OrderBy(r => r.Run.Value, StringComparer.Ordinal)],
        [.. realm.Rollbacks.Tests.Values.OrderBy(t => t.Workflow.Value, StringComparer.Ordinal)],
        realm.Leases == LeaseBook.Empty ? null
            : [.. realm.Leases.Live.Values.Concat(realm.Leases.Ended.Values)
                .OrderBy(l => l.Lease.Id.Value, StringComparer.Ordinal)],
        realm.Issuer.IsEmpty ? null : realm.Issuer.InOrder(), realm.Issuer.Sequence,
        [.. realm.Found.Standing.Values.OrderBy(f => f.Id.Value, StringComparer.Ordinal)],
        [.. realm.Found.Settled.Values.OrderBy(f => f.Finding.Id.Value, StringComparer.Ordinal)],
        realm.Found.Dropped,
        [.. realm.Privileges.Grants.Values.OrderBy(g => g.What.ToString(), StringComparer.Ordinal)],
        [
            .. realm.Privileges.Uses.Values
                .OrderBy(u => $"{u.Agent} {u.What} {u.Tier}", StringComparer.Ordinal),
        ],
        realm.Foreign.Passes.IsEmpty ? null
            : [.. realm.Foreign.Passes.Values.OrderBy(p => p.Id.Value, StringComparer.Ordinal)],
        realm.Foreign.Seen.IsEmpty ? null : realm.Foreign.Seen);

    /// <summary>
    /// The state again, or null when the snapshot's document or a policy that a session keeps no longer compiles: then
    /// it is thrown away.
    /// </summary>
    public RealmState? Restore()
    {
        var (registry, _) = Registry.From(Document, [.. Offboarded]);
        if (registry is null)
            return null;
        var pinned = ImmutableDictionary<string, PolicyBundle>.Empty;
        foreach (var source in Pinned ?? [])
        {
            if (PolicyBundle.Compile(source).Bundle is not { } bundle)
                return null;
            pinned = pinned.SetItem(bundle.Digest, bundle);
        }
        var realm = new RealmState(Name, Origin, Now, registry, Keys, Invitations, Logins, Staged, Changes, Sessions,
            SessionByRequest, Leftover, Stops, Kills, Findings, pinned,
            (Held ?? []).ToImmutableDictionary(h => h.Run), new RollbackBook(
                (Undoable ?? []).ToImmutableDictionary(r => r.Run),
                (Tested ?? []).ToImmutableDictionary(t => t.Workflow)),
            new LeaseBook(
                (Leases ?? []).Where(l => l is not LeaseState.Ended).ToImmutableDictionary(l => l.Lease.Id),
                (Leases ?? []).OfType<LeaseState.Ended>().ToImmutableDictionary(l => l.Lease.Id)),
            new IssuerBook((IssuerKeys ?? []).ToImmutableDictionary(k => k.Kid), IssuerSequence),
            new FindingBook(
                (Found ?? []).ToImmutableDictionary(f => f.Id),
                (Settled ?? []).ToImmutableDictionary(s => s.Finding.Id),
                FoundDropped),
            new PrivilegeBook(
                (Grants ?? []).ToImmutableDictionary(g => g.What),
                (Uses ?? []).ToImmutableDictionary(u => (u.Agent, u.What, u.Tier))),
            new ForeignBook(
                (Passes ?? []).ToImmutableDictionary(p => p.Id),
                Seen ?? ImmutableDictionary<string, SeenToken>.Empty));
        return PinnedPolicies.AreAllKnown(realm) ? realm : null;
    }
}

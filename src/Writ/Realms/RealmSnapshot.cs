using Writ.Changes;
using Writ.Kills;
using Writ.People;
using Writ.Sessions;
using Writ.Requests;

namespace Writ.Realms;

/// <summary>A realm's state as it is kept between starts. Discardable: the ledger says the same, only slower.</summary>
public sealed record RealmSnapshot(
    string Name, string Origin, DateTimeOffset Now, RealmDocument Document, ImmutableArray<PersonId> Offboarded,
    ImmutableDictionary<PersonId, DeviceKey> Keys, ImmutableDictionary<PersonId, Invitation> Invitations,
    ImmutableDictionary<LoginId, Login> Logins, ImmutableDictionary<string, StagedDocument> Staged,
    ImmutableDictionary<ChangeId, ChangeState> Changes, ImmutableDictionary<SessionId, SessionState> Sessions,
    ImmutableDictionary<RequestId, SessionId> SessionByRequest, ImmutableDictionary<RunId, RequestId> Leftover,
    ImmutableDictionary<Scope, Stop> Stops, ImmutableDictionary<KillId, KillState> Kills, int Findings)
{
    public static RealmSnapshot Of(RealmState realm) => new(
        realm.Name, realm.Origin, realm.Now, realm.Registry.Document, [.. realm.Registry.Offboarded], realm.Keys,
        realm.Invitations, realm.Logins, realm.Staged, realm.Changes, realm.Sessions, realm.SessionByRequest,
        realm.Leftover, realm.Stops, realm.Kills, realm.Findings);

    /// <summary>
    /// The state again, or null when the snapshot's document no longer compiles: then it is thrown away.
    /// </summary>
    public RealmState? Restore()
    {
        var (registry, _) = Registry.From(Document, [.. Offboarded]);
        return registry is null
            ? null
            : new RealmState(Name, Origin, Now, registry, Keys, Invitations, Logins, Staged, Changes, Sessions,
                SessionByRequest, Leftover, Stops, Kills, Findings);
    }
}

using Writ.Kills;
using Writ.Realms;
using Writ.Sessions;

namespace Writ.Foreign;

/// <summary>What holds of callers from other machines at every single thing that they ask.</summary>
public static class RemoteRules
{
    /// <summary>The user id of sessions that nobody on this machine is in.</summary>
    public const int NoUid = -1;

    /// <summary>A pass that is good now: known, not over, and everybody in its chain still answers.</summary>
    public static Refusal? RequirePass(RealmState realm, PassId id, DateTimeOffset now, out RemotePass pass)
    {
        pass = null!;
        if (string.IsNullOrEmpty(id.Value) || !realm.Foreign.Passes.TryGetValue(id, out var known)
            || known.ExpiresAt <= now)
            return new Refusal("pass.over", "This realm knows no such pass, or it is over.");
        pass = known;
        return Broken(realm, pass.Chain, now)
            ?? (realm.Registry.IsActive(pass.Principal)
                ? null : new Refusal("pass.no-sponsor", $"{pass.Principal}, for whom it acts, has left this realm."));
    }

    /// <summary>Why nobody may act by this chain now, or null.</summary>
    internal static Refusal? Broken(RealmState realm, ImmutableArray<ChainLink> chain, DateTimeOffset now) =>
        Stopped(realm, chain) is { } scope
            ? new Refusal("session.stopped", $"{scope} is stopped by the kill switch.")
            : Broken(realm.Registry, chain, now);

    /// <summary>The same without what is stopped: every actor has its agent, its admission and a sponsor who is here.
    /// </summary>
    internal static Refusal? Broken(Registry registry, ImmutableArray<ChainLink> chain, DateTimeOffset now)
    {
        foreach (var link in chain)
        {
            if (!registry.Agents.TryGetValue(link.Agent, out var agent))
                return new Refusal("agent.unknown", $"There is no agent '{link.Agent}' in this realm.");
            if (agent.Hindrance(registry, now) is { } hindrance)
                return hindrance;
            if (!registry.IsActive(link.Sponsor))
                return new Refusal("pass.no-sponsor", $"{link.Sponsor}, who answers for {link.Agent}, has left.");
            if (ForeignDecider.IssuerOf(registry, link.Issuer)?.Admits
                .Any(a => a.Agent == link.Agent && a.Sponsor == link.Sponsor) != true)
                return new Refusal("pass.not-admitted", $"Issuer {link.Issuer} no longer admits {link.Agent}.");
        }
        return null;
    }

    /// <summary>The stopped scope that covers somebody of a chain, or null.</summary>
    internal static Scope? Stopped(RealmState realm, ImmutableArray<ChainLink> chain) => realm.Stops.IsEmpty
        ? null
        : ScopesOf(chain).Where(realm.Stops.ContainsKey).Select(s => (Scope?)s).FirstOrDefault();

    /// <summary>Everything that stops a chain when it is stopped.</summary>
    internal static IEnumerable<Scope> ScopesOf(ImmutableArray<ChainLink> chain) =>
    [
        new Scope(ScopeKind.Realm, ""), .. chain.Select(l => new Scope(ScopeKind.Agent, l.Agent.Value)),
        .. chain.Select(l => new Scope(ScopeKind.Sponsor, l.Sponsor.Value)),
    ];

    /// <summary>An open session of this caller's.</summary>
    public static Refusal? Session(
        RealmState realm, SessionId id, Actor.Remote remote, DateTimeOffset now, out SessionState.Open session) =>
        RealmRules.RequireOpen(realm, id, now, out session) ?? RequireIn(realm, session, remote, now);

    /// <summary>Whether this caller is the one for whom the session was opened: by chain and key.</summary>
    internal static Refusal? RequireIn(
        RealmState realm, SessionState.Open session, Actor.Remote remote, DateTimeOffset now)
    {
        if (RequirePass(realm, remote.Pass, now, out var pass) is { } no)
            return no;
        return pass.Chain[0].Agent == remote.Id && session.Remote is { } caller
            && caller.Thumbprint == pass.Thumbprint && caller.Chain.SequenceEqual(pass.Chain)
            ? null
            : new Refusal("session.not-yours", "The session was opened for another caller, or for another key.");
    }

    /// <summary>Who opens a session from another machine: the pass, where these terms fit it.</summary>
    internal static Refusal? RequireOpener(
        RealmState realm, Actor.Remote remote, SessionTerms terms, DateTimeOffset now, out RemotePass pass)
    {
        if (RequirePass(realm, remote.Pass, now, out pass) is { } no)
            return no;
        if (pass.Chain[0].Agent != remote.Id || terms.Agent != remote.Id)
            return new Refusal("pass.other-agent", $"This pass is {pass.Chain[0].Agent}'s, and opens sessions of no "
                + "other agent.");
        return terms.Uid == NoUid && terms.Parent is null
            ? null
            : new Refusal("pass.local", "A session from another machine has no user here and no parent.");
    }
}

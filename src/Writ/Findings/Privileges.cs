using Writ.Identity;
using Writ.Leases;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Workflows;

namespace Writ.Findings;

/// <summary>What a workflow grants.</summary>
public enum PrivilegeKind
{
    /// <summary>To work in it at all, for one of its agents.</summary>
    Agent,

    /// <summary>To act on one of its targets.</summary>
    Target,

    /// <summary>To have one of its credentials.</summary>
    Credential,

    /// <summary>To have its runs known to others under one of the tiers.</summary>
    Identity,
}

/// <summary>One thing that a workflow grants.</summary>
/// <param name="Name">Of the agent, target or credential profile; of an identity the tier.</param>
public sealed record Privilege(WorkflowId Workflow, PrivilegeKind Kind, string Name);

/// <summary>Since when something is granted, and by which change of the realm document.</summary>
public sealed record Grant(Privilege What, DateTimeOffset Since, ChangeId Change);

/// <summary>What one agent made of it.</summary>
/// <param name="Tier">How far it went: with read or write effects on a target, by the tier of a credential or an
/// identity.</param>
/// <param name="LastBy">The session or request of the last time, as evidence.</param>
public sealed record Use(
    AgentId Agent, Privilege What, CredentialTier Tier, int Times, DateTimeOffset Last, string LastBy);

/// <summary>What is granted, and what was used of it. It is a fold like all state, and decides nothing by itself.
/// </summary>
public sealed record PrivilegeBook(
    ImmutableDictionary<Privilege, Grant> Grants,
    ImmutableDictionary<(AgentId Agent, Privilege What, CredentialTier Tier), Use> Uses)
{
    /// <summary>Uses that are kept at once. What is not kept counts as never used, which somebody looks at.</summary>
    public const int UsesMax = 50_000;

    public static PrivilegeBook Empty { get; } = new(
        ImmutableDictionary<Privilege, Grant>.Empty,
        ImmutableDictionary<(AgentId Agent, Privilege What, CredentialTier Tier), Use>.Empty);

    /// <summary>When anybody used it last, and how often it was used; null for never.</summary>
    public (DateTimeOffset Last, int Times)? UsedBy(Privilege what)
    {
        (DateTimeOffset Last, int Times)? all = null;
        foreach (var use in Uses.Values)
            if (use.What == what)
                all = all is var (last, times)
                    ? (last > use.Last ? last : use.Last, times + use.Times)
                    : (use.Last, use.Times);
        return all;
    }

    /// <summary>Everything a workflow grants, by its document.</summary>
    public static IEnumerable<Privilege> Of(Workflow workflow) =>
    [
        .. workflow.Agents.Select(a => new Privilege(workflow.Id, PrivilegeKind.Agent, a.Value)),
        .. workflow.Targets.Select(t => new Privilege(workflow.Id, PrivilegeKind.Target, t.Value)),
        .. workflow.CredentialProfiles.Select(p => new Privilege(workflow.Id, PrivilegeKind.Credential, p)),
        .. (workflow.Identity?.Tiers ?? [])
            .Select(t => new Privilege(workflow.Id, PrivilegeKind.Identity, IdentityDoor.Word(t))),
    ];

    /// <summary>What an event says of grants and uses.</summary>
    internal static RealmState After(
        RealmState before, RealmState realm, Event happened, Move move, DateTimeOffset at)
    {
        switch (happened, move)
        {
            case (Changes.ChangeEvent.Applied, _):
                return realm with { Privileges = realm.Privileges.Under(realm.Registry, ChangeOf(move), at) };
            case (SessionEvent.Opened, SessionMove.Open m):
                return Used(realm, m.Terms, PrivilegeKind.Agent, m.Terms.Agent.Value, CredentialTier.Read,
                    $"session/{m.Terms.Id}", at);
            case (RequestEvent.Allowed, RequestMove.Allow m)
                when before.Find(m.Request) is (var session, RequestState.Ready ready):
                return Acted(realm, session.Terms, ready.Verdict.Effects, m.Request, at);
            case (RunEvent.WritConsumed, RunMove.Consume m)
                when before.Find(m.Request) is (var session, RequestState.Ordered ordered):
                return Acted(realm, session.Terms, ordered.Verdict.Effects, m.Request, at);
            case (LeaseEvent.Issued, LeaseMove.Issue m)
                when realm.Leases.Find(m.Lease) is { Lease: var lease } && realm.OpenSession(lease.Session) is { } open:
                return Used(realm, open.Terms, PrivilegeKind.Credential, lease.Profile.Id, lease.Profile.Tier,
                    $"request/{m.Request}", at);
            case (IdentityEvent.Issued, IdentityMove.Issue m) when realm.Find(m.Request) is var (session, _):
                return m.Svids.Select(s => s.Tier).Distinct().Aggregate(realm, (all, tier) => Used(
                    all, session.Terms, PrivilegeKind.Identity, IdentityDoor.Word(tier), TierOf(tier),
                    $"request/{m.Request}", at));
            default:
                return realm;
        }
    }

    static ChangeId ChangeOf(Move move) => move switch
    {
        Changes.ChangeMove.Propose m => m.Change,
        Changes.ChangeMove.Review m => m.Change,
        _ => default,
    };

    // What stays granted keeps its day; what is gone is forgotten with its uses.
    PrivilegeBook Under(Registry registry, ChangeId change, DateTimeOffset at)
    {
        var now = registry.Document.Workflows.SelectMany(Of).ToHashSet();
        var grants = Grants.RemoveRange(Grants.Keys.Where(g => !now.Contains(g)));
        grants = grants.AddRange(now.Where(g => !grants.ContainsKey(g))
            .Select(g => KeyValuePair.Create(g, new Grant(g, at, change))));
        return new PrivilegeBook(grants, Uses.RemoveRange(Uses.Keys.Where(u => !now.Contains(u.What))));
    }

    static RealmState Acted(
        RealmState realm, SessionTerms terms, ImmutableArray<Effect> effects, RequestId request, DateTimeOffset at)
    {
        foreach (var (target, writes) in effects.Where(e => e.Target is not null)
            .Select(e => (e.Target!.Value, Verbs.IsWrite(e.Verb) || Verbs.IsDelete(e.Verb))).Distinct())
            realm = Used(realm, terms, PrivilegeKind.Target, target.Value,
                writes ? CredentialTier.Write : CredentialTier.Read, $"request/{request}", at);
        return realm;
    }

    static RealmState Used(
        RealmState realm, SessionTerms terms, PrivilegeKind kind, string name, CredentialTier tier, string by,
        DateTimeOffset at)
    {
        var what = new Privilege(terms.Workflow, kind, name);
        var key = (terms.Agent, what, tier);
        var book = realm.Privileges;
        if (!book.Grants.ContainsKey(what))
            return realm;
        if (!book.Uses.TryGetValue(key, out var use))
            use = new Use(terms.Agent, what, tier, 0, at, by);
        if (use.Times == 0 && book.Uses.Count >= UsesMax)
            return realm;
        var times = use.Times == int.MaxValue ? use.Times : use.Times + 1;
        return realm with
        {
            Privileges = book with
            {
                Uses = book.Uses.SetItem(key, use with { Times = times, Last = at, LastBy = by }),
            },
        };
    }

    /// <summary>The tier of an identity in the words of credentials.</summary>
    public static CredentialTier TierOf(IdentityTier tier) => tier switch
    {
        IdentityTier.Read => CredentialTier.Read,
        IdentityTier.Write => CredentialTier.Write,
        _ => CredentialTier.Deploy,
    };
}

using System.Globalization;
using Writ.Agents;
using Writ.Identity;
using Writ.Leases;
using Writ.Realms;
using Writ.Targets;

namespace Writ.Findings;

/// <summary>
/// What a realm's own state says should not be so. Nobody has to report it: it is found, and found gone, by looking.
/// </summary>
static class FindingCauses
{
    /// <summary>Causes that one look considers; a realm of more mends some first.</summary>
    const int CausesMax = 5_000;

    const int ShownMax = 8;

    /// <summary>The codes of what is found like this, and settled when it is found no longer.</summary>
    public static readonly ImmutableHashSet<string> Codes =
    [
        "unowned.agent", "shared.admin-account", "shared.backend", "shared.agent", "shared.secret",
        "overdue.device-key", "overdue.issuer-key", "overdue.admin-account", "unused.agent", "unused.target",
        "unused.credential", "unused.identity", "lease.revocation-failed",
    ];

    public static IEnumerable<FindingCause> Of(
        RealmState realm, ImmutableArray<SeenAdmin> admins, DateTimeOffset now) =>
        Unowned(realm).Concat(Outlived(realm)).Concat(Shared(realm)).Concat(SharedSecrets(realm, admins))
            .Concat(Overdue(realm, admins, now)).Concat(Unused(realm, now)).Take(CausesMax);

    static IEnumerable<FindingCause> Unowned(RealmState realm) => realm.Registry.Document.Agents
        .Where(a => a.State == AgentState.Active && realm.Registry.ActiveMembers(a.OwnerTeam).IsEmpty)
        .Select(a => new FindingCause(
            FindingKind.Unowned, "unowned.agent", $"agent/{a.Id}",
            $"Agent {a.Id} belongs to team {a.OwnerTeam}, of which nobody is here any more.",
            new FindingScope(Agent: a.Id), []));

    static IEnumerable<FindingCause> Outlived(RealmState realm) => realm.Leases.Live.Values.OfType<LeaseState.Failed>()
        .OrderBy(l => l.Lease.Id.Value, StringComparer.Ordinal)
        .Select(l => new FindingCause(
            FindingKind.OutlivedCredential, "lease.revocation-failed", $"lease/{l.Lease.Id}",
            $"Credential {l.Lease.Account} of profile {l.Lease.Profile.Id} at target {l.Lease.Target} could not be "
                + $"taken back since {l.Since:yyyy-MM-dd HH:mm} ({l.Fault}).",
            new FindingScope(Targets: [l.Lease.Target]),
            [$"request/{l.Lease.Request}", $"session/{l.Lease.Session}"]));

    static IEnumerable<FindingCause> Shared(RealmState realm)
    {
        var placed = realm.Registry.Document.Targets
            .SelectMany(t => (t.Credentials ?? []).Select(p => (Target: t, Profile: p))).ToList();
        foreach (var group in placed.GroupBy(p => p.Profile.Admin, StringComparer.Ordinal).Where(SpansEnvironments))
            yield return SharedBy(group, "shared.admin-account", $"admin/{group.Key}",
                $"Credentials of {Places(group)} are minted with one account, {group.Key}.");
        // The same account of the same service under two names is one account.
        foreach (var group in placed.GroupBy(p => p.Profile.Backend.ToString()!, StringComparer.Ordinal)
            .Where(SpansEnvironments))
            yield return SharedBy(group, "shared.backend", $"backend/{group.Key}",
                $"Credentials of {Places(group)} are the same thing: {group.Key}.");
        var production = realm.Registry.Document.Environments.Where(e => e.Production).Select(e => e.Id).ToHashSet();
        foreach (var agent in realm.Registry.Document.Agents)
        {
            var environments = realm.Registry.Document.Workflows.Where(w => w.Agents.Contains(agent.Id))
                .SelectMany(w => w.Environments).Distinct().ToList();
            if (environments.Any(production.Contains) && !environments.All(production.Contains))
                yield return new FindingCause(
                    FindingKind.SharedCredential, "shared.agent", $"agent/{agent.Id}",
                    $"Agent {agent.Id} has one identity for production and for others: "
                        + $"{Shown(environments.Select(e => e.Value))}.",
                    new FindingScope(Agent: agent.Id), []);
        }
    }

    static bool SpansEnvironments(IEnumerable<(Target Target, CredentialProfile Profile)> group) =>
        group.Select(p => p.Target.Environment).Distinct().Skip(1).Any();

    static string Places(IEnumerable<(Target Target, CredentialProfile Profile)> group) =>
        Shown(group.Select(p => $"{p.Target.Id} ({p.Target.Environment})"));

    static FindingCause SharedBy(
        IEnumerable<(Target Target, CredentialProfile Profile)> group, string code, string subject, string detail) =>
        new(FindingKind.SharedCredential, code, subject, detail,
            new FindingScope(Targets: [.. group.Select(p => p.Target.Id).Distinct()
                .OrderBy(t => t.Value, StringComparer.Ordinal)]), []);

    // One value in two environments, or an account's password where an agent can read it.
    static IEnumerable<FindingCause> SharedSecrets(RealmState realm, ImmutableArray<SeenAdmin> admins)
    {
        var seen = realm.Found.Standing.Values
            .Where(f => f.Cause is { Kind: FindingKind.LeakedSecret, Fingerprint: not null })
            .Select(f => (Print: f.Cause.Fingerprint!, Where: $"environment {f.Cause.Scope.Environment}"))
            .Concat(admins.Where(a => a.Fingerprint is not null)
                .Select(a => (Print: a.Fingerprint!, Where: $"account {a.Name}")));
        foreach (var group in seen.GroupBy(s => s.Print, StringComparer.Ordinal)
            .OrderBy(g => g.Key, StringComparer.Ordinal))
            if (group.Select(s => s.Where).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList()
                is { Count: > 1 } places)
                yield return new FindingCause(
                    FindingKind.SharedCredential, "shared.secret", $"secret/{group.Key}",
                    $"One secret ({group.Key}) is in {Shown(places)}.",
                    new FindingScope(), [], group.Key);
    }

    static IEnumerable<FindingCause> Overdue(
        RealmState realm, ImmutableArray<SeenAdmin> admins, DateTimeOffset now)
    {
        if (realm.Registry.Document.Findings is not { } terms)
            yield break;
        foreach (var (person, key) in realm.Keys.OrderBy(k => k.Key.Value, StringComparer.Ordinal))
            if (IsOlder(key.EnrolledAt, terms.DeviceDays, now) && realm.Registry.IsActive(person))
                yield return new FindingCause(
                    FindingKind.OverdueRotation, "overdue.device-key", $"device/{key.KeyId}",
                    $"The device key of {person} is of {Day(key.EnrolledAt)}, older than {terms.DeviceDays} days.",
                    new FindingScope(Person: person), []);
        foreach (var key in realm.Issuer.Keys.Values.OrderBy(k => k.Kid, StringComparer.Ordinal))
            if (IsOlder(key.PublishedAt, terms.IssuerDays, now))
                yield return new FindingCause(
                    FindingKind.OverdueRotation, "overdue.issuer-key", $"issuer/{key.Kid}",
                    $"Key {key.Kid} of the issuer is of {Day(key.PublishedAt)}, older than {terms.IssuerDays} days.",
                    new FindingScope(), []);
        foreach (var admin in admins.OrderBy(a => a.Name, StringComparer.Ordinal))
        {
            ImmutableArray<TargetId> targets =
            [
                .. realm.Registry.Document.Targets.Where(t => (t.Credentials ?? []).Any(p => p.Admin == admin.Name))
                    .Select(t => t.Id),
            ];
            if (!targets.IsEmpty && IsOlder(admin.ChangedAt, terms.AdminDays, now))
                yield return new FindingCause(
                    FindingKind.OverdueRotation, "overdue.admin-account", $"admin/{admin.Name}",
                    $"Account {admin.Name}, with which credentials of {Shown(targets.Select(t => t.Value))} are "
                        + $"minted, is unchanged since {Day(admin.ChangedAt)}, more than {terms.AdminDays} days.",
                    new FindingScope(Targets: targets), []);
        }
    }

    static IEnumerable<FindingCause> Unused(RealmState realm, DateTimeOffset now)
    {
        if (realm.Registry.Document.Findings?.UnusedDays is not { } days)
            yield break;
        var book = realm.Privileges;
        var last = book.Uses.Values.GroupBy(u => u.What).ToDictionary(g => g.Key, g => g.Max(u => u.Last));
        foreach (var grant in book.Grants.Values.OrderBy(g => g.What.Workflow.Value, StringComparer.Ordinal)
            .ThenBy(g => g.What.Kind).ThenBy(g => g.What.Name, StringComparer.Ordinal))
        {
            DateTimeOffset? used = last.TryGetValue(grant.What, out var at) ? at : null;
            if (!IsOlder(used ?? grant.Since, days, now))
                continue;
            var what = grant.What;
            var word = what.Kind.ToString().ToLowerInvariant();
            yield return new FindingCause(
                FindingKind.UnusedPrivilege, UnusedCode(what.Kind), $"{what.Workflow}/{word}/{what.Name}",
                $"Workflow {what.Workflow} grants {word} {what.Name} since {Day(grant.Since)}; "
                    + (used is { } day ? $"it was used last on {Day(day)}." : "it was never used."),
                new FindingScope(
                    Agent: what.Kind == PrivilegeKind.Agent ? new AgentId(what.Name) : null, Workflow: what.Workflow,
                    Targets: what.Kind == PrivilegeKind.Target ? [new TargetId(what.Name)] : null),
                string.IsNullOrEmpty(grant.Change.Value) ? [] : [$"change/{grant.Change}"]);
        }
    }

    static string UnusedCode(PrivilegeKind kind) => kind switch
    {
        PrivilegeKind.Agent => "unused.agent",
        PrivilegeKind.Target => "unused.target",
        PrivilegeKind.Credential => "unused.credential",
        _ => "unused.identity",
    };

    static bool IsOlder(DateTimeOffset since, int? days, DateTimeOffset now) =>
        days is { } most && now - since > TimeSpan.FromDays(most);

    static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    static string Shown(IEnumerable<string> names)
    {
        var all = names.ToList();
        return string.Join(", ", all.Take(ShownMax)) + (all.Count > ShownMax ? $" and {all.Count - ShownMax} more"
            : "");
    }
}

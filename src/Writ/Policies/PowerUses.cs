using Writ.Findings;
using Writ.Identity;
using Writ.Leases;
using Writ.Realms;
using Writ.Requests;
using Writ.Workflows;

namespace Writ.Policies;

/// <summary>One thing that an agent is granted in a place, beside what it made of it.</summary>
/// <param name="Kind">target, credential or identity.</param>
/// <param name="Tier">read, write or deploy.</param>
/// <param name="Answer">What policy says at its mildest to something of this tier there; of a credential or an
/// identity, to any command at all.</param>
/// <param name="Granted">Since when the workflow grants it; null where nobody knows.</param>
/// <param name="Used">When this agent used it last; null for never.</param>
/// <param name="By">The session or request of that time.</param>
public sealed record PowerUse(
    string Kind, string Name, string Tier, VerdictKind Answer, DateTimeOffset? Granted, DateTimeOffset? Used, int Times,
    string? By);

/// <summary>Granted against used, for one agent in one workflow and environment.</summary>
static class PowerUses
{
    public static ImmutableArray<PowerUse> Of(
        RealmState realm, AgentId agent, Workflow workflow, EnvironmentId environment,
        ImmutableArray<EffectPower> powers)
    {
        var rows = ImmutableArray.CreateBuilder<PowerUse>();
        var here = workflow.Targets.Select(t => realm.Registry.Targets.GetValueOrDefault(t)).OfType<Targets.Target>()
            .Where(t => t.Environment == environment).ToList();
        foreach (var target in here)
            foreach (var tier in (CredentialTier[])[CredentialTier.Read, CredentialTier.Write])
                Add(PrivilegeKind.Target, target.Id.Value, tier, Mildest(powers.Where(p => p.Target == target.Id
                    && TierOf(p.Verb) == tier)));
        var run = Mildest(powers.Where(p => p.Verb == Verbs.Run));
        foreach (var profile in here.SelectMany(t => t.Credentials ?? [])
            .Where(p => workflow.CredentialProfiles.Contains(p.Id)))
            Add(PrivilegeKind.Credential, profile.Id, profile.Tier, run);
        foreach (var tier in workflow.Identity?.Tiers ?? [])
            Add(PrivilegeKind.Identity, IdentityDoor.Word(tier), PrivilegeBook.TierOf(tier), run);
        return rows.ToImmutable();

        void Add(PrivilegeKind kind, string name, CredentialTier tier, VerdictKind answer)
        {
            var what = new Privilege(workflow.Id, kind, name);
            var use = realm.Privileges.Uses.GetValueOrDefault((agent, what, tier));
            rows.Add(new PowerUse(
                kind.ToString().ToLowerInvariant(), name, tier.ToString().ToLowerInvariant(), answer,
                realm.Privileges.Grants.GetValueOrDefault(what)?.Since, use?.Last, use?.Times ?? 0, use?.LastBy));
        }
    }

    static VerdictKind Mildest(IEnumerable<EffectPower> powers) =>
        powers.Select(p => p.Kind).DefaultIfEmpty(VerdictKind.Blocked).Max();

    static CredentialTier? TierOf(string verb) =>
        Verbs.IsWrite(verb) || Verbs.IsDelete(verb) ? CredentialTier.Write
        : Verbs.Groups.TryGetValue(verb, out var groups) && groups.Contains("read") ? CredentialTier.Read
        : null;
}

using Writ.People;
using Writ.Realms;

namespace Writ.Policies;

/// <summary>
/// Gates that nobody could open, found when a policy is proposed and not when somebody waits. What no sponsor changes
/// is an error; what depends on who sponsors, or on who still has to enrol, is a warning that author and reviewer both
/// sign.
/// </summary>
public static class GateAnalysis
{
    const int NamesMax = 5;

    /// <param name="realm">Whose teams are asked.</param>
    /// <param name="keys">Who has enrolled; null where that is not known, as offline.</param>
    public static ImmutableArray<PolicyFinding> Of(
        Registry realm, PolicyBundle bundle, ImmutableDictionary<PersonId, DeviceKey>? keys)
    {
        var findings = ImmutableArray.CreateBuilder<PolicyFinding>();
        foreach (var policy in bundle.Policies.Policies)
            if (bundle.Gates.TryGetValue(policy.Id, out var gate))
                if (Of(realm, gate, keys, policy.Id) is var (level, code, why))
                    findings.Add(new PolicyFinding(level, code, $"{policy.FileName}:{policy.Position}", why));
        return findings.ToImmutable();
    }

    static (FindingLevel Level, string Code, string Why)? Of(
        Registry realm, PolicyGate gate, ImmutableDictionary<PersonId, DeviceKey>? keys, string rule)
    {
        var members = realm.ActiveMembers(gate.Team);
        var asks = $"Gate {rule} asks {gate.Quorum} of team {gate.Team}";
        if (members.Count < gate.Quorum)
            return (FindingLevel.Error, "policy.gate-nobody", $"{asks}, which has {members.Count}: nobody could ever "
                + "open it. Add people to the team, or lower @quorum.");
        // A sponsor approves nothing of their own session, so a member who sponsors is one fewer.
        var alone = members.Where(_ => members.Count - 1 < gate.Quorum)
            .OrderBy(p => p.Value, StringComparer.Ordinal).ToImmutableArray();
        var others = realm.People.Keys.Count(p => realm.IsActive(p) && !members.Contains(p));
        if (alone.Length > 0 && others == 0)
            return (FindingLevel.Warning, "policy.gate-own-sponsors", $"{asks}, and everybody who could sponsor a "
                + "session is in it, so it can never be opened: a sponsor does not approve their own "
                + "session. Add people.");
        if (alone.Length > 0)
            return (FindingLevel.Warning, "policy.gate-sponsor", $"{asks}; when {Names(alone)} sponsors the session, "
                + "too few are left to open it.");
        var enrolled = keys is null ? members.Count : members.Count(keys.ContainsKey);
        return enrolled < gate.Quorum
            ? (FindingLevel.Warning, "policy.gate-not-enrolled", $"{asks}, and only {enrolled} of its {members.Count} "
                + "have enrolled a key; until more do, it stays closed.")
            : null;
    }

    static string Names(ImmutableArray<PersonId> people) =>
        string.Join(" or ", people.Take(NamesMax)) + (people.Length > NamesMax ? " or another member" : "");
}

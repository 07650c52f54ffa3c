using Writ.Egress;
using Writ.Foreign;
using Writ.Holds;
using Writ.Identity;
using Writ.Leases;
using Writ.Rollbacks;
using Writ.Targets;
using Writ.Workflows;

namespace Writ.Realms;

/// <summary>
/// What makes a realm document acceptable. All faults are collected, so that one look mends them all.
/// </summary>
static class RegistryRules
{
    public const int EntriesMax = 10_000;
    public const int TextMax = 4_096;

    public static ImmutableArray<DocumentFault> Check(RealmDocument document)
    {
        var check = new Checker(document);
        check.Ids();
        check.Teams();
        check.Owners();
        check.Workflows();
        check.Credentials();
        check.Governance();
        check.Findings();
        check.Faults.AddRange(IdentityRules.Faults(document));
        check.Faults.AddRange(IssuerRules.Faults(document));
        check.Faults.AddRange(document.SignIn?.Faults(document) ?? []);
        return check.Faults.ToImmutable();
    }

    sealed class Checker(RealmDocument document)
    {
        readonly HashSet<PersonId> _people = [.. document.People.Select(p => p.Id)];
        readonly HashSet<TeamId> _teams = [.. document.Teams.Select(t => t.Id)];

        public ImmutableArray<DocumentFault>.Builder Faults { get; } = ImmutableArray.CreateBuilder<DocumentFault>();

        public void Ids()
        {
            Unique("people", document.People.Select(p => p.Id.Value));
            Unique("teams", document.Teams.Select(t => t.Id.Value));
            Unique("agents", document.Agents.Select(a => a.Id.Value));
            Unique("environments", document.Environments.Select(e => e.Id.Value));
            Unique("targets", document.Targets.Select(t => t.Id.Value));
            Unique("workflows", document.Workflows.Select(w => w.Id.Value));
            foreach (var target in document.Targets)
                foreach (var group in target.Groups)
                    if (!IdRules.IsWellFormed(group))
                        Fault($"targets/{target.Id}/groups", "realm.bad-id", $"'{group}' is not the id of a group.");
            foreach (var (path, text) in Texts())
                if (text is { Length: > TextMax } || text?.Any(char.IsControl) == true)
                    Fault(path, "realm.bad-text", $"Text is at most {TextMax} characters without control characters.");
        }

        public void Teams()
        {
            foreach (var team in document.Teams)
            {
                foreach (var member in team.Members)
                    Known(_people, member, $"teams/{team.Id}/members", "person");
                foreach (var included in team.Includes)
                    Known(_teams, included, $"teams/{team.Id}/includes", "team");
            }
            var includes = document.Teams.DistinctBy(t => t.Id).ToDictionary(t => t.Id, t => t.Includes);
            foreach (var team in includes.Keys)
                if (Reaches(includes, team))
                    Fault($"teams/{team}", "realm.cyclic-team",
                        $"Team {team} includes itself, directly or through others.");
        }

        public void Owners()
        {
            foreach (var agent in document.Agents)
                Known(_teams, agent.OwnerTeam, $"agents/{agent.Id}/ownerTeam", "team");
            var environments = document.Environments.Select(e => e.Id).ToHashSet();
            foreach (var target in document.Targets)
            {
                Known(environments, target.Environment, $"targets/{target.Id}/environment", "environment");
                KnownOrNobody(target.Owner, $"targets/{target.Id}/owner");
            }
        }

        public void Workflows()
        {
            var agents = document.Agents.Select(a => a.Id).ToHashSet();
            var environments = document.Environments.Select(e => e.Id).ToHashSet();
            var targets = document.Targets.Select(t => t.Id).ToHashSet();
            foreach (var workflow in document.Workflows)
            {
                var at = $"workflows/{workflow.Id}";
                KnownOrNobody(workflow.WorkflowOwner, $"{at}/workflowOwner");
                KnownOrNobody(workflow.PlatformOwner, $"{at}/platformOwner");
                KnownOrNobody(workflow.SecurityOwner, $"{at}/securityOwner");
                foreach (var team in workflow.ApproverTeams)
                    Known(_teams, team, $"{at}/approverTeams", "team");
                foreach (var agent in workflow.Agents)
                    Known(agents, agent, $"{at}/agents", "agent");
                foreach (var environment in workflow.Environments)
                    Known(environments, environment, $"{at}/environments", "environment");
                foreach (var target in workflow.Targets)
                    Known(targets, target, $"{at}/targets", "target");
                InBounds(workflow.Bounds, $"{at}/bounds");
                Egress(workflow, $"{at}/egress");
                Assistant(workflow, $"{at}/assistant");
                if (workflow.RollbackCommand is { } argv && RollbackCommand.Problem(argv) is { } problem)
                    Fault($"{at}/rollbackCommand", "realm.bad-rollback", problem);
                if (workflow.MemoryMiB is < Workflow.MemoryMiBMin or > Workflow.MemoryMiBMax)
                    Fault($"{at}/memoryMiB", "realm.bad-memory",
                        $"A run has {Workflow.MemoryMiBMin} to {Workflow.MemoryMiBMax} MiB of memory.");
                if (workflow.Held is { } held && (held.Max is < 1 or > HoldBounds.CountMax
                    || held.WaitSeconds is < 1 or > HoldBounds.WaitSecondsMax))
                    Fault($"{at}/held", "realm.bad-held", $"At most {HoldBounds.CountMax} things of a run wait, each "
                        + $"1 to {HoldBounds.WaitSecondsMax} seconds.");
            }
        }

        public void Governance()
        {
            var governance = document.Governance;
            Known(_teams, governance.Team, "governance/team", "team");
            if (governance.Quorum is < 1 or > 10)
                Fault("governance/quorum", "realm.bad-quorum", "A quorum is 1 to 10 people.");
        }

        public void Findings()
        {
            if (document.Findings?.Problem() is { } problem)
                Fault("findings", "realm.bad-findings", problem);
            foreach (var workflow in document.Workflows)
                if (workflow.RefuseFindings is { } kinds
                    && (kinds.Distinct().Count() < kinds.Length || !kinds.All(Enum.IsDefined)))
                    Fault($"workflows/{workflow.Id}/refuseFindings", "realm.bad-findings",
                        "Each kind of finding is named once.");
        }

        // Only in a network of its own does a run have one way out and no other.
        void Egress(Workflow workflow, string path)
        {
            if (!workflow.HasEgress)
                return;
            var grants = workflow.Egress!.Value;
            if (workflow.TierMin < Tier.T2)
                Fault(path, "realm.egress-tier", "A workflow with egress demands tierMin T2 or T3.");
            if (grants.Length > EgressGrant.CountMax)
                Fault(path, "realm.bad-egress", $"A workflow names at most {EgressGrant.CountMax} places.");
            foreach (var grant in grants)
                if (grant.Problem() is { } problem)
                    Fault(path, "realm.bad-egress", problem);
            if (grants.DistinctBy(g => (g.Host, g.Port)).Count() < grants.Length)
                Fault(path, "realm.bad-egress", "A place is named twice.");
            foreach (var name in grants.Select(g => g.Credential?.Profile).OfType<string>().Distinct())
                if (!workflow.CredentialProfiles.Contains(name))
                    Fault(path, "realm.unknown-credential", $"'{name}' is none of the workflow's credentialProfiles.");
                else if (document.Targets.SelectMany(t => t.Credentials ?? [])
                    .Any(p => p.Id == name && !p.Backend.GivesToken))
                    Fault(path, "realm.bad-egress", $"What profile '{name}' gives out is no token that fits into a "
                        + "header field.");
        }

        // Names were only words before any target gave credentials out, and a realm in which none does keeps them so.
        public void Credentials()
        {
            var placed = document.Targets.SelectMany(t => (t.Credentials ?? []).Select(p => (Target: t, Profile: p)))
                .ToImmutableArray();
            if (placed.IsEmpty)
                return;
            foreach (var (target, profile) in placed)
                if (profile.Problem() is { } problem)
                    Fault($"targets/{target.Id}/credentials", "realm.bad-credential", problem);
            foreach (var twice in placed.GroupBy(p => p.Profile.Id, StringComparer.Ordinal).Where(g => g.Count() > 1))
                Fault($"targets/{twice.Last().Target.Id}/credentials", "realm.duplicate",
                    $"'{twice.Key}' is declared twice.");
            foreach (var target in document.Targets)
                if (target.Credentials is { Length: > CredentialProfile.PerTargetMax })
                    Fault($"targets/{target.Id}/credentials", "realm.bad-credential",
                        $"A target has at most {CredentialProfile.PerTargetMax} profiles.");
            var targets = placed.DistinctBy(p => p.Profile.Id)
                .ToDictionary(p => p.Profile.Id, p => p.Target.Id, StringComparer.Ordinal);
            foreach (var workflow in document.Workflows)
                Credentials(workflow, targets);
        }

        void Credentials(Workflow workflow, Dictionary<string, TargetId> targets)
        {
            var (at, names) = ($"workflows/{workflow.Id}/credentialProfiles", workflow.CredentialProfiles);
            if (names.IsEmpty)
                return;
            foreach (var name in names)
                if (!targets.TryGetValue(name, out var target) || !workflow.Targets.Contains(target))
                    Fault(at, "realm.unknown-credential", $"No target of this workflow has a profile '{name}'.");
            if (names.Length > CredentialProfile.PerWorkflowMax || names.Distinct().Count() < names.Length)
                Fault(at, "realm.bad-credential",
                    $"A workflow names at most {CredentialProfile.PerWorkflowMax} profiles, each once.");
            if (workflow.TierMin < Tier.T2)
                Fault(at, "realm.credential-tier", "A workflow with credentials demands tierMin T2 or T3.");
            if (workflow.Bounds.Credentials < 1)
                Fault(at, "realm.credential-bounds",
                    "A workflow with credentials says how many a session may use: bounds: {credentials: N}.");
        }

        void Assistant(Workflow workflow, string path)
        {
            if (workflow.Assistant is not { } terms)
                return;
            if (workflow.TierMin < Tier.T2)
                Fault(path, "realm.assistant-tier", "A workflow with an assistant demands tierMin T2 or T3.");
            if (terms.Problem(workflow.Egress) is { } problem)
                Fault(path, "realm.bad-assistant", problem);
        }

        void InBounds(Bounds bounds, string path)
        {
            int[] numbers =
                [bounds.Minutes, bounds.Commands, bounds.Writes, bounds.Deletions, bounds.Targets, bounds.Credentials];
            if (numbers.Any(n => n is < 0 or > 1_000_000) || bounds.Minutes is < 1 or > 7 * 24 * 60)
                Fault(path, "realm.bad-bounds", "Bounds are 0 to 1,000,000, and minutes 1 to 10,080 (a week).");
        }

        void Unique(string kind, IEnumerable<string> ids)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var id in ids)
            {
                if (!IdRules.IsWellFormed(id))
                    Fault($"{kind}/{id}", "realm.bad-id", $"An id is up to {IdRules.LengthMax} of a-z 0-9 - _ . /, "
                        + "starting with a letter or a digit.");
                if (!seen.Add(id ?? ""))
                    Fault($"{kind}/{id}", "realm.duplicate", $"'{id}' is declared twice.");
            }
            if (seen.Count > EntriesMax)
                Fault(kind, "realm.too-many", $"At most {EntriesMax} {kind}.");
        }

        void Known<T>(HashSet<T> known, T id, string path, string kind)
            where T : struct, IId<T>
        {
            if (!known.Contains(id))
                Fault(path, $"realm.unknown-{kind}", $"There is no {kind} '{id.Value}' in this document.");
        }

        // An owner may be left out (production then stays closed), but a name that is nobody's is a mistake.
        void KnownOrNobody(PersonId person, string path)
        {
            if (!string.IsNullOrEmpty(person.Value))
                Known(_people, person, path, "person");
        }

        IEnumerable<(string Path, string? Text)> Texts() =>
        [
            .. document.People.Select(p => ($"people/{p.Id}/name", (string?)p.Name)),
            .. document.People.Select(p => ($"people/{p.Id}/email", p.Email)),
            .. document.Agents.Select(a => ($"agents/{a.Id}/kind", (string?)a.Kind)),
            .. document.Agents.Select(a => ($"agents/{a.Id}/version", (string?)a.Version)),
            .. document.Targets.Select(t => ($"targets/{t.Id}/kind", (string?)t.Kind)),
            .. document.Workflows.Select(w => ($"workflows/{w.Id}/purpose", (string?)w.Purpose)),
            .. document.Workflows.Select(w => ($"workflows/{w.Id}/rollback", w.Rollback)),
        ];

        // Without recursion: a chain of teams may be longer than a stack is deep.
        static bool Reaches(Dictionary<TeamId, ImmutableArray<TeamId>> includes, TeamId team)
        {
            var seen = new HashSet<TeamId>();
            var open = new Stack<TeamId>(includes[team]);
            while (open.TryPop(out var next))
            {
                if (next == team)
                    return true;
                if (seen.Add(next))
                    foreach (var further in includes.GetValueOrDefault(next, []))
                        open.Push(further);
            }
            return false;
        }

        void Fault(string path, string code, string why) => Faults.Add(new DocumentFault(path, code, why));
    }
}

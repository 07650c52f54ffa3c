using System.Collections.Immutable;
using Writ.Agents;
using Writ.Findings;
using Writ.Foreign;
using Writ.Holds;
using Writ.Identity;
using Writ.Leases;
using Writ.People;
using Writ.Policies;
using Writ.Realms;
using Writ.Targets;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Documents;

/// <summary>
/// From the files of a realm directory to one realm document, or everything that is wrong with them, each fault with
/// file, line and column and with what was expected there. Lists of several files are joined; the rest stands once.
/// </summary>
public static class RealmDirectoryReader
{
    public const int FileMax = 1024 * 1024;
    const int TotalMax = 3 * 1024 * 1024;

    /// <param name="offboarded">Who has left; they may still be named.</param>
    public static (RealmDocument? Document, ImmutableArray<DocumentFault> Faults) Read(
        ImmutableArray<SourceFile> files, ImmutableHashSet<PersonId> offboarded)
    {
        var reading = new Reading();
        reading.Take(files);
        if (!reading.Faults.IsEmpty)
            return (null, reading.Faults.All);
        var document = reading.Document();
        var (registry, faults) = Registry.From(document, offboarded);
        return registry is not null ? (document, []) : (null, [.. faults.Take(100).Select(reading.Placed)]);
    }

    sealed class Reading
    {
        readonly List<Person> _people = [];
        readonly List<Team> _teams = [];
        readonly List<Agent> _agents = [];
        readonly List<Stage> _environments = [];
        readonly List<Target> _targets = [];
        readonly List<Workflow> _workflows = [];
        readonly List<PolicyFile> _policies = [];
        readonly Dictionary<string, SourcePlace> _places = new(StringComparer.Ordinal);
        (Governance Governance, SourcePlace Place)? _governance;
        RealmIdentity? _identity;
        FindingTerms? _findings;
        SignInProvider? _signIn;
        readonly List<TrustedIssuer> _issuers = [];

        public FaultList Faults { get; } = new();

        public void Take(ImmutableArray<SourceFile> files)
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            var total = 0L;
            foreach (var file in files.OrderBy(f => f.Name, StringComparer.Ordinal))
            {
                total += file.Text.Length;
                if (!names.Add(file.Name))
                    Faults.Add(Shown(file), "realm.bad-file", "This file was sent twice.");
                else if (file.Text.Length > FileMax || total > TotalMax)
                    Faults.Add(Shown(file), "realm.bad-file", $"A file has at most {FileMax} characters, and all "
                        + $"together {TotalMax}.");
                else if (!IsName(file.Name))
                    Faults.Add(Shown(file), "realm.bad-file", "A file's name is relative, of letters, digits, '-', "
                        + "'_', '.', '/'.");
                else if (file.Name.EndsWith(".cedar", StringComparison.Ordinal) || IsOfBundle(file.Name))
                    _policies.Add(new PolicyFile(file.Name, file.Text));
                else if (file.Name.EndsWith(".yaml", StringComparison.Ordinal)
                    || file.Name.EndsWith(".yml", StringComparison.Ordinal))
                    TakeYaml(file);
                else
                    Faults.Add(file.Name, "realm.bad-file", "Only .yaml and .cedar files are read, in policies/ "
                        + "also .cedarschema and .json, and in knowledge/ .json.");
            }
            if (_governance is null && Faults.IsEmpty)
                Faults.Add("governance", "realm.missing-key", "No file says who governs: governance: {team: TEAM, "
                    + "quorum: 1}.");
        }

        public RealmDocument Document() => new(
            [.. _people.OrderBy(p => p.Id.Value, StringComparer.Ordinal)],
            [.. _teams.OrderBy(t => t.Id.Value, StringComparer.Ordinal)],
            [.. _agents.OrderBy(a => a.Id.Value, StringComparer.Ordinal)],
            [.. _environments.OrderBy(e => e.Id.Value, StringComparer.Ordinal)],
            [.. _targets.OrderBy(t => t.Id.Value, StringComparer.Ordinal)],
            [.. _workflows.OrderBy(w => w.Id.Value, StringComparer.Ordinal)],
            _governance!.Value.Governance,
            new PolicySource([.. _policies.OrderBy(p => p.Name, StringComparer.Ordinal)]),
            _identity, _findings,
            _issuers.Count == 0 ? null : [.. _issuers.OrderBy(i => i.Id, StringComparer.Ordinal)],
            _signIn);

        /// <summary>A fault of the whole document, with the place where the part that it names was written.</summary>
        public DocumentFault Placed(DocumentFault fault)
        {
            for (var path = fault.Path; path.Length > 0; path = path[..Math.Max(0, path.LastIndexOf('/'))])
                if (_places.TryGetValue(path, out var place))
                    return fault with { Path = place.ToString() };
            return fault;
        }

        void TakeYaml(SourceFile file)
        {
            try
            {
                if (YamlTree.Parse(file.Name, file.Text) is { } root)
                    TakeRoot(new YamlFields(root, "a realm file", Faults));
            }
            catch (YamlFaultException e)
            {
                Faults.Add(e.Place, e.Code, e.Message);
            }
        }

        void TakeRoot(YamlFields root)
        {
            Each(root, "people", "a person", f => _people.Add(
                new Person(f.Id<PersonId>("id"), f.Text("name"), f.OptionalText("email"))));
            Each(root, "teams", "a team", f => _teams.Add(
                new Team(f.Id<TeamId>("id"), f.Ids<PersonId>("members"), f.Ids<TeamId>("includes"))));
            Each(root, "agents", "an agent", f => _agents.Add(new Agent(
                f.Id<AgentId>("id"), f.Text("kind"), f.Text("version"), f.Id<TeamId>("ownerTeam"), f.Date("reviewBy"),
                f.Word<AgentState>("state"))));
            Each(root, "environments", "an environment", f => _environments.Add(
                new Stage(f.Id<EnvironmentId>("id"), f.Flag("production"))));
            Each(root, "targets", "a target", f => _targets.Add(new Target(
                f.Id<TargetId>("id"), f.Text("kind"), f.Id<EnvironmentId>("environment"),
                f.Word<Sensitivity>("sensitivity"),
                f.OptionalId<PersonId>("owner"), f.Texts("groups"),
                f.Has("credentials") ? [.. f.Items("credentials").Select(CredentialOf)] : null)));
            Each(root, "workflows", "a workflow", f => _workflows.Add(Workflow(f)));
            Each(root, "trustedIssuers", "a trusted issuer", f => _issuers.Add(ForeignFields.Issuer(f, Faults)));
            if (root.Map("governance", "governance") is { } governance)
                TakeGovernance(governance);
            if (root.Map("identity", "identity") is { } identity)
                TakeIdentity(identity);
            if (root.Map("findings", "findings") is { } findings)
            {
                if (_findings is not null)
                    Faults.Add(findings.Place, "realm.duplicate-key", "Findings are declared twice.");
                _findings = FindingFields.Terms(findings);
                _places.TryAdd("findings", findings.Place);
            }
            if (root.Map("signIn", "how people sign in") is { } signIn)
            {
                if (_signIn is not null)
                    Faults.Add(signIn.Place, "realm.duplicate-key", "How people sign in is declared twice.");
                _signIn = ForeignFields.SignIn(signIn, Faults);
                _places.TryAdd("signIn", signIn.Place);
            }
            root.NothingElse();
        }

        void TakeIdentity(YamlFields fields)
        {
            if (_identity is not null)
                Faults.Add(fields.Place, "realm.duplicate-key", "Identity is declared twice.");
            _identity = IdentityFields.Realm(fields, Faults);
            _places.TryAdd("identity", fields.Place);
            foreach (var part in (string[])["trustDomain", "issuer", "federates"])
                _places.TryAdd($"identity/{part}", fields.PlaceOf(part));
        }

        void TakeGovernance(YamlFields fields)
        {
            if (_governance is { Place: var first })
                Faults.Add(fields.Place, "realm.duplicate-key", $"Governance is declared at {first} already.");
            _governance = (new Governance(fields.Id<TeamId>("team"), fields.Number("quorum", otherwise: 1)),
            fields.Place);
            fields.NothingElse();
            _places.TryAdd("governance", fields.Place);
            _places.TryAdd("governance/team", fields.PlaceOf("team"));
            _places.TryAdd("governance/quorum", fields.PlaceOf("quorum"));
        }

        Workflow Workflow(YamlFields f) => new(
            f.Id<WorkflowId>("id"), f.Text("purpose"), f.OptionalId<PersonId>("workflowOwner"),
            f.OptionalId<PersonId>("platformOwner"), f.OptionalId<PersonId>("securityOwner"),
            f.Ids<TeamId>("approverTeams"),
            f.Ids<AgentId>("agents"), f.Ids<EnvironmentId>("environments"), f.Ids<TargetId>("targets"), BoundsOf(f),
            f.Word<Tier>("tierMin", otherwise: Tier.T2), f.Texts("credentialProfiles"), f.OptionalText("rollback"),
            f.Date("reviewBy"), f.Has("egress") ? [.. f.Items("egress").Select(e => EgressReading.Of(e, Faults))]
                : null,
            HeldOf(f), f.Has("rollbackCommand") ? f.Texts("rollbackCommand") : null,
            f.Map("identity", "identity") is { } identity ? IdentityFields.Grant(identity, Faults) : null,
            f.Map("assistant", "an assistant in a sandbox") is { } assistant ? AssistantReading.Of(assistant, Faults)
                : null,
            f.Has("refuseFindings") ? FindingFields.Kinds(f, "refuseFindings", Faults) : null,
            f.Has("ownUser") && f.Flag("ownUser") ? true : null,
            f.Has("memoryMiB") ? f.Number("memoryMiB") : null);

        static Bounds BoundsOf(YamlFields workflow)
        {
            var usual = Bounds.Default;
            if (workflow.Map("bounds", "bounds") is not { } f)
                return usual;
            var bounds = new Bounds(
                f.Number("minutes", usual.Minutes), f.Number("commands", usual.Commands),
                f.Number("writes", usual.Writes),
                f.Number("deletions", usual.Deletions), f.Number("targets", usual.Targets),
                f.Number("credentials", usual.Credentials));
            f.NothingElse();
            return bounds;
        }

        CredentialProfile CredentialOf(YamlNode node)
        {
            var f = new YamlFields(node, "a credential profile", Faults);
            var ttl = f.Number("ttl");
            var profile = new CredentialProfile(
                f.Text("id"), f.Word<CredentialTier>("tier"),
                // The issuer's keys are the realm's own, and nobody's account.
                f.Has("oidc") ? f.OptionalText("admin") ?? "issuer" : f.Text("admin"), ttl, f.Number("ttlMax", ttl),
                f.Number("concurrent", 1), BackendOf(f));
            f.NothingElse();
            return profile;
        }

        CredentialBackend BackendOf(YamlFields profile)
        {
            var none = new CredentialBackend.Postgres("", 0, "", "");
            if (profile.Map("postgres", "a PostgreSQL backend") is { } f)
            {
                var postgres = new CredentialBackend.Postgres(
                    f.Text("host"), f.Number("port", 5432), f.Text("database"), f.Text("role"));
                f.NothingElse();
                return postgres;
            }
            if (profile.Map("redis", "a Redis backend") is { } r)
            {
                var redis = new CredentialBackend.Redis(
                    r.Text("host"), r.Number("port", 6379), r.Texts("keys"), r.Texts("commands"), r.Texts("channels"));
                r.NothingElse();
                return redis;
            }
            if (profile.Map("plugin", "a plugin") is { } p)
            {
                var plugin = new CredentialBackend.Plugin(
                    p.Text("program"), p.Word<RevocationClass>("revocation"), PairsOf(p, "settings"),
                    PairsOf(p, "variables"));
                p.NothingElse();
                return plugin;
            }
            if ((AuthorityFields.Read(profile, PairsOf) ?? HttpBackendReading.Of(profile, PairsOf)) is { } other)
                return other;
            Faults.Add(
                profile.Place, "realm.missing-key", "A profile says where it is minted: postgres, redis, ssh, x509, "
                    + "oidc, vault, awsSts, githubApp, kubernetes or plugin.");
            return none;
        }

        // 'NAME=VALUE' each, so that nothing of it depends on how YAML reads a value.
        ImmutableArray<PluginSetting> PairsOf(YamlFields plugin, string key)
        {
            var settings = ImmutableArray.CreateBuilder<PluginSetting>();
            foreach (var text in plugin.Texts(key))
                if (text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at)
                    settings.Add(new PluginSetting(text[..at], text[(at + 1)..]));
                else
                    Faults.Add(plugin.PlaceOf(key), "realm.bad-value", $"Each of {key} is written NAME=VALUE.");
            return settings.ToImmutable();
        }

        static HoldBounds? HeldOf(YamlFields workflow)
        {
            if (workflow.Map("held", "what may wait in a run") is not { } f)
                return null;
            var held = new HoldBounds(
                f.Number("max", HoldBounds.Usual.Max), f.Number("wait", HoldBounds.Usual.WaitSeconds));
            f.NothingElse();
            return held;
        }

        /// <summary>Reads every entry of a list and remembers where its parts were written.</summary>
        void Each(YamlFields root, string list, string what, Action<YamlFields> read)
        {
            foreach (var item in root.Items(list))
            {
                var fields = new YamlFields(item, what, Faults);
                read(fields);
                fields.NothingElse();
                if (item is not YamlNode.Map map
                    || map.Entries.FirstOrDefault(e => e.Key.Value == "id").Value
                    is not YamlNode.Text { Value: var id })
                    continue;
                // Of what is declared twice the second is the mistake.
                _places[$"{list}/{id}"] = item.Place;
                foreach (var (key, value) in map.Entries)
                    _places[$"{list}/{id}/{key.Value}"] = value.Place;
            }
        }

        // Schema, tests and name of a bundle lie with its policies, what it says of programs in knowledge/.
        static bool IsOfBundle(string name) => new PolicyFile(name, "").Kind() switch
        {
            PolicyFileKind.Knowledge => true,
            PolicyFileKind.Policy => false,
            _ => name.StartsWith("policies/", StringComparison.Ordinal),
        };

        static bool IsName(string name) => name.Length is > 0 and <= 200 && !name.StartsWith('/')
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/')
            && name.Split('/').All(part => part is not ("" or "." or ".."));

        static string Shown(SourceFile file) => Shell.VisibleText.Of(file.Name.Length <= 200 ? file.Name
            : file.Name[..200]);
    }
}

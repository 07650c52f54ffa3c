using Writ.Agents;
using Writ.Egress;
using Writ.Foreign;
using Writ.Identity;
using Writ.Leases;
using Writ.People;
using Writ.Policies;
using Writ.Targets;
using Writ.Workflows;

namespace Writ.Realms;

/// <summary>
/// Whether a document from outside has every part at all: JSON may leave any of them out, and then nothing else can be
/// asked of it.
/// </summary>
static class DocumentShape
{
    public static ImmutableArray<DocumentFault> Missing(RealmDocument document)
    {
        var faults = ImmutableArray.CreateBuilder<DocumentFault>();
        Each("people", document.People, IsWhole);
        Each("teams", document.Teams, IsWhole);
        Each("agents", document.Agents, IsWhole);
        Each("environments", document.Environments, e => e is not null);
        Each("targets", document.Targets, IsWhole);
        Each("workflows", document.Workflows, IsWhole);
        if (document.Governance is null)
            Fault("governance");
        if (document.Identity is { } identity && !IsWhole(identity))
            Fault("identity");
        if (document.SignIn is { } provider && !IsWhole(provider))
            Fault("signIn");
        if (document.TrustedIssuers is { } issuers)
            Each("trustedIssuers", issuers, IsWhole);
        if (document.Policy is null)
            Fault("policy");
        else
            Each("policy/files", document.Policy.Files, IsWhole);
        return faults.ToImmutable();

        void Each<T>(string path, ImmutableArray<T> items, Func<T, bool> isWhole)
        {
            if (items.IsDefault)
                Fault(path);
            else
                for (var i = 0; i < items.Length; i++)
                    if (!isWhole(items[i]))
                        Fault($"{path}/{i}");
        }

        void Fault(string path) => faults.Add(new DocumentFault(
            path, "realm.missing", "It is left out, or a part of it is; lists that are empty are written as []."));
    }

    static bool IsWhole(Person? person) => person?.Name is not null;

    static bool IsWhole(Team? team) => team is { Members.IsDefault: false, Includes.IsDefault: false };

    static bool IsWhole(Agent? agent) => agent is { Kind: not null, Version: not null };

    static bool IsWhole(Target? target) =>
        target is { Kind: not null, Groups.IsDefault: false } && target.Groups.All(g => g is not null)
        && (target.Credentials is not { } credentials || (!credentials.IsDefault && credentials.All(IsWhole)));

    static bool IsWhole(CredentialProfile? profile) =>
        profile is { Id: not null, Admin: not null, Backend: { } backend } && backend switch
        {
            CredentialBackend.Postgres p => p is { Host: not null, Database: not null, Role: not null },
            CredentialBackend.Redis p => p is
            {
                Host: not null, Keys.IsDefault: false, Commands.IsDefault: false, Channels.IsDefault: false,
            }
                && p.Keys.Concat(p.Commands).Concat(p.Channels).All(r => r is not null),
            CredentialBackend.Plugin p =>
                p is { Program: not null, Settings.IsDefault: false, Variables.IsDefault: false }
                && p.Settings.Concat(p.Variables).All(s => s is { Name: not null, Value: not null }),
            CredentialBackend.Ssh or CredentialBackend.X509 or CredentialBackend.Oidc => backend.IsWhole,
            CredentialBackend.Vault p => p is
            {
                Url: not null, Mount: not null, TokenRole: not null, Path: not null, Variables.IsDefault: false,
            }
                && p.Variables.All(s => s is { Name: not null, Value: not null }),
            CredentialBackend.AwsSts p => p is { Role: not null, Region: not null, Audience: not null, Url: not null },
            CredentialBackend.GitHubApp p => p is
            {
                Url: not null, App: not null, Repositories.IsDefault: false, Permissions.IsDefault: false,
            }
                && p.Repositories.All(r => r is not null)
                && p.Permissions.All(s => s is { Name: not null, Value: not null }),
            CredentialBackend.Kubernetes p => p is
            {
                Url: not null, Namespace: not null, ServiceAccount: not null, Audiences.IsDefault: false,
            }
                && p.Audiences.All(a => a is not null),
            _ => false,
        };

    static bool IsWhole(Workflow? workflow) =>
        workflow is
        {
            Purpose: not null, Bounds: not null, ApproverTeams.IsDefault: false, Agents.IsDefault: false,
            Environments.IsDefault: false, Targets.IsDefault: false, CredentialProfiles.IsDefault: false,
        }
        && workflow.CredentialProfiles.All(p => p is not null)
        && (workflow.Identity is not { } identity || IsWhole(identity))
        && (workflow.Egress is not { } egress || (!egress.IsDefault && egress.All(IsWhole)))
        && workflow.RefuseFindings is not { IsDefault: true }
        && workflow.Assistant is null or { IsWhole: true };

    static bool IsWhole(EgressGrant? grant) => grant is { Host: not null }
        && grant.Credential is null or { Methods.IsDefault: false, Paths.IsDefault: false }
        && (grant.Credential is not { } c || c.Methods.Concat(c.Paths).All(t => t is not null));

    static bool IsWhole(RealmIdentity identity) => identity.TrustDomain is not null
        && (identity.Federates is not { } foreign
            || (!foreign.IsDefault && foreign.All(f => f is { TrustDomain: not null, Bundle: not null })));

    static bool IsWhole(TrustedIssuer? issuer) => issuer is
    {
        Id: not null, Issuer: not null, Audience: not null, Algorithms.IsDefault: false, Admits.IsDefault: false,
    }
        && issuer.Algorithms.All(a => a is not null)
        && issuer.Admits.All(a => a is { Where.IsDefault: false } && a.ActsFor is not { IsDefault: true }
            && a.Where.All(c => c is { Name: not null, Value: not null }));

    static bool IsWhole(SignInProvider provider) => provider is
    {
        Issuer: not null, ClientId: not null, GroupsClaim: not null, Algorithms.IsDefault: false,
        People.IsDefault: false, Groups.IsDefault: false,
    }
        && provider.Algorithms.All(a => a is not null) && provider.People.All(p => p is { Subject: not null })
        && provider.Groups.All(g => g is { Group: not null });

    static bool IsWhole(IdentityGrant grant) => grant is { Tiers.IsDefault: false, Audiences.IsDefault: false }
        && grant.Audiences.All(a => a is { Name: not null });

    static bool IsWhole(PolicyFile? file) => file is { Name: not null, Text: not null };
}

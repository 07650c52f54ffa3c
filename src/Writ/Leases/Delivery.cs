using System.Globalization;
using Writ.Egress;
using Writ.Requests;
using Writ.Workflows;

namespace Writ.Leases;

/// <summary>
/// Where a run finds its credentials. What its variables say is known before any credential exists, so that it is part
/// of what people agree to; secrets are only in files of the sandbox's own memory.
/// </summary>
public static class Delivery
{
    /// <summary>In the sandbox: a folder for each profile, by its name.</summary>
    public const string Folder = "/run/writ/credentials";

    /// <summary>The port by which PostgreSQL's clients name the socket in a profile's folder.</summary>
    public const int PostgresPort = 5_432;

    /// <summary>The socket in a profile's folder behind which Redis knows the run already.</summary>
    public const string RedisSocket = "redis.sock";

    /// <summary>An ssh agent that signs with the key of the lease, which it never shows.</summary>
    public const string SshAgentSocket = "agent.sock";

    /// <summary>The SSH server itself, where the profile has the run reach it through the control plane.</summary>
    public const string SshServerSocket = "sshd.sock";

    /// <summary>For <c>ssh -F</c>: the server, the user, and by which keys it is known.</summary>
    public const string SshConfiguration = "config";

    public const string SshKnownHosts = "known_hosts";

    /// <summary>A client certificate, the key to it, and the authority that signed it, in PEM.</summary>
    public const string CertificateFile = "certificate";

    public const string CertificateKeyFile = "key";

    public const string CertificateAuthorityFile = "authority";

    public const string PasswordFile = "pgpass";

    /// <summary>A connection string for libpq without a secret in it.</summary>
    public const string ConnectionFile = "conninfo";

    /// <summary>A token alone; one that the realm signs is replaced before it ends.</summary>
    public const string TokenFile = "token";

    /// <summary>Keys as the tools of AWS read them.</summary>
    public const string AwsFile = "credentials";

    public const string KubeFile = "kubeconfig";

    /// <summary>What it takes to use the credentials of a run. The first profile of a kind has the variables that the
    /// programs of that kind read; the others are used by the files in their folders.</summary>
    /// <param name="workflow">Whose way out may keep some of them to itself.</param>
    public static ImmutableArray<Variable> Variables(ImmutableArray<PlacedProfile> profiles, Workflow? workflow = null)
    {
        if (profiles.IsEmpty)
            return [];
        var variables = ImmutableArray.CreateBuilder<Variable>();
        variables.Add(new Variable(LeaseRules.Variable, LeaseRules.Bound(profiles)));
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (_, profile) in profiles)
            foreach (var variable in InterceptionRules.KeepsOutside(workflow, profile.Id) ? [] : Of(profile))
                if (names.Add(variable.Name))
                    variables.Add(variable);
        return variables.ToImmutable();
    }

    public static string FolderOf(string profile) => $"{Folder}/{profile}";

    static IEnumerable<Variable> Of(CredentialProfile profile) => profile.Backend switch
    {
        CredentialBackend.Postgres p =>
        [
            new Variable("PGDATABASE", p.Database), new Variable("PGHOST", FolderOf(profile.Id)),
            new Variable("PGPASSFILE", $"{FolderOf(profile.Id)}/{PasswordFile}"),
            new Variable("PGPORT", PostgresPort.ToString(CultureInfo.InvariantCulture)),
            new Variable("PGUSER", LeaseNames.Placeholder(profile.Id)),
        ],
        CredentialBackend.Redis => [new Variable("REDIS_URL", $"unix://{FolderOf(profile.Id)}/{RedisSocket}")],
        CredentialBackend.Plugin p =>
            p.Variables.Select(v => new Variable(v.Name, $"{FolderOf(profile.Id)}/{v.Value}")),
        CredentialBackend.Ssh => [new Variable("SSH_AUTH_SOCK", $"{FolderOf(profile.Id)}/{SshAgentSocket}")],
        CredentialBackend.X509 p =>
            p.Variables.Select(v => new Variable(v.Name, $"{FolderOf(profile.Id)}/{v.Value}")),
        CredentialBackend.Oidc p =>
        [
            .. p.Variables.Select(v => new Variable(v.Name, $"{FolderOf(profile.Id)}/{v.Value}")),
            .. p.Constants.Select(c => new Variable(c.Name, c.Value)),
        ],
        CredentialBackend.Vault p =>
            p.Variables.Select(v => new Variable(v.Name, $"{FolderOf(profile.Id)}/{v.Value}")),
        CredentialBackend.AwsSts p =>
        [
            new Variable("AWS_DEFAULT_REGION", p.Region), new Variable("AWS_EC2_METADATA_DISABLED", "true"),
            new Variable("AWS_REGION", p.Region),
            new Variable("AWS_SHARED_CREDENTIALS_FILE", $"{FolderOf(profile.Id)}/{AwsFile}"),
        ],
        CredentialBackend.GitHubApp => [new Variable("GITHUB_TOKEN_FILE", $"{FolderOf(profile.Id)}/{TokenFile}")],
        CredentialBackend.Kubernetes => [new Variable("KUBECONFIG", $"{FolderOf(profile.Id)}/{KubeFile}")],
        _ => [],
    };
}

using Writ.Shell.Knowledge;

namespace Writ.Requests;

/// <summary>One thing a request would do: a verb, the object it is done to, and the target that is touched.</summary>
/// <param name="Object">The path, address, program or tool, as it was written.</param>
/// <param name="Target">The realm's target; null for what stays inside the session's work tree.</param>
/// <param name="Scope">Which part of a cluster or a cloud, as far as the command says; null for neither.</param>
public sealed record Effect(string Verb, string Object, TargetId? Target, EffectScope? Scope = null);

/// <summary>What could not be understood, and where. Its presence alone forbids an automatic verdict.</summary>
public sealed record Unresolved(string Where, string Why);

/// <summary>The effect verbs: the actions that policies speak of.</summary>
public static class Verbs
{
    public const string Run = "run";
    public const string FsRead = "fs.read";
    public const string FsWrite = "fs.write";
    public const string FsDelete = "fs.delete";

    /// <summary>A folder is deleted with everything in it, and no build makes it again.</summary>
    public const string FsPurge = "fs.purge";

    public const string NetConnect = "net.connect";
    public const string SecretRead = "secret.read";
    public const string InfraRead = "infra.read";
    public const string InfraWrite = "infra.write";
    public const string InfraDelete = "infra.delete";
    public const string RepoRead = "repo.read";
    public const string RepoWrite = "repo.write";
    public const string RepoDelete = "repo.delete";
    public const string ServiceRead = "service.read";
    public const string ServiceWrite = "service.write";
    public const string PackageInstall = "package.install";
    public const string PrivilegeRaise = "privilege.raise";
    public const string ToolCall = "tool.call";
    public const string CodeRun = "code.run";

    /// <summary>Something that came over the network is run.</summary>
    public const string CodeFetch = "code.fetch-exec";

    /// <summary>Something is put where other programs run, load or obey it by themselves.</summary>
    public const string CodePlant = "code.plant";

    public const string ProcessSignal = "process.signal";

    /// <summary>An assistant lives in a sandbox and acts there by itself.</summary>
    public const string AgentRun = "assistant.run";

    public const string Unknown = "unknown";

    /// <summary>
    /// Every verb with the groups it belongs to; the bundle's schema says the same, and a test compares them.
    /// </summary>
    public static ImmutableSortedDictionary<string, ImmutableArray<string>> Groups { get; } =
        new Dictionary<string, ImmutableArray<string>>
        {
            [Run] = [],
            [FsRead] = ["read"],
            [FsWrite] = ["write"],
            [FsDelete] = ["delete"],
            [FsPurge] = ["delete"],
            [NetConnect] = ["network"],
            [SecretRead] = ["secret"],
            [InfraRead] = ["read"],
            [InfraWrite] = ["write"],
            [InfraDelete] = ["delete"],
            [RepoRead] = ["read"],
            [RepoWrite] = ["write"],
            [RepoDelete] = ["delete"],
            [ServiceRead] = ["read"],
            [ServiceWrite] = ["write"],
            [PackageInstall] = ["execute"],
            [PrivilegeRaise] = ["execute"],
            [ToolCall] = ["execute"],
            [CodeRun] = ["execute"],
            [CodeFetch] = ["execute"],
            [CodePlant] = ["execute"],
            [ProcessSignal] = ["execute"],
            [AgentRun] = ["execute"],
            [Unknown] = ["execute"],
        }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>The groups inside other groups: deleting is also writing.</summary>
    public static ImmutableSortedDictionary<string, ImmutableArray<string>> GroupParents { get; } =
        new Dictionary<string, ImmutableArray<string>>
        {
            ["read"] = [],
            ["write"] = [],
            ["delete"] = ["write"],
            ["network"] = [],
            ["secret"] = [],
            ["execute"] = [],
        }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    public static bool IsWrite(string verb) => verb is FsWrite or InfraWrite or RepoWrite or ServiceWrite
        || IsDelete(verb);

    public static bool IsDelete(string verb) => verb is FsDelete or FsPurge or InfraDelete or RepoDelete;
}

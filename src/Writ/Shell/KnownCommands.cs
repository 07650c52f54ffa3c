using Writ.Requests;

namespace Writ.Shell;

/// <summary>
/// What git's sub-commands do. Options in front of the sub-command can run code, so they are not understood.
/// </summary>
static class GitCommands
{
    static readonly ImmutableHashSet<string> _reads =
        [.. "status log diff show rev-parse ls-files ls-tree describe blame shortlog cat-file count-objects".Split(
            ' ')];

    static readonly ImmutableHashSet<string> _writes =
        [.. ("add commit checkout switch restore stash merge rebase mv cherry-pick revert apply init tag branch "
            + "notes worktree").Split(' ')];

    public static Understanding Understand(ImmutableArray<string> arguments)
    {
        var words = arguments is ["--no-pager", .. var rest] ? rest : arguments;
        if (words is [] or ["--version"])
            return ProgramTable.Does(new ProgramEffect(Verbs.RepoRead, "git", OnTarget: false));
        var sub = words[0];
        if (sub.StartsWith('-'))
            return ProgramTable.Unknown($"git {sub}", Verbs.CodeRun,
                "options in front of the sub-command can run programs");
        if (words.Any(IsHazard))
            return ProgramTable.Unknown($"git {sub}", Verbs.CodeRun, "an option of it runs a program or writes a file");
        if (_reads.Contains(sub) || words is ["branch"] or ["branch", "--show-current" or "-a" or "-v" or "-vv"
            or "--list"]
            or ["remote"] or ["remote", "-v"] or ["tag"] or ["tag", "-l" or "--list"])
            return words.FirstOrDefault(Exposes) is { } secret
                ? ProgramTable.Does(new ProgramEffect(Verbs.SecretRead, secret, OnTarget: false))
                : ProgramTable.Does(new ProgramEffect(Verbs.RepoRead, sub, OnTarget: false));
        if (sub == "push")
            return Push(words);
        if (sub is "fetch" or "pull" or "clone" or "ls-remote" or "submodule")
            return ProgramTable.Does(
                new ProgramEffect(Verbs.NetConnect, string.Join(' ', words), OnTarget: true),
                new ProgramEffect(Verbs.FsWrite, ".", OnTarget: false));
        if (sub is "reset" or "clean" or "rm" or "gc" or "prune" or "reflog" or "filter-branch")
            return ProgramTable.Does(new ProgramEffect(Verbs.FsDelete, sub, OnTarget: false));
        return _writes.Contains(sub)
            ? ProgramTable.Does(new ProgramEffect(Verbs.FsWrite, ".git", OnTarget: false))
            : ProgramTable.Unknown($"git {sub}", Verbs.Unknown, "this sub-command is not in the knowledge base");
    }

    // 'HEAD:.env' names a file as well as '.env' does, and a search of the history for keys is a search for keys.
    static bool Exposes(string word) =>
        Paths.LooksSecret(word[(word.LastIndexOf(':') + 1)..]) || Paths.SeeksSecret(word);

    static Understanding Push(ImmutableArray<string> words)
    {
        var rewrites = words.Any(w => w is "-f" or "-d" or "--delete" or "--mirror" or "--prune" || w.StartsWith('+')
            || w.StartsWith(':') || w.StartsWith("--force", StringComparison.Ordinal));
        var where = string.Join(' ', words);
        return rewrites
            ? ProgramTable.Does(new ProgramEffect(Verbs.RepoDelete, where, OnTarget: true),
                new ProgramEffect(Verbs.RepoWrite, where, OnTarget: true))
            : ProgramTable.Does(new ProgramEffect(Verbs.RepoWrite, where, OnTarget: true));
    }

    static bool IsHazard(string word) =>
        word.StartsWith("--ou", StringComparison.Ordinal) || word.StartsWith("--ext", StringComparison.Ordinal)
        || word.StartsWith("--textc", StringComparison.Ordinal) || word.StartsWith("--upl", StringComparison.Ordinal)
        || word.StartsWith("--exe", StringComparison.Ordinal) || word.StartsWith("--rec", StringComparison.Ordinal)
        || word.StartsWith("--open", StringComparison.Ordinal) || word.StartsWith("-O", StringComparison.Ordinal)
        || word.StartsWith("--con", StringComparison.Ordinal) || word.StartsWith("ext::", StringComparison.Ordinal)
        || word is "-x" or "--filters";
}

/// <summary>What terraform's sub-commands do to the infrastructure that the session's targets stand for.</summary>
static class TerraformCommands
{
    static readonly ImmutableHashSet<string> _reads =
        [.. "version validate show output providers graph plan metadata".Split(' ')];

    public static Understanding Understand(ImmutableArray<string> arguments)
    {
        var words = arguments.SkipWhile(a => a.StartsWith("-chdir=", StringComparison.Ordinal)).ToImmutableArray();
        if (words is [] or ["-version" or "--version" or "-help" or "--help"])
            return ProgramTable.Does(new ProgramEffect(Verbs.InfraRead, "version", OnTarget: false));
        var sub = words[0];
        var line = string.Join(' ', words);
        if (sub == "plan" && words.Any(w => w.TrimStart('-').StartsWith("out", StringComparison.Ordinal)))
            return ProgramTable.Does(
                new ProgramEffect(Verbs.InfraRead, line, OnTarget: true), new ProgramEffect(Verbs.FsWrite, "plan",
                    OnTarget: false));
        if (words is ["state", "pull", ..] || (sub is "output" or "show" && words.Any(IsRaw)))
            return ProgramTable.Does(
                new ProgramEffect(Verbs.SecretRead, line, OnTarget: true), new ProgramEffect(Verbs.InfraRead, line,
                    OnTarget: true));
        if (_reads.Contains(sub) || words is ["state", "list" or "show", ..] or ["workspace", "list" or "show", ..]
            || (sub == "fmt" && words.Contains("-check")))
            return ProgramTable.Does(new ProgramEffect(Verbs.InfraRead, line, OnTarget: true));
        if (sub == "fmt")
            return ProgramTable.Does(new ProgramEffect(Verbs.FsWrite, ".", OnTarget: false));
        if (sub is "init" or "get")
            return ProgramTable.Does(
                new ProgramEffect(Verbs.PackageInstall, "providers and modules", OnTarget: false),
                new ProgramEffect(Verbs.FsWrite, ".terraform", OnTarget: false));
        var destroys = sub == "destroy" || (sub == "apply" && words.Any(w => w.TrimStart('-').StartsWith("destroy",
            StringComparison.Ordinal)))
            || words is ["state", "rm", ..] or ["workspace", "delete", ..];
        if (destroys)
            return ProgramTable.Does(
                new ProgramEffect(Verbs.InfraDelete, line, OnTarget: true), new ProgramEffect(Verbs.InfraWrite, line,
                    OnTarget: true));
        return sub is "apply" or "import" or "taint" or "untaint" or "refresh" or "state" or "workspace"
            or "force-unlock"
            ? ProgramTable.Does(new ProgramEffect(Verbs.InfraWrite, line, OnTarget: true))
            : ProgramTable.Unknown($"terraform {sub}", Verbs.Unknown, "this sub-command is not in the knowledge base");
    }

    // The state holds secrets in the clear; only the forms for people leave them out.
    static bool IsRaw(string word) => word.TrimStart('-') is "raw" or "json";
}

/// <summary>What kubectl's sub-commands do to the cluster that the session's targets stand for.</summary>
static class KubectlCommands
{
    public static Understanding Understand(ImmutableArray<string> arguments)
    {
        if (arguments.IsEmpty || arguments[0].StartsWith('-'))
            return ProgramTable.Unknown("kubectl", Verbs.Unknown,
                "options in front of the sub-command choose another cluster");
        if (arguments.FirstOrDefault(ChoosesCluster) is { } option)
            return ProgramTable.Unknown($"kubectl {option}", Verbs.Unknown,
                "this option chooses another cluster or identity");
        var line = string.Join(' ', arguments);
        var secret = arguments.Any(a => a.Contains("secret", StringComparison.OrdinalIgnoreCase));
        switch (arguments[0])
        {
            case "get" or "describe" or "logs" or "top" or "version" or "explain" or "diff" or "api-resources":
                return secret
                    ? ProgramTable.Does(new ProgramEffect(Verbs.SecretRead, line, OnTarget: true))
                    : ProgramTable.Does(new ProgramEffect(Verbs.ServiceRead, line, OnTarget: true));
            case "delete" or "drain":
                return ProgramTable.Does(
                    new ProgramEffect(Verbs.InfraDelete, line, OnTarget: true), new ProgramEffect(Verbs.ServiceWrite,
                        line, OnTarget: true));
            case "apply" or "create" or "patch" or "edit" or "scale" or "set" or "label" or "annotate" or "rollout"
                or "replace"
                or "cordon" or "uncordon" or "taint" or "expose" or "autoscale":
                return ProgramTable.Does(new ProgramEffect(Verbs.ServiceWrite, line, OnTarget: true));
            default:
                return ProgramTable.Unknown($"kubectl {arguments[0]}", Verbs.CodeRun,
                    "this sub-command can run programs");
        }
    }

    // A foreign kubeconfig may even name a program that is run for credentials.
    static bool ChoosesCluster(string word) =>
        word.StartsWith("-s", StringComparison.Ordinal) || _clusterOptions.Contains(word.Split('=')[0]);

    static readonly ImmutableHashSet<string> _clusterOptions =
        [.. ("--kubeconfig --context --cluster --server --user --token --as --as-group --as-uid --username --password "
            + "--certificate-authority --client-certificate --client-key --insecure-skip-tls-verify "
            + "--tls-server-name --raw")
            .Split(' ')];
}

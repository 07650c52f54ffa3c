using System.Collections.Immutable;
using Writ.Assistants;
using Writ.Egress;
using Writ.Identity;
using Writ.Leases;
using Writ.Linux;
using Writ.Requests;
using Writ.Server.Leasing;
using Writ.Server.Sequencer;
using Writ.Sessions;
using Writ.Shell;
using Writ.Shell.Knowledge;
using Writ.Workflows;

namespace Writ.Server.Agents;

/// <summary>
/// The facts of a request, established by Writ itself from the machine as it is now: where the program lies and what it
/// contains, where the working directory really is, and the environment, which is made and never inherited.
/// </summary>
sealed class ActionFacts(ExecutableDigests digests, RealmActor realm, AdminFiles admins)
{
    static readonly string[] _path = ["/usr/local/bin", "/usr/bin", "/bin"];

    const int AnyExecute = 0x49;
    const int TerminalNameMax = 64;

    /// <param name="cwd">As the caller said it; links are followed here.</param>
    /// <param name="terminal">The caller's TERM, or null.</param>
    /// <param name="known">What programs do, as the session's policies have it.</param>
    public Request Establish(
        RequestId id, SessionTerms terms, Ask ask, Assurance assurance, string cwd, string? terminal,
            ClientCall? client, ProgramKnowledge known)
    {
        var tree = RealPaths.Resolve("/", terms.WorkTree) ?? terms.WorkTree;
        var directory = RealPaths.Resolve("/", cwd) ?? cwd;
        var outside = !Paths.IsWithin(tree, directory);
        var settled = ask switch
        {
            Ask.WriteFile write => write with { Path = Settle(directory, write.Path) },
            Ask.CallTool { Summary.Length: > 0 } tool => tool with { Summary = Settle(directory, tool.Summary) },
            _ => ask,
        };
        outside |= settled switch
        {
            Ask.WriteFile write => !Paths.IsWithin(tree, write.Path),
            Ask.CallTool { Summary.Length: > 0 } tool => !Paths.IsWithin(tree, tool.Summary),
            _ => false,
        };
        var request = new Request(
            id, terms.Id, settled, assurance, directory, [], null, null, outside, client);
        if (request.Argv.IsEmpty)
            return request;
        var executable = Find(request.Argv[0], directory);
        var digest = executable is null ? null : digests.TryDigest(executable);
        var workflow = realm.State.Registry.Workflows.GetValueOrDefault(terms.Workflow);
        request = request with
        {
            Environment =
            [
                .. Environment(terminal, workflow, settled is Ask.Assistant ? terms.Id : null),
                .. assurance == Assurance.Brokered ? Seen(InterceptionRules.Of(workflow)) : [],
                .. assurance == Assurance.Brokered && settled is not Ask.Assistant
                    ? Delivery.Variables(LeaseRules.ProfilesOf(realm.State.Registry, terms), workflow) : [],
            ],
            Executable = digest is null ? null : executable,
            ExecutableDigest = digest,
        };
        if (settled is Ask.Assistant)
            return request;
        return request with { Files = FoundFiles.Of(request, terms, tree, known, digests) };
    }

    /// <summary>
    /// The same request with the facts of this moment: what is run is what was judged, or it is not run.
    /// </summary>
    public Request Again(Request request, SessionTerms terms, ProgramKnowledge known) => Establish(
        request.Id, terms, request.Ask, request.Assurance, request.Cwd,
        request.Environment.FirstOrDefault(v => v.Name == "TERM")?.Value, request.Client, known) with
    {
        Undoes = request.Undoes,
        Prepares = request.Prepares,
        Prepared = request.Prepared,
    };

    // Where requests are looked into, programs have to believe the way out, and people agree to it.
    IEnumerable<Variable> Seen(ImmutableArray<EgressGrant> grants) => grants.IsEmpty ? [] :
    [
        .. EgressTrust.Variables,
        new Variable(InterceptionRules.Variable, InterceptionRules.Bound(grants, admins.FingerprintOf)),
    ];

    // A home abbreviation is the assistant's to expand; it never lies in a work tree.
    static string Settle(string directory, string path) =>
        path.StartsWith('~') ? path : RealPaths.Resolve(directory, path) ?? path;

    static string? Find(string program, string directory)
    {
        if (program.Length == 0)
            return null;
        if (program.Contains('/', StringComparison.Ordinal))
            return Executable(RealPaths.Resolve(directory, program));
        if (program.Contains('\0'))
            return null;
        foreach (var folder in _path)
            if (Files.TryFacts($"{folder}/{program}") is not null
                && Executable(RealPaths.Resolve(folder, program)) is { } found)
                return found;
        return null;
    }

    static string? Executable(string? path) =>
        path is not null && Files.TryFacts(path) is { IsRegular: true } facts && (facts.Mode & AnyExecute) != 0 ? path
            : null;

    /// <param name="livesIn">The session in whose sandbox an assistant is to live; null for every command.</param>
    static ImmutableArray<Variable> Environment(string? terminal, Workflow? workflow, SessionId? livesIn)
    {
        var variables = ImmutableArray.CreateBuilder<Variable>();
        void Set(string name, string value) => variables.Add(new Variable(name, value));
        // A repository's own configuration may name programs; none of these is asked for by the command.
        Set("CHECKPOINT_DISABLE", "1");
        Set("GIT_CONFIG_COUNT", "3");
        Set("GIT_CONFIG_KEY_0", "core.fsmonitor");
        Set("GIT_CONFIG_KEY_1", "core.hooksPath");
        Set("GIT_CONFIG_KEY_2", "core.pager");
        Set("GIT_CONFIG_VALUE_0", "false");
        Set("GIT_CONFIG_VALUE_1", "/dev/null");
        Set("GIT_CONFIG_VALUE_2", "cat");
        Set("GIT_PAGER", "cat");
        Set("GIT_TERMINAL_PROMPT", "0");
        Set("HOME", "/home/agent");
        Set("LANG", "C.UTF-8");
        Set("PAGER", "cat");
        Set("PATH", string.Join(':', livesIn is null ? _path : [.. _path, AssistantPlaces.ClientFolder]));
        if (IsTerminalName(terminal))
            Set("TERM", terminal!);
        Set("TF_IN_AUTOMATION", "1");
        Set("TMPDIR", "/tmp");
        Set("USER", "agent");
        if (workflow is { HasEgress: true })
            foreach (var (name, value) in EgressDoor.Variables)
                Set(name, value);
        if (workflow?.Identity is { } identity)
            foreach (var (name, value) in IdentityDoor.Variables(identity))
                Set(name, value);
        if (livesIn is { } session && workflow?.Assistant is { } assistant)
        {
            Set("WRIT_SESSION", session.Value);
            Set("WRIT_SOCKET", AssistantPlaces.SocketPath);
            variables.AddRange(assistant.Variables);
            // The launcher puts the values in their places; here, and in the record, is only where they come from.
            foreach (var secret in assistant.Secrets)
                Set(secret.Name, secret.Placeholder);
        }
        return variables.ToImmutable();
    }

    static bool IsTerminalName(string? name) =>
        name is { Length: > 0 and <= TerminalNameMax }
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '+');
}

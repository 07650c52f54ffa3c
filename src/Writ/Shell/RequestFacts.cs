using Writ.Egress;
using Writ.Hooks;
using Writ.Requests;
using Writ.Sessions;
using Writ.Shell.Knowledge;

namespace Writ.Shell;

/// <summary>
/// What Writ itself makes of a request: its program and arguments, a superset of its effects, and what it could not
/// understand. Nothing here is taken from the agent's own description.
/// </summary>
/// <param name="Program">The program's name, when it is one that the system provides; otherwise empty.</param>
public sealed record RequestFacts(
    string Kind, string Program, ImmutableArray<string> Arguments, string Line, ImmutableArray<Effect> Effects,
    ImmutableArray<Unresolved> Unresolved)
{
    /// <summary>Different commands of one request that are asked about; with more it is not understood.</summary>
    public const int CommandsMax = 256;

    /// <summary>
    /// Every command inside it that is not the request itself: those of a line, those behind a wrapper, each once.
    /// </summary>
    public ImmutableArray<CommandFacts> Commands { get; init; } = [];

    /// <summary>The line with its commands; null for what is no command.</summary>
    public JudgedLine? Judged { get; init; }

    /// <summary>How the program comes to be started, where it is started inside a run.</summary>
    public ExecutionCircumstances Execution { get; init; } = ExecutionCircumstances.None;

    /// <summary>What its way out sees, where it is a connection out of a run; else null.</summary>
    public EgressFacts? Egress { get; init; }

    /// <summary>The verbs of the command whose run it happens in, where it is a connection out of a run.</summary>
    public ImmutableArray<string> RunVerbs { get; init; } = [];

    /// <summary>With the knowledge that comes with Writ.</summary>
    public static RequestFacts Of(Request request, SessionTerms terms) => Of(request, terms, ProgramKnowledge.Shipped);

    /// <summary>
    /// A pure function, and a thread-safe one: whoever asks it ahead of the realm's one thread spares that the work.
    /// </summary>
    /// <param name="known">What programs do, as the session's policies have it.</param>
    public static RequestFacts Of(Request request, SessionTerms terms, ProgramKnowledge known) => request.Ask switch
    {
        Ask.Exec or Ask.ShellLine => RecentFacts.Of(request, terms, known),
        Ask.WriteFile write => OfWrite(write, request),
        Ask.Connect connect => new RequestFacts(
            "connect", "", [], connect.Url, [new Effect(Verbs.NetConnect, connect.Url, terms.Targets[0])], []),
        Ask.CallTool tool => OfTool(tool, request, terms),
        // What it does in its sandbox is decided there; this is about letting it live.
        Ask.Assistant assistant => new RequestFacts(
            "assistant", Paths.Name(assistant.Argv[0]), assistant.Argv[1..], VisibleText.Command(assistant.Argv),
            [.. terms.Targets.Select(t => new Effect(Verbs.AgentRun, assistant.Argv[0], t))], []),
        _ => new RequestFacts("unknown", "", [], "", [new Effect(Verbs.Unknown, "", terms.Targets[0])],
            [new Unresolved("request", "a kind of request this version does not know")]),
    };

    /// <summary>The facts of a command, established now.</summary>
    internal static RequestFacts OfCommand(Request request, SessionTerms terms, ProgramKnowledge known) =>
        request.Ask switch
        {
            Ask.Exec exec => OfExec(exec, request, terms, known),
            Ask.ShellLine shell => OfLine(shell, request, terms, known),
            _ => throw new InvariantBrokenException("Only commands are judged by what they would run."),
        };

    static RequestFacts OfTool(Ask.CallTool tool, Request request, SessionTerms terms)
    {
        var call = new Effect(Verbs.ToolCall, tool.Tool, terms.Targets[0]);
        return ToolTable.KindOf(tool.Tool) switch
        {
            ToolKind.Read => OfRead(tool, request),
            ToolKind.Call => Doing([], []),
            ToolKind.Runs => Doing([call with { Verb = Verbs.CodeRun }],
                [new Unresolved("tool", "the tool runs code, or arranges for it, that is not seen here")]),
            ToolKind.Reaches => Doing([call with { Verb = Verbs.NetConnect }],
                [new Unresolved("tool", "what the tool sends, and to whom, is not seen here")]),
            _ => Doing([call with { Verb = Verbs.Unknown }],
                [new Unresolved("tool", "a tool this version does not know")]),
        };

        RequestFacts Doing(ImmutableArray<Effect> further, ImmutableArray<Unresolved> unresolved) =>
            new("tool", tool.Tool, [], tool.Tool, [call, .. further], unresolved);
    }

    // The assistant's own reading tools; the summary is the path they start from.
    static RequestFacts OfRead(Ask.CallTool tool, Request request)
    {
        var effects = ImmutableArray.Create(new Effect(Verbs.FsRead, tool.Summary, Target: null));
        if (Paths.LooksSecret(tool.Summary))
            effects = effects.Add(new Effect(Verbs.SecretRead, tool.Summary, Target: null));
        return new RequestFacts("tool", tool.Tool, [tool.Summary], $"{tool.Tool} {tool.Summary}", effects,
            request.OutsidePath
            ? [new Unresolved("path", "the path leaves the session's work tree")]
            : []);
    }

    // A link './ls' in the work tree may lead to a shell. The system's own links ('awk') and its search path are
    // trusted.
    static bool IsNamedAsItIs(string written, string executable) =>
        !written.Contains('/') || Paths.Name(written) == Paths.Name(executable)
        || (Paths.Normalize("/", written) == written && LineCircumstances.SystemFolders.Any(f => written.StartsWith(f,
            StringComparison.Ordinal)));

    static RequestFacts OfWrite(Ask.WriteFile write, Request request)
    {
        var effects = ImmutableArray.Create(new Effect(Verbs.FsWrite, write.Path, Target: null));
        if (Paths.LooksSecret(write.Path))
            effects = effects.Add(new Effect(Verbs.SecretRead, write.Path, Target: null));
        return new RequestFacts("write", "", [], write.Path, effects, request.OutsidePath
            ? [new Unresolved("path", "the path leaves the session's work tree")]
            : []);
    }

    // The line is run by a shell exactly as it was judged.
    static RequestFacts OfLine(
        Ask.ShellLine shell, Request request, SessionTerms terms, ProgramKnowledge known)
    {
        var judged = LineJudge.Judge(known, shell.Line, Circumstances(request, terms));
        return Facts("shell", "", [], shell.Line, judged, request, terms, null);
    }

    static RequestFacts OfExec(Ask.Exec exec, Request request, SessionTerms terms, ProgramKnowledge known)
    {
        var line = VisibleText.Command(exec.Argv);
        var arguments = exec.Argv[1..];
        var name = Paths.Name(exec.Argv[0]);
        // Whatever the machine lacks today, the name says what was meant: 'sudo' is as blocked here as elsewhere.
        if (request.Executable is null)
            return Understood(
                exec.Argv[0].Contains('/') ? "" : name, new Unresolved("program", $"'{name}' was not found"));
        if (!LineCircumstances.SystemFolders.Any(
                f => request.Executable.StartsWith(f, StringComparison.Ordinal))
            || Paths.Normalize("/", request.Executable) != request.Executable
            || Paths.IsWithin(terms.WorkTree, request.Executable))
            return Unknown("program", "the program is not one that the system provides", Verbs.CodeRun);
        if (!IsNamedAsItIs(exec.Argv[0], request.Executable))
            return Unknown("program", "the program is reached under a name that is not its own", Verbs.CodeRun);
        return Understood(name, null);

        RequestFacts Understood(string program, Unresolved? more) => Facts(
            "exec", program, arguments, line,
            LineJudge.Judge(known, exec.Argv, Circumstances(request, terms)), request, terms, more);

        RequestFacts Unknown(string where, string why, string verb) => new(
            "exec", "", arguments, line, [.. terms.Targets.Select(t => new Effect(verb, exec.Argv[0], t))],
            [new Unresolved(where, why)]);
    }

    static LineCircumstances Circumstances(Request request, SessionTerms terms)
    {
        var plans = ImmutableDictionary<string, PlanFact>.Empty;
        foreach (var file in request.Files ?? [])
            if (file.Plan is { } plan)
                plans = plans.SetItem(file.Path, plan);
        return new LineCircumstances(
            request.Cwd, HomeOf(request), terms.WorkTree)
        {
            Plans = plans,
        };
    }

    internal static string? HomeOf(Request request)
    {
        foreach (var variable in request.Environment)
            if (variable.Name == "HOME")
                return variable.Value;
        return null;
    }

    static RequestFacts Facts(
        string kind, string program, ImmutableArray<string> arguments, string line, JudgedLine judged,
        Request request, SessionTerms terms, Unresolved? more)
    {
        var (linked, lost) = LinkedEffects.Of(judged, request);
        var effects = judged.Effects.Concat(linked)
            .SelectMany(e => e.Reach == EffectReach.Target
                ? terms.Targets.Select(t => new Effect(e.Verb, e.Object, t, e.Scope))
                : [new Effect(e.Verb, e.Object, null, e.Scope)])
            .Distinct().ToImmutableArray();
        var unresolved = judged.Unknown.Select(u => new Unresolved(u.Where, u.Why)).ToImmutableArray();
        unresolved = unresolved.AddRange(lost);
        if (more is not null)
            unresolved = unresolved.Add(more);
        if (request.OutsidePath)
            unresolved = unresolved.Add(new Unresolved("cwd", "the working directory leaves the session's work tree"));
        var commands = CommandFacts.Of(judged, line, kind == "exec");
        if (commands.Length > CommandsMax)
            unresolved = unresolved.Add(new Unresolved("line", $"more than {CommandsMax} different commands"));
        return new RequestFacts(kind, program, arguments, line, effects, unresolved)
        {
            Commands = [.. commands.Take(CommandsMax)],
            Judged = judged,
        };
    }
}

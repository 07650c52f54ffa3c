namespace Writ.Hooks;

/// <summary>What kind of tool a name stands for. The default is not known, which is refused.</summary>
enum ToolKind
{
    Unknown,
    Shell,
    Write,
    Read,
    Fetch,
    Search,

    /// <summary>Acts on the conversation alone, or starts what asks again for each step.</summary>
    Call,

    /// <summary>Runs code, or arranges that code runs, without asking again for each step.</summary>
    Runs,

    /// <summary>Sends something to people, services or servers outside.</summary>
    Reaches,
}

/// <summary>
/// The tools of Claude Code by name, as release 2.1.329 offers them. A tool that is not here is denied until somebody
/// has looked at what it does: a new release may bring one that acts.
/// </summary>
static class ToolTable
{
    const string McpPrefix = "mcp__";

    static readonly ImmutableDictionary<string, ToolKind> _kinds = new (ToolKind Kind, string Names)[]
    {
        (ToolKind.Shell, "Bash Monitor"),
        (ToolKind.Write, "Write Edit MultiEdit NotebookEdit"),
        (ToolKind.Read, "Read Glob Grep LS NotebookRead"),
        (ToolKind.Fetch, "WebFetch"),
        (ToolKind.Search, "WebSearch"),
        // They act on the conversation, start sub-agents (whose own calls come here too), or watch and end what was
        // started before.
        (ToolKind.Call, "TodoWrite TodoRead Task Agent AskUserQuestion EnterPlanMode ExitPlanMode ToolSearch "
            + "BashOutput KillShell KillBash TaskOutput TaskStop TaskCreate TaskGet TaskList TaskUpdate "
            + "StructuredOutput ListAgents ReportFindings CronList CronDelete EndConversation SubagentHandback "
            + "Yield WrapUp GetGoal SetGoal PauseGoal GetTask ReadNotifications TeamDelete"),
        // A skill may carry commands that run while it is read, a work tree runs the repository's hooks, a language
        // server is a program of the project, settings name programs, and a schedule speaks when nobody is there.
        (ToolKind.Runs, "Skill SlashCommand Workflow REPL LSP EnterWorktree ExitWorktree CronCreate ScheduleWakeup "
            + "Config TeamCreate"),
        (ToolKind.Reaches, "SendMessage SendUserMessage SendUserFile SendFeedback SendToProject PushNotification "
            + "RemoteTrigger Brief Artifact DesignSync ClaudeDesign PublishPlugin ShareOnboardingGuide Teleport "
            + "Projects ListProjectAgents FetchInboxMessage ListMcpResourcesTool ReadMcpResourceTool "
            + "ReadMcpResourceDirTool RefreshMcpTools WaitForMcpServers"),
    }.SelectMany(row => row.Names.Split(' ').Select(name => KeyValuePair.Create(name, row.Kind)))
        .ToImmutableDictionary(StringComparer.Ordinal);

    public static ToolKind KindOf(string tool) =>
        _kinds.TryGetValue(tool, out var kind) ? kind : IsMcp(tool) ? ToolKind.Call : ToolKind.Unknown;

    /// <summary>True for tools whose answer somebody else writes: those of MCP servers, and messages.</summary>
    public static bool BringsContent(string tool) => IsMcp(tool) || KindOf(tool) == ToolKind.Reaches
        || tool is "GetTask" or "ReadNotifications";

    // mcp__server__tool, and nothing that could be read as anything else.
    static bool IsMcp(string tool) =>
        tool.StartsWith(McpPrefix, StringComparison.Ordinal)
        && tool.IndexOf("__", McpPrefix.Length, StringComparison.Ordinal) > 0
        && tool.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');
}

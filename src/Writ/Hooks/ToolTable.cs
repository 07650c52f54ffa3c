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
    Call,
}

/// <summary>
/// The tools of Claude Code by name. A tool that is not here is denied until somebody has looked at what it does: a new
/// release may bring one that acts.
/// </summary>
static class ToolTable
{
    const string McpPrefix = "mcp__";

    static readonly ImmutableHashSet<string> _shells = ["Bash", "Monitor"];

    static readonly ImmutableHashSet<string> _writers = ["Write", "Edit", "MultiEdit", "NotebookEdit"];

    static readonly ImmutableHashSet<string> _readers = ["Read", "Glob", "Grep", "LS", "NotebookRead"];

    // They act on the conversation, start sub-agents (whose own calls come here too), or watch what was started before.
    static readonly ImmutableHashSet<string> _calls =
    [
        .. ("TodoWrite TodoRead Task Agent AskUserQuestion EnterPlanMode ExitPlanMode ToolSearch BashOutput KillShell "
            + "KillBash TaskOutput TaskStop TaskCreate TaskGet TaskList TaskUpdate Skill SlashCommand StructuredOutput "
            + "ListMcpResourcesTool ReadMcpResourceTool").Split(' '),
    ];

    public static ToolKind KindOf(string tool) =>
        _shells.Contains(tool) ? ToolKind.Shell
        : _writers.Contains(tool) ? ToolKind.Write
        : _readers.Contains(tool) ? ToolKind.Read
        : tool == "WebFetch" ? ToolKind.Fetch
        : tool == "WebSearch" ? ToolKind.Search
        : _calls.Contains(tool) || IsMcp(tool) ? ToolKind.Call
        : ToolKind.Unknown;

    // mcp__server__tool, and nothing that could be read as anything else.
    static bool IsMcp(string tool) =>
        tool.StartsWith(McpPrefix, StringComparison.Ordinal) && tool.IndexOf("__", McpPrefix.Length,
            StringComparison.Ordinal) > 0
        && tool.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');
}

namespace Writ.Hooks;

/// <summary>
/// Where a hook call comes from, in the assistant's own words; every text is bounded, none is a fact.
/// </summary>
/// <param name="ClientSession">The assistant's session, not one of ours.</param>
/// <param name="PromptId">The prompt that led here; null for assistants that do not say.</param>
/// <param name="CallId">The assistant's id of this one tool call.</param>
/// <param name="SubAgent">Type and id of the sub-agent that acts; null for the main one.</param>
public sealed record HookOrigin(string ClientSession, string Cwd, string? PromptId, string? CallId, string? SubAgent);

/// <summary>What an assistant reports or asks through its hook. What is not understood is the refusing case.</summary>
public abstract record HookCall
{
    private HookCall() { }

    /// <summary>Malformed, too large, or of a kind this version does not know: it is denied.</summary>
    /// <param name="Event">The event as far as it could be read, for the shape of the answer; else empty.</param>
    public sealed record Refused(Refusal Refusal, string Event) : HookCall;

    public sealed record SessionStarted(HookOrigin Origin) : HookCall;

    public sealed record PromptSubmitted(HookOrigin Origin, string Prompt) : HookCall;

    /// <summary>A tool wants to act now.</summary>
    public sealed record ToolWanted(HookOrigin Origin, ToolUse Use) : HookCall;

    /// <summary>A tool has acted, and says how it went: a claim.</summary>
    public sealed record ToolEnded(HookOrigin Origin, ToolUse Use, bool Succeeded) : HookCall;

    /// <summary>A known event on which nothing hangs.</summary>
    public sealed record Passing(string Event) : HookCall;
}

/// <summary>What a tool is about to do, as the assistant put it.</summary>
public abstract record ToolUse
{
    private ToolUse() { }

    /// <summary>A line of shell.</summary>
    /// <param name="Input">The tool's whole input as JSON text, for an answer that replaces only the command.</param>
    public sealed record Shell(string Command, string Input) : ToolUse;

    /// <summary>Writes or edits one file.</summary>
    public sealed record Write(string Path, string InputDigest, long Bytes) : ToolUse;

    /// <summary>Reads files; the path is where it starts, empty for the working directory.</summary>
    public sealed record Read(string Tool, string Path, string InputDigest) : ToolUse;

    /// <summary>Fetches an address or asks a search engine.</summary>
    public sealed record Connect(string Url) : ToolUse;

    /// <summary>Any other tool that is known by name, and every tool of an MCP server.</summary>
    public sealed record Call(string Tool, string InputDigest) : ToolUse;
}

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Writ.Hooks;

/// <summary>
/// The input of a Claude Code hook (https://code.claude.com/docs/en/hooks): one JSON object on standard input. Fields
/// we do not know are passed over, because releases add them; an event, a tool or a shape we do not know is refused,
/// because it could be the one that acts.
/// </summary>
public static class ClaudeCodeHook
{
    public const string Client = "claude-code";

    /// <summary>The longest input that is read at all: a written file is part of it.</summary>
    public const int BytesMax = 8 * 1024 * 1024;

    const int NameMax = 128;
    const int PathMax = 4_096;
    const int DepthMax = 64;

    static readonly ImmutableHashSet<string> _passing =
        [.. "Stop SubagentStart SubagentStop SessionEnd Notification PreCompact PostCompact Setup".Split(' ')];

    public static HookCall Parse(ReadOnlyMemory<byte> input)
    {
        if (input.Length > BytesMax)
            return No("hook.too-large", $"The hook's input is over {BytesMax} bytes.");
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(input, new JsonDocumentOptions { MaxDepth = DepthMax });
        }
        catch (JsonException e)
        {
            // The parser's own message may quote the input; its place does not.
            return No("hook.malformed",
                $"The hook's input is not JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
        }
        using (document)
            return HasDuplicates(document.RootElement)
                ? No("hook.malformed", "The hook's input is not an object with each field once.")
                : Read(document.RootElement);
    }

    /// <summary>
    /// The event an input names, for the shape of an answer that is no matter what else is wrong. Assistants throw an
    /// answer away that names another event; where none can be read it is the event on which something hangs.
    /// </summary>
    public static string EventOf(HookCall call) => call switch
    {
        HookCall.SessionStarted => "SessionStart",
        HookCall.PromptSubmitted => "UserPromptSubmit",
        HookCall.ToolEnded { Succeeded: true } => "PostToolUse",
        HookCall.ToolEnded => "PostToolUseFailure",
        HookCall.Passing passing => passing.Event,
        HookCall.Refused { Event.Length: > 0 } refused => refused.Event,
        _ => "PreToolUse",
    };

    static HookCall Read(JsonElement input)
    {
        if (Text(input, "hook_event_name", NameMax) is not { } happened)
            return No("hook.malformed", "The hook's input names no event.");
        if (_passing.Contains(happened))
            return new HookCall.Passing(happened);
        if (OriginOf(input) is not { } origin)
            return No("hook.malformed", "The hook's input lacks its session or its absolute working directory.",
                happened);
        switch (happened)
        {
            case "SessionStart":
                return new HookCall.SessionStarted(origin);
            case "UserPromptSubmit":
                return Text(input, "prompt", BytesMax) is { } prompt
                    ? new HookCall.PromptSubmitted(origin, prompt)
                    : No("hook.malformed", "The hook's input holds no prompt.", happened);
            case "PreToolUse":
                return UseOf(input, out var use) is { } no
                    ? new HookCall.Refused(no, happened)
                    : new HookCall.ToolWanted(origin, use);
            case "PostToolUse" or "PostToolUseFailure":
                return UseOf(input, out var done) is { } notKnown
                    ? new HookCall.Refused(notKnown, happened)
                    : new HookCall.ToolEnded(origin, done, Succeeded: happened == "PostToolUse");
            default:
                return No("hook.unknown-event", "This version of Writ does not know this hook event.", happened);
        }
    }

    static HookOrigin? OriginOf(JsonElement input)
    {
        if (Text(input, "session_id", NameMax) is not { Length: > 0 } session
            || Text(input, "cwd", PathMax) is not { } cwd || !cwd.StartsWith('/') || cwd.Contains('\0'))
            return null;
        // An id that is there and is not one would tie this call to nothing.
        if (!Optional(input, "prompt_id", out var prompt) || !Optional(input, "tool_use_id", out var call)
            || !Optional(input, "agent_id", out var agent) || !Optional(input, "agent_type", out var type))
            return null;
        var subAgent = agent is null && type is null ? null : $"{type ?? "-"}:{agent ?? "-"}";
        return new HookOrigin(session, cwd, prompt, call, subAgent);
    }

    static Refusal? UseOf(JsonElement input, out ToolUse use)
    {
        use = null!;
        if (Text(input, "tool_name", NameMax) is not { Length: > 0 } tool
            || !input.TryGetProperty("tool_input", out var asked) || HasDuplicates(asked))
            return new Refusal("hook.malformed",
                "The hook's input names no tool, or the tool's input is not an object.");
        var made = ToolTable.KindOf(tool) switch
        {
            ToolKind.Shell => Text(asked, "command", BytesMax) is { Length: > 0 } command
                ? new ToolUse.Shell(command, asked.GetRawText())
                : null,
            ToolKind.Write => PathOf(tool, asked) is { Length: > 0 } path
                ? new ToolUse.Write(path, Digest(asked), Size(asked))
                : null,
            ToolKind.Read => PathOf(tool, asked) is { } path ? new ToolUse.Read(tool, path, Digest(asked)) : null,
            ToolKind.Fetch => Text(asked, "url", PathMax) is { Length: > 0 } url ? new ToolUse.Connect(url) : null,
            ToolKind.Search => Text(asked, "query", PathMax) is { Length: > 0 } query
                ? new ToolUse.Connect("search:" + query)
                : null,
            ToolKind.Call or ToolKind.Runs or ToolKind.Reaches => new ToolUse.Call(tool, Digest(asked)),
            _ => (ToolUse?)null,
        };
        if (made is not null)
        {
            use = made;
            return null;
        }
        return ToolTable.KindOf(tool) == ToolKind.Unknown
            ? new Refusal("hook.unknown-tool",
                "This version of Writ does not know this tool; what it does is not decided.")
            : new Refusal("hook.malformed", "The tool's input lacks what it would act on.");
    }

    /// <summary>
    /// The path a file tool names; empty when it names none; null when it names something that is no path.
    /// </summary>
    static string? PathOf(string tool, JsonElement asked)
    {
        string? path = null;
        foreach (var name in (ReadOnlySpan<string>)["file_path", "notebook_path", "path"])
        {
            if (!asked.TryGetProperty(name, out _))
                continue;
            if (path is not null || Text(asked, name, PathMax) is not { } given)
                return null;
            path = given;
        }
        // A pattern that starts elsewhere reads elsewhere.
        if (tool == "Glob" && Text(asked, "pattern", PathMax) is { } pattern && (pattern.StartsWith('/')
            || pattern.StartsWith('~') || pattern.Contains("..", StringComparison.Ordinal)))
            path = path is null ? pattern : path + "/" + pattern;
        return path ?? "";
    }

    static long Size(JsonElement asked)
    {
        foreach (var name in (ReadOnlySpan<string>)["content", "new_string", "new_source"])
            if (asked.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String)
                return Encoding.UTF8.GetByteCount(text.GetString()!);
        return Encoding.UTF8.GetByteCount(asked.GetRawText());
    }

    // The same call repeated has the same bytes; that is all this digest has to tell.
    static string Digest(JsonElement asked) =>
        "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(asked.GetRawText())));

    static bool Optional(JsonElement input, string name, out string? text)
    {
        text = null;
        if (!input.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return true;
        text = Text(input, name, NameMax);
        return text is { Length: > 0 };
    }

    static string? Text(JsonElement input, string name, int lengthMax)
    {
        if (!input.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
            return null;
        try
        {
            return value.GetString() is { } text && text.Length <= lengthMax ? text : null;
        }
        catch (InvalidOperationException)
        {
            // Escaped text that is no Unicode.
            return null;
        }
    }

    // Two readers could take two different ones of a field that is there twice.
    static bool HasDuplicates(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
            return true;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in value.EnumerateObject())
            if (!names.Add(field.Name))
                return true;
        return false;
    }

    static HookCall.Refused No(string code, string why, string happened = "") => new(new Refusal(code, why), happened);
}

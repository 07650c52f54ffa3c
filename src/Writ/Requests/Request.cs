using System.Text.Json.Serialization;
using Writ.Holds;
using Writ.Preparations;
using Writ.Rollbacks;

namespace Writ.Requests;

/// <summary>Who carries a request out after a yes. Member 0 is the one with no guarantee.</summary>
public enum Assurance
{
    /// <summary>The agent's own tool acts after our yes; we see what it tells us.</summary>
    Advisory,

    /// <summary>Writ runs it, contained.</summary>
    Brokered,

    /// <summary>An assistant that lives in a sandbox does it itself, in there. No request is asked for like this; it
    /// is how policy sees the programs that such an assistant starts.</summary>
    Inside,
}

/// <summary>What an agent asks to do.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Exec), "exec")]
[JsonDerivedType(typeof(ShellLine), "shell")]
[JsonDerivedType(typeof(WriteFile), "write")]
[JsonDerivedType(typeof(Connect), "connect")]
[JsonDerivedType(typeof(CallTool), "tool")]
[JsonDerivedType(typeof(Assistant), "assistant")]
public abstract record Ask
{
    private Ask() { }

    /// <summary>Run a program with exactly these arguments; the first is the program as it was written.</summary>
    public sealed record Exec(ImmutableArray<string> Argv) : Ask;

    /// <summary>Run a line of shell, by a shell, exactly as it was judged.</summary>
    public sealed record ShellLine(string Line) : Ask;

    /// <summary>Write or edit one file.</summary>
    public sealed record WriteFile(string Path, string ContentDigest, long Bytes) : Ask;

    /// <summary>Fetch from or connect to an address.</summary>
    public sealed record Connect(string Url) : Ask;

    /// <summary>Call a tool of the assistant or of an MCP server; its input is kept by digest.</summary>
    public sealed record CallTool(string Tool, string InputDigest, string Summary) : Ask;

    /// <summary>Have the agent's own program live in a sandbox for as long as its session, with these arguments.
    /// </summary>
    /// <param name="EndsSession">The session was opened for it and ends with it.</param>
    public sealed record Assistant(ImmutableArray<string> Argv, bool EndsSession) : Ask;
}

/// <summary>One variable of the environment a run gets. None of them is a secret.</summary>
public sealed record Variable(string Name, string Value);

/// <summary>What ties a request to the assistant that made it, as the assistant's hook reported it.</summary>
public sealed record ClientCall(string Client, string ClientSession, string? PromptId, string? CallId,
    string? SubAgent);

/// <summary>
/// One thing an agent asks to do, with every fact the verdict, the approval and the run are bound to.
/// </summary>
/// <param name="Cwd">Absolute working directory, inside the session's work tree.</param>
/// <param name="Executable">Absolute path the program resolved to; null when it could not be resolved.</param>
/// <param name="ExecutableDigest">SHA-256 of that file as hex; null when not resolved.</param>
/// <param name="OutsidePath">True when a path or the working directory leaves the work tree.</param>
/// <param name="Files">What its paths were found to be, where that is not what is written; null when there is
/// nothing to say.</param>
/// <param name="Hold">The run inside which it stands still; null for what is asked by itself.</param>
/// <param name="Undoes">The run that this takes back by its workflow's own command; null for everything else.</param>
/// <param name="Attested">How it is known who asked; null in older ledgers. It says nothing of what is asked, so
/// approvals are not bound to it.</param>
/// <param name="Prepares">It is for another agent to carry out, and never for this one; null for everything else.
/// </param>
/// <param name="Prepared">What another agent prepared and this carries out.</param>
public sealed record Request(
    RequestId Id, SessionId Session, Ask Ask, Assurance Assurance, string Cwd, ImmutableArray<Variable> Environment,
    string? Executable, string? ExecutableDigest, bool OutsidePath, ClientCall? Client,
    ImmutableArray<FileFact>? Files = null, Hold? Hold = null,
    Undoing? Undoes = null, Identity.AttestedBy? Attested = null, bool? Prepares = null, Preparation? Prepared = null)
{
    /// <summary>The exact arguments a run of this request gets, or empty when Writ does not run it.</summary>
    public ImmutableArray<string> Argv => Ask switch
    {
        Ask.Exec exec => exec.Argv,
        Ask.ShellLine shell => ["/bin/bash", "-c", shell.Line],
        Ask.Assistant assistant => assistant.Argv,
        _ => [],
    };
}

using Writ.Realms;
using Writ.Runs;
using Writ.Sessions;
using Writ.Wire;

namespace Writ.Requests;

/// <summary>What a request must look like before it is judged, and the digest everything later is bound to.</summary>
public static class RequestRules
{
    /// <summary>
    /// Longest argument list, address or path, in UTF-16 units, so that an entry always fits the ledger.
    /// </summary>
    public const int CommandMax = 24_000;

    public const int ArgumentsMax = 1_024;
    public const int VariablesMax = 64;

    /// <summary>Paths of one request about which something is said.</summary>
    public const int FilesMax = 256;

    public const int RequestsPerSessionMax = 20_000;

    /// <summary>SHA-256 over the canonical JSON of what is to be done: by it an approval knows its request.</summary>
    public static string Digest(Request request)
    {
        var facts = new BoundFacts(request.Session, request.Ask, request.Assurance, request.Cwd, request.Environment,
            request.Executable, request.ExecutableDigest, request.OutsidePath, request.Files);
        return "sha256:"
            + (PlainEntry.Sha256Hex(facts) ?? Canonical.Sha256Hex(facts, WireJson.Default.BoundFacts));
    }

    internal static Refusal? Malformed(RealmState realm, SessionState.Open session, Request request)
    {
        if (!IdRules.IsWellFormed(request.Id.Value) || realm.SessionByRequest.ContainsKey(request.Id))
            return new Refusal("request.bad-id", "A request needs a new, well-formed id.");
        if (session.Requests.Count >= RequestsPerSessionMax)
            return new Refusal("session.too-many-requests",
                $"A session holds {RequestsPerSessionMax} requests at most.");
        var texts = Texts(request);
        if (Length(texts) > CommandMax || request.Argv.Length > ArgumentsMax
            || request.Environment.Length > VariablesMax || request.Files is { Length: > FilesMax })
            return new Refusal("request.too-large", $"A command has at most {CommandMax} characters in "
                + $"{ArgumentsMax} arguments; put longer input into a file of the work tree.");
        if (texts.Exists(text => text.Contains('\0')))
            return new Refusal("request.nul", "A command cannot contain a NUL character.");
        if (texts.Exists(HasLoneSurrogate))
            return new Refusal("request.not-text", "A command must be valid Unicode.");
        if (request.Ask is Ask.Exec { Argv: [] or ["", ..] } || request.Ask is Ask.ShellLine { Line: "" })
            return new Refusal("request.empty", "There is no command to run.");
        if (request.Environment.Any(v => v.Name.Length == 0 || v.Name.Contains('=')) || HasNameTwice(request))
            return new Refusal("request.bad-variable", "A variable has a name without '=', and each name comes once.");
        if (!IsFile(request))
            return new Refusal("request.bad-executable",
                "An executable is an absolute path with its SHA-256, or neither.");
        return request.Cwd.StartsWith('/')
            ? null
            : new Refusal("request.bad-cwd", "The working directory must be absolute.");
    }

    static bool IsFile(Request request) => request.Executable is { } path
        ? path.StartsWith('/') && request.ExecutableDigest is { } digest && ActionDigests.IsDigest(digest)
        : request.ExecutableDigest is null;

    static int Length(List<string> texts)
    {
        var length = 0;
        foreach (var text in texts)
            length += text.Length;
        return length;
    }

    static bool HasLoneSurrogate(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return false;
        for (var i = 0; i < text.Length; i++)
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
                return true;
        return false;
    }

    // At most VariablesMax of them, so that comparing each with each is the least work.
    static bool HasNameTwice(Request request)
    {
        var variables = request.Environment.AsSpan();
        for (var i = 1; i < variables.Length; i++)
            for (var j = 0; j < i; j++)
                if (variables[i].Name == variables[j].Name)
                    return true;
        return false;
    }

    /// <summary>Every text of a request that is not an identifier.</summary>
    static List<string> Texts(Request request)
    {
        List<string> texts = [request.Cwd, request.Executable ?? "", request.ExecutableDigest ?? ""];
        switch (request.Ask)
        {
            case Ask.Exec exec:
                texts.AddRange(exec.Argv.AsSpan());
                break;
            case Ask.ShellLine shell:
                texts.Add(shell.Line);
                break;
            case Ask.WriteFile write:
                texts.AddRange([write.Path, write.ContentDigest]);
                break;
            case Ask.Connect connect:
                texts.Add(connect.Url);
                break;
            case Ask.CallTool tool:
                texts.AddRange([tool.Tool, tool.InputDigest, tool.Summary]);
                break;
        }
        if (request.Client is { } client)
            texts.AddRange([client.Client, client.ClientSession, client.PromptId ?? "", client.CallId ?? "",
                client.SubAgent ?? ""]);
        foreach (var file in (request.Files ?? []).Take(FilesMax + 1))
        {
            texts.AddRange([file.Path, file.Real ?? "", file.Digest ?? ""]);
            if (file.Plan is { } plan)
                texts.AddRange([plan.Workspace, plan.Doubt ?? "", .. plan.Changes.Select(c => c.Address)]);
        }
        // More than these are refused anyway.
        foreach (var variable in request.Environment.Take(VariablesMax + 1))
            texts.AddRange([variable.Name, variable.Value]);
        return texts;
    }
}

/// <summary>The part of a request that approvals, writs and runs are bound to: no id, no client, no time.</summary>
public sealed record BoundFacts(
    SessionId Session, Ask Ask, Assurance Assurance, string Cwd, ImmutableArray<Variable> Environment,
    string? Executable, string? ExecutableDigest, bool OutsidePath, ImmutableArray<FileFact>? Files = null);

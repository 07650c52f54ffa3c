using Writ.Holds;
using Writ.Preparations;
using Writ.Realms;
using Writ.Rollbacks;
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
            request.Executable, request.ExecutableDigest, request.OutsidePath, request.Files, request.Hold,
            request.Undoes, request.Prepares, request.Prepared);
        return "sha256:"
            + (PlainEntry.Sha256Hex(facts) ?? Canonical.Sha256Hex(facts, WireJson.Default.BoundFacts));
    }

    /// <summary>The request that a move puts to the realm, if it does.</summary>
    public static Request? AskedBy(Move move) => move switch
    {
        RequestMove.Submit m => m.Request,
        HoldMove.Open m => m.Request,
        _ => null,
    };

    internal static Refusal? Malformed(RealmState realm, SessionState.Open session, Request request)
    {
        if (!IdRules.IsWellFormed(request.Id.Value) || realm.SessionByRequest.ContainsKey(request.Id))
            return new Refusal("request.bad-id", "A request needs a new, well-formed id.");
        if (session.Requests.Count >= RequestsPerSessionMax)
            return new Refusal("session.too-many-requests",
                $"A session holds {RequestsPerSessionMax} requests at most.");
        var texts = new TextCheck(request);
        if (texts.Length > CommandMax || request.Argv.Length > ArgumentsMax
            || request.Environment.Length > VariablesMax || request.Files is { Length: > FilesMax })
            return new Refusal("request.too-large", $"A command has at most {CommandMax} characters in "
                + $"{ArgumentsMax} arguments; put longer input into a file of the work tree.");
        if (texts.HasNul)
            return new Refusal("request.nul", "A command cannot contain a NUL character.");
        if (texts.IsNoText)
            return new Refusal("request.not-text", "A command must be valid Unicode.");
        if (request.Ask is Ask.Exec { Argv: [] or ["", ..] } or Ask.ShellLine { Line: "" }
            or Ask.Assistant { Argv: [] or ["", ..] })
            return new Refusal("request.empty", "There is no command to run.");
        if (request.Environment.Any(v => v.Name.Length == 0 || v.Name.Contains('=')) || HasNameTwice(request))
            return new Refusal("request.bad-variable", "A variable has a name without '=', and each name comes once.");
        if (request.Assurance is not (Assurance.Advisory or Assurance.Brokered))
            return new Refusal("request.bad-assurance", "A request is advisory or brokered.");
        if (PreparationRules.Malformed(request) is { } malformed)
            return malformed;
        // Nothing of another machine is run here: its agent does it there, and says so.
        if (session.Remote is not null && (request.Assurance != Assurance.Advisory || request.Ask is Ask.Assistant))
            return new Refusal("pass.brokered", "A caller from another machine asks for verdicts; Writ runs nothing "
                + "for it.");
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

    /// <summary>What every text of a request that is not an identifier has to be.</summary>
    ref struct TextCheck
    {
        public TextCheck(Request request)
        {
            Add(request.Cwd);
            Add(request.Executable);
            Add(request.ExecutableDigest);
            Add(request.Ask);
            if (request.Client is { } client)
            {
                Add(client.Client);
                Add(client.ClientSession);
                Add(client.PromptId);
                Add(client.CallId);
                Add(client.SubAgent);
            }
            foreach (var variable in request.Environment)
            {
                Add(variable.Name);
                Add(variable.Value);
            }
            foreach (var file in request.Files ?? [])
                Add(file);
            Add(request.Hold?.Action);
        }

        public long Length { get; private set; }

        public bool HasNul { get; private set; }

        public bool IsNoText { get; private set; }

        void Add(Ask ask)
        {
            switch (ask)
            {
                case Ask.Exec exec:
                    foreach (var argument in exec.Argv)
                        Add(argument);
                    break;
                case Ask.ShellLine shell:
                    Add(shell.Line);
                    break;
                case Ask.Assistant assistant:
                    Add(assistant.Argv);
                    break;
                case Ask.WriteFile write:
                    Add(write.Path);
                    Add(write.ContentDigest);
                    break;
                case Ask.Connect connect:
                    Add(connect.Url);
                    break;
                case Ask.CallTool tool:
                    Add(tool.Tool);
                    Add(tool.InputDigest);
                    Add(tool.Summary);
                    break;
            }
        }

        // Its arguments stand in it once more, so they may be half as long.
        void Add(HeldAction? held)
        {
            switch (held)
            {
                case HeldAction.Exec { Program: { } program } exec:
                    Add(program.Name);
                    Add(program.Script?.Path);
                    Add(exec.CommandDigest);
                    Add([.. program.Argv, .. program.Via, .. program.Loaders]);
                    foreach (var variable in exec.Variables ?? [])
                        Add([variable.Name, variable.Value ?? ""]);
                    break;
                case HeldAction.Connect connect:
                    Add([connect.Host, connect.Method, connect.Path, connect.Address]);
                    break;
            }
        }

        void Add(ImmutableArray<string> texts)
        {
            foreach (var text in texts)
                Add(text);
        }

        void Add(FileFact file)
        {
            Add(file.Path);
            Add(file.Real);
            Add(file.Digest);
            if (file.Plan is not { } plan)
                return;
            Add(plan.Workspace);
            Add(plan.Doubt);
            foreach (var change in plan.Changes)
                Add(change.Address);
        }

        void Add(string? text)
        {
            if (text is null)
                return;
            Length += text.Length;
            HasNul |= text.Contains('\0');
            IsNoText |= HasLoneSurrogate(text);
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
    }
}

/// <summary>The part of a request that approvals, writs and runs are bound to: no id, no client, no time.</summary>
public sealed record BoundFacts(
    SessionId Session, Ask Ask, Assurance Assurance, string Cwd, ImmutableArray<Variable> Environment,
    string? Executable, string? ExecutableDigest, bool OutsidePath, ImmutableArray<FileFact>? Files = null,
    Hold? Hold = null, Undoing? Undoes = null, bool? Prepares = null, Preparation? Prepared = null);

using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Writ.Assistants;
using Writ.Hooks;
using Writ.Realms;
using Writ.Requests;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Sessions;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Server.Agents;

/// <summary>
/// Answers an assistant's hook. A shell command is made a brokered request and the assistant is told to run
/// <c>writ run --request ID</c> in its place; every other tool is an advisory request. What cannot be decided is
/// denied.
/// </summary>
sealed class HookService(
    AgentDesk desk, RealmActor realm, IdSource ids, BlobStore blobs, AgentPathOptions paths)
{
    const int CallsMax = 4_096;
    const int ShownMax = 512;

    /// <summary>Which allowed request an assistant's tool call belongs to, for the report that may follow.</summary>
    readonly ConcurrentDictionary<(string ClientSession, string Call), RequestId> _allowed = new();

    /// <param name="socket">The socket the hook was configured with, if it was.</param>
    public async Task<HookAnswer> Answer(
        Actor.Agent peer, ReadOnlyMemory<byte> input, SessionId? named, string? socket, CancellationToken cancel)
    {
        var call = ClaudeCodeHook.Parse(input);
        try
        {
            return call switch
            {
                HookCall.Refused refused => HookReplies.Deny(ClaudeCodeHook.EventOf(call), refused.Refusal),
                HookCall.Passing => HookReplies.Pass(),
                HookCall.SessionStarted started => await Start(peer, started.Origin, named, cancel),
                HookCall.PromptSubmitted submitted => await RecordPrompt(peer, submitted, named, cancel),
                HookCall.ToolWanted wanted => await Decide(peer, wanted, named, socket, cancel),
                HookCall.ToolEnded ended => await Report(peer, ended, named, cancel),
                _ => throw new InvariantBrokenException($"No answer is known to {call.GetType().Name}."),
            };
        }
        catch (RealmUnavailableException e)
        {
            return HookReplies.Deny(ClaudeCodeHook.EventOf(call), e.Code, e.Message);
        }
        catch (LedgerFaultException e)
        {
            return HookReplies.Deny(ClaudeCodeHook.EventOf(call), e.Code, e.Message);
        }
    }

    async Task<HookAnswer> Start(Actor.Agent peer, HookOrigin origin, SessionId? named, CancellationToken cancel)
    {
        if (desk.FindSession(peer, named, origin.Cwd, out var session) is { } no)
            return HookReplies.Tell($"Writ: {no.Why} Until then every action is denied. [{no.Code}]");
        await Attach(peer, session, origin, cancel);
        return HookReplies.Tell(
            $"Writ: this works under session {session.Terms.Id}: {VisibleText.Of(session.Terms.Task)}");
    }

    async Task<HookAnswer> RecordPrompt(
        Actor.Agent peer, HookCall.PromptSubmitted submitted, SessionId? named, CancellationToken cancel)
    {
        if (desk.FindSession(peer, named, submitted.Origin.Cwd, out var session) is { } no)
            return HookReplies.Deny("UserPromptSubmit", no);
        await Attach(peer, session, submitted.Origin, cancel);
        var content = Encoding.UTF8.GetBytes(submitted.Prompt);
        var blob = blobs.Put(content, ids.NewSalt());
        var prompt = new PromptReference(submitted.Origin.PromptId ?? ids.New("prompt"), blob.Digest, content.Length);
        var answer = await realm.Submit(
            new SessionMove.RecordPrompt(session.Terms.Id, prompt), peer, desk.NewKey(), cancel);
        return answer.Decided is Decided.Refused { Refusal: var refusal }
            ? HookReplies.Deny("UserPromptSubmit", refusal)
            : HookReplies.Pass();
    }

    async Task<HookAnswer> Decide(
        Actor.Agent peer, HookCall.ToolWanted wanted, SessionId? named, string? socket, CancellationToken cancel)
    {
        var origin = wanted.Origin;
        if (desk.FindSession(peer, named, origin.Cwd, out var session) is { } no)
            return HookReplies.Deny("PreToolUse", no);
        await Attach(peer, session, origin, cancel);
        var client = new ClientCall(
            ClaudeCodeHook.Client, origin.ClientSession, origin.PromptId, origin.CallId, origin.SubAgent);
        if (wanted.Use is ToolUse.Shell shell)
            return await DecideShell(peer, session, shell, origin, client, ClientOf(peer, socket), cancel);
        var request = desk.Establish(
            session.Terms, AskOf(wanted.Use), Assurance.Advisory, origin.Cwd, terminal: null, client);
        var id = request.Id;
        switch (AgentDesk.Same(session, request, desk.Now))
        {
            case RequestState.Waiting waiting:
                return HookReplies.DenyWaiting(waiting.Id, waiting.Verdict, carryLine: null);
            case RequestState.Ready ready:
                id = ready.Id;
                break;
            default:
                var asked = await desk.Ask(peer, new AgentQuestion(session.Terms, request, Key: null), cancel);
                if (NotReady(asked, carryLine: null) is { } answer)
                    return answer;
                break;
        }
        if (await desk.Allow(peer, id, cancel) is { } refusal)
            return HookReplies.Deny("PreToolUse", refusal);
        Remember(origin, id);
        return HookReplies.Allow($"Writ: allowed as request {id}.");
    }

    async Task<HookAnswer> DecideShell(
        Actor.Agent peer, SessionState.Open session, ToolUse.Shell shell, HookOrigin origin, ClientCall client,
        WritClient writ, CancellationToken cancel)
    {
        // Its own sandbox is the only place where it works; there each program is decided when it is started.
        if (AssistantRules.HoldsTree(realm.State, session))
            return HookReplies.Allow("Writ: it runs in this sandbox, and each program of it is decided there.");
        var words = PlainWords.Split(shell.Command);
        var brokered = words is { } plain ? BrokeredCommand.Of(plain) : null;
        if (brokered is BrokeredCommand.Carry carry)
            return session.Requests.GetValueOrDefault(carry.Request) is RequestState.Ready or RequestState.Waiting
                ? Instead(writ, shell, carry.Request, carry.Options)
                : HookReplies.Deny("PreToolUse", "request.unknown",
                    $"{carry.Request} is no request of this session that could still be carried out; ask for the "
                        + $"command itself.");
        Ask ask = brokered is BrokeredCommand.Wrap wrap ? new Ask.Exec(wrap.Argv)
            : words is { } argv ? new Ask.Exec(argv)
            : new Ask.ShellLine(shell.Command);
        var request = desk.Establish(session.Terms, ask, Assurance.Brokered, origin.Cwd, terminal: null, client);
        switch (AgentDesk.Same(session, request, desk.Now))
        {
            case RequestState.Waiting waiting:
                return HookReplies.DenyWaiting(waiting.Id, waiting.Verdict, BrokeredCommand.Line(writ, waiting.Id, []));
            case RequestState.Ready ready:
                return Instead(writ, shell, ready.Id, []);
        }
        var asked = await desk.Ask(peer, new AgentQuestion(session.Terms, request, Key: null), cancel);
        return NotReady(asked, BrokeredCommand.Line(writ, request.Id, [])) ?? Instead(writ, shell, request.Id, []);
    }

    async Task<HookAnswer> Report(Actor.Agent peer, HookCall.ToolEnded ended, SessionId? named,
        CancellationToken cancel)
    {
        var origin = ended.Origin;
        if (desk.FindSession(peer, named, origin.Cwd, out var session) is not null)
            return HookReplies.Pass();
        if (ended.Use is ToolUse.Shell shell)
        {
            if (!AssistantRules.HoldsTree(realm.State, session)
                && (PlainWords.Split(shell.Command) is not { } words
                    || BrokeredCommand.Of(words) is not BrokeredCommand.Carry))
            {
                await RaiseUnbrokered(session, shell.Command);
                await MarkUnbrokered(peer, session, shell, origin, cancel);
            }
            return HookReplies.Pass();
        }
        await MarkContent(peer, session, ended.Use, cancel);
        if (origin.CallId is { } call && _allowed.TryRemove((origin.ClientSession, call), out var id))
            await realm.Submit(
                new RequestMove.Report(id, ended.Succeeded, Detail: null), peer, desk.NewKey(), cancel);
        return HookReplies.Pass();
    }

    // What was allowed by us is counted already; this is for what the assistant did without asking.
    async Task MarkContent(Actor.Agent peer, SessionState.Open session, ToolUse use, CancellationToken cancel)
    {
        var (content, where) = use switch
        {
            ToolUse.Connect connect => (ContentOrigins.Web, connect.Url),
            ToolUse.Read read => (ContentOrigins.Repository, read.Path),
            ToolUse.Call call => (Provenance.Of(new Ask.CallTool(call.Tool, "", ""), []), call.Tool),
            _ => (ContentOrigins.None, ""),
        };
        if ((content & ~session.Content) == ContentOrigins.None)
            return;
        var shown = VisibleText.Of(where.Length <= ShownMax ? where : where[..ShownMax]);
        await realm.Submit(new SessionMove.TakeIn(session.Terms.Id, content, shown), peer, desk.NewKey(), cancel);
    }

    // The assistant says it ran something itself, although every command was to go through us.
    async Task RaiseUnbrokered(SessionState.Open session, string command)
    {
        var shown = VisibleText.Of(command.Length <= ShownMax ? command : command[..ShownMax]);
        var finding = new Finding("hook.unbrokered", session.Terms.Id, $"The assistant ran by itself: {shown}");
        await realm.Submit(
            new RealmMove.RaiseFinding(finding), new Actor.Host("hooks"), desk.NewKey(), CancellationToken.None);
    }

    // What it put out came in as well.
    async Task MarkUnbrokered(
        Actor.Agent peer, SessionState.Open session, ToolUse.Shell shell, HookOrigin origin, CancellationToken cancel)
    {
        var request = desk.Establish(
            session.Terms, new Ask.ShellLine(shell.Command), Assurance.Advisory, origin.Cwd, terminal: null,
            client: null);
        var content = Provenance.Of(request.Ask, RequestFacts.Of(request, session.Terms).Effects);
        if ((content & ~session.Content) != ContentOrigins.None)
            await realm.Submit(
                new SessionMove.TakeIn(session.Terms.Id, content, "a command it ran by itself"), peer, desk.NewKey(),
                cancel);
    }

    async Task Attach(Actor.Agent peer, SessionState.Open session, HookOrigin origin, CancellationToken cancel)
    {
        // A refusal (too many of them) is recorded and changes nothing about what may be done.
        if (!session.ClientSessions.Contains(origin.ClientSession))
            await realm.Submit(
                new SessionMove.Attach(session.Terms.Id, ClaudeCodeHook.Client, origin.ClientSession), peer,
                    desk.NewKey(),
                cancel);
    }

    /// <summary>The answer unless the request may be carried out now.</summary>
    static HookAnswer? NotReady(Asked asked, string? carryLine) => asked switch
    {
        Asked.Refused refused => HookReplies.Deny("PreToolUse", refused.Refusal),
        Asked.Judged { Verdict.Verdict.Kind: VerdictKind.Automatic } => null,
        Asked.Judged { Verdict.Verdict.Kind: VerdictKind.Approval } waiting =>
            HookReplies.DenyWaiting(waiting.Request.Id, waiting.Verdict.Verdict, carryLine),
        Asked.Judged blocked => HookReplies.Deny("PreToolUse", blocked.Verdict.Verdict.Code,
            $"blocked: {blocked.Verdict.Verdict.Why} Nothing was run. (request {blocked.Request.Id})"),
        _ => throw new InvariantBrokenException("A request is refused or judged."),
    };

    static HookAnswer Instead(WritClient writ, ToolUse.Shell shell, RequestId request,
        ImmutableArray<string> options) =>
        HookReplies.AllowInstead(
            shell.Input, BrokeredCommand.Line(writ, request, options), $"Writ: carried out as request {request}.");

    /// <summary>The asking client itself, or the one installed beside this daemon.</summary>
    WritClient ClientOf(Actor.Agent peer, string? socket) => peer.Within is not null
        ? new(AssistantPlaces.ClientPath, AssistantPlaces.SocketPath)
        : new(Paths.Name(peer.Executable) == "writ" ? peer.Executable : paths.WritPath, socket);

    void Remember(HookOrigin origin, RequestId id)
    {
        if (origin.CallId is not { } call)
            return;
        // Reports are a courtesy; a full table forgets them all rather than grow.
        if (_allowed.Count >= CallsMax)
            _allowed.Clear();
        _allowed[(origin.ClientSession, call)] = id;
    }

    static Ask AskOf(ToolUse use) => use switch
    {
        ToolUse.Write write => new Ask.WriteFile(write.Path, write.InputDigest, write.Bytes),
        ToolUse.Connect connect => new Ask.Connect(connect.Url),
        ToolUse.Read read => new Ask.CallTool(read.Tool, read.InputDigest, read.Path.Length == 0 ? "." : read.Path),
        ToolUse.Call other => new Ask.CallTool(other.Tool, other.InputDigest, ""),
        _ => throw new InvariantBrokenException("A line of shell is brokered, not advisory."),
    };
}

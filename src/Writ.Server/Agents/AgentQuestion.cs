using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Writ.Realms;
using Writ.Requests;
using Writ.Rollbacks;
using Writ.Sessions;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Server.Agents;

/// <summary>What a process asks over the agents' socket, with its session found and its facts established.</summary>
/// <param name="Key">The caller's idempotency key, made its own; null for a new one.</param>
sealed record AgentQuestion(SessionTerms Terms, Request Request, string? Key)
{
    /// <summary>Longest path in bytes that Linux takes.</summary>
    public const int CwdMax = 4_096;

    /// <summary>The question in the JSON of a <see cref="SubmitRequest"/>, or why it is none.</summary>
    /// <param name="body">Null when it is longer than it may be.</param>
    public static Refusal? Read(
        AgentDesk desk, AgentLimits limits, Actor.Agent peer, byte[]? body, out AgentQuestion question)
    {
        question = null!;
        if (body is null)
            return new Refusal("request.too-large", $"A request has at most {limits.BodyBytesMax} bytes.");
        if (Understand(body) is not var (asked, ask))
            return new Refusal("request.malformed",
                "A request gives an absolute cwd and one of argv, line, undoes and assistant, and nothing we do "
                    + "not know.");
        if (desk.FindSession(peer, asked.Session, asked.Cwd, out var session) is { } no)
            return no;
        if (asked.Assistant is not null && peer.Within is not null)
            return new Refusal("assistant.inside", "An assistant is started by a person, outside of any sandbox.");
        if (asked.Assistant is { } assistant)
            ask = assistant with { Argv = Named(desk.State, session, assistant.Argv) };
        Undoing? undoing = null;
        if (asked.Undoes is { } run)
        {
            if (RollbackRules.CommandFor(desk.State, session, run, out var argv, out undoing) is { } notUndone)
                return notUndone;
            ask = new Ask.Exec(argv);
        }
        var request = desk.Establish(
            session.Terms, ask, Assurance.Brokered, asked.Cwd, asked.Terminal, client: null) with
        {
            Undoes = undoing,
            Prepares = asked.Prepares,
            Prepared = asked.Prepared,
        };
        // A key is the caller's own: another user's same word is another key.
        var key = asked.IdempotencyKey is { } word
            ? string.Create(CultureInfo.InvariantCulture, $"agent-{peer.Uid}-{word}")
            : null;
        question = new AgentQuestion(session.Terms, request, key);
        return null;
    }

    // A name is the program that the workflow calls so, wherever that lies.
    static ImmutableArray<string> Named(RealmState state, SessionState.Open session, ImmutableArray<string> argv) =>
        state.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow)?.Assistant is { } terms
        && !terms.Programs.Contains(argv[0])
        && terms.Programs.FirstOrDefault(p => Paths.Name(p) == argv[0]) is { } program
            ? argv.SetItem(0, program)
            : argv;

    /// <summary>Null unless there is exactly one of argv and line. A line that is plain words is those words.</summary>
    static (SubmitRequest Asked, Ask Ask)? Understand(byte[] body)
    {
        SubmitRequest? asked;
        try
        {
            asked = JsonSerializer.Deserialize(body, ApiJson.Default.SubmitRequest);
        }
        catch (JsonException)
        {
            return null;
        }
        if (asked is not { Cwd: ['/', ..] } || asked.Cwd.Length > CwdMax || asked.Cwd.Contains('\0')
            || (asked.Argv is null ? 0 : 1) + (asked.Line is null ? 0 : 1) + (asked.Undoes is null ? 0 : 1)
                + (asked.Assistant is null ? 0 : 1) != 1
            || asked.Assistant is { } assistant && (assistant.Argv.IsDefaultOrEmpty
                || assistant.Argv.Any(w => w is null))
            || asked.Argv is { IsDefault: true }
            || asked.Argv is { } words && words.Any(w => w is null))
            return null;
        Ask ask = asked.Undoes is not null || asked.Assistant is not null ? new Ask.Exec([])
            : asked.Argv is { } argv ? new Ask.Exec(argv)
            : PlainWords.Split(asked.Line!) is { } plain ? new Ask.Exec(plain)
            : new Ask.ShellLine(asked.Line!);
        return (asked, ask);
    }
}

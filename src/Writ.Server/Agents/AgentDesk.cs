using Writ.Identity;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Server.Findings;
using Writ.Server.Sequencer;
using Writ.Sessions;
using Writ.Shell;

namespace Writ.Server.Agents;

/// <summary>What came of asking: the request as it was judged, or why it was not even judged.</summary>
abstract record Asked
{
    private Asked() { }

    public sealed record Refused(Refusal Refusal) : Asked;

    /// <param name="Repeated">True when this was asked and judged before, under the same key.</param>
    public sealed record Judged(
        Request Request, SessionTerms Terms, RequestEvent.Judged Verdict, RealmState After, DateTimeOffset At,
            long Index, bool Repeated) : Asked;
}

/// <summary>Puts what agents ask to the realm, with the facts established here.</summary>
sealed class AgentDesk(
    RealmActor realm, IdSource ids, ActionFacts facts, FindingDesk findings, TimeProvider time)
{
    public RealmState State => realm.State;

    public DateTimeOffset Now => time.GetUtcNow();

    public string NewKey() => ids.New("mv");

    public Refusal? FindSession(Actor.Agent peer, SessionId? named, string cwd, out SessionState.Open session) =>
        SessionChoice.Find(realm.State, peer, named, cwd, Now, out session);

    public Request Establish(
        SessionTerms terms, Ask ask, Assurance assurance, string cwd, string? terminal, ClientCall? client) =>
        facts.Establish(
            new RequestId(ids.New("req")), terms, ask, assurance, cwd, terminal, client,
            PolicyKnowledge.Of(realm.State, terms.Id));

    public async Task<Asked> Ask(Actor.Agent peer, AgentQuestion question, CancellationToken cancel)
    {
        await findings.BeforeAsking(question.Terms, peer, cancel);
        return await AskTogether(peer, question, [], cancel).Asked;
    }

    /// <summary>What has to be known before something is asked that is to run at once.</summary>
    public Task Prepare(Actor.Agent peer, AgentQuestion question, CancellationToken cancel) =>
        findings.BeforeAsking(question.Terms, peer, cancel);

    /// <summary>Asks, and has further moves follow on the verdict.</summary>
    /// <returns>What came of asking, and the answers of the further moves.</returns>
    public (Task<Asked> Asked, Task<MoveAnswer>[] Further) AskTogether(
        Actor.Agent peer, AgentQuestion question, ReadOnlySpan<FollowingMove> further, CancellationToken cancel)
    {
        question = question with { Request = question.Request with { Attested = KnownBy(peer, question.Request) } };
        EstablishAhead(question);
        var answers = realm.SubmitTogether(
            new RequestMove.Submit(question.Request), peer, question.Key ?? NewKey(), further);
        return (Understood(question, answers[0].WaitAsync(cancel)), answers[1..]);
    }

    // What an assistant's hook says is known by the user alone, and a process in the sandbox by its namespace.
    static AttestedBy KnownBy(Actor.Agent peer, Request request) =>
        peer.Within is not null ? AttestedBy.Launched
        : request.Client is not null ? AttestedBy.Hooked
        : AttestedBy.Peer;

    // On the asker's own thread, so that a line which takes long to understand keeps nobody waiting but who asked; the
    // realm's one thread finds the result.
    void EstablishAhead(AgentQuestion question)
    {
        try
        {
            _ = RequestFacts.Of(
                question.Request, question.Terms, PolicyKnowledge.Of(realm.State, question.Terms.Id));
        }
        catch (Exception)
        {
            // It is the realm's to meet the same failure, to block the request and to record why.
            return;
        }
    }

    static async Task<Asked> Understood(AgentQuestion question, Task<MoveAnswer> asked)
    {
        var answer = await asked;
        if (answer.Decided is Decided.Refused refused)
            return new Asked.Refused(refused.Refusal);
        // A repeat is answered with what was asked first, which may not be what is asked now.
        var first = (RequestMove.Submit)answer.Move;
        if (answer.Replayed && RequestRules.Digest(first.Request) != RequestRules.Digest(question.Request))
            return new Asked.Refused(new Refusal("request.key-reused",
                "This idempotency key was used for another command."));
        var judged = ((Decided.Accepted)answer.Decided).Events.OfType<RequestEvent.Judged>().Single();
        return new Asked.Judged(
            first.Request, question.Terms, judged, answer.After, answer.At, answer.Index, answer.Replayed);
    }

    /// <summary>An advisory request that is ready becomes allowed; null, or why not.</summary>
    public async Task<Refusal?> Allow(Actor.Agent peer, RequestId request, CancellationToken cancel)
    {
        var answer = await realm.Submit(new RequestMove.Allow(request), peer, NewKey(), cancel);
        return Voided(answer, request);
    }

    /// <summary>A request of this session that is the same in every fact and could still be carried out.</summary>
    public static RequestState? Same(SessionState.Open session, Request request, DateTimeOffset now)
    {
        var digest = RequestRules.Digest(request);
        foreach (var state in session.Requests.Values)
            if (state is RequestState.Ready ready && ready.Digest == digest && ready.ExpiresAt > now)
                return ready;
        return session.Requests.Values.FirstOrDefault(
            s => s is RequestState.Waiting waiting && waiting.Digest == digest && waiting.ExpiresAt > now);
    }

    /// <summary>A move can be accepted and still mean no: it closed the request, or ended the session.</summary>
    public static Refusal? Voided(MoveAnswer answer, RequestId request) => answer.Decided switch
    {
        Decided.Refused refused => refused.Refusal,
        Decided.Accepted { Events: [RequestEvent.Closed closed, ..] } =>
            new Refusal(closed.Code, $"Request {request} no longer stands as it was judged; ask again."),
        Decided.Accepted { Events: [SessionEvent.Ended ended, ..] } =>
            new Refusal(ended.Code, $"The session has ended ({ended.Code})."),
        _ => null,
    };
}

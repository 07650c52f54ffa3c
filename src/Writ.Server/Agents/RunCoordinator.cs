using System.Collections.Immutable;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Writ.Leases;
using Writ.Linux;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Assistants;
using Writ.Server.Egress;
using Writ.Server.Holding;
using Writ.Server.Issuing;
using Writ.Server.Leasing;
using Writ.Server.Mediation;
using Writ.Server.Running;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Server.Trees;
using Writ.Shell.Knowledge;
using Writ.Sessions;
using Writ.Workflows;
using RunOutcome = Writ.Runs.RunOutcome;

namespace Writ.Server.Agents;

/// <summary>
/// The way from a request that is ready to a command that ran: fresh facts, second verdict, signed order, consumed
/// before anything starts, run, and its end recorded before the client hears of it. A crash anywhere in between runs
/// nothing twice; at worst a writ is spent for nothing.
/// </summary>
sealed class RunCoordinator(
    RealmActor realm, KeyRing keys, IdSource ids, BlobStore blobs, Runner runner, RunRegistry registry,
    ActionFacts facts, AgentDesk desk, TreeDesk trees, IHoldingDesk holding, EgressFactory ways, LeaseDesk leases,
    IdentityFactory identities, AssistantDesk assistants, AgentLimits limits, TimeProvider time)
{
    static readonly Actor.Host _runner = new("runner");
    static readonly TimeSpan _tellsAfter = TimeSpan.FromSeconds(1);
    static readonly TimeSpan _retryAfter = TimeSpan.FromMilliseconds(50);

    readonly Slots _slots = new(limits.RunsMax);
    readonly NextSandbox _next = new(runner, realm, time);
    readonly RunPlanner _planner = new(realm, limits, time);

    /// <summary>A place among the runs under way, with the name of the run; null when there are too many.</summary>
    public RunPlace? TryTakePlace() => _slots.TryTake() ? new RunPlace(_slots, registry, new RunId(ids.New("run")))
        : null;

    public Refusal TooMany => new("run.too-many", $"{limits.RunsMax} runs are under way already.");

    /// <summary>Answers the request to run: a refusal as problem details, else the frames of the run.</summary>
    public async Task Carry(HttpContext context, Actor.Agent peer, RequestId id, WindowSize? terminal)
    {
        if (UpgradeOf(context) is not { } upgrade)
        {
            await AgentProblems.Write(context, NoUpgrade);
            return;
        }
        using var place = TryTakePlace();
        if (place is null)
        {
            await AgentProblems.Write(context, TooMany);
            return;
        }
        var (ordered, refusal) = await Order(peer, id, place.Run);
        if (refusal is not null)
        {
            await AgentProblems.Write(context, refusal);
            return;
        }
        var note = await OrEnd(place.Run, ordered!, () => ordered!.Signing.NoteOf(ordered.Order));
        var connection = await OrEnd(place.Run, ordered!, () => Connect(context, upgrade, asks: false));
        await using (connection)
            await Run(connection, ordered!, place, note, terminal, context.RequestAborted);
    }

    /// <summary>
    /// Judges a question and carries it out on the connection it came on, when nobody has to be asked. Verdict, order
    /// and its use are decided one after the other and made durable together; else there is only the verdict.
    /// </summary>
    public async Task CarryAsked(
        RunConnection connection, Actor.Agent peer, AgentQuestion question, WindowSize? terminal, IDisposable asking,
        CancellationToken gone)
    {
        using var place = TryTakePlace();
        var (ordered, refusal) = await AskAndOrder(connection, peer, question, place, terminal);
        asking.Dispose();
        if (refusal is not null)
            await connection.WriteProblem(refusal);
        if (ordered is null)
            return;
        var note = await OrEnd(place!.Run, ordered, () => ordered.Signing.NoteOf(ordered.Order));
        await Run(connection, ordered, place, note, terminal, gone);
    }

    public static Refusal NoUpgrade { get; } = new("run.malformed", "A run is asked for with an upgrade to writ-run.");

    public static IHttpUpgradeFeature? UpgradeOf(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade ? upgrade : null;

    public async Task<RunConnection> Connect(HttpContext context, IHttpUpgradeFeature upgrade, bool asks)
    {
        context.Response.Headers.Upgrade = Wire.RunFrames.Protocol;
        var stream = await upgrade.UpgradeAsync();
        return new RunConnection(stream, context.Features.Get<IConnectionSocketFeature>()!.Socket, time, asks);
    }

    async Task<(Ordered? Ordered, Refusal? Refusal)> AskAndOrder(
        RunConnection connection, Actor.Agent peer, AgentQuestion question, RunPlace? place, WindowSize? terminal)
    {
        var id = question.Request.Id;
        var signing = new OrderSigning(keys);
        FollowingMove[] further = place is null
            ? [] : Moves(peer, id, question.Request.Session, place.Run, RequestRules.Digest(question.Request), signing);
        // Once it is put to the realm its answer is waited for: it may have used up a writ.
        var (asked, answers) = desk.AskTogether(peer, question, further, CancellationToken.None);
        // Two threads are busy with the verdict now, and this one is not.
        var foreseen = place is null ? null : Foresee(place.Run, question.Request, terminal);
        switch (await asked)
        {
            case Asked.Refused refused:
                return (null, refused.Refusal);
            case Asked.Judged { Verdict.Verdict.Kind: not VerdictKind.Automatic } judged:
                await connection.WriteView(RequestViews.Judged(judged));
                return (null, null);
            case Asked.Judged when place is null:
                return (null, TooMany);
            case Asked.Judged { Repeated: true } judged:
                return await Order(peer, judged.Request.Id, place.Run);
            default:
                var (ordered, refusal) = await Outcome(id, [], answers[0], answers[1], signing);
                return (ordered is null ? null : ordered with { Foreseen = foreseen }, refusal);
        }
    }

    // Nothing that goes wrong here keeps anybody from hearing the verdict: the start meets it too, and says so.
    ForeseenStart? Foresee(RunId run, Request request, WindowSize? terminal)
    {
        try
        {
            return realm.State.OpenSession(request.Session) is { } session
                ? runner.Foresee(_planner.Draft(run, request, session, terminal))
                : null;
        }
        catch (Exception)
        {
            return null;
        }
    }

    /// <summary>
    /// The second verdict, and with it, made durable together, the use of the order that it gives. The facts are
    /// established anew; if they differ from those judged, the request is void.
    /// </summary>
    Task<(Ordered? Ordered, Refusal? Refusal)> Order(Actor.Agent peer, RequestId id, RunId run)
    {
        var found = realm.State.Find(id);
        var digest = found?.Request is RequestState.Ready ready
            ? RequestRules.Digest(facts.Again(
                ready.Request, found.Value.Session.Terms, PolicyKnowledge.Of(realm.State, ready.Request.Session)))
            : "";
        var signing = new OrderSigning(keys);
        var moves = Moves(peer, id, found?.Session.Terms.Id ?? default, run, digest, signing);
        var answers = realm.SubmitTogether(moves[0].Move, moves[0].Actor, moves[0].Key, moves[1]);
        return Outcome(id, (found?.Request as RequestState.Ready)?.Approvals ?? [], answers[0], answers[1], signing);
    }

    /// <summary>Have a writ made out after an automatic verdict, and use it up.</summary>
    FollowingMove[] Moves(
        Actor.Agent peer, RequestId id, SessionId session, RunId run, string digest, OrderSigning signing)
    {
        var writ = new WritId(ids.New("writ"));
        var tier = RunAccount.TierOf(runner.TierFor(_planner.TierMinOf(realm.State.OpenSession(session))));
        return
        [
            new(new RequestMove.Execute(id, writ, digest), peer, ids.New("mv"), IsAutomatic),
            new(new RunMove.Consume(writ, id, run, tier), _runner, ids.New("mv"), signing.Begins),
        ];
    }

    static bool IsAutomatic(Decided decided) => decided is Decided.Accepted
    {
        Events: [RequestEvent.Judged { Verdict.Kind: VerdictKind.Automatic }],
    };

    static async Task<(Ordered? Ordered, Refusal? Refusal)> Outcome(
        RequestId id, ImmutableArray<Approval> approvals, Task<MoveAnswer> executing, Task<MoveAnswer> consuming,
        OrderSigning signing)
    {
        var answer = await executing;
        if (AgentDesk.Voided(answer, id) is { } refusal)
            return (null, refusal);
        var order = ((Decided.Accepted)answer.Decided).Events.OfType<RunEvent.WritIssued>().Single().Order;
        if (answer.After.Find(id) is not var (session, now) || now is not RequestState.Ordered state)
            return (null, new Refusal("request.closed", $"Request {id} was voided meanwhile."));
        var bounds = new RunBounds(state.Request, state.Verdict, approvals, order.IssuedAt);
        return (new Ordered(order, state.Request, session, await consuming, bounds, signing), null);
    }

    // From here on the run is the ledger's: whatever goes wrong before it starts is recorded as its end.
    async Task<T> OrEnd<T>(RunId run, Ordered ordered, Func<Task<T>> step)
    {
        try
        {
            return await step();
        }
        catch (Exception)
        {
            if (ordered.Consumed.Decided is Decided.Accepted)
                await RecordEnd(run, ordered.Request.Id, RunAccount.NotStarted("run.start-failed", RunEnd.NotStarted));
            throw;
        }
    }

    async Task Run(
        RunConnection connection, Ordered ordered, RunPlace place, string note, WindowSize? terminal,
        CancellationToken gone)
    {
        var (id, live) = (place.Run, place.Live);
        var (_, request, session, consumed, bounds, _) = ordered;
        if (consumed.Decided is Decided.Refused { Refusal: var refusal })
        {
            await connection.WriteExit(AgentStatus.For(refusal.Code), $"writ: {refusal.Why} [{refusal.Code}]");
            return;
        }
        var plan = _planner.Plan(id, note, request, session, ordered.Order, terminal) with
        {
            Secrets = live.Secrets,
            Foreseen = ordered.Foreseen,
        };
        foreach (var variable in request.Environment.Where(v => EnvironmentNames.IsSecret(v.Name)))
            _ = live.Secrets.TryAdd(variable.Value);
        RunOutcome outcome;
        int code;
        string? sentence;
        try
        {
            await RaiseIfHookWasMissing(consumed.After, request);
            (outcome, code, sentence) = await Govern(connection, plan, bounds, session, live, gone);
        }
        catch (Exception)
        {
            // What failed was ours. The command does not outlive it, nor is the ledger left waiting for its end.
            live.Kill();
            await RecordEnd(id, request.Id, RunAccount.NotStarted("run.lost", RunEnd.Lost));
            if (!realm.State.Held.ContainsKey(id))
                trees.Drop(id);
            throw;
        }
        await connection.WriteExit(code, sentence);
        if (outcome.End is RunEnd.Exited or RunEnd.Signalled)
            _ = _next.PrepareAfter(plan);
    }

    /// <summary>The run with an account of every program it starts; its end is in the ledger afterwards.</summary>
    async Task<(RunOutcome Outcome, int Code, string? Sentence)> Govern(
        RunConnection connection, RunPlan plan, RunBounds bounds, SessionState.Open session, LiveRun live,
        CancellationToken gone)
    {
        var (id, request) = (new RunId(plan.Id), bounds.Request.Id);
        await using var recorder = new ExecutionRecorder(
            realm, blobs, ids, time, _runner, id, request, plan.Secrets);
        await using var way = ways.For(id, bounds, plan.Secrets, _runner);
        await using var identity = identities.For(id, bounds.Request);
        await using var stay = assistants.For(id, bounds.Request, session);
        plan = (stay?.Furnish(plan, limits, session.ExpiresAt - time.GetUtcNow()) ?? plan) with
        {
            Egress = way?.Door,
            Identity = identity?.Door,
            Desk = new RunExecutionDesk(
                realm, bounds, id, plan.Limits.WallTimeMax, ownScratch: runner.Probe.Best >= ContainmentTier.T2,
                holding, recorder, time),
            Executions = limits.Executions,
        };
        var (given, without) = live.IsKilled ? default : await leases.IssueFor(id, CancellationToken.None);
        await using var credentials = given;
        if (!RunEgress.Secrets(way, given).Concat(plan.Assistant?.Values ?? []).All(live.Secrets.TryAdd))
            without = new Refusal("lease.unmaskable", "A secret is too long to be masked in what the run prints.");
        plan = plan with { Credentials = given };
        (RunOutcome Outcome, int Code, string? Sentence) ended = without is not null
            ? (RunAccount.NotStarted($"{without.Code}: {without.Why}", RunEnd.NotStarted), 126,
                $"writ: not run: {without.Why} [{without.Code}]")
            : live.IsKilled || gone.IsCancellationRequested
            ? (RunAccount.NotStarted("run.killed", RunEnd.Killed), 137, "writ: killed before it started [run.killed]")
            : stay?.Refusal is { } no
            ? (RunAccount.NotStarted(no.Code, RunEnd.NotStarted), 126, $"writ: not run: {no.Why} [{no.Code}]")
            : await Supervise(connection, plan, live);
        var held = plan.TierMin == ContainmentTier.T3
            ? await Recorded(connection, plan, trees.Record(
                id, request, plan.WorkTree, ended.Outcome is { End: RunEnd.Exited, ExitCode: 0 }))
            : default;
        try
        {
            if (way is not null)
                await way.Finish();
        }
        catch (Exception)
        {
            // What it reached is not all in the record; what it started still is.
            var lost = RunAccount.NotStarted("net.recorder-fault", RunEnd.Lost);
            await RecordEnd(id, request, lost, await recorder.Finish());
            throw;
        }
        await RecordEnd(id, request, ended.Outcome, await recorder.Finish());
        if (!realm.State.Leases.Of(id).IsEmpty)
            await leases.Settled(id);
        var sentence = held.Commits ? await trees.CommitByPolicy(id) : held.Sentence;
        var play = stay is not null && ended.Outcome.OutputDigest is not null
            ? $"writ: the assistant has ended; see it again: writ play {id}" : null;
        string[] told = [.. new[] { ended.Sentence, sentence, play }.OfType<string>()];
        if (told is not [])
            ended.Sentence = string.Join('\n', told);
        return ended;
    }

    // Much that was changed takes a while to be looked at; whoever waits for the command is told why it does not end.
    async Task<RecordedChanges> Recorded(RunConnection connection, RunPlan plan, Task<RecordedChanges> recording)
    {
        if (await Task.WhenAny(recording, Task.Delay(_tellsAfter, time)) != recording)
            await connection.WriteOutput(new RunChunk(
                IsError: plan.Terminal is null, "writ: looking at what it changed in the work tree\r\n"u8.ToArray()));
        return await recording;
    }

    async Task<(RunOutcome Outcome, int Code, string? Sentence)> Supervise(
        RunConnection connection, RunPlan plan, LiveRun live)
    {
        RunStart start;
        try
        {
            start = runner.Start(plan);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or LinuxFaultException)
        {
            start = new RunStart.Refused("run.start-failed", fault.Message);
        }
        if (start is not RunStart.Started { Run: var run })
        {
            var refused = (RunStart.Refused)start;
            return (RunAccount.NotStarted($"{refused.Code}: {refused.Why}", RunEnd.NotStarted), 126,
                $"writ: not run: {refused.Why} [{refused.Code}]");
        }
        live.Attach(run);
        var gone = MarkGone(run, live);
        await using var watch = plan.TierMin == ContainmentTier.T3 ? trees.Watch(new RunId(plan.Id), run) : null;
        await using var room = plan.Assistant is { Home: { } home } lives
            ? LayerWatch.OfHome(home, lives.HomeLimits, run, time) : null;
        _ = _next.PrepareBeside(plan, run);
        await connection.WriteBegun();
        var recorder = new RunRecorder(
            plan.Assistant is null ? limits.KeptOutputMax : limits.AssistantKeptOutputMax, plan.Terminal, time);
        connection.Follow(run, recorder.Resize);
        await foreach (var chunk in MaskedOutput.Of(
            run.ReadOutputAsync(CancellationToken.None), plan.Secrets, time))
        {
            recorder.Add(chunk);
            await connection.WriteOutput(chunk);
        }
        var ended = await run.Outcome;
        if (ended.StoppedBy?.Code == "exec.mismatch")
            await EndSession(plan, ended.StoppedBy);
        var evidence = await gone;
        connection.StopFollowing();
        var duration = recorder.ElapsedMs;
        var outcome = new RunOutcome(
            RunAccount.EndOf(ended), ended.ExitCode, duration, recorder.OutputBytes, recorder.ErrorBytes,
            recorder.Finish(plan) is { } recording ? blobs.Put(recording, ids.NewSalt()).Digest : null,
            RunAccount.ContainmentOf(ended.Containment, plan.Assistant),
            ended.RefusalCode ?? ended.StoppedBy?.Code, evidence?.Digest);
        return (outcome, ended.ExitCode, RunAccount.Sentence(ended));
    }

    // Whoever kills it hears that it is dead when it is, whatever is still to be written down about it.
    async Task<Evidence?> MarkGone(Run run, LiveRun live)
    {
        var evidence = await run.Gone is { } frozen
            ? new Evidence(
                (int)frozen.Took.TotalMilliseconds, frozen.Processes, blobs.Put(frozen.Document, ids.NewSalt()).Digest)
            : null;
        live.MarkDead(evidence);
        return evidence;
    }

    // The end has to be in the ledger; a full queue or disk only delays it. A stopped realm records it as lost at its
    // restart.
    async Task RecordEnd(
        RunId run, RequestId request, RunOutcome outcome, RunMove.RecordExecutions? executions = null)
    {
        var (key, end) = (ids.New("mv"), new RunMove.End(run, request, outcome));
        var before = ids.New("mv");
        while (true)
        {
            try
            {
                // What was started is durable with the end or before it, never after.
                if (executions is null)
                    await realm.Submit(end, _runner, key, CancellationToken.None);
                else
                    await realm.SubmitTogether(
                        executions, _runner, before, new FollowingMove(end, _runner, key, static _ => true))[1];
                return;
            }
            catch (OperationCanceledException)
            {
                // An earlier try has recorded what was started, and nothing follows on a repeat: the end goes alone.
                executions = null;
            }
            catch (RealmUnavailableException e) when (e.Code != RealmUnavailableException.Stopped)
            {
                await Task.Delay(_retryAfter, time, CancellationToken.None);
            }
        }
    }

    // Something else started than was decided. The session is over before anybody hears how the run ended.
    async Task EndSession(RunPlan plan, Refusal why)
    {
        var session = new SessionId(plan.Session!);
        await Insist(new RealmMove.RaiseFinding(new Finding(why.Code, session, $"Run {plan.Id}: {why.Why}")));
        await Insist(new SessionMove.Close(session, why.Why));
    }

    // A full queue or disk only delays what has to be in the ledger; a stopped realm is told of.
    async Task Insist(Move move)
    {
        var key = ids.New("mv");
        while (true)
        {
            try
            {
                await realm.Submit(move, _runner, key, CancellationToken.None);
                return;
            }
            catch (RealmUnavailableException e) when (e.Code != RealmUnavailableException.Stopped)
            {
                await Task.Delay(_retryAfter, time, CancellationToken.None);
            }
        }
    }

    // Two accounts that disagree: the assistant's hook is in place, and yet a command came that it never announced.
    async Task RaiseIfHookWasMissing(RealmState after, Request request)
    {
        // In a sandbox the hook is no boundary; whatever comes from there was decided when it was started.
        if (request.Client is not null || after.OpenSession(request.Session) is not
            {
                ClientSessions.Count: > 0,
                Assistant: not { Lives: true },
            })
            return;
        var finding = new Finding(
            "hook.missing", request.Session,
                $"Request {request.Id} ran without having come through the assistant's hook.");
        await Insist(new RealmMove.RaiseFinding(finding));
    }

    /// <summary>An order that was given, for what, and what came of using it up.</summary>
    sealed record Ordered(
        WritOrder Order, Request Request, SessionState.Open Session, MoveAnswer Consumed, RunBounds Bounds,
        OrderSigning Signing)
    {
        public ForeseenStart? Foreseen { get; init; }
    }
}

using System.Collections.Immutable;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Writ.Linux;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Running;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
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
        ActionFacts facts,
    AgentLimits limits, TimeProvider time)
{
    static readonly Actor.Host _runner = new("runner");
    static readonly TimeSpan _retryAfter = TimeSpan.FromMilliseconds(50);

    readonly Slots _slots = new(limits.RunsMax);

    /// <summary>Answers the request to run: a refusal as problem details, else the frames of the run.</summary>
    public async Task Carry(HttpContext context, Actor.Agent peer, RequestId id, WindowSize? terminal)
    {
        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade)
        {
            await AgentProblems.Write(context, new Refusal("run.malformed",
                "A run is asked for with an upgrade to writ-run."));
            return;
        }
        if (!_slots.TryTake())
        {
            await AgentProblems.Write(context, new Refusal("run.too-many",
                $"{limits.RunsMax} runs are under way already."));
            return;
        }
        var run = new RunId(ids.New("run"));
        // Named before its writ is consumed, so that no kill can miss it.
        var live = registry.Begin(run);
        try
        {
            var (ordered, refusal) = await Order(peer, id, run);
            if (refusal is not null)
            {
                await AgentProblems.Write(context, refusal);
                return;
            }
            var (connection, note) = await Connect(context, upgrade, ordered!, run);
            await using (connection)
                await Run(connection, ordered!, run, note, live, terminal, context.RequestAborted);
        }
        finally
        {
            registry.Forget(run);
            _slots.Return();
        }
    }

    /// <summary>
    /// The second verdict, and with it, made durable together, the use of the order that it gives. The facts are
    /// established anew; if they differ from those judged, the request is void.
    /// </summary>
    async Task<(Ordered? Ordered, Refusal? Refusal)> Order(Actor.Agent peer, RequestId id, RunId run)
    {
        var found = realm.State.Find(id);
        var ready = found?.Request as RequestState.Ready;
        var digest = ready is null
            ? ""
            : RequestRules.Digest(facts.Again(
                ready.Request, found!.Value.Session.Terms, PolicyKnowledge.Of(realm.State, ready.Request.Session)));
        var writ = new WritId(ids.New("writ"));
        var execute = new RequestMove.Execute(id, writ, digest);
        var consume = new RunMove.Consume(writ, id, run, TierOf(runner.Probe.Best));
        Task<MoveAnswer> executing;
        Task<MoveAnswer>? consuming = null;
        // What will not stand is not followed by a second refusal.
        if (ready?.Digest == digest)
            (executing, consuming) = realm.SubmitTogether(
                (execute, peer, ids.New("mv")), (consume, _runner, ids.New("mv")));
        else
            executing = realm.Submit(execute, peer, ids.New("mv"), CancellationToken.None);
        var answer = await executing;
        if (AgentDesk.Voided(answer, id) is { } refusal)
            return (null, refusal);
        var order = ((Decided.Accepted)answer.Decided).Events.OfType<RunEvent.WritIssued>().Single().Order;
        if (answer.After.Find(id) is not var (session, now) || now is not RequestState.Ordered state)
            return (null, new Refusal("request.closed", $"Request {id} was voided meanwhile."));
        var consumed = await (consuming
            ?? realm.Submit(consume, _runner, ids.New("mv"), CancellationToken.None));
        return (new Ordered(order, state.Request, session, consumed), null);
    }

    /// <summary>From here on the run is the ledger's: whatever goes wrong before it starts is recorded as its
    /// end.</summary>
    async Task<(RunConnection Connection, string Note)> Connect(
        HttpContext context, IHttpUpgradeFeature upgrade, Ordered ordered, RunId run)
    {
        try
        {
            context.Response.Headers.Upgrade = Wire.RunFrames.Protocol;
            var note = Sign(ordered.Order);
            var stream = await upgrade.UpgradeAsync();
            return (new RunConnection(stream, context.Features.Get<IConnectionSocketFeature>()!.Socket, time), note);
        }
        catch (Exception)
        {
            if (ordered.Consumed.Decided is Decided.Accepted)
                await RecordEnd(run, ordered.Request.Id, NotStarted("run.start-failed", RunEnd.NotStarted));
            throw;
        }
    }

    async Task Run(
        RunConnection connection, Ordered ordered, RunId id, string note, LiveRun live, WindowSize? terminal,
        CancellationToken gone)
    {
        var (_, request, session, consumed) = ordered;
        if (consumed.Decided is Decided.Refused { Refusal: var refusal })
        {
            await connection.WriteExit(AgentStatus.For(refusal.Code), $"writ: {refusal.Why} [{refusal.Code}]");
            return;
        }
        await RaiseIfHookWasMissing(consumed.After, request);
        var plan = Plan(id, note, request, session, terminal);
        var (outcome, code, sentence) = live.IsKilled || gone.IsCancellationRequested
            ? (NotStarted("run.killed", RunEnd.Killed), 137, "writ: killed before it started [run.killed]")
            : await Supervise(connection, plan, live);
        await RecordEnd(id, request.Id, outcome);
        await connection.WriteExit(code, sentence);
        if (outcome.End is RunEnd.Exited or RunEnd.Signalled)
            PrepareNext(plan, request.Session);
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
            return (NotStarted($"{refused.Code}: {refused.Why}", RunEnd.NotStarted), 126,
                $"writ: not run: {refused.Why} [{refused.Code}]");
        }
        live.Attach(run);
        var started = time.GetTimestamp();
        var input = connection.PumpInput(run);
        var kept = new KeptOutput(limits.KeptOutputMax);
        await foreach (var chunk in run.ReadOutputAsync(CancellationToken.None))
        {
            kept.Add(chunk);
            await connection.WriteOutput(chunk);
        }
        var ended = await run.Outcome;
        live.MarkDead();
        connection.StopReading();
        await input;
        var outcome = new RunOutcome(
            EndOf(ended), ended.ExitCode, (int)time.GetElapsedTime(started).TotalMilliseconds, kept.OutBytes,
                kept.ErrorBytes,
            kept.Bytes.IsEmpty ? null : blobs.Put(kept.Bytes, ids.NewSalt()).Digest, Recorded(ended.Containment),
            ended.RefusalCode);
        return (outcome, ended.ExitCode, Sentence(ended));
    }

    // Nobody waits for this. A session that ended meanwhile may have been told of too early to find it.
    void PrepareNext(RunPlan plan, SessionId session)
    {
        runner.PrepareNext(plan);
        if (realm.State.OpenSession(session) is null)
            runner.Dismiss(session.Value);
    }

    // The end has to be in the ledger; a full queue or disk only delays it. A stopped realm records it as lost at its
    // restart.
    async Task RecordEnd(RunId run, RequestId request, RunOutcome outcome)
    {
        var key = ids.New("mv");
        while (true)
        {
            try
            {
                await realm.Submit(new RunMove.End(run, request, outcome), _runner, key, CancellationToken.None);
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
        if (request.Client is not null || after.OpenSession(request.Session) is not { ClientSessions.Count: > 0 })
            return;
        var finding = new Finding(
            "hook.missing", request.Session,
                $"Request {request.Id} ran without having come through the assistant's hook.");
        await realm.Submit(new RealmMove.RaiseFinding(finding), _runner, ids.New("mv"), CancellationToken.None);
    }

    string Sign(WritOrder order)
    {
        var note = keys.SignOrder(order);
        Invariant.Must(
            keys.Orders.Open(Encoding.UTF8.GetBytes(note)) is { } text && order.Equals(WritOrder.Parse(text)),
            "An order reads back as it was signed.");
        return note;
    }

    RunPlan Plan(RunId id, string note, Request request, SessionState.Open session, WindowSize? terminal)
    {
        var left = session.ExpiresAt - time.GetUtcNow();
        return new RunPlan
        {
            Id = id.Value,
            Session = request.Session.Value,
            WritNote = Encoding.UTF8.GetBytes(note),
            Argv = request.Argv,
            Executable = request.Executable!,
            WorkingDirectory = request.Cwd,
            WorkTree = RealPaths.Resolve("/", session.Terms.WorkTree) ?? session.Terms.WorkTree,
            WorkTreeWritable = true,
            Environment = [.. request.Environment.Select(v => $"{v.Name}={v.Value}")],
            Limits = new RunLimits
            {
                WallTimeMax = left < limits.WallTimeMax ? (left > TimeSpan.Zero ? left : TimeSpan.FromSeconds(1))
                    : limits.WallTimeMax,
                ProcessesMax = limits.ProcessesMax,
                OutputBytesMax = limits.OutputBytesMax,
            },
            Terminal = terminal,
            // What the workflow demands was demanded when the writ was consumed; here it is demanded of the launcher.
            TierMin = TierMinOf(session),
        };
    }

    ContainmentTier TierMinOf(SessionState.Open session) =>
        realm.State.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow)?.TierMin switch
        {
            Tier.T0 => ContainmentTier.T0,
            Tier.T1 => ContainmentTier.T1,
            _ => ContainmentTier.T2,
        };

    static Tier TierOf(ContainmentTier tier) => tier switch
    {
        ContainmentTier.T2 => Tier.T2,
        ContainmentTier.T1 => Tier.T1,
        _ => Tier.T0,
    };

    static RunEnd EndOf(Running.RunOutcome ended) => ended.Reason switch
    {
        RunEndReason.Exited => ended.ShellSignal == 0 ? RunEnd.Exited : RunEnd.Signalled,
        RunEndReason.TimedOut => RunEnd.TimedOut,
        RunEndReason.OutputLimit => RunEnd.OutputLimit,
        RunEndReason.Killed => RunEnd.Killed,
        _ => RunEnd.NotStarted,
    };

    static string? Sentence(Running.RunOutcome ended) => ended switch
    {
        { RefusalCode: { } code } => $"writ: not run [{code}]",
        { Reason: RunEndReason.TimedOut } => "writ: ended because its time was over [run.timed-out]",
        { Reason: RunEndReason.OutputLimit } => "writ: ended because it printed too much [run.output-limit]",
        { Reason: RunEndReason.Killed } => "writ: killed [run.killed]",
        { Reason: RunEndReason.NotStarted } => "writ: not run [run.not-started]",
        _ => null,
    };

    static RunOutcome NotStarted(string detail, RunEnd end) => new(end, 126, 0, 0, 0, null, null, detail);

    static Runs.Containment Recorded(Running.Containment found) => new(
        TierOf(found.Tier), found.BubblewrapVersion is { } version ? $"bubblewrap {version}"
            : "none", found.LandlockAbi,
        found.Seccomp, found.Uid, found.Weak);

    /// <summary>An order that was given, for what, and what came of using it up.</summary>
    sealed record Ordered(WritOrder Order, Request Request, SessionState.Open Session, MoveAnswer Consumed);
}

using System.Globalization;
using System.Text;
using Writ.Client.Connecting;
using Writ.Linux;
using Writ.Requests;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Client.Running;

/// <summary>
/// <c>writ run -- CMD</c>: behaves like the command, which runs contained, by order, and nowhere else. Its streams and
/// exit status are the command's; a refusal is said on standard error, with its code and what to do next.
/// </summary>
public static class RunCommand
{
    const string Usage = """
        usage: writ run [--session ID] [--wait[=SECONDS]] [--json] [--socket PATH] -- CMD [ARG]...
               writ run --request ID [--wait[=SECONDS]] [--json]
               writ run --prepare [--session ID] [--json] -- CMD [ARG]...
               writ run --prepared ID=DIGEST [--session ID] [--wait[=SECONDS]] [--json] -- CMD [ARG]...

          --session ID     in this session (WRIT_SESSION); else the one of this directory
          --request ID     carry out what was asked before, once it is approved
          --prepare        run nothing: have the command judged for another agent to carry out, and print its name
          --prepared ID=DIGEST
                           carry out what another agent prepared: exactly that, or nothing
          --wait[=SECONDS] wait for approval, at most a day
          --json           print a refusal, or what waits, as JSON
          --socket PATH    where the control plane's socket for agents is (WRIT_SOCKET)
          --assistant      the command is an assistant and lives in a sandbox: what writ session run starts

        For example:
          writ run -- terraform plan
          writ run --wait=600 -- terraform apply -auto-approve
          writ run --request req-4f7c9m2k4f7c9m2k
          writ run --prepare -- terraform apply plan.bin

        Exit status: the command's own; 3 blocked, 4 approval pending, 5 refused or expired, 6 control plane
        unreachable, 126 cannot be started, 127 not found.
        """;

    const string RollbackUsage = """
        usage: writ rollback RUN [--session ID] [--wait[=SECONDS]] [--json] [--socket PATH]

          Takes a run back by the command that its workflow names for that. It is a request of its own: judged,
          approved where policy asks people, and run contained, in an open session of the same workflow.

        For example:
          writ rollback run-4f7c9m2k4f7c9m2k
          writ rollback run-4f7c9m2k4f7c9m2k --wait=600

        Exit status: as of writ run.
        """;

    static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    public static int Run(ReadOnlySpan<string> args) => Run(args, Usage, RunOptions.Parse);

    /// <summary><c>writ rollback RUN</c>: as a run of the command that takes that run back.</summary>
    public static int RollBack(ReadOnlySpan<string> args) => Run(args, RollbackUsage, RunOptions.ParseRollback);

    static int Run(ReadOnlySpan<string> args, string usage, Parser parse)
    {
        if (args is ["--help" or "-h", ..])
        {
            StandardStreams.Print(usage);
            return Exits.Ok;
        }
        if (parse(args) is not { } options)
        {
            StandardStreams.Say(usage);
            return Exits.Usage;
        }
        try
        {
            return Run(options);
        }
        catch (UnreachableException e)
        {
            StandardStreams.Say($"writ: {e.Message} [control-plane.unreachable]");
            return Exits.Unreachable;
        }
    }

    static int Run(RunOptions options)
    {
        // What is asked is ready before the connection wakes the other side, which has then not to wait for it.
        var question = options.Request is null ? Question(options) : [];
        using var client = AgentSocketClient.Connect(options.Socket, _patience);
        if (options.Prepares)
            return Prepare(options, client, question);
        if (options.Request is not { } id)
            return Ask(options, client, question);
        var answer = client.Send("GET", $"/v1/agent/requests/{id}", [], stays: true);
        if (answer.Status != 200)
            return Report(options, answer);
        var request = Request(answer);
        return request.State == "ready" ? Carry(options, client, id) : Follow(options, client, request);
    }

    /// <summary>Asks, and is the command on the same connection when nobody else has to be asked.</summary>
    static int Ask(RunOptions options, AgentSocketClient client, byte[] question)
    {
        var frames = RunFrames.Pieces(RunFrameKind.Ask, question);
        if (!client.TryUpgrade("/v1/agent/run" + SizeQuery(), RunFrames.Protocol, frames, out var refused))
            return Report(options, refused!);
        RunEnding ending;
        using (var streams = new RunStreams(client, IsTerminal()))
            ending = streams.Pump();
        return ending switch
        {
            RunEnding.Exited exited => exited.Status,
            RunEnding.Refused problem => Report(options, problem.Answer),
            RunEnding.NotNow view => Follow(options, client, Request(view.Answer)),
            _ => throw new UnreachableException("the control plane's answer was not understood"),
        };
    }

    static byte[] Question(RunOptions options)
    {
        var terminal = IsTerminal() ? Environment.GetEnvironmentVariable("TERM") : null;
        var cwd = Directory.GetCurrentDirectory();
        return QuickJson.Submit(new SubmitRequest(
            options.Session, cwd, options.Assistant ? null : options.Argv, Line: null, terminal, IdempotencyKey: null,
            options.Undoes, options.Assistant ? new Ask.Assistant(options.Argv!.Value, options.EndsSession) : null,
            options.Prepares ? true : null, options.Prepared));
    }

    /// <summary>Has a command judged for another agent, and says by which name that one finds it.</summary>
    static int Prepare(RunOptions options, AgentSocketClient client, byte[] question)
    {
        var answer = client.Send("POST", "/v1/agent/requests", question);
        if (answer.Status is not (200 or 201))
            return Report(options, answer);
        var request = Request(answer);
        if (request is not { State: "ready", Action: { } action })
            return Report(options, request);
        StandardStreams.Print(options.Json ? Text(request.Document) : $"{request.Id}={action}");
        StandardStreams.Say($"writ: prepared until {request.ExpiresAt:yyyy-MM-dd HH:mm}Z for another agent, with "
            + $"another sponsor, to carry out\n  next: writ run --prepared {request.Id}={action} -- "
            + VisibleText.Of(VisibleText.Command(options.Argv!.Value)));
        return Exits.Ok;
    }

    /// <summary>What is done about a request that cannot be carried out now: wait for it, or say why.</summary>
    static int Follow(RunOptions options, AgentSocketClient client, RequestAnswer request)
    {
        if (request.State != "waiting" || options.Wait is not { } patience)
            return Report(options, request);
        // People take their time; the connection does not stay for that long.
        client.Dispose();
        StandardStreams.Say($"writ: {Waiting(request)}");
        var later = Wait(options, request, patience) ?? request;
        if (later.State != "ready")
            return Report(options, later);
        using var again = AgentSocketClient.Connect(options.Socket, _patience);
        return Carry(options, again, later.Id);
    }

    /// <summary>Waits until the request no longer does; null when the time is over first.</summary>
    static RequestAnswer? Wait(RunOptions options, RequestAnswer request, TimeSpan patience)
    {
        using var client = AgentSocketClient.Connect(options.Socket, _patience);
        RequestAnswer? last = null;
        var refused = client.Listen($"/v1/agent/requests/{request.Id}/wait", patience, data =>
        {
            // Anything else on the stream only says that the other side is alive.
            if (data.StartsWith('{'))
                last = Request(new AgentAnswer(Status: 200, Encoding.UTF8.GetBytes(data)));
            return last?.State is null or "waiting";
        });
        if (refused is not null)
            throw new UnreachableException(Problem(refused).Detail);
        return last is { State: not "waiting" } ? last : null;
    }

    static int Carry(RunOptions options, AgentSocketClient client, RequestId id)
    {
        var target = $"/v1/agent/requests/{id}/run{SizeQuery()}";
        if (!client.TryUpgrade(target, RunFrames.Protocol, [], out var refused))
            return Report(options, refused!);
        using var streams = new RunStreams(client, IsTerminal());
        streams.Begin();
        return streams.Pump() is RunEnding.Exited exited
            ? exited.Status
            : throw new UnreachableException("the control plane's answer was not understood");
    }

    static string SizeQuery()
    {
        if (!IsTerminal())
            return "";
        var size = Terminal.Size(StandardStreams.Output);
        return string.Create(CultureInfo.InvariantCulture, $"?rows={size.Rows}&cols={size.Columns}");
    }

    static bool IsTerminal() =>
        Terminal.IsTerminal(StandardStreams.Input) && Terminal.IsTerminal(StandardStreams.Output);

    static int Report(RunOptions options, AgentAnswer refused)
    {
        var problem = Problem(refused);
        if (options.Json)
            StandardStreams.Print(Text(refused.Body));
        StandardStreams.Say($"writ: {VisibleText.Of(problem.Detail)} [{problem.Code}]"
            + (problem.Next is { } next ? $"\n  next: {VisibleText.Of(next)}" : ""));
        return Exits.For(problem);
    }

    static int Report(RunOptions options, RequestAnswer request)
    {
        if (options.Json)
            StandardStreams.Print(Text(request.Document));
        if (request.State == "waiting")
        {
            StandardStreams.Say($"writ: {Waiting(request)}\n  next: after approval: writ run --request {request.Id}"
                + $"\n        or wait for it: writ run --request {request.Id} --wait");
            return Exits.Pending;
        }
        var code = request.Code ?? request.Verdict?.Code ?? $"request.{request.State}";
        var blocked = request is { State: "closed", Verdict: { IsBlocked: true } verdict } ? verdict : null;
        StandardStreams.Say(blocked is not null
            ? $"writ: blocked: {VisibleText.Of(blocked.Why)} [{blocked.Code}] (request {request.Id})"
            : $"writ: request {request.Id} is {request.State} and cannot be carried out [{code}]");
        return blocked is null ? Exits.Refused : Exits.Blocked;
    }

    static string Waiting(RequestAnswer request) =>
        $"request {request.Id} waits for approval by "
        + string.Join("; ", (request.Verdict?.Gates ?? []).Select(
            g => $"{g.Quorum} of team {g.Team} (rule {g.Policy}: {VisibleText.Of(g.Reason)})"))
        + " [request.waiting]";

    static RequestAnswer Request(AgentAnswer answer) => QuickJson.Request(answer.Body) ?? throw NotUnderstood(answer);

    static Problem Problem(AgentAnswer answer) => QuickJson.Problem(answer.Body) ?? throw NotUnderstood(answer);

    static UnreachableException NotUnderstood(AgentAnswer answer) =>
        new($"the control plane's answer was not understood (status {answer.Status})");

    static string Text(ReadOnlyMemory<byte> document) => Encoding.UTF8.GetString(document.Span);

    delegate RunOptions? Parser(ReadOnlySpan<string> args);
}

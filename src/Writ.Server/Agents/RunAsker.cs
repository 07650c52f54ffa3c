using Writ.Linux;
using Writ.Server.Sequencer;
using Writ.Server.Storage;

namespace Writ.Server.Agents;

/// <summary>
/// The whole way of a command on one connection: the question, the verdict, and the run when nobody has to be asked.
/// What can be said before the upgrade is said as problem details, and after it as a frame with the same content.
/// </summary>
sealed class RunAsker(
    AgentDesk desk, RunCoordinator coordinator, AgentGate gate, AgentLimits limits, TimeProvider time)
{
    public async Task Answer(HttpContext context, Actor.Agent peer, WindowSize? terminal)
    {
        if (RunCoordinator.UpgradeOf(context) is not { } upgrade)
        {
            await AgentProblems.Write(context, RunCoordinator.NoUpgrade);
            return;
        }
        using var asking = gate.TryTakeQuestion();
        if (asking is null)
        {
            await AgentProblems.Write(context, AgentGate.Busy);
            return;
        }
        await using var connection = await coordinator.Connect(context, upgrade, asks: true);
        try
        {
            if (await Read(connection, peer, context.RequestAborted) is not { } question)
                return;
            await desk.Prepare(peer, question, context.RequestAborted);
            await coordinator.CarryAsked(connection, peer, question, terminal, asking, context.RequestAborted);
        }
        catch (RealmUnavailableException e)
        {
            await connection.WriteProblem(new Refusal(e.Code, e.Message));
        }
        catch (LedgerFaultException e)
        {
            await connection.WriteProblem(new Refusal(e.Code, e.Message));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The asker has gone; there is nobody to answer.
        }
    }

    /// <summary>Null when there is nothing to carry on with; whoever asked has been told why.</summary>
    async Task<AgentQuestion?> Read(RunConnection connection, Actor.Agent peer, CancellationToken gone)
    {
        using var late = new CancellationTokenSource(limits.AnswerMax, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(gone, late.Token);
        bool isAsked;
        byte[]? body;
        try
        {
            (isAsked, body) = await connection.ReadQuestion(limits.BodyBytesMax, stop.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            await connection.WriteProblem(AgentGate.Late);
            return null;
        }
        if (!isAsked)
        {
            await connection.WriteProblem(new Refusal("request.malformed", "A connection that asks begins with it."));
            return null;
        }
        if (AgentQuestion.Read(desk, limits, peer, body, out var question) is not { } no)
            return question;
        await connection.WriteProblem(no);
        return null;
    }
}

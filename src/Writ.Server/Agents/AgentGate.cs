using Microsoft.AspNetCore.Http.Features;
using Writ.Server.Sequencer;
using Writ.Server.Storage;

namespace Writ.Server.Agents;

/// <summary>
/// What stands before every endpoint for agents: the attested peer, a bound on how many are answered at once, and a
/// deadline. Also the edge at which an unavailable realm becomes an answer.
/// </summary>
sealed class AgentGate(AgentLimits limits, TimeProvider time)
{
    readonly Slots _questions = new(limits.QuestionsMax);
    readonly Slots _waits = new(limits.WaitsMax);

    public Task Question(HttpContext context, Func<HttpContext, Actor.Agent, CancellationToken, Task> answer) =>
        Guarded(context, _questions, limits.AnswerMax, answer);

    public Task Wait(HttpContext context, Func<HttpContext, Actor.Agent, CancellationToken, Task> answer) =>
        Guarded(context, _waits, Timeout.InfiniteTimeSpan, answer);

    /// <summary>Runs have their own bound, and no deadline but their session's.</summary>
    public Task Run(HttpContext context, Func<HttpContext, Actor.Agent, CancellationToken, Task> answer) =>
        Guarded(context, null, Timeout.InfiniteTimeSpan, answer);

    /// <summary>One of the questions answered at the same time, of a connection that is a run's; null when there are
    /// too many.</summary>
    public IDisposable? TryTakeQuestion() => _questions.TryTake() ? new Taken(_questions) : null;

    public static Refusal Busy { get; } = new("realm.busy", "Too many agents ask at the same time.");

    public static Refusal Late { get; } = new("realm.busy", "The control plane did not get to this in time.");

    /// <summary>The whole body, or null when it is longer than it may be.</summary>
    public static async Task<byte[]?> ReadBody(HttpContext context, int bytesMax, CancellationToken cancel)
    {
        if (context.Request.ContentLength > bytesMax)
            return null;
        // The host's own bound is for everybody; here it is ours, counted below.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await context.Request.Body.ReadAsync(buffer, cancel)) > 0)
        {
            if (body.Length + count > bytesMax)
                return null;
            body.Write(buffer, 0, count);
        }
        return body.ToArray();
    }

    async Task Guarded(
        HttpContext context, Slots? bound, TimeSpan deadline,
        Func<HttpContext, Actor.Agent, CancellationToken, Task> answer)
    {
        if (AgentPeer.TryAttest(context) is not { } peer)
        {
            await AgentProblems.Write(context, new Refusal(
                "agent.not-attested",
                    "Agents are answered on the Unix socket only, where the kernel says who they are."));
            return;
        }
        if (bound is not null && !bound.TryTake())
        {
            await AgentProblems.Write(context, Busy);
            return;
        }
        using var late = new CancellationTokenSource(deadline, time);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, late.Token);
        try
        {
            await answer(context, peer, cancel.Token);
        }
        catch (RealmUnavailableException e) when (!context.Response.HasStarted)
        {
            await AgentProblems.Write(context, new Refusal(e.Code, e.Message));
        }
        catch (LedgerFaultException e) when (!context.Response.HasStarted)
        {
            await AgentProblems.Write(context, new Refusal(e.Code, e.Message));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The asker has gone; there is nobody to answer.
        }
        catch (OperationCanceledException) when (!context.Response.HasStarted)
        {
            await AgentProblems.Write(context, Late);
        }
        finally
        {
            bound?.Return();
        }
    }

    sealed class Taken(Slots slots) : IDisposable
    {
        Slots? _slots = slots;

        public void Dispose() => Interlocked.Exchange(ref _slots, null)?.Return();
    }
}

using Writ.Server.Running;
using Writ.Server.Sequencer;
using Writ.Sessions;

namespace Writ.Server.Agents;

/// <summary>When the sandbox for a session's next run is built: where nobody waits for it.</summary>
sealed class NextSandbox(Runner runner, RealmActor realm, TimeProvider time)
{
    static readonly TimeSpan _besideAfter = TimeSpan.FromMilliseconds(50);
    static readonly TimeSpan _afterwards = TimeSpan.FromMilliseconds(2);

    /// <summary>After a run whose end was told; not at once, because then its client ends, for which somebody waits.
    /// </summary>
    public async Task PrepareAfter(RunPlan plan)
    {
        await Task.Delay(_afterwards, time);
        Prepare(plan);
    }

    /// <summary>
    /// Whoever starts another command beside one that goes on finds a sandbox standing. Not at once: most commands are
    /// over before that, and building it would only slow them down. But where one comes right after the other, the next
    /// would wait for it longer than this one takes.
    /// </summary>
    public async Task PrepareBeside(RunPlan plan, Run run)
    {
        if (run.CameSoon)
        {
            await run.Begun;
            Prepare(plan);
            return;
        }
        if (await Task.WhenAny(run.Outcome, Task.Delay(_besideAfter, time)) != run.Outcome)
            Prepare(plan);
    }

    // A session that ended meanwhile may have been told of too early to find it.
    void Prepare(RunPlan plan)
    {
        runner.PrepareNext(plan);
        if (realm.State.OpenSession(new SessionId(plan.Session!)) is null)
            runner.Dismiss(plan.Session!);
    }
}

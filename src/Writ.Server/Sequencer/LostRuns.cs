using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;

namespace Writ.Server.Sequencer;

/// <summary>
/// Runs that were under way when the last process ended. Their supervisor died with it and the kernel killed them
/// (every run dies with its parent), so they are recorded as lost, once, before anything new starts.
/// </summary>
public static class LostRuns
{
    public static async Task<int> Record(RealmActor realm, ILogger log, CancellationToken cancel)
    {
        var host = new Actor.Host("recovery");
        var outcome = new RunOutcome(
            RunEnd.Lost, ExitCode: -1, DurationMs: 0, StdoutBytes: 0, StderrBytes: 0, OutputDigest: null,
            Containment: null, "The control plane restarted while this was running.");
        var lost = Of(realm.State).ToList();
        foreach (var (run, request) in lost)
        {
            SequencerLog.RunLost(log, run.Value, request.Value);
            await realm.Submit(new RunMove.End(run, request, outcome), host, $"lost-{run}", cancel);
        }
        return lost.Count;
    }

    static IEnumerable<(RunId Run, RequestId Request)> Of(RealmState realm) => realm.Sessions.Values
        .OfType<SessionState.Open>().SelectMany(s => s.Requests.Values).OfType<RequestState.Running>()
        .Select(r => (r.Run, r.Id))
        .Concat(realm.Leftover.Select(l => (l.Key, l.Value)))
        .OrderBy(l => l.Item1.Value, StringComparer.Ordinal);
}

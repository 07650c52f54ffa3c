using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Sequencer;
using Writ.Server.Storage;

namespace Writ.Server.Tests.Sequencer;

/// <summary>
/// The process that the crash test kills: several realms, each with the real actor, store and publication, under load
/// from their own callers. It writes one line for each acknowledged entry, after its acknowledgement.
/// </summary>
static class CrashRealms
{
    public const string Argument = "crash-realms";

    const int CallersPerRealm = 3;

    /// <param name="arguments">The folder, how many realms it holds, and a number that no life before had.</param>
    public static async Task<int> Run(string[] arguments)
    {
        var (folder, count, life) = (arguments[0], int.Parse(arguments[1], CultureInfo.InvariantCulture), arguments[2]);
        var output = Console.OpenStandardOutput();
        var work = new List<Task>();
        for (var i = 0; i < count; i++)
        {
            var started = Stopwatch.GetTimestamp();
            var realm = OpenRealm.Open(
                DataDirectory.Open(Path.Combine(folder, $"realm-{i}")), TimeProvider.System, NullLogger.Instance,
                new RealmActorSettings { SnapshotEvery = 100 });
            await LostRuns.Record(realm.Actor, NullLogger.Instance, CancellationToken.None);
            var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            var size = realm.Store.Head.Size;
            Say(output, string.Create(CultureInfo.InvariantCulture,
                $"loaded {i} {size} {CrashAccount.Digest(realm.Actor.State)} {took:N3}"));
            for (var caller = 0; caller < CallersPerRealm; caller++)
            {
                var (number, name) = (i, $"{life}-{caller}");
                work.Add(Task.Run(() => Call(realm.Actor, number, name, output)));
            }
        }
        await Task.WhenAll(work);
        return 0;
    }

    /// <summary>Request after request is carried out as far as its run, and each writ is offered to the runner
    /// twice.</summary>
    static async Task Call(RealmActor realm, int number, string name, Stream output)
    {
        var session = realm.State.Sessions.Keys.Single();
        for (var i = 0; ; i++)
        {
            var submit = SampleRealm.Submit(session, new RequestId($"req-{name}-{i}"));
            var (request, writ, run) = (submit.Request.Id, new WritId($"writ-{name}-{i}"),
                new RunId($"run-{name}-{i}"));
            await Tell(SampleRealm.Agent, "submit", submit);
            await Tell(SampleRealm.Agent, "execute",
                new RequestMove.Execute(request, writ, RequestRules.Digest(submit.Request)));
            var consume = new RunMove.Consume(writ, request, run, Workflows.Tier.T2);
            await Tell(SampleRealm.Host, "consume", consume);
            await Tell(SampleRealm.Host, "consume-again", consume with { Run = new RunId($"again-{name}-{i}") });

            async Task Tell(Actor actor, string what, Move move)
            {
                var key = $"{what}-{name}-{i}";
                var answer = await realm.Submit(move, actor, key, CancellationToken.None);
                Say(output, $"acknowledged {number} {answer.Index} {key}");
            }
        }
    }

    static void Say(Stream output, string line)
    {
        lock (output)
        {
            output.Write(System.Text.Encoding.ASCII.GetBytes(line + "\n"));
            output.Flush();
        }
    }
}

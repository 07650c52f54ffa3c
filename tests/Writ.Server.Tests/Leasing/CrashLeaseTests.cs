using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Writ.Leases;
using Writ.Runs;
using Writ.Server.Agents;
using Writ.Server.Hosting;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Testing;
using Writ.Wire;

namespace Writ.Server.Tests.Leasing;

/// <summary>kill -9 of the daemon at each step of a credential's life: after the restart nothing is left.</summary>
public sealed class CrashLeaseTests(PostgresServer fixture) : IClassFixture<PostgresServer>
{
    LocalPostgres Server => fixture.Server;

    public static TheoryData<string> Steps => [.. CrashLeases.Steps];

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Nothing_is_left_after_a_restart(string step)
    {
        var root = await Crash(step);
        try
        {
            var data = Path.Combine(root, "data");
            await using var app = Writd.Build(
                new WritdOptions
                {
                    Data = data,
                    Socket = Path.Combine(root, "run", "agent.sock"),
                    Urls = ["http://127.0.0.1:0"],
                    Quiet = true,
                }, null, b => b.Services.AddSingleton(new AgentPathOptions(
                    AgentWorld.Binary("writ-launch"), Path.Combine(root, "runner"), AgentWorld.Binary("writ"))));
            var began = Stopwatch.GetTimestamp();
            await app.StartAsync();
            var realm = app.Services.GetRequiredService<RealmActor>();
            await Server.Until(() => Task.FromResult(realm.State.Leases.Live.IsEmpty));
            Assert.Empty(await Server.Accounts());
            Assert.Equal(0, await Server.Connections());
            var ended = Assert.Single(realm.State.Leases.Ended.Values);
            var moves = Moves(app);
            Assert.Equal(step != "before-intent", moves.Any(m => m is LeaseMove.Intend));
            Assert.Equal(
                step is not ("before-intent" or "after-intent" or "after-the-call"),
                moves.Any(m => m is LeaseMove.Issue));
            Assert.Equal(step == "before-intent" ? "lease.never-issued" : "lease.run-ended", ended.Code);
            Assert.Single(moves.OfType<RunMove.End>());
            Assert.True(Stopwatch.GetElapsedTime(began) < AgentWorld.Patience);
            await app.StopAsync();
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    async Task<string> Crash(string step)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [CrashLeases.Argument, step, Server.Root])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var root = await process.StandardOutput.ReadLineAsync().WaitAsync(AgentWorld.Patience);
        await process.WaitForExitAsync().WaitAsync(AgentWorld.Patience);
        // By the signal, not by itself.
        Assert.Equal(137, process.ExitCode);
        return root!;
    }

    static List<Move> Moves(WebApplication app)
    {
        var store = app.Services.GetRequiredService<ILedgerStore>();
        var (audit, moves) = (new DecisionAudit(), new List<Move>());
        while (moves.Count < store.Head.Size)
            foreach (var bytes in store.Read(moves.Count, 256))
            {
                Assert.Null(audit.Take(bytes.Span));
                moves.Add(Entry.FromBytes(bytes.Span).Data.Move);
            }
        return moves;
    }
}

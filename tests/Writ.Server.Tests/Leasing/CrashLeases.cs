using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Writ.Leases;
using Writ.Runs;
using Writ.Server.Leasing;
using Writ.Testing;

namespace Writ.Server.Tests.Leasing;

/// <summary>
/// A daemon of its own process that gives a run a credential and kills itself (SIGKILL) at one step of that.
/// </summary>
static class CrashLeases
{
    public const string Argument = "crash-leases";

    /// <summary>Where it ends, in the order in which a lease goes through them.</summary>
    public static readonly string[] Steps =
        ["before-intent", "after-intent", "after-the-call", "issued", "during-the-run", "before-revoking",
            "after-revoking"];

    /// <param name="args">The step, the server's folder.</param>
    public static async Task<int> Run(string[] args)
    {
        var (step, server) = (args[0], LocalPostgres.At(args[1]));
        var backends = new FaultyBackends(server);
        backends.At = (operation, isAfter) =>
        {
            if ((step, operation, isAfter) is ("after-intent", "issue", false) or ("after-the-call", "issue", true)
                or ("before-revoking", "revoke", false) or ("after-revoking", "revoke", true))
                Die();
        };
        var world = await LeaseWorld.Create(
            server, b => b.Services.AddSingleton<ICredentialBackends>(backends));
        using var subscription = world.Realm.Subscribe(committed =>
        {
            foreach (var happened in committed.Entry.Data.Events ?? [])
                if ((step, happened) is ("before-intent", RunEvent.WritConsumed) or ("issued", LeaseEvent.Issued))
                    Die();
        });
        Console.WriteLine(world.Root);
        Console.Out.Flush();
        var (_, tree) = await LeaseWorld.Open(world);
        if (step == "during-the-run")
            _ = Task.Run(async () =>
            {
                await server.Until(async () => await server.Connections() == 1);
                Die();
            });
        var sql = step is "before-revoking" or "after-revoking" ? "SELECT 1" : "SELECT pg_sleep(50)";
        await LeaseWorld.Sql(world, tree, sql);
        // Whoever waits for the revocation hears of it after the run.
        await Task.Delay(TimeSpan.FromSeconds(20));
        return 7;
    }

    static void Die()
    {
        Process.GetCurrentProcess().Kill();
        Thread.Sleep(Timeout.Infinite);
    }
}

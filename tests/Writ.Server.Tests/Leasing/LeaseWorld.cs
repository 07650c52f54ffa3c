using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Writ.Leases;
using Writ.Linux;
using Writ.Server.Storage;
using Writ.Sessions;
using Writ.Testing;
using Writ.Workflows;

namespace Writ.Server.Tests.Leasing;

/// <summary>A real daemon whose one target is a database that gives credentials out, and its broker's file.</summary>
static class LeaseWorld
{
    public const string Psql = LocalPostgres.Psql;
    const int ApprovalPending = 4;

    public static async Task<AgentWorld> Create(
        CredentialBackend backend, string user, string password, Action<WebApplicationBuilder>? adjust = null,
        Func<CredentialProfile, CredentialProfile>? change = null, Tier tier = Tier.T2)
    {
        var world = await AgentWorld.Create(adjust, tierMin: tier, holds: tier == Tier.T3);
        var profile = new CredentialProfile("migrate", CredentialTier.Deploy, "orders", 60, 600, 4, backend);
        WriteAdmin(world, user, password);
        await Declare(world, change?.Invoke(profile) ?? profile);
        return world;
    }

    public static Task<AgentWorld> Create(
        LocalPostgres server, Action<WebApplicationBuilder>? adjust = null,
        Func<CredentialProfile, CredentialProfile>? change = null, Tier tier = Tier.T2) =>
        Create(server.Profile, LocalPostgres.Broker, LocalPostgres.BrokerPassword, adjust, change, tier);

    public static void WriteAdmin(AgentWorld world, string user, string password, int mode = 0x180)
    {
        var file = Path.Combine(
            world.App.Services.GetRequiredService<DataDirectory>().CredentialsPath, "orders");
        File.WriteAllText(file, $$"""{"user": "{{user}}", "password": "{{password}}"}""");
        Files.SetMode(file, mode);
    }

    public static Task Declare(AgentWorld world, params CredentialProfile[] profiles)
    {
        var document = world.State.Registry.Document;
        return world.Apply(document with
        {
            Targets = [.. document.Targets.Select(t => t with { Credentials = [.. profiles] })],
            Workflows =
            [
                .. document.Workflows.Select(w => w with
                {
                    CredentialProfiles = [.. profiles.Select(p => p.Id)],
                    Bounds = w.Bounds with { Credentials = profiles.Length == 0 ? 0 : 1_000 },
                }),
            ],
        });
    }

    public static Task<(SessionId Session, string Tree)> Open(AgentWorld world, int? uid = null) =>
        world.OpenSession(new Bounds(60, 1_000, 500, 50, 3, 100), uid: uid);

    /// <summary>Runs a line of SQL by psql in the sandbox, with a person's yes where one is asked for.</summary>
    public static Task<Ended> Sql(AgentWorld world, string tree, string sql) =>
        Run(world, tree, Psql, "-X", "-A", "-t", "-c", sql);

    public static Task<Ended> Run(AgentWorld world, string tree, params string[] command) =>
        RunAs(null, world, tree, command);

    /// <summary>The same as another user, in whose work tree it then runs.</summary>
    public static async Task<Ended> RunAs(int? uid, AgentWorld world, string tree, params string[] command)
    {
        var asked = await Client(uid, world, tree, ["--", .. command]);
        if (asked.Exit != ApprovalPending)
            return asked;
        var session = world.State.Sessions.Values.OfType<SessionState.Open>()
            .Single(s => s.Terms.WorkTree == tree).Terms.Id;
        var request = world.Waiting(session).Single();
        await world.Approve(request);
        return await Client(uid, world, tree, "--request", request.Value);
    }

    static Task<Ended> Client(int? uid, AgentWorld world, string tree, params string[] arguments) => uid is null
        ? WritCommand.Run(world, tree, arguments)
        : WritCommand.Finish(WritCommand.Start(
            "setpriv",
            [$"--reuid={uid}", $"--regid={uid}", "--clear-groups", AgentWorld.Binary("writ"), "run", .. arguments],
            tree, ("WRIT_SOCKET", world.Socket)));
}

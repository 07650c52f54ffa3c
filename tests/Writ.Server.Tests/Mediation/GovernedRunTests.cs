using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Reading;
using Writ.Server.Tests.Agents;
using Writ.Sessions;
using Writ.Testing;
using Writ.Wire;

namespace Writ.Server.Tests.Mediation;

/// <summary>The shipped policies decide what a run starts, and the ledger says what came of it.</summary>
public sealed class GovernedRunTests
{
    static ExecutionBatch[] Batches(AgentWorld world) =>
        [.. world.Ledger().Select(e => e.Data).Where(d => d.Refusal is null).Select(d => d.Move)
            .OfType<RunMove.RecordExecutions>().Select(m => m.Batch)];

    static IEnumerable<string> Records(AgentWorld world) => Batches(world).SelectMany(b => b.Listed)
        .Select(r => $"{string.Join(' ', r.Program.Argv)}: {r.End} {r.Code}");

    static async Task<Ended> Approved(AgentWorld world, SessionId session, string tree, params string[] command)
    {
        var running = WritCommand.Run(world, tree, ["--wait", "--", .. command]);
        await world.ApproveNext(session);
        return await running;
    }

    [Fact]
    public async Task What_an_automatic_command_starts_is_recorded_before_its_end()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        var ended = await WritCommand.Run(world, tree, "--", "bash", "-c", "ls /usr | wc -l >/dev/null; ls -d .");
        Assert.Equal(new Ended(0, ".\n", ""), ended);
        Assert.Equal(
            [
                "bash -c ls /usr | wc -l >/dev/null; ls -d .: Started exec.request",
                "ls -d .: Started exec.automatic", "ls /usr: Started exec.automatic", "wc -l: Started exec.automatic",
            ],
            Records(world).Order(StringComparer.Ordinal));
        var moves = world.Ledger().Select(e => e.Data.Move).ToArray();
        Assert.IsType<RunMove.End>(moves[^1]);
        Assert.IsType<RunMove.RecordExecutions>(moves[^2]);
        Assert.True(world.Outcomes().Single().Containment!.Mediated);
    }

    [Fact]
    public async Task An_approved_command_starts_unseen_code_and_nothing_that_policy_asks_about_by_name()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        await File.WriteAllTextAsync(Path.Combine(tree, "own"), "#!/bin/sh\necho own\n");
        File.SetUnixFileMode(Path.Combine(tree, "own"), (UnixFileMode)0x1ED);
        // What a script will start is not in the line that is approved.
        await File.WriteAllTextAsync(Path.Combine(tree, "work.sh"),
            "./own; curl -s http://192.0.2.1/; sudo id; sh -c 'echo x'; touch made\n");
        var ended = await Approved(world, session, tree, "bash", "work.sh");
        Assert.Equal((0, "own\nx\n"), (ended.Exit, ended.Out));
        Assert.Contains("[exec.not-covered]", ended.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(tree, "made")));
        var records = Records(world).ToArray();
        Assert.Contains(records, r => r.EndsWith("/own: Started exec.covered", StringComparison.Ordinal));
        Assert.Contains("touch made: Started exec.automatic", records);
        Assert.Contains(records, r => r.StartsWith("curl", StringComparison.Ordinal) && r.Contains("Denied"));
        var script = Batches(world).SelectMany(b => b.Listed).Select(r => r.Program.Script)
            .Single(s => s?.Path.EndsWith("/own", StringComparison.Ordinal) == true);
        Assert.Equal(ExecutableOrigin.WorkTree, script!.Origin);
        Assert.Equal(64, script.Digest!.Length);
    }

    [Fact]
    public async Task A_program_of_the_work_tree_does_not_start_under_an_automatic_command()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        await File.WriteAllTextAsync(Path.Combine(tree, "ls"), "#!/bin/sh\ntouch made\n");
        File.SetUnixFileMode(Path.Combine(tree, "ls"), (UnixFileMode)0x1ED);
        // Nobody can see from the line that this is what env finds.
        var ended = await WritCommand.Run(world, tree, "--", "env", "-C", tree, "PATH=.", "ls");
        Assert.NotEqual(0, ended.Exit);
        Assert.False(File.Exists(Path.Combine(tree, "made")));
    }

    [Fact]
    public async Task A_noisy_run_is_summed_up_and_nothing_is_lost()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        await File.WriteAllTextAsync(Path.Combine(tree, "work.sh"),
            "for i in $(seq 36); do /usr/bin/true $i; done; rm -rf kept\n");
        Directory.CreateDirectory(Path.Combine(tree, "kept"));
        var ended = await Approved(world, session, tree, "bash", "work.sh");
        Assert.NotEqual(0, ended.Exit);
        Assert.True(Directory.Exists(Path.Combine(tree, "kept")));
        var batches = Batches(world);
        Assert.Equal(39, batches.Sum(b => b.Count));
        var denied = batches.SelectMany(b => b.Listed).Single(r => r.End == ExecutionEnd.Denied);
        Assert.Equal(("rm", "exec.not-covered"), (denied.Program.Argv[0], denied.Code));
        var run = world.Ledger().Select(e => e.Data.Move).OfType<RunMove.Consume>().Single().Run;
        var view = await world.App.Services.GetRequiredService<RequestReader>().Find(
            new RequestId(run.Value), AgentWorld.Bea, withContent: true, CancellationToken.None);
        Assert.Equal((39, 39, 0), (view!.Executions!.Count, view.Executions.Shown.Length, view.Executions.Missing));
        Assert.Contains("36", view.Executions.Shown.SelectMany(r => r.Program.Argv));
    }

    [Fact]
    public async Task A_race_ends_the_run_and_its_session_and_raises_a_finding()
    {
        if (!File.Exists("/usr/bin/cc"))
            SharedData.Unavailable("no C compiler");
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        using (var cc = Process.Start("/usr/bin/cc",
            ["-O1", "-w", "-o", Path.Combine(tree, "race"), SharedData.Require("attacks/race.c"), "-lpthread"]))
            await cc.WaitForExitAsync();
        var ended = await Approved(world, session, tree, "./race", "2000");
        Assert.Equal(137, ended.Exit);
        Assert.Contains("[exec.mismatch]", ended.Error, StringComparison.Ordinal);
        Assert.IsType<SessionState.Ended>(world.State.Sessions[session]);
        Assert.Equal("exec.mismatch", world.Ledger().Select(e => e.Data.Move).OfType<RealmMove.RaiseFinding>()
            .Single().Finding.Code);
        Assert.Equal(RunEnd.Killed, world.Outcomes().Single().End);
    }

    [Fact]
    public async Task Every_entry_about_what_started_is_decided_again_by_an_audit()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        await WritCommand.Run(world, tree, "--", "ls");
        var audit = new DecisionAudit();
        foreach (var entry in world.Ledger())
            Assert.Null(audit.Take(entry));
        Assert.NotEmpty(Batches(world));
    }
}

using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Writ.Approvals;
using Writ.Holds;
using Writ.Kills;
using Writ.Requests;
using Writ.Runs;
using Writ.Server.Agents;
using Writ.Sessions;
using Writ.Testing;
using Writ.Wire;

namespace Writ.Server.Tests.Holding;

/// <summary>
/// A program that policy gates stands still inside a real sandbox, and the people who are asked decide what becomes of
/// it. Bea is asked; a folder is deleted, or not.
/// </summary>
public sealed class HeldExecutionTests
{
    static readonly HoldBounds Bounds = new(2, 300);

    static async Task<AgentWorld> World(
        HoldBounds? held, Action<WebApplicationBuilder>? adjust = null)
    {
        var world = await AgentWorld.Create(adjust);
        var document = world.State.Registry.Document;
        if (held is not null)
            await world.Apply(document with
            {
                Workflows = [.. document.Workflows.Select(w => w with { Held = held })],
            });
        return world;
    }

    /// <summary>Begins a script that nobody could look into, which Bea agreed to.</summary>
    static async Task<(Task<Ended> Ended, SessionId Session, string Tree)> Begin(AgentWorld world, string script)
    {
        var (session, tree) = await world.OpenSession();
        Directory.CreateDirectory(Path.Combine(tree, "kept"));
        await File.WriteAllTextAsync(Path.Combine(tree, "work.sh"), script);
        var ended = WritCommand.Run(world, tree, "--wait", "--", "bash", "work.sh");
        await world.ApproveNext(session);
        return (ended, session, tree);
    }

    static async Task<Request> Held(AgentWorld world, SessionId session)
    {
        await world.Until(() => world.Waiting(session).Any());
        return ((RequestState.Waiting)world.State.Find(world.Waiting(session).First())!.Value.Request).Request;
    }

    static string[] Records(AgentWorld world) =>
        [.. world.Ledger().Select(e => e.Data.Move).OfType<RunMove.RecordExecutions>().SelectMany(m => m.Batch.Listed)
            .Select(r => $"{string.Join(' ', r.Program.Argv)}: {r.End} {r.Code}{(r.Held is null ? "" : " held")}")];

    static string Closing(AgentWorld world, RequestId request) =>
        world.State.Find(request)?.Request is RequestState.Closed closed ? closed.Code : "open";

    static void AssertDecidedAgain(AgentWorld world)
    {
        var audit = new DecisionAudit();
        foreach (var entry in world.Ledger())
            Assert.Null(audit.Take(entry));
    }

    [Fact]
    public async Task It_waits_while_others_go_on_and_starts_once_it_is_approved()
    {
        await using var world = await World(Bounds);
        var (running, session, tree) = await Begin(world,
            "GREETING=hello API_TOKEN=hush rm -rf kept & /usr/bin/true 1; /usr/bin/true 2; /usr/bin/true 3; "
            + "touch others; wait $!; echo rm=$?\n");
        var held = await Held(world, session);
        await world.Until(() => File.Exists(Path.Combine(tree, "others")));
        Assert.True(Directory.Exists(Path.Combine(tree, "kept")));
        Assert.False(running.IsCompleted);

        var exec = (HeldAction.Exec)held.Hold!.Action;
        Assert.Equal(["rm", "-rf", "kept"], exec.Program.Argv);
        Assert.Equal((tree, "/usr/bin/rm"), (held.Cwd, held.Executable));
        Assert.Equal(Writ.Runs.ActionDigests.Executable(await File.ReadAllBytesAsync("/usr/bin/rm")), exec.FileDigest);
        Assert.Equal(Writ.Runs.ActionDigests.Argv(["rm", "-rf", "kept"]), exec.CommandDigest);
        Assert.Equal(Path.Combine(tree, "work.sh"), exec.Program.Via[0]);
        Assert.Contains(new HeldVariable("GREETING", "hello"), exec.Variables!.Value);
        Assert.Contains(new HeldVariable("API_TOKEN", null), exec.Variables.Value);
        Assert.DoesNotContain("PATH", exec.Variables.Value.Select(v => v.Name));

        await world.Approve(held.Id);
        var ended = await running;
        Assert.Equal((0, "rm=0\n"), (ended.Exit, ended.Out));
        Assert.False(Directory.Exists(Path.Combine(tree, "kept")));
        Assert.Contains("writ: waits for approval: rm -rf kept: asks 1 of sre, until ", ended.Error);
        Assert.Contains($"writ show {held.Id}", ended.Error, StringComparison.Ordinal);
        Assert.Contains("rm -rf kept: Started exec.approved held", Records(world));
        Assert.Equal("hold.let-go", Closing(world, held.Id));
        AssertDecidedAgain(world);
    }

    [Fact]
    public async Task It_fails_cleanly_when_it_is_refused_and_its_caller_goes_on()
    {
        await using var world = await World(Bounds);
        var (running, session, tree) = await Begin(world, "rm -rf kept; echo rm=$?\n");
        var held = await Held(world, session);
        await world.Approve(held.Id, approves: false);
        var ended = await running;
        Assert.Equal((0, "rm=126\n"), (ended.Exit, ended.Out));
        Assert.Contains("Operation not permitted", ended.Error, StringComparison.Ordinal);
        Assert.Contains("[approval.refused]", ended.Error, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(tree, "kept")));
        Assert.Contains("rm -rf kept: Denied approval.refused held", Records(world));
        AssertDecidedAgain(world);
    }

    [Fact]
    public async Task It_fails_cleanly_when_nobody_decides_in_time()
    {
        await using var world = await World(new HoldBounds(2, 1));
        var (running, _, tree) = await Begin(world, "rm -rf kept; echo rm=$?\n");
        var ended = await running;
        Assert.Equal("rm=126\n", ended.Out);
        Assert.Contains("[request.expired]", ended.Error, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(tree, "kept")));
        AssertDecidedAgain(world);
    }

    [Fact]
    public async Task A_signal_ends_it_at_once_and_takes_it_out_of_the_inbox()
    {
        await using var world = await World(Bounds);
        var (running, session, tree) = await Begin(world,
            "rm -rf kept & h=$!; while [ ! -e go ]; do sleep 0.05; done; kill -TERM $h; wait $h; echo rm=$?\n");
        var held = await Held(world, session);
        await File.WriteAllTextAsync(Path.Combine(tree, "go"), "");
        var ended = await running;
        Assert.Equal("rm=143\n", ended.Out);
        Assert.Equal("hold.withdrawn", Closing(world, held.Id));
        Assert.Contains("rm -rf kept: Gone hold.withdrawn held", Records(world));
        Assert.True(Directory.Exists(Path.Combine(tree, "kept")));
        AssertDecidedAgain(world);
    }

    [Fact]
    public async Task The_kill_switch_ends_the_run_and_voids_what_waits()
    {
        await using var world = await World(Bounds);
        var (running, session, tree) = await Begin(world, "rm -rf kept; touch made\n");
        var held = await Held(world, session);
        await world.Must(new KillMove.Order(
            new KillId("kill-1"), new Scope(ScopeKind.Session, session.Value), "test"), world.Person(AgentWorld.Ada));
        var ended = await running;
        Assert.Equal(137, ended.Exit);
        Assert.Contains(held.Id, world.Happened<SessionEvent.Ended>().Single().Voided);
        Assert.True(Directory.Exists(Path.Combine(tree, "kept")));
        Assert.False(File.Exists(Path.Combine(tree, "made")));
        Assert.Equal(RunEnd.Killed, world.Outcomes().Single().End);
        AssertDecidedAgain(world);
    }

    [Fact]
    public async Task As_many_wait_as_may_and_one_more_is_refused_at_once()
    {
        await using var world = await World(new HoldBounds(1, 300));
        var (running, session, tree) = await Begin(world,
            "rm -rf kept & h=$!; while [ ! -e go ]; do sleep 0.05; done; rm -rf other; echo other=$?; touch asked; "
            + "wait $h\n");
        var held = await Held(world, session);
        await File.WriteAllTextAsync(Path.Combine(tree, "go"), "");
        await world.Until(() => File.Exists(Path.Combine(tree, "asked")));
        await world.Approve(held.Id);
        var ended = await running;
        Assert.Contains("other=126\n", ended.Out, StringComparison.Ordinal);
        Assert.Contains("[hold.too-many]", ended.Error, StringComparison.Ordinal);
        // What is refused because there is no room is in the run's record, and is no entry of its own.
        Assert.Single(world.Ledger(), e => e.Data.Move is HoldMove.Open);
        Assert.Contains("rm -rf other: Denied hold.too-many", Records(world));
    }

    [Fact]
    public async Task Nobody_approves_what_their_own_session_wants()
    {
        await using var world = await World(Bounds);
        var (running, session, tree) = await Begin(world, "rm -rf kept; echo rm=$?\n");
        var held = await Held(world, session);
        var waiting = (RequestState.Waiting)world.State.Find(held.Id)!.Value.Request;
        var expires = DateTimeOffset.FromUnixTimeMilliseconds(
            TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()).AddMinutes(10);
        var document = new ApprovalDocument(
            world.State.Origin, held.Id, waiting.Digest, waiting.Verdict.PolicyDigest, ApprovalDocument.DigestOf([]),
            AgentWorld.Ada, Approves: true, "", expires);
        var answer = await world.Realm.Submit(new ApprovalMove.Dispose(
            held.Id, AgentWorld.Ada, document.RequestDigest, document.PolicyDigest, document.Earlier, true, "", expires,
            world.Sign(AgentWorld.Ada, document.Render())), world.Person(AgentWorld.Ada), "self", default);
        Assert.Equal("approval.self", ((Decided.Refused)answer.Decided).Refusal.Code);
        await world.Approve(held.Id, approves: false);
        Assert.Equal("rm=126\n", (await running).Out);
    }

    [Fact]
    public async Task The_agent_cannot_carry_it_out_elsewhere()
    {
        await using var world = await World(Bounds);
        var (running, session, tree) = await Begin(world, "rm -rf kept; echo rm=$?\n");
        var held = await Held(world, session);
        var other = await WritCommand.Run(world, tree, "--request", held.Id.Value);
        Assert.NotEqual(0, other.Exit);
        Assert.True(Directory.Exists(Path.Combine(tree, "kept")));
        await world.Approve(held.Id);
        Assert.Equal("rm=0\n", (await running).Out);
    }

    // What one thread waits for, another changes: it stands in the memory of both.
    const string Swapping = """
        #include <pthread.h>
        #include <stdio.h>
        #include <string.h>
        #include <unistd.h>
        static char folder[8] = "mine", variable[8] = "A=mine";
        static void *swap(void *unused) {
            while (access("go", F_OK) != 0) usleep(10000);
            strcpy(CHANGED, CHANGED == folder ? "kept" : "A=kept");
            fclose(fopen("swapped", "w"));
            for (;;) pause();
        }
        int main(void) {
            pthread_t thread;
            pthread_create(&thread, 0, swap, 0);
            char *argv[] = { "rm", "-rf", folder, 0 }, *environment[] = { variable, 0 };
            execve("/usr/bin/rm", argv, environment);
            perror("execve");
            return 3;
        }
        """;

    [Theory]
    [InlineData("folder")]
    [InlineData("variable")]
    public async Task Arguments_or_an_environment_that_are_changed_while_it_waits_do_not_start(string changed)
    {
        if (!File.Exists("/usr/bin/cc"))
            SharedData.Unavailable("no C compiler");
        await using var world = await World(Bounds);
        var (session, tree) = await world.OpenSession();
        Directory.CreateDirectory(Path.Combine(tree, "kept"));
        Directory.CreateDirectory(Path.Combine(tree, "mine"));
        await File.WriteAllTextAsync(Path.Combine(tree, "swap.c"), Swapping);
        using (var cc = Process.Start("/usr/bin/cc",
            [
                "-O1", "-w", $"-DCHANGED={changed}", "-o", Path.Combine(tree, "swap"), Path.Combine(tree, "swap.c"),
                "-lpthread",
            ]))
            await cc.WaitForExitAsync();
        var running = WritCommand.Run(world, tree, "--wait", "--", "./swap");
        await world.ApproveNext(session);
        var held = await Held(world, session);
        Assert.Equal(["rm", "-rf", "mine"], held.Argv);
        await File.WriteAllTextAsync(Path.Combine(tree, "go"), "");
        await world.Until(() => File.Exists(Path.Combine(tree, "swapped")));
        await world.Approve(held.Id);
        var ended = await running;
        Assert.Equal(3, ended.Exit);
        Assert.Contains("[exec.changed]", ended.Error, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(tree, "kept")));
        Assert.True(Directory.Exists(Path.Combine(tree, "mine")));
    }

    [Fact]
    public async Task A_script_that_is_changed_while_it_waits_does_not_start()
    {
        await using var world = await World(Bounds);
        var (session, tree) = await world.OpenSession();
        var script = Path.Combine(tree, "tool");
        await File.WriteAllTextAsync(script, "#!/bin/sh\necho harmless\n");
        File.SetUnixFileMode(script, (UnixFileMode)0x1ED);
        await File.WriteAllTextAsync(Path.Combine(tree, "text"), "one\n");
        using (var git = Process.Start("/bin/sh",
            ["-c", "cd \"$0\" && git init -q && git add text && git config diff.external ./tool", tree]))
            await git.WaitForExitAsync();
        await File.WriteAllTextAsync(Path.Combine(tree, "text"), "two\n");
        // Nobody can see from the line what the repository's own configuration names.
        var running = WritCommand.Run(world, tree, "--", "git", "diff");
        var held = await Held(world, session);
        Assert.Equal(script, ((HeldAction.Exec)held.Hold!.Action).Program.Script!.Path);
        await File.WriteAllTextAsync(script, "#!/bin/sh\n: > made\n");
        await world.Approve(held.Id);
        var ended = await running;
        Assert.Contains("[exec.changed]", ended.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(tree, "made")));
    }

    [Fact]
    public async Task The_end_of_the_run_ends_the_waiting()
    {
        await using var world = await World(Bounds, builder => builder.Services.AddSingleton(
            new AgentLimits { WallTimeMax = TimeSpan.FromSeconds(10) }));
        var (running, session, tree) = await Begin(world, "rm -rf kept; echo rm=$?\n");
        var held = await Held(world, session);
        var ended = await running;
        Assert.True(Directory.Exists(Path.Combine(tree, "kept")));
        Assert.Equal(RunEnd.TimedOut, world.Outcomes().Single().End);
        Assert.Contains(Closing(world, held.Id), (string[])["hold.withdrawn", "request.expired", "hold.run-over"]);
        AssertDecidedAgain(world);
    }

    [Fact]
    public async Task Where_nothing_waits_it_is_refused_at_once_and_told_so()
    {
        await using var world = await World(held: null);
        var (running, _, tree) = await Begin(world, "rm -rf kept; echo rm=$?\n");
        var ended = await running;
        Assert.Equal("rm=126\n", ended.Out);
        Assert.Contains("It does not wait for people here. Ask for it by itself", ended.Error);
        Assert.Contains("[exec.not-covered]", ended.Error, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(tree, "kept")));
    }
}

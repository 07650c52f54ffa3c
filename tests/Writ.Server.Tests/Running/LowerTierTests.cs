using System.Diagnostics;
using Writ.Linux;
using Writ.Server.Running;

namespace Writ.Server.Tests.Running;

/// <summary>
/// A host without namespaces: a runner that cannot find bubblewrap, and where the tests were started so, one that
/// cannot use it. Only plans that accept it run.
/// </summary>
public sealed class LowerTierTests(RunningFixture given) : IClassFixture<RunningFixture>
{
    Runner WithoutNamespaces() => new(
        new RunnerOptions
        {
            LauncherPath = given.Launcher,
            OrderKeyPath = given.Signer.VerifierKeyPath,
            RuntimeDirectory = given.NewTree(),
            SessionUids = RunningFixture.WithSessionUsers ? UidRange.Default : null,
        },
        ContainmentProbe.Run(
            RunningFixture.WithoutNamespaces && !RunningFixture.WithSessionUsers
                ? "/usr/bin/bwrap" : "/nonexistent/bwrap",
            users: RunningFixture.WithSessionUsers
                ? new SessionUserTrial(UidRange.Default, given.Launcher, given.NewTree()) : null),
        TimeProvider.System);

    Run Start(RunPlan plan) =>
        Assert.IsType<RunStart.Started>(
            WithoutNamespaces().Start(given.Seal(plan with { TierMin = ContainmentTier.T1 }))).Run;

    [Fact]
    public async Task Files_outside_of_the_tree_sockets_and_capabilities_are_denied_without_namespaces_too()
    {
        var outside = Path.Combine(given.NewTree(), "outside");
        // What nobody ever had is not taken from them.
        var asRoot = ThisProcess.EffectiveUid == 0 && !RunningFixture.WithSessionUsers;
        var caps = asRoot ? "'CapEff', 'CapBnd'" : "'CapEff', 'CapPrm'";
        var done = await RunningFixture.Collect(Start(given.Plan(given.NewTree(), "/usr/bin/python3", "-c", $$"""
            import os, socket
            def attempt(name, action):
                try:
                    action()
                    print(name, 'worked')
                except OSError as e:
                    print(name, e.errno)
            attempt('inside', lambda: open('inside', 'w'))
            attempt('outside', lambda: open('{{outside}}', 'w'))
            attempt('shadow', lambda: open('/etc/shadow'))
            for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
                attempt(family.name, lambda: socket.socket(family))
            attempt('setsid', os.setsid)
            attempt('kill', lambda: os.kill({{Environment.ProcessId}}, 0))
            print([line.split()[1] for line in open('/proc/self/status') if line.startswith(({{caps}}))])
            """)));
        // A user of a session has a /tmp of its own, in which there is no such folder.
        var hidden = RunningFixture.WithSessionUsers
            && SessionQuarters.Scratch.Any(folder => outside.StartsWith(folder + "/", StringComparison.Ordinal));
        var closed = hidden ? 2 : 13;
        Assert.Equal(
            $$"""
            inside worked
            outside {{closed}}
            shadow 13
            AF_INET 97
            AF_INET6 97
            AF_UNIX 97
            setsid 1
            kill 1
            ['0000000000000000', '0000000000000000']

            """,
            done.Output);
        Assert.Equal(ContainmentTier.T1, done.Outcome.Containment.Tier);
        Assert.Equal(RunningFixture.WithSessionUsers, done.Outcome.Containment.Owner is not null);
        Assert.Contains(
            done.Outcome.Containment.Weak, weak => weak.StartsWith("tier.t1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_kill_without_a_pid_namespace_ends_every_process_of_the_session()
    {
        var marker = $"76543.{Environment.ProcessId:D7}";
        var run = Start(given.Shell(
            given.NewTree(), $"for i in 1 2 3 4 5; do (sleep {marker} & sleep {marker}) & done; echo up; wait"));
        var stop = TestContext.Current.CancellationToken;
        await using var output = run.ReadOutputAsync(stop).GetAsyncEnumerator(stop);
        Assert.True(await output.MoveNextAsync());
        var outcome = await run.Kill();
        Assert.Equal((RunEndReason.Killed, 137), (outcome.Reason, outcome.ExitCode));
        using var list = Process.Start(new ProcessStartInfo("/usr/bin/pgrep", ["-f", $"sleep {marker}"])
        {
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("", await list.StandardOutput.ReadToEndAsync(stop));
    }

    [Fact]
    public async Task What_a_command_leaves_in_the_background_ends_with_it()
    {
        var marker = $"65432.{Environment.ProcessId:D7}";
        var done = await RunningFixture.Collect(Start(given.Shell(
            given.NewTree(), $"nohup sleep {marker} >/dev/null 2>&1 & echo done")));
        Assert.Equal(("done\n", 0), (done.Output, done.Outcome.ExitCode));
        using var list = Process.Start(new ProcessStartInfo("/usr/bin/pgrep", ["-f", $"sleep {marker}"])
        {
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("", await list.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_writ_is_checked_at_every_tier()
    {
        var plan = given.Seal(given.Shell(given.NewTree(), "touch ran") with { TierMin = ContainmentTier.T1 });
        var start = WithoutNamespaces().Start(plan with { Argv = [.. plan.Argv, "more"] });
        var done = await RunningFixture.Collect(Assert.IsType<RunStart.Started>(start).Run);
        Assert.Equal("writ.other-argv", done.Outcome.RefusalCode);
        Assert.Empty(Directory.GetFileSystemEntries(plan.WorkTree));
    }
}

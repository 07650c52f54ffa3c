using System.Diagnostics;
using Writ.Runs;
using Writ.Server.Mediation;
using Writ.Server.Running;
using Writ.Server.Tests.Running;
using Writ.Testing;

namespace Writ.Server.Tests.Mediation;

/// <summary>Every program that is started in a real sandbox is decided, whoever starts it and however.</summary>
public sealed class MediatorTests(RunningFixture given) : IClassFixture<RunningFixture>
{
    async Task<Finished> Run(RuleDesk desk, string script) =>
        await given.Run(given.Shell(given.NewTree(), script) with { Desk = desk });

    static string? ForbidCurl(ExecutionQuestion asked) =>
        asked.Program.Executable == "/usr/bin/curl" ? "no curl here" : null;

    [Fact]
    public async Task The_command_and_everything_it_starts_is_recorded_with_what_led_to_it()
    {
        var desk = new RuleDesk();
        var done = await Run(desk, "ls / >/dev/null; env sh -c 'true; exec id -u' >/dev/null");
        Assert.Equal(0, done.Outcome.ExitCode);
        Assert.True(done.Outcome.Containment.Mediated);
        Assert.Equal("bash ls env sh id", desk.Started);
        Assert.Equal([null, 0, 0, 2, 3], desk.Records.Select(r => r.Parent));
        Assert.Equal(["sh", "env", "bash"], desk.Records.Last().Program.Via);
        Assert.All(desk.Records, r => Assert.Equal(ExecutableOrigin.System, r.Program.Origin));
    }

    [Fact]
    public async Task What_may_not_start_fails_and_its_caller_goes_on_and_is_told()
    {
        var desk = new RuleDesk(q => q.Program.Name.EndsWith("/id", StringComparison.Ordinal) ? "not this" : null);
        var done = await Run(desk, "id; echo $?; echo more");
        Assert.Equal("126\nmore\n", done.Output);
        Assert.Contains("Operation not permitted", done.Error, StringComparison.Ordinal);
        Assert.Contains("writ: not started: id: not this [exec.blocked]\n", done.Error, StringComparison.Ordinal);
        Assert.Equal("id", desk.Denied);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_not_there()
    {
        var desk = new RuleDesk();
        var done = await Run(desk, "no-such-program; echo $?; /nowhere/x; echo $?; ./made; echo $?; "
            + ": > made; chmod +x made; ./made; echo $?");
        Assert.Equal("127\n127\n127\n0\n", done.Output);
        Assert.Equal("bash chmod", desk.Started);
    }

    [Fact]
    public async Task Arguments_and_environments_of_every_size_are_what_was_decided()
    {
        var desk = new RuleDesk();
        var done = await Run(desk, """
            LD_PRELOAD=/nowhere.so /usr/bin/true 2>/dev/null; /usr/bin/true '' a ''; env -i /usr/bin/true
            /usr/bin/true $(seq 3000); /usr/bin/true $(seq 4096) 2>/dev/null
            export BIG=$(printf '%100000s' x); /usr/bin/true "$BIG"; LD_PRELOAD=/nowhere.so /usr/bin/true b 2>/dev/null
            for i in $(seq 200); do export "V$i=$(printf '%1000s' x)"; done; /usr/bin/true $(seq 300)
            """);
        Assert.Equal((0, null), (done.Outcome.ExitCode, done.Outcome.StoppedBy?.Code));
        var seen = desk.Records.Where(r => r.Program.Name == "/usr/bin/true").ToArray();
        Assert.All(seen, r => Assert.Equal(ExecutionEnd.Started, r.End));
        Assert.Equal([1, 4, 1, 3001, 2, 2, 301], seen.Select(r => r.Program.Argv.Length));
        Assert.Equal(["", "a", ""], seen[1].Program.Argv[1..]);
        Assert.Equal(100_000, seen[4].Program.Argv[1].Length);
        Assert.Equal([true, false, false, false, false, true, false], seen.Select(r => r.Program.Loaders.Length == 1));
    }
}

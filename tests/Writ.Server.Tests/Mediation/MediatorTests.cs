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
}

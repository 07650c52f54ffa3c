using System.Text;
using Writ.Runs;
using Writ.Server.Running;

namespace Writ.Server.Tests.Running;

/// <summary>Nothing runs without a writ that names exactly what is about to run.</summary>
public sealed class WritCheckTests(RunningFixture given) : IClassFixture<RunningFixture>
{
    async Task Refuses(RunPlan plan, string code)
    {
        var done = await given.Run(plan);
        Assert.Equal(
            (126, RunEndReason.NotStarted, code),
            (done.Outcome.ExitCode, done.Outcome.Reason, done.Outcome.RefusalCode));
        Assert.Null(done.Outcome.StartedAt);
        Assert.Empty(done.Output);
        Assert.StartsWith($"writ-launch: {code}: ", done.Error, StringComparison.Ordinal);
        Assert.Single(done.Error.TrimEnd('\n').Split('\n'));
        Assert.False(File.Exists(Path.Combine(plan.WorkTree, "ran")), "the command ran");
    }

    RunPlan Touch() => given.Shell(given.NewTree(), "echo it ran; touch ran");

    [Fact]
    public async Task The_plan_these_tests_change_runs_when_it_is_not_changed()
    {
        var plan = Touch();
        var done = await given.Run(plan);
        Assert.Equal("it ran\n", done.Output);
        Assert.True(File.Exists(Path.Combine(plan.WorkTree, "ran")));
    }

    [Fact]
    public Task Other_arguments_than_those_of_the_writ_are_refused()
    {
        var plan = Touch();
        return Refuses(plan with { Argv = [.. plan.Argv[..2], "echo evil; touch ran"] }, "writ.other-argv");
    }

    [Fact]
    public Task Arguments_split_differently_are_other_arguments()
    {
        var plan = Touch();
        return Refuses(plan with { Argv = [.. plan.Argv, ""] }, "writ.other-argv");
    }

    [Fact]
    public Task Another_program_name_is_another_argument()
    {
        var plan = Touch();
        return Refuses(plan with { Argv = ["-bash", .. plan.Argv[1..]] }, "writ.other-argv");
    }

    [Fact]
    public Task Another_working_directory_is_refused()
    {
        var plan = Touch();
        var below = Directory.CreateDirectory(Path.Combine(plan.WorkTree, "below")).FullName;
        return Refuses(plan with { WorkingDirectory = below }, "writ.other-cwd");
    }

    [Theory]
    [InlineData("LD_PRELOAD=/tmp/evil.so")]
    [InlineData("PATH=/tmp")]
    public Task Another_environment_is_refused(string assignment)
    {
        var plan = Touch();
        return Refuses(plan with { Environment = [.. plan.Environment, assignment] }, "writ.other-environment");
    }

    [Fact]
    public Task A_missing_variable_is_another_environment()
    {
        var plan = Touch();
        return Refuses(plan with { Environment = plan.Environment[1..] }, "writ.other-environment");
    }

    [Fact]
    public Task Another_executable_under_the_same_arguments_is_refused()
    {
        var plan = Touch();
        return Refuses(plan with { Executable = "/usr/bin/dash" }, "writ.other-executable");
    }

    [Fact]
    public async Task An_executable_changed_after_the_writ_was_issued_is_refused()
    {
        var tree = given.NewTree();
        var script = Path.Combine(tree, "deploy.sh");
        File.WriteAllText(script, "#!/bin/sh\necho good\n");
        Linux.Files.SetMode(script, 0b111_101_101);
        var plan = given.Plan(tree, script);
        Assert.Equal("good\n", (await given.Run(plan with { Id = plan.Id + "-a" })).Output);
        File.WriteAllText(script, "#!/bin/sh\necho evil; touch ran\n");
        await Refuses(plan, "writ.other-executable");
    }

    [Fact]
    public Task A_writ_that_is_over_is_refused()
    {
        var now = TimeProvider.System.GetUtcNow();
        return Refuses(
            given.Seal(Touch(), order => order with { IssuedAt = now.AddMinutes(-5), ExpiresAt = now.AddSeconds(-1) }),
            "writ.expired");
    }

    [Fact]
    public Task A_writ_from_the_future_is_refused()
    {
        var now = TimeProvider.System.GetUtcNow();
        return Refuses(
            given.Seal(Touch(), order => order with { IssuedAt = now.AddMinutes(5), ExpiresAt = now.AddMinutes(6) }),
            "writ.not-yet-valid");
    }

    [Fact]
    public Task A_writ_that_demands_more_containment_than_there_is_is_refused() =>
        Refuses(given.Seal(Touch(), order => order with { TierMin = "T3" }), "writ.tier");

    [Fact]
    public async Task A_writ_signed_by_another_key_of_the_same_name_is_forged()
    {
        using var other = new OrderSigner();
        var plan = Touch();
        var note = other.Sign(RunningFixture.Order(plan).Render());
        await Refuses(plan with { WritNote = Encoding.UTF8.GetBytes(note) }, "writ.forged");
    }

    public static TheoryData<string, string, string> Tampered => new()
    {
        { "a changed digit of the expiry", "expires-at 2", "expires-at 3" },
        { "another approver", "approver person:approver", "approver person:somebody" },
        { "a removed line", "sponsor person:sponsor\n", "" },
        { "an added line", "\n\n\u2014", "\nextra value\n\n\u2014" },
        { "a broken signature", "\n\u2014 writ.example/orders ", "\n\u2014 writ.example/orders A" },
        { "another signer's name", "\u2014 writ.example/orders", "\u2014 writ.example/others" },
        { "no signature", "\u2014", "-" },
        { "another header", "writ/v1", "writ/v2" },
    };

    [Theory]
    [MemberData(nameof(Tampered))]
    public Task A_tampered_writ_is_forged(string what, string from, string to)
    {
        var plan = Touch();
        var note = Encoding.UTF8.GetString(plan.WritNote.Span);
        Assert.Contains(from, note, StringComparison.Ordinal);
        var at = note.IndexOf(from, StringComparison.Ordinal);
        var changed = string.Concat(note.AsSpan(0, at), to, note.AsSpan(at + from.Length));
        Assert.NotEqual(note, changed);
        Assert.NotEmpty(what);
        return Refuses(plan with { WritNote = Encoding.UTF8.GetBytes(changed) }, "writ.forged");
    }

    [Fact]
    public Task No_writ_at_all_is_forged() => Refuses(Touch() with { WritNote = default }, "writ.forged");

    [Fact]
    public Task A_signed_text_that_is_no_writ_is_malformed()
    {
        var plan = Touch();
        var text = RunningFixture.Order(plan).Render() + "extra line\n";
        return Refuses(plan with { WritNote = Encoding.UTF8.GetBytes(given.Signer.Sign(text)) }, "writ.malformed");
    }

    [Fact]
    public async Task The_launcher_alone_refuses_whatever_it_is_given()
    {
        foreach (var arguments in (string[][])[
            [],
            ["sh"],
            ["run"],
            ["run", "x", "6", "/k"],
            ["run", "250", "251", "/k"],
            ["as", "0", "0", "/bin/sh", "sh"]])
        {
            using var process = System.Diagnostics.Process.Start(
                new System.Diagnostics.ProcessStartInfo(given.Launcher, arguments) { RedirectStandardError = true })!;
            var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(126, process.ExitCode);
            Assert.StartsWith("writ-launch: ", error, StringComparison.Ordinal);
        }
    }
}

using Writ.Policies;
using Writ.Realms;
using Writ.Requests;

namespace Writ.Tests.Policies;

/// <summary>A rule about a program holds wherever the program stands in a request.</summary>
public sealed class CommandsOfALineTests
{
    const string Rule = """
        @id("all") permit (principal, action, resource);
        @id("no-force") @reason("No.") forbid (principal, action == Action::"run", resource)
        when { context.command.program == "git" && context.command.args.contains("--force") };
        """;

    [Theory]
    [InlineData("git push --force")]
    [InlineData("true; git push --force")]
    [InlineData("true && git push '--for''ce' || true")]
    [InlineData("bash -c 'git push --force'")]
    [InlineData("echo $(git push --force)")]
    [InlineData("env -i /usr/bin/git push --force")]
    [InlineData("f() { git push --force; }; f")]
    [InlineData("if true; then timeout 5 git push --force & fi")]
    [InlineData("x=--force; git push $x")]
    public void A_command_inside_a_line_is_asked_by_itself(string line)
    {
        var verdict = Judged(new Ask.ShellLine(line));
        Assert.Equal((VerdictKind.Blocked, "policy.blocked"), (verdict.Kind, verdict.Code));
        Assert.Contains(verdict.Grounds, g => g.Policy == "no-force");
    }

    [Theory]
    [InlineData("git push; echo --force")]
    [InlineData("echo git push --force")]
    [InlineData("true")]
    public void Words_of_other_commands_are_not_mixed_with_it(string line) =>
        Assert.DoesNotContain(Judged(new Ask.ShellLine(line)).Grounds, g => g.Policy == "no-force");

    [Theory]
    [InlineData("env", "git", "push", "--force")]
    [InlineData("bash", "-c", "git push --force")]
    [InlineData("xargs", "git", "push", "--force")]
    public void A_command_behind_a_wrapper_is_asked_by_itself(params string[] argv) =>
        Assert.Contains(Judged(new Ask.Exec([.. argv])).Grounds, g => g.Policy == "no-force");

    [Fact]
    public void The_same_reason_is_given_once()
    {
        var line = string.Join("; ", Enumerable.Range(0, 40).Select(i => $"echo {i}"));
        Assert.Single(Judged(new Ask.ShellLine(line)).Grounds, g => g.Verb == Verbs.Run);
    }

    [Fact]
    public void More_commands_than_are_asked_about_are_not_understood()
    {
        var line = string.Join("; ", Enumerable.Range(0, 300).Select(i => $"echo {i}"));
        var verdict = Judged(new Ask.ShellLine(line));
        Assert.Contains(verdict.Unresolved, u => u.Why.Contains("256", StringComparison.Ordinal));
        Assert.Equal(VerdictKind.Blocked, verdict.Kind);
    }

    static Verdict Judged(Ask ask)
    {
        var world = World.WithEverybody(d => d with
        {
            Policy = new PolicySource([new PolicyFile("test.cedar", Rule)]),
        });
        var request = Given.Exec(world, world.OpenSession(workflow: "release-staging"), "env") with { Ask = ask };
        if (ask is Ask.Exec exec)
            request = request with { Executable = "/usr/bin/" + exec.Argv[0] };
        return Assert.IsType<RequestEvent.Judged>(
            world.Must(new RequestMove.Submit(request), World.Agent)[0]).Verdict;
    }
}

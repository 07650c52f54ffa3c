using Writ.Server.Hosting;

namespace Writ.Server.Tests.Hosting;

public sealed class CommandLineTests
{
    [Fact]
    public void Every_problem_is_reported_at_once()
    {
        var (command, faults) = CommandLine.Parse(
            ["--bogus", "--listen", "http://0.0.0.0:80,ftp://127.0.0.1,https://127.0.0.1:1", "--cert", "/nowhere",
                "--data"],
            _ => null);
        Assert.Null(command);
        Assert.Contains(faults, f => f.Contains("no option '--bogus'", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("can be reached from other machines", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("'ftp://127.0.0.1'", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("--cert and --key go together", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("'/nowhere' is not there", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("--data needs a value", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("init")]
    [InlineData("init --name N --origin o/n --founder ada")]
    [InlineData("init --name N --origin o/n --founder ada --founder-name Ada --socket /s")]
    [InlineData("check --name N")]
    [InlineData("--data /a --data /b")]
    [InlineData("destroy")]
    public void What_is_missing_unknown_or_doubled_is_a_fault(string line) =>
        Assert.NotEmpty(CommandLine.Parse(line.Split(' '), _ => null).Faults);

    [Fact]
    public void Options_come_from_arguments_then_the_environment_then_defaults()
    {
        var environment = new Dictionary<string, string>
        {
            ["WRIT_DATA"] = "/env/data",
            ["XDG_RUNTIME_DIR"] =
            "/run/user/7"
        };
        var (command, faults) = CommandLine.Parse(["serve", "--listen=http://[::1]:0"], environment.GetValueOrDefault);
        Assert.Empty(faults);
        var options = Assert.IsType<WritdCommand.Serve>(command).Options;
        Assert.Equal("/env/data", options.Data);
        Assert.Equal("/run/user/7/writ/agent.sock", options.Socket);
        Assert.Equal(["http://[::1]:0"], options.Urls);
    }
}

using System.Diagnostics;
using System.Security.Cryptography;
using Writ.Runs;
using Writ.Sessions;
using Writ.Testing;

namespace Writ.Server.Tests.Agents;

/// <summary>
/// <c>writ run</c> can be put in front of any command without anybody noticing: streams, status, signals.
/// </summary>
public sealed class RunLikeItselfTests
{
    [Fact]
    public async Task Output_and_errors_stay_apart_and_whole_byte_for_byte()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        // Every byte there is, on both streams, and nothing at their ends.
        const string script = "for i in $(seq 0 255); do printf \"\\\\x$(printf %x $i)\"; "
            + "printf \"\\\\x$(printf %x $((255 - i)))\" >&2; done; exit 9";
        var process = await Approved(world, session, tree, script);
        var output = ReadAll(process.StandardOutput.BaseStream);
        var errors = ReadAll(process.StandardError.BaseStream);
        await process.WaitForExitAsync().WaitAsync(AgentWorld.Patience);

        Assert.Equal(9, process.ExitCode);
        Assert.Equal(Enumerable.Range(0, 256).Select(i => (byte)i), await output);
        // What writ itself says of the waiting comes before the command's first byte, and ends with a line.
        Assert.Equal(Enumerable.Range(0, 256).Select(i => (byte)(255 - i)), (await errors)[^256..]);
        process.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(126)]
    [InlineData(127)]
    [InlineData(130)]
    [InlineData(255)]
    public async Task The_status_is_the_commands_even_where_writ_has_a_meaning_for_it(int status)
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        var ended = await WritCommand.Finish(await Approved(world, session, tree, $"exit {status}"));
        Assert.Equal(status, ended.Exit);
        Assert.Equal(status, world.Outcomes().Single().ExitCode);
    }

    [Theory]
    [InlineData("HUP", 129)]
    [InlineData("INT", 130)]
    [InlineData("QUIT", 131)]
    [InlineData("TERM", 143)]
    public async Task Each_signal_that_ends_a_program_reaches_the_command(string signal, int status)
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        await File.WriteAllTextAsync(Path.Combine(tree, "ready.txt"), "ready\n");
        var process = WritCommand.StartRun(world, tree, "--", "tail", "-f", "ready.txt");
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync().WaitAsync(AgentWorld.Patience));

        WritCommand.Signal(process, signal);

        Assert.Equal(status, (await WritCommand.Finish(process)).Exit);
        Assert.Equal(RunEnd.Signalled, world.Outcomes().Single().End);
    }

    [Fact]
    public async Task A_command_may_answer_a_signal_and_go_on()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        var process = await Approved(
            world, session, tree, "trap 'echo caught' TERM; echo ready; while read -r line; do echo \"$line\"; done");
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync().WaitAsync(AgentWorld.Patience));
        WritCommand.Signal(process, "TERM");
        Assert.Equal("caught", await process.StandardOutput.ReadLineAsync().WaitAsync(AgentWorld.Patience));
        // Not before: signals and input come on different ways, and either may be first.
        await process.StandardInput.WriteAsync("still here\n");
        await process.StandardInput.FlushAsync();
        var ended = await WritCommand.Finish(process);
        Assert.Equal((0, "still here\n"), (ended.Exit, ended.Out));
    }

    [Fact]
    public async Task Many_megabytes_arrive_whole_and_in_order()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        var file = Path.Combine(tree, "big.bin");
        var content = RandomNumberGenerator.GetBytes(24 << 20);
        await File.WriteAllBytesAsync(file, content);
        using var process = WritCommand.StartRun(world, tree, "--", "cat", "big.bin");

        var output = await ReadAll(process.StandardOutput.BaseStream).WaitAsync(AgentWorld.Patience);
        await process.WaitForExitAsync().WaitAsync(AgentWorld.Patience);

        Assert.Equal(0, process.ExitCode);
        Assert.Equal(SHA256.HashData(content), SHA256.HashData(output));
        Assert.Equal(content.Length, world.Outcomes().Single().StdoutBytes);
    }

    [Fact]
    public async Task When_nobody_reads_its_output_any_more_the_command_ends_as_under_a_pipe()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        var process = WritCommand.Start("/bin/bash",
            ["-c", "\"$0\" run -- seq 1 1000000000 | head -n 1; exit ${PIPESTATUS[0]}", AgentWorld.Binary("writ")],
            tree, ("WRIT_SOCKET", world.Socket));
        var ended = await WritCommand.Finish(process);
        Assert.Equal((141, "1\n"), (ended.Exit, ended.Out));
        await world.Until(() => world.Outcomes().Any());
        Assert.Equal(RunEnd.Killed, world.Outcomes().Single().End);
    }

    [Fact]
    public async Task A_client_that_is_stopped_only_makes_the_command_wait()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        var process = WritCommand.StartRun(world, tree, "--", "seq", "1", "1000000");
        Assert.Equal("1", await process.StandardOutput.ReadLineAsync().WaitAsync(AgentWorld.Patience));
        WritCommand.Signal(process, "STOP");
        Assert.Empty(world.Outcomes());
        WritCommand.Signal(process, "CONT");
        var ended = await WritCommand.Finish(process);
        Assert.Equal(0, ended.Exit);
        Assert.EndsWith("\n999999\n1000000\n", ended.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_input_that_is_closed_or_never_ends_does_not_hold_the_command_up()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        // Without any standard streams but output.
        var closed = await WritCommand.Finish(WritCommand.Start(
            "/bin/bash", ["-c", "exec \"$0\" run -- cat <&-", AgentWorld.Binary("writ")], tree,
            ("WRIT_SOCKET", world.Socket)));
        Assert.Equal((0, "", ""), (closed.Exit, closed.Out, closed.Error));
        using var endless = WritCommand.Start(
            "/bin/bash", ["-c", "exec \"$0\" run -- echo done < /dev/zero", AgentWorld.Binary("writ")], tree,
            ("WRIT_SOCKET", world.Socket));
        Assert.Equal("done\n", await endless.StandardOutput.ReadToEndAsync().WaitAsync(AgentWorld.Patience));
        await endless.WaitForExitAsync().WaitAsync(AgentWorld.Patience);
        Assert.Equal(0, endless.ExitCode);
    }

    [Theory]
    [InlineData("<&- >&-", 141)]
    [InlineData(">&-", 141)]
    [InlineData("<&- 2>&-", 0)]
    [InlineData("2>&-", 0)]
    [InlineData("<&- >&- 2>&-", 141)]
    public async Task A_stream_that_it_was_started_without_is_no_stream_and_nothing_else_becomes_it(
        string without, int status)
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        var ended = await WritCommand.Finish(WritCommand.Start(
            "/bin/bash", ["-c", $"exec \"$0\" run -- echo heard {without}", AgentWorld.Binary("writ")], tree,
            ("WRIT_SOCKET", world.Socket)));
        Assert.Equal((status, status == 0 ? "heard\n" : ""), (ended.Exit, ended.Out));
        await world.Until(() => world.Outcomes().Any());
    }

    /// <summary>A script, approved while its client waits for it.</summary>
    static async Task<Process> Approved(AgentWorld world, SessionId session, string tree, string script)
    {
        var process = WritCommand.StartRun(world, tree, "--wait=50", "--", "bash", "-c", script);
        await world.ApproveNext(session);
        return process;
    }

    static async Task<byte[]> ReadAll(Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }
}

using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Writ.Runs.Recordings;
using Writ.Server.Agents;
using Writ.Server.Running;
using Writ.Testing;

namespace Writ.Server.Tests.Agents;

/// <summary>What a run prints is shown without the secrets that it was given, while it prints it.</summary>
public sealed class MaskedOutputTests
{
    [Fact]
    public async Task A_secret_in_several_pieces_is_masked_in_each_stream_by_itself()
    {
        var secrets = new KnownSecrets();
        secrets.TryAdd("topsecret");

        Assert.Equal(
            "out: a [masked] b\nerr: tops\n",
            await Shown(secrets, ("a top", false), ("tops", true), ("secret b\n", false), ("\n", true)));
    }

    [Fact]
    public async Task Without_secrets_every_piece_goes_through_as_it_came() => Assert.Equal(
        "out: abc\nerr: x", await Shown(new KnownSecrets(), ("a", false), ("x", true), ("bc\n", false)));

    [Fact]
    public async Task A_prompt_that_could_be_the_beginning_of_a_secret_does_not_wait_for_ever()
    {
        var secrets = new KnownSecrets();
        secrets.TryAdd("topsecret");
        var output = Channel.CreateUnbounded<RunChunk>();
        await output.Writer.WriteAsync(new RunChunk(IsError: false, "stop"u8.ToArray()));
        await using var shown = MaskedOutput.Of(
            output.Reader.ReadAllAsync(), secrets, TimeProvider.System).GetAsyncEnumerator();

        Assert.True(await shown.MoveNextAsync().AsTask().WaitAsync(AgentWorld.Patience));
        Assert.Equal("s", Encoding.UTF8.GetString(shown.Current.Bytes.Span));
        // The command stands still here and waits for an answer.
        Assert.True(await shown.MoveNextAsync().AsTask().WaitAsync(AgentWorld.Patience));
        Assert.Equal("top", Encoding.UTF8.GetString(shown.Current.Bytes.Span));
        output.Writer.Complete();
        Assert.False(await shown.MoveNextAsync());
    }

    [Fact]
    public async Task What_a_run_is_given_while_it_goes_on_is_in_neither_its_output_nor_its_recording()
    {
        await using var world = await AgentWorld.Create();
        var (_, tree) = await world.OpenSession();
        var running = WritCommand.Start(
            AgentWorld.Binary("writ"),
            ["run", "--", "bash", "-c", "echo ready > ready; read value; echo \"got $value\"; /bin/echo \"x$value\""],
            tree, ("WRIT_SOCKET", world.Socket));
        await world.Until(() => File.Exists(Path.Combine(tree, "ready")));
        var run = world.State.Sessions.Values.OfType<Writ.Sessions.SessionState.Open>()
            .SelectMany(s => s.Requests.Values).OfType<Writ.Requests.RequestState.Running>().Single().Run;
        Assert.True(world.App.Services.GetRequiredService<RunRegistry>().SecretsOf(run)!.TryAdd("lease-4711"));

        var ended = await WritCommand.Finish(running, "lease-4711\n"u8.ToArray());

        Assert.Equal("got [masked]\nx[masked]\n", ended.Out);
        var outcome = world.Outcomes().Single();
        var file = world.App.Services.GetRequiredService<Writ.Server.Storage.BlobStore>()
            .TryGet(outcome.OutputDigest!)!;
        var recording = Asciicast.TryRead(file.Content)!;
        Assert.Equal("got [masked]\r\nx[masked]\r\n", recording.AllText());
        // What it started is told of without it too.
        Assert.DoesNotContain(world.Ledger(), e => Encoding.UTF8.GetString(e.ToBytes().Span)
            .Contains("lease-4711", StringComparison.Ordinal));
    }

    static async Task<string> Shown(KnownSecrets secrets, params (string Text, bool IsError)[] pieces)
    {
        var (output, error) = (new StringBuilder("out: "), new StringBuilder("err: "));
        await foreach (var chunk in MaskedOutput.Of(Pieces(pieces), secrets, TimeProvider.System))
            (chunk.IsError ? error : output).Append(Encoding.UTF8.GetString(chunk.Bytes.Span));
        return $"{output}{error}";
    }

    static async IAsyncEnumerable<RunChunk> Pieces((string Text, bool IsError)[] pieces)
    {
        foreach (var (text, isError) in pieces)
        {
            await Task.Yield();
            yield return new RunChunk(isError, Encoding.UTF8.GetBytes(text));
        }
    }
}

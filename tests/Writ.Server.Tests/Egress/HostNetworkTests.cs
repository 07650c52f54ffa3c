using System.Collections.Immutable;
using System.Globalization;
using Writ.Egress;
using Writ.Server.Egress;
using Writ.Server.Tests.Running;

namespace Writ.Server.Tests.Egress;

/// <summary>What a run gets of the place in the network, and of the time, of the machine that carries it.</summary>
public sealed class HostNetworkTests(RunningFixture fixture) : IClassFixture<RunningFixture>
{
    static EgressAddress At(string address) => EgressAddress.Parse(address)!.Value;

    static HostNetworks Of(string address, int prefix) => new(
        () => [(At(address), prefix + (address.Contains(':', StringComparison.Ordinal) ? 0 : 96))],
        TimeProvider.System);

    [Theory]
    [InlineData("93.184.216.34", 32, "93.184.216.34", true)]
    [InlineData("93.184.216.34", 32, "93.184.216.35", false)]
    [InlineData("93.184.216.34", 24, "93.184.216.1", true)]
    [InlineData("93.184.216.34", 24, "93.184.217.1", false)]
    [InlineData("2606:2800::1", 64, "2606:2800::2", true)]
    [InlineData("2606:2800::1", 64, "2606:2800:0:1::2", false)]
    [InlineData("93.184.216.34", 24, "::ffff:93.184.216.7", true)]
    [InlineData("2606:2800::1", 128, "93.184.216.34", false)]
    public void An_address_is_the_machine_s_own_or_its_neighbour_s(
        string own, int prefix, string address, bool expected) =>
        Assert.Equal(expected, Of(own, prefix).Contains(At(address)));

    [Fact]
    public void This_machine_knows_its_own() =>
        Assert.True(HostNetworks.Of(TimeProvider.System).Contains(At("127.0.0.1")));

    [Fact]
    public async Task A_name_that_leads_to_the_machine_s_own_public_address_is_refused()
    {
        var desk = new GrantDesk([new EgressGrant("site.test", 4711)]);
        var ended = await EgressStage.Run(
            fixture, "curl -sS http://site.test:4711/", desk, new FixedNames(("site.test", ["93.184.216.34"])),
            host: Of("93.184.216.30", 24));
        Assert.Contains("[net.address-refused]", ended.Output, StringComparison.Ordinal);
        var record = Assert.Single(desk.Records);
        Assert.Equal(("net.address-refused", "93.184.216.34"), (record.Code, record.Address));
    }

    [Fact]
    public async Task Nobody_is_asked_for_a_client_that_has_left()
    {
        var left = new TaskCompletionSource();
        var desk = new GrantDesk([new EgressGrant("site.test", 4711, Private: true)])
        {
            Waits = async gone =>
            {
                gone.Register(left.SetResult);
                await left.Task;
                return EgressVerdict.Refuse("hold.withdrawn", "nobody wants it any more");
            },
        };
        var tree = fixture.NewTree();
        var running = EgressStage.Run(
            fixture, "curl -sS -m 5 http://site.test:4711/; echo gone; while ! test -e go; do sleep 0.05; done", desk,
            new FixedNames(("site.test", ["127.0.0.1"])), tree: tree);
        await left.Task.WaitAsync(RunningFixture.Patience, TestContext.Current.CancellationToken);
        Assert.False(running.IsCompleted);
        await File.WriteAllTextAsync(Path.Combine(tree, "go"), "", TestContext.Current.CancellationToken);
        await running;
        Assert.Equal("hold.withdrawn", Assert.Single(desk.Records).Code);
    }

    [Fact]
    public async Task A_lookup_that_nobody_waits_for_any_more_keeps_its_place_until_it_is_over()
    {
        var places = new LookupPlaces(2);
        var answers = Enumerable.Range(0, 2).Select(_ => new TaskCompletionSource<int>()).ToImmutableArray();
        var begun = 0;
        foreach (var answer in answers)
        {
            using var brief = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => places.Ask(
                () => { begun++; return answer.Task; }, brief.Token));
        }
        using var patience = new CancellationTokenSource(RunningFixture.Patience);
        var third = places.Ask(() => { begun++; return Task.FromResult(3); }, patience.Token);
        Assert.Equal((2, false), (begun, third.IsCompleted));
        answers[0].SetResult(1);
        Assert.Equal((3, 3), (await third, begun));
    }
}

using System.Collections.Immutable;
using Writ.Egress;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Testing;

namespace Writ.Tests.Egress;

/// <summary>What a run reached, as the ledger keeps it.</summary>
public sealed class EgressBatchTests
{
    static EgressRecord Record(int number, string host, EgressEnd end = EgressEnd.Done) => new(
        number, number, 1, EgressVia.Http, host, 80, "GET", "/" + new string('p', 200), false, "8.8.8.8", end,
        end == EgressEnd.Done ? "net.automatic" : "net.blocked", end == EgressEnd.Done ? null : "a-rule",
        end == EgressEnd.Done ? null : "no", 10, 20);

    [Fact]
    public void Few_connections_are_all_in_the_entry()
    {
        var batch = EgressBatch.Of(0, [Record(0, "a"), Record(1, "a"), Record(2, "b")], _ => throw new
            InvalidOperationException("nothing is kept elsewhere"));
        Assert.Equal((3, 0, null), (batch.Listed.Length, batch.Elsewhere, batch.ListDigest));
        Assert.Equal(
            [("a", 2, 20L, 40L), ("b", 1, 10L, 20L)],
            batch.Tallies.Select(t => (t.Host, t.Count, t.BytesSent, t.BytesReceived)));
    }

    [Fact]
    public void Of_many_the_entry_has_every_place_and_what_was_refused()
    {
        var records = Enumerable.Range(0, 900)
            .Select(i => Record(i, $"h{i % 300}", i % 100 == 7 ? EgressEnd.Refused : EgressEnd.Done))
            .ToImmutableArray();
        var batch = EgressBatch.Of(5, records, all => $"sha256:{all.Length}");
        Assert.Equal("sha256:900", batch.ListDigest);
        Assert.All(batch.Listed, r => Assert.Equal(EgressEnd.Refused, r.End));
        Assert.Equal(9, batch.Listed.Length);
        Assert.True(batch.Tallies.Length <= EgressBatch.TalliesMax && batch.Elsewhere > 0);
        Assert.Equal(900, batch.Tallies.Sum(t => t.Count) + batch.Elsewhere);
    }

    [Fact]
    public void Every_batch_that_is_made_is_one_that_is_taken_and_follows_the_one_before()
    {
        var world = World.WithEverybody();
        var request = world.Submit(world.OpenSession(workflow: "release-staging"), "git", "status");
        var run = world.Run(request);
        foreach (var count in (int[])[1, 40, EgressBatch.CountMax])
        {
            var state = (RequestState.Running)world.StateOf(request);
            var records = Enumerable.Range(state.Egress, count)
                .Select(i => Record(i, $"host{i}.example", (EgressEnd)(i % 4))).ToImmutableArray();
            world.Must(new RunMove.RecordEgress(
                run, request.Id, EgressBatch.Of(state.Egress, records, _ => "sha256:x")), World.Host);
        }
        Assert.Equal(41 + EgressBatch.CountMax, ((RequestState.Running)world.StateOf(request)).Egress);
    }

    [Theory]
    [InlineData(EgressEnd.Done, 20, ContentOrigins.Web)]
    [InlineData(EgressEnd.Cut, 1, ContentOrigins.Web)]
    [InlineData(EgressEnd.Done, 0, ContentOrigins.None)]
    [InlineData(EgressEnd.Refused, 0, ContentOrigins.None)]
    public void What_came_in_through_the_way_out_marks_the_session(EgressEnd end, long received, ContentOrigins marked)
    {
        var world = World.WithEverybody();
        var session = world.OpenSession(workflow: "release-staging");
        var request = world.Submit(session, "git", "status");
        var run = world.Run(request);
        var before = world.State.OpenSession(session)!.Content;
        Assert.False(before.HasFlag(ContentOrigins.Web));
        world.Must(new RunMove.RecordEgress(
            run, request.Id,
            EgressBatch.Of(0, [Record(0, "a", end) with { BytesReceived = received }], _ => "")), World.Host);
        Assert.Equal(before | marked, world.State.OpenSession(session)!.Content);
    }
}

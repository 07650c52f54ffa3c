using Writ.Requests;
using Writ.Runs;
using Writ.Server.Sequencer;
using Writ.Workflows;

namespace Writ.Server.Tests.Sequencer;

/// <summary>Moves that go together: in one batch, in their order, and only as far as each is wanted.</summary>
public sealed class FollowingMoveTests
{
    static readonly TimeSpan _timeout = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_request_its_writ_and_the_use_of_it_are_one_batch_of_three_entries()
    {
        await using var realm = await RealmFixture.Create();
        var answers = await Task.WhenAll(Go(realm, realm.Next())).WaitAsync(_timeout);

        Assert.Equal(
            [typeof(RequestMove.Submit), typeof(RequestMove.Execute), typeof(RunMove.Consume)],
            answers.Select(a => a.Move.GetType()));
        Assert.Equal([0L, 1L, 2L], answers.Select(a => a.Index - answers[0].Index));
        Assert.All(answers, a => Assert.IsType<Decided.Accepted>(a.Decided));
        realm.MustBeWhole();
    }

    [Fact]
    public async Task What_is_not_wanted_is_neither_decided_nor_recorded_nor_left_waiting()
    {
        await using var realm = await RealmFixture.Create();
        var (key, move) = realm.Next();
        var blocked = new RequestMove.Submit(move.Request with { Environment = [new Variable("", "x")] });
        var size = realm.Open.Store.Head.Size;

        var answers = Go(realm, (key, blocked));

        Assert.IsType<Decided.Refused>((await answers[0].WaitAsync(_timeout)).Decided);
        foreach (var further in answers[1..])
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => further.WaitAsync(_timeout));
        await realm.Submit();
        Assert.Equal(size + 2, realm.Open.Store.Head.Size);
        realm.MustBeWhole();
    }

    [Fact]
    public async Task Nothing_follows_on_a_repeat_whether_the_first_is_durable_or_on_its_way()
    {
        await using var realm = await RealmFixture.Create();
        var next = realm.Next();
        var (first, second) = (Go(realm, next), Go(realm, next));
        await Task.WhenAll(first).WaitAsync(_timeout);
        var third = Go(realm, next);

        foreach (var repeat in (Task<MoveAnswer>[][])[second, third])
        {
            Assert.True((await repeat[0].WaitAsync(_timeout)).Replayed);
            foreach (var further in repeat[1..])
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => further.WaitAsync(_timeout));
        }
        Assert.Equal((await first[0]).Index, (await third[0]).Index);
        realm.MustBeWhole();
    }

    [Fact]
    public async Task A_bad_key_takes_nothing_with_it()
    {
        await using var realm = await RealmFixture.Create();
        var answers = Go(realm, ("not a key", realm.Next().Move));
        Assert.Equal("realm.bad-key", ((Decided.Refused)(await answers[0]).Decided).Refusal.Code);
        Assert.All(answers[1..], a => Assert.True(a.IsCanceled));
    }

    [Fact]
    public async Task Where_the_first_does_not_fit_an_entry_those_after_it_are_not_decided_again()
    {
        await using var realm = await RealmFixture.Create();
        // Within the core's bound in characters, beyond the ledger's in bytes.
        var wide = SampleRealm.Submit(realm.Session, new RequestId("wide"), new string('\u20ac', 23_000));
        var following = 0;
        var answers = realm.Actor.SubmitTogether(
            wide, SampleRealm.Agent, "wide",
            new FollowingMove(realm.Next().Move, SampleRealm.Agent, "then", decided =>
            {
                following++;
                return decided is Decided.Accepted { Events: [RequestEvent.Judged] };
            }));

        var refused = Assert.IsType<Decided.Refused>((await answers[0].WaitAsync(_timeout)).Decided);
        Assert.Equal("realm.entry-too-large", refused.Refusal.Code);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answers[1].WaitAsync(_timeout));
        Assert.Equal(2, following);
        await realm.Submit();
        realm.MustBeWhole();
    }

    [Fact]
    public async Task Many_that_go_together_at_once_stay_together()
    {
        await using var realm = await RealmFixture.Create();
        var all = await Task.WhenAll(Enumerable.Range(0, 700).Select(_ => Task.WhenAll(Go(realm, realm.Next()))))
            .WaitAsync(_timeout);
        Assert.All(all, three =>
        {
            Assert.Equal([0L, 1L, 2L], three.Select(a => a.Index - three[0].Index));
            Assert.All(three, a => Assert.IsType<Decided.Accepted>(a.Decided));
        });
        Assert.Equal(all.Select(t => t[0].Index).Order(), all.Select(t => t[0].Index));
        realm.MustBeWhole();
    }

    static Task<MoveAnswer>[] Go(RealmFixture realm, (string Key, RequestMove.Submit Move) next)
    {
        var request = next.Move.Request;
        var writ = new WritId($"writ-{request.Id}");
        return realm.Actor.SubmitTogether(
            next.Move, SampleRealm.Agent, next.Key,
            new FollowingMove(
                new RequestMove.Execute(request.Id, writ, RequestRules.Digest(request)), SampleRealm.Agent,
                $"execute-{writ}", decided => decided is Decided.Accepted { Events: [RequestEvent.Judged] }),
            new FollowingMove(
                new RunMove.Consume(writ, request.Id, new RunId($"run-{writ}"), Tier.T2), SampleRealm.Host,
                $"consume-{writ}", decided => decided is Decided.Accepted { Events: [RunEvent.WritIssued] }));
    }
}

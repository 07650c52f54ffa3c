using Writ.Realms;
using Writ.Requests;
using Writ.Server.Sequencer;
using Writ.Server.Storage;

namespace Writ.Server.Tests.Sequencer;

public sealed class RealmActorTests
{
    static readonly TimeSpan _timeout = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task An_answer_comes_after_its_entry_is_in_the_ledger()
    {
        await using var realm = await RealmFixture.Create();
        var next = realm.Next();
        var answer = await realm.Submit(next);
        Assert.IsType<Decided.Accepted>(answer.Decided);
        Assert.False(answer.Replayed);
        Assert.Equal(next.Key, realm.Entry(answer.Index).Id);
        Assert.Equal(next.Move.Request.Id.Value, realm.Entry(answer.Index).Subject);
        Assert.NotNull(answer.After.Find(next.Move.Request.Id));
        Assert.NotNull(realm.Actor.State.Find(next.Move.Request.Id));
        realm.MustBeWhole();
    }

    [Fact]
    public async Task A_refusal_is_recorded_like_everything_else()
    {
        await using var realm = await RealmFixture.Create();
        var (key, move) = realm.Next();
        var answer = await realm.Actor.Submit(move, new Actor.Agent(1, 2, "/bin/sh"), key, CancellationToken.None);
        Assert.Equal("session.not-yours", Assert.IsType<Decided.Refused>(answer.Decided).Refusal.Code);
        Assert.Equal("session.not-yours", realm.Entry(answer.Index).Data.Refusal?.Code);
        realm.MustBeWhole();
    }

    [Fact]
    public async Task Concurrent_callers_are_answered_and_observers_told_in_the_ledgers_order()
    {
        await using var realm = await RealmFixture.Create();
        var first = realm.Open.Store.Head.Size;
        const int callers = 32;
        const int each = 40;
        var told = new List<long>();
        var all = new TaskCompletionSource();
        using var subscription = realm.Actor.Subscribe(committed =>
        {
            told.Add(committed.Index);
            if (committed.Index == first + callers * each - 1)
                all.SetResult();
        });
        var answers = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            var indexes = new List<long>();
            for (var i = 0; i < each; i++)
                indexes.Add((await realm.Submit()).Index);
            return indexes;
        })));
        Assert.All(answers, indexes => Assert.Equal(indexes.Order(), indexes));
        var expected = Enumerable.Range(0, callers * each).Select(i => first + i);
        Assert.Equal(expected, answers.SelectMany(i => i).Order());
        await all.Task.WaitAsync(_timeout);
        Assert.Equal(expected, told);
        realm.MustBeWhole();
    }

    [Fact]
    public async Task One_callers_moves_sent_at_once_keep_their_order()
    {
        await using var realm = await RealmFixture.Create();
        var answers = await Task.WhenAll(Enumerable.Range(0, 1_500).Select(_ => realm.Submit()));
        Assert.Equal(answers.Select(a => a.Index).Order(), answers.Select(a => a.Index));
        realm.MustBeWhole();
    }

    [Fact]
    public async Task Two_moves_that_go_together_are_decided_in_their_order_and_follow_each_other_in_the_ledger()
    {
        await using var realm = await RealmFixture.Create();
        var all = await Task.WhenAll(Enumerable.Range(0, 600).Select(async _ =>
        {
            var (key, move) = realm.Next();
            var allow = new RequestMove.Allow(move.Request.Id);
            var answers = realm.Actor.SubmitTogether(
                move, SampleRealm.Agent, key, new FollowingMove(allow, SampleRealm.Host, key + "-then", _ => true));
            return (First: await answers[0], Second: await answers[1]);
        }));
        Assert.All(all, pair =>
        {
            Assert.IsType<Decided.Accepted>(pair.First.Decided);
            Assert.Equal(pair.First.Index + 1, pair.Second.Index);
            Assert.IsType<RequestMove.Allow>(pair.Second.Move);
        });
        Assert.Equal(all.Select(p => p.First.Index).Order(), all.Select(p => p.First.Index));
        realm.MustBeWhole();
    }

    [Fact]
    public async Task Of_two_moves_that_go_together_neither_is_left_waiting_when_the_realm_stops()
    {
        await using var realm = await RealmFixture.Create();
        var held = new ManualResetEventSlim();
        await realm.Restart(directory => new HeldStore(SqliteLedgerStore.Open(directory), held, breaks: true));
        var waiting = new List<Task<MoveAnswer>> { realm.Submit() };
        for (var i = 0; i < 3; i++)
        {
            var ((key, move), (otherKey, other)) = (realm.Next(), realm.Next());
            waiting.AddRange(realm.Actor.SubmitTogether(
                move, SampleRealm.Agent, key, new FollowingMove(other, SampleRealm.Agent, otherKey, _ => true)));
        }
        held.Set();
        foreach (var task in waiting)
            await Assert.ThrowsAsync<RealmUnavailableException>(() => task.WaitAsync(_timeout));
    }

    [Fact]
    public async Task An_observer_that_fails_harms_nobody()
    {
        await using var realm = await RealmFixture.Create();
        var told = new TaskCompletionSource();
        using var broken = realm.Actor.Subscribe(_ => throw new InvalidOperationException("broken"));
        using var whole = realm.Actor.Subscribe(_ => told.TrySetResult());
        await realm.Submit();
        await told.Task.WaitAsync(_timeout);
        await realm.Submit();
    }

    [Fact]
    public async Task A_full_queue_is_busy_and_what_it_holds_is_answered()
    {
        await using var realm = await RealmFixture.Create();
        realm.Settings = realm.Settings with { WaitingMax = 4 };
        var held = new ManualResetEventSlim();
        await realm.Restart(directory => new HeldStore(SqliteLedgerStore.Open(directory), held));
        var waiting = new List<Task<MoveAnswer>>();
        RealmUnavailableException? busy = null;
        // One batch is held in the store, one is decided meanwhile, and the queue is behind both.
        for (var i = 0; i < 2_000 && busy is null; i++)
            try
            {
                waiting.Add(realm.Submit());
            }
            catch (RealmUnavailableException e)
            {
                busy = e;
            }
        Assert.Equal(RealmUnavailableException.Busy, busy?.Code);
        held.Set();
        var answers = await Task.WhenAll(waiting);
        Assert.Equal(waiting.Count, answers.Select(a => a.Index).Distinct().Count());
        realm.MustBeWhole();
    }

    [Fact]
    public async Task A_repeat_gets_the_same_answer_and_writes_nothing()
    {
        await using var realm = await RealmFixture.Create();
        var next = realm.Next();
        var both = await Task.WhenAll(realm.Submit(next), realm.Submit(next));
        Assert.Equal(both[0].Index, both[1].Index);
        Assert.Equal([false, true], both.Select(a => a.Replayed).Order());
        var size = realm.Open.Store.Head.Size;

        var repeat = await realm.Submit(next);
        await realm.Restart();
        var afterRestart = await realm.Submit(next);
        await realm.Stop();
        File.Delete(DataDirectory.Open(realm.Path).SnapshotFile);
        realm.Start();
        var afterReplay = await realm.Submit(next);
        Assert.All([repeat, afterRestart, afterReplay], answer =>
        {
            Assert.True(answer.Replayed);
            Assert.Equal(both[0].Index, answer.Index);
            Assert.Equal(both[0].At, answer.At);
            var events = Assert.IsType<Decided.Accepted>(answer.Decided).Events;
            Assert.Equal(VerdictKind.Automatic, Assert.IsType<RequestEvent.Judged>(Assert.Single(events)).Verdict.Kind);
            Assert.Equal(next.Move.Request.Id, Assert.IsType<RequestMove.Submit>(answer.Move).Request.Id);
        });
        Assert.Equal(size, realm.Open.Store.Head.Size);
    }

    [Fact]
    public async Task A_retry_with_new_ids_gets_the_ids_of_the_first_try()
    {
        await using var realm = await RealmFixture.Create();
        var (key, first) = realm.Next();
        var (_, second) = realm.Next();
        await realm.Submit((key, first));
        var answer = await realm.Submit((key, second));
        Assert.True(answer.Replayed);
        Assert.Equal(first.Request.Id, Assert.IsType<RequestMove.Submit>(answer.Move).Request.Id);
    }

    [Fact]
    public async Task A_key_is_nobody_elses()
    {
        await using var realm = await RealmFixture.Create();
        var next = realm.Next();
        await realm.Submit(next);
        var size = realm.Open.Store.Head.Size;
        var other = await realm.Actor.Submit(next.Move, new Actor.Agent(1, 2, "/bin/sh"), next.Key,
            CancellationToken.None);
        var kind = await realm.Actor.Submit(new RealmMove.Tick(), SampleRealm.Agent, next.Key, CancellationToken.None);
        var malformed = await realm.Actor.Submit(next.Move, SampleRealm.Agent, "a key", CancellationToken.None);
        Assert.All([other, kind], a => Assert.Equal("realm.key-reused", Assert.IsType<Decided.Refused>(
            a.Decided).Refusal.Code));
        Assert.Equal("realm.bad-key", Assert.IsType<Decided.Refused>(malformed.Decided).Refusal.Code);
        Assert.All([other, kind, malformed], a => Assert.Equal(MoveAnswer.NotRecorded, a.Index));
        Assert.Equal(size, realm.Open.Store.Head.Size);
    }

    [Theory]
    [InlineData(-1_999, null)]
    [InlineData(-2_000, "realm.clock-backwards")]
    [InlineData(-3_600_000, "realm.clock-backwards")]
    public async Task A_clock_set_back_is_waited_out_or_refused(int milliseconds, string? code)
    {
        await using var realm = await RealmFixture.Create();
        var before = (await realm.Submit()).At;
        realm.Time.Move(TimeSpan.FromMilliseconds(milliseconds));
        var next = realm.Next();
        var answer = await realm.Submit(next);
        Assert.Equal(before, answer.At);
        Assert.Equal(code, (answer.Decided as Decided.Refused)?.Refusal.Code);
        var repeat = await realm.Submit(next);
        Assert.True(repeat.Replayed);
        Assert.Equal(code, (repeat.Decided as Decided.Refused)?.Refusal.Code);
        realm.Time.Move(TimeSpan.FromHours(1));
        Assert.IsType<Decided.Accepted>((await realm.Submit()).Decided);
        realm.MustBeWhole();
    }

    [Fact]
    public async Task What_does_not_fit_an_entry_is_refused_and_a_finding_says_so()
    {
        await using var realm = await RealmFixture.Create();
        // Within the core's bound in characters, beyond the ledger's in bytes.
        var line = new string('\u20ac', 23_000);
        var moves = Enumerable.Range(0, 20).Select(i => (Key: $"wide-{i}", Move: SampleRealm.Submit(
            realm.Session, new RequestId($"wide-{i}"), i % 5 == 3 ? line : null))).ToList();
        var answers = await Task.WhenAll(moves.Select(realm.Submit));
        for (var i = 0; i < answers.Length; i++)
            Assert.Equal(i % 5 == 3 ? "realm.entry-too-large"
                : null, (answers[i].Decided as Decided.Refused)?.Refusal.Code);
        Assert.Equal(answers.Select(a => a.Index).Order(), answers.Select(a => a.Index));
        Assert.Equal(4, realm.Actor.State.Findings);
        Assert.IsType<RealmMove.RaiseFinding>(realm.Entry(answers[3].Index).Data.Move);
        Assert.Equal("realm.entry-too-large",
            Assert.IsType<Decided.Refused>((await realm.Submit(moves[3])).Decided).Refusal.Code);
        realm.MustBeWhole();
    }

    [Fact]
    public async Task Runs_that_were_under_way_are_recorded_as_lost_once()
    {
        await using var realm = await RealmFixture.Create();
        var (key, submit) = realm.Next();
        await realm.Submit((key, submit));
        var (request, writ, run) = (submit.Request.Id, new WritId("writ-1"), new RunId("run-1"));
        await SampleRealm.Accepted(realm.Actor, SampleRealm.Agent, "execute",
            new RequestMove.Execute(request, writ, RequestRules.Digest(submit.Request)));
        await SampleRealm.Accepted(realm.Actor, SampleRealm.Host, "consume",
            new Runs.RunMove.Consume(writ, request, run, Workflows.Tier.T2));
        await realm.Restart();
        var log = Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;
        Assert.Equal(1, await LostRuns.Record(realm.Actor, log, CancellationToken.None));
        Assert.Equal(0, await LostRuns.Record(realm.Actor, log, CancellationToken.None));
        Assert.Equal("run.lost", Assert.IsType<RequestState.Closed>(realm.Actor.State.Find(request)?.Request).Code);
        realm.MustBeWhole();
    }

    /// <summary>A store whose appends wait until the test lets them.</summary>
    sealed class HeldStore(ILedgerStore store, ManualResetEventSlim held, bool breaks = false) : ILedgerStore
    {
        public LedgerHead Head => store.Head;

        public void Append(long expectedSize, IReadOnlyList<ReadOnlyMemory<byte>> entries, LedgerHead head)
        {
            if (!held.Wait(_timeout))
                throw new TimeoutException("The test never let the store go on.");
            if (breaks)
                throw new InvalidOperationException("Nobody knows whether this was kept.");
            store.Append(expectedSize, entries, head);
        }

        public IReadOnlyList<ReadOnlyMemory<byte>> Read(long from, int count) => store.Read(from, count);

        public void SaveSnapshot(long size, ReadOnlySpan<byte> root, ReadOnlySpan<byte> content) =>
            store.SaveSnapshot(size, root, content);

        public LedgerSnapshot? LoadSnapshot() => store.LoadSnapshot();

        public void Dispose() => store.Dispose();
    }
}

using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Server.Tests.Storage;

namespace Writ.Server.Tests.Sequencer;

/// <summary>Every step of a write meets every mishap, under load; afterwards nothing acknowledged is missing.</summary>
public sealed class RealmFaultTableTests
{
    const int Moves = 12;

    public static TheoryData<LedgerWriteStep, int, Mishap> EveryStepAndMishap()
    {
        var table = new TheoryData<LedgerWriteStep, int, Mishap>();
        foreach (var mishap in Enum.GetValues<Mishap>())
        {
            table.Add(LedgerWriteStep.Begin, 0, mishap);
            table.Add(LedgerWriteStep.MoveHead, 0, mishap);
            table.Add(LedgerWriteStep.Insert, 0, mishap);
            table.Add(LedgerWriteStep.Insert, 3, mishap);
            table.Add(LedgerWriteStep.Commit, 0, mishap);
        }
        return table;
    }

    [Theory]
    [MemberData(nameof(EveryStepAndMishap))]
    public async Task What_was_acknowledged_is_kept_and_what_failed_did_not_happen(
        LedgerWriteStep step, int skip, Mishap mishap)
    {
        FaultingLedgerStore store = null!;
        await using var realm = await RealmFixture.Create(directory => store = FaultingLedgerStore.Open(directory));
        var kept = await realm.Submit();
        store.Arm(step, skip, mishap);
        var tried = Enumerable.Range(0, Moves).Select(_ => realm.Next()).ToList();
        var outcomes = await Task.WhenAll(tried.Select(n => Outcome(realm, n)));
        Assert.False(store.IsArmed);

        var atCommit = step == LedgerWriteStep.Commit;
        Assert.Contains(outcomes, o => o.Code == (atCommit ? RealmUnavailableException.Stopped : StorageCodes.Io));
        if (atCommit)
        {
            Assert.IsType<LedgerFaultException>(await realm.Actor.Fault);
            Assert.Equal(RealmUnavailableException.Stopped, (await Outcome(realm, realm.Next())).Code);
        }
        else
        {
            // The realm goes on: what failed may simply be tried again, under its own key.
            realm.MustBeWhole();
            Assert.All(outcomes.Where(o => o.Code is not null), o => Assert.False(IsInLedger(realm, o.Key)));
            Assert.All(await Task.WhenAll(tried.Select(n => Outcome(realm, n))), o => Assert.Null(o.Code));
            realm.MustBeWhole();
        }

        await realm.Stop();
        if (store.Remains is { } remains)
            realm.Path = remains;
        realm.Start();
        realm.MustBeWhole();
        Assert.True(IsInLedger(realm, realm.Entry(kept.Index).Id));
        // What came after a crash never came: that process was gone.
        var acknowledged = store.Remains is null
            ? outcomes.Where(o => o.Code is null)
            : outcomes.TakeWhile(o => o.Code is null);
        Assert.All(acknowledged, o => Assert.True(IsInLedger(realm, o.Key)));
        // Whether or not it had happened: asked again it is answered, and is there once.
        Assert.All(await Task.WhenAll(tried.Select(n => Outcome(realm, n))), o => Assert.Null(o.Code));
        Assert.All(tried, n => Assert.Single(Keys(realm), key => key == n.Key));
        realm.MustBeWhole();
    }

    [Fact]
    public async Task A_full_disk_is_told_and_the_realm_goes_on_when_there_is_room()
    {
        await using var realm = await RealmFixture.Create();
        await realm.Restart(d => SqliteLedgerStore.Open(d, new SqliteLedgerSettings { PagesMax = 40 }));
        var acknowledged = new List<string>();
        (string Key, string? Code) last;
        do
        {
            last = await Outcome(realm, realm.Next());
            if (last.Code is null)
                acknowledged.Add(last.Key);
        }
        while (last.Code is null && acknowledged.Count < 5_000);
        Assert.Equal(StorageCodes.Full, last.Code);
        Assert.False(realm.Actor.Fault.IsCompleted);
        realm.MustBeWhole();
        await realm.Restart();
        Assert.IsType<Decided.Accepted>((await realm.Submit()).Decided);
        Assert.Superset(acknowledged.ToHashSet(), Keys(realm).ToHashSet());
        realm.MustBeWhole();
    }

    static async Task<(string Key, string? Code)> Outcome(
        RealmFixture realm, (string Key, Requests.RequestMove.Submit Move) next)
    {
        try
        {
            var answer = await realm.Submit(next);
            return (next.Key, (answer.Decided as Decided.Refused)?.Refusal.Code);
        }
        catch (RealmUnavailableException e)
        {
            return (next.Key, e.Code);
        }
    }

    static bool IsInLedger(RealmFixture realm, string key) => Keys(realm).Contains(key);

    static IEnumerable<string> Keys(RealmFixture realm)
    {
        for (var at = 0L; at < realm.Open.Store.Head.Size; at++)
            yield return realm.Entry(at).Id;
    }
}

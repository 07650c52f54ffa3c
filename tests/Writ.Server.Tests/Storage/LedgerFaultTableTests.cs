using Writ.Server.Storage;

namespace Writ.Server.Tests.Storage;

/// <summary>Every step of an append goes wrong in every way; afterwards everything stored is verified again.</summary>
public sealed class LedgerFaultTableTests : IDisposable
{
    const int BatchSize = 3;
    readonly TemporaryFolder _folder = new();

    FaultingLedgerStore Prepared(string name = "realm", int size = 5)
    {
        var directory = DataDirectory.Create(_folder[name]);
        SqliteLedgerStore.Create(directory, SampleLedger.Inception);
        var store = FaultingLedgerStore.Open(directory);
        SampleLedger.Extend(store, size);
        return store;
    }

    public static TheoryData<LedgerWriteStep, int, Mishap> EveryStepAndMishap()
    {
        var table = new TheoryData<LedgerWriteStep, int, Mishap>();
        foreach (var mishap in Enum.GetValues<Mishap>())
        {
            table.Add(LedgerWriteStep.Begin, 0, mishap);
            table.Add(LedgerWriteStep.MoveHead, 0, mishap);
            for (var entry = 0; entry < BatchSize; entry++)
                table.Add(LedgerWriteStep.Insert, entry, mishap);
            table.Add(LedgerWriteStep.Commit, 0, mishap);
        }
        return table;
    }

    [Theory]
    [MemberData(nameof(EveryStepAndMishap))]
    public void An_append_happened_exactly_when_its_commit_did(LedgerWriteStep step, int skip, Mishap mishap)
    {
        using var store = Prepared();
        store.Arm(step, skip, mishap);
        var fault = Assert.Throws<LedgerFaultException>(() => SampleLedger.Extend(store, BatchSize));
        Assert.Equal(StorageCodes.Io, fault.Code);
        Assert.False(store.IsArmed);

        // Only at the commit can nobody tell; the store then refuses to go on with what it believes.
        var atCommit = step == LedgerWriteStep.Commit;
        Assert.Equal(atCommit, fault.OutcomeUnknown);
        Assert.Equal(atCommit, fault.IsFatal);
        SampleLedger.AssertSame(SampleLedger.HeadAt(5), store.Head);
        if (atCommit)
        {
            Assert.Equal(StorageCodes.Stopped, Assert.Throws<LedgerFaultException>(() => store.Read(0, 1)).Code);
            var next = Assert.Throws<LedgerFaultException>(() => SampleLedger.Extend(store, 1));
            Assert.Equal(StorageCodes.Stopped, next.Code);
        }
        else
        {
            SampleLedger.MustHoldExactly(store, 5);
        }

        store.Reopen();
        var happened = atCommit && mishap is Mishap.FailsAfter or Mishap.CrashesAfter;
        var size = atCommit && happened ? 5 + BatchSize : 5;
        SampleLedger.MustHoldExactly(store, size);
        SampleLedger.Extend(store, 2);
        store.Reopen();
        SampleLedger.MustHoldExactly(store, size + 2);
    }

    [Theory]
    [InlineData(LedgerWriteStep.Begin)]
    [InlineData(LedgerWriteStep.MoveHead)]
    [InlineData(LedgerWriteStep.Insert)]
    public void A_failure_before_the_commit_leaves_a_store_that_goes_on(LedgerWriteStep step)
    {
        using var store = Prepared();
        foreach (var mishap in new[] { Mishap.FailsBefore, Mishap.FailsAfter })
        {
            var size = store.Head.Size;
            store.Arm(step, 0, mishap);
            Assert.Throws<LedgerFaultException>(() => SampleLedger.Extend(store, BatchSize));
            SampleLedger.Extend(store, BatchSize);
            SampleLedger.MustHoldExactly(store, size + BatchSize);
        }
    }

    [Theory]
    [InlineData(Mishap.FailsBefore)]
    [InlineData(Mishap.FailsAfter)]
    [InlineData(Mishap.CrashesBefore)]
    [InlineData(Mishap.CrashesAfter)]
    public void Whatever_the_nth_step_does_nothing_acknowledged_is_lost(Mishap mishap)
    {
        using var store = Prepared();
        var steps = 0;
        while (true)
        {
            var acknowledged = store.Head.Size;
            store.Arm(step: null, skip: steps, mishap);
            try
            {
                SampleLedger.Extend(store, BatchSize);
            }
            catch (LedgerFaultException)
            {
                steps++;
                store.Reopen();
                Assert.True(store.Head.Size == acknowledged || store.Head.Size == acknowledged + BatchSize);
                SampleLedger.MustHoldExactly(store, store.Head.Size);
                continue;
            }
            break;
        }
        Assert.True(store.IsArmed);
        Assert.Equal(3 + BatchSize, steps);
    }

    [Theory]
    [InlineData(5, StorageCodes.Locked)]
    [InlineData(10, StorageCodes.Io)]
    [InlineData(13, StorageCodes.Full)]
    [InlineData(11, StorageCodes.Corrupt)]
    [InlineData(14, StorageCodes.Io)]
    public void Each_kind_of_failure_has_its_code(int sqlite, string code)
    {
        using var store = Prepared();
        store.Arm(LedgerWriteStep.Insert, 1, Mishap.FailsBefore, sqlite);
        var fault = Assert.Throws<LedgerFaultException>(() => SampleLedger.Extend(store, BatchSize));
        Assert.Equal(code, fault.Code);
        Assert.False(fault.OutcomeUnknown);
        store.Reopen();
        SampleLedger.MustHoldExactly(store, 5);
    }

    [Fact]
    public void A_busy_commit_is_known_not_to_have_happened()
    {
        using var store = Prepared();
        store.Arm(LedgerWriteStep.Commit, 0, Mishap.FailsBefore, code: 5);
        var fault = Assert.Throws<LedgerFaultException>(() => SampleLedger.Extend(store, BatchSize));
        Assert.Equal(StorageCodes.Locked, fault.Code);
        Assert.False(fault.OutcomeUnknown);
        SampleLedger.Extend(store, 1);
        SampleLedger.MustHoldExactly(store, 6);
    }

    public void Dispose() => _folder.Dispose();
}

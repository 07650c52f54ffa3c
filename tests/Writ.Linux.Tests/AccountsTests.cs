using System.Globalization;

namespace Writ.Linux.Tests;

public sealed class AccountsTests
{
    // Others may start and end meanwhile; of this process alone there are at least these.
    [Fact]
    public void Threads_are_counted_as_the_limit_counts_them()
    {
        var here = Directory.GetDirectories("/proc/self/task").Length;
        Assert.InRange(Accounts.ThreadsOf(ThisProcess.EffectiveUid), here, int.MaxValue);
        var running = Accounts.Running();
        Assert.Contains(ThisProcess.EffectiveUid, running);
        var nobodys = Enumerable.Range(1_900_000_000, 100).First(id => !running.Contains(id));
        Assert.True(Accounts.ThreadsOf(nobodys) == 0, nobodys.ToString(CultureInfo.InvariantCulture));
    }
}

using Writ.Server.Tests.Storage;

namespace Writ.Server.Tests.Sequencer;

/// <summary>
/// A real process under load, killed with SIGKILL at random moments, 25 times with 8 realms in it: 200 recoveries.
/// Every ledger is then read by a second account that has followed it from its first entry.
/// </summary>
public sealed class CrashTests
{
    const int Realms = 8;
    const int Lives = 25;
    const int Seed = 20260302;
    const int AcknowledgedMax = 600;

    [Fact]
    public async Task Killed_at_any_moment_nothing_acknowledged_is_lost_and_no_writ_is_consumed_twice()
    {
        using var folder = new TemporaryFolder();
        var accounts = new CrashAccount[Realms];
        for (var i = 0; i < Realms; i++)
            accounts[i] = await CrashAccount.Open(folder[$"realm-{i}"]);
        var random = new Random(Seed);
        var program = Path.Combine(AppContext.BaseDirectory, "Writ.Server.Tests");
        for (var life = 0; life < Lives; life++)
        {
            CrashLife.Live(program, folder.Root, accounts, $"life{life}", random.Next(AcknowledgedMax));
            foreach (var account in accounts)
                Assert.All(account.Follow(), wrong => Assert.Fail($"seed {Seed}, life {life}: {wrong}"));
        }
        Assert.All(accounts, account => Assert.True(account.Consumed > 0, "no run was ever started"));
    }
}

using System.Globalization;
using Writ.Server.Tests.Sequencer;

namespace Writ.Benchmarks;

/// <summary>
/// A process that writes a realm under load is killed with SIGKILL, again and again, at moments that a seed decides;
/// after each kill its ledger is read by an account that has followed it from its first entry. Several lanes, each with
/// a process of its own, so that starts and kills of one fall into the load of the others. It ends with 1 when anything
/// that was acknowledged is missing, changed or consumed twice.
/// </summary>
static class CrashBench
{
    const int Lanes = 4;
    const int LivesPerRealm = 25;
    const int AcknowledgedMax = 300;

    public static async Task<int> Run(string[] arguments)
    {
        var kills = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 1_000;
        var seed = arguments.Length > 1
            ? int.Parse(arguments[1], CultureInfo.InvariantCulture)
            : Random.Shared.Next(1_000_000);
        Console.WriteLine($"{kills} kills in {Lanes} lanes; the same again with: bench crash {kills} {seed}");
        var lanes = await Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane => Task.Run(() =>
            Lane(lane, seed, kills / Lanes + (lane < kills % Lanes ? 1 : 0)))));
        var accounts = lanes.SelectMany(l => l.Accounts).ToList();
        var wrong = lanes.SelectMany(l => l.Wrong).ToList();
        var recovery = accounts.SelectMany(a => a.RecoveryMilliseconds).ToList();
        Console.WriteLine("| kills | entries | acknowledged | found | lost | writs consumed | consumed twice |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        Console.WriteLine($"| {kills} | {accounts.Sum(a => a.Entries)} | {accounts.Sum(a => a.Acknowledged)} | "
            + $"{accounts.Sum(a => a.Found)} | {accounts.Sum(a => a.Acknowledged - a.Found)} | "
            + $"{accounts.Sum(a => a.Consumed)} | {accounts.Sum(a => a.ConsumedTwice)} |");
        Console.WriteLine();
        Console.WriteLine("| recoveries | p50 ms | p99 ms |");
        Console.WriteLine("| ---: | ---: | ---: |");
        if (recovery.Count > 0)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {recovery.Count} ")
                + string.Create(CultureInfo.InvariantCulture, $"| {BenchDaemon.Percentile(recovery, 0.5):N1} ")
                + string.Create(CultureInfo.InvariantCulture, $"| {BenchDaemon.Percentile(recovery, 0.99):N1} |"));
        foreach (var finding in wrong)
            Console.WriteLine($"WRONG: {finding}");
        return wrong.Count == 0 ? 0 : 1;
    }

    static async Task<(List<CrashAccount> Accounts, List<string> Wrong)> Lane(int lane, int seed, int kills)
    {
        var random = new Random(seed + lane);
        var (accounts, wrong) = (new List<CrashAccount>(), new List<string>());
        var program = Path.Combine(AppContext.BaseDirectory, "Writ.Benchmarks");
        for (var done = 0; done < kills; done += LivesPerRealm)
        {
            var folder = Directory.CreateTempSubdirectory("writ-bench-");
            try
            {
                var account = await CrashAccount.Open(Path.Combine(folder.FullName, "realm-0"));
                accounts.Add(account);
                for (var life = done; life < Math.Min(kills, done + LivesPerRealm); life++)
                {
                    CrashLife.Live(program, folder.FullName, [account], $"life{life}", random.Next(AcknowledgedMax));
                    wrong.AddRange(account.Follow().Select(finding => $"lane {lane}, life {life}: {finding}"));
                }
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
        return (accounts, wrong);
    }
}

using System.Globalization;

namespace Writ.Benchmarks;

/// <summary>
/// What a brokered command costs: <c>writ run -- /bin/true</c> with its verdict, order, sandbox and record, beside the
/// bare sandbox, sudo, and the command alone. They take turns, so that a busy machine is as busy for each.
/// </summary>
static class RunBench
{
    const int WarmUps = 60;

    // What a sandbox leaves for the kernel to clear away, and what the daemon does after a run, is in nobody's way.
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(30);

    public static async Task Run(string[] arguments)
    {
        var count = arguments is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 200;
        await using var daemon = await BenchDaemon.Start();
        var writ = BenchDaemon.Binary("writ");
        var rows = new List<(string Name, string Program, string[] Arguments, List<double> Took)>
        {
            ("writ run -- /bin/true", writ, ["run", "--", "/bin/true"], []),
            ("bwrap --unshare-all /bin/true", "/usr/bin/bwrap",
                ["--unshare-all", "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib",
                    "/lib",
                    "--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev", "/bin/true"], []),
            ("sudo -n /bin/true", "/usr/bin/sudo", ["-n", "/bin/true"], []),
            ("/bin/true", "/bin/true", [], []),
        };
        rows.RemoveAll(r => !File.Exists(r.Program));
        for (var i = -WarmUps; i < count; i++)
            foreach (var row in rows)
            {
                await Task.Delay(Pause);
                var took = daemon.Time(row.Program, row.Arguments, []);
                if (i >= 0)
                    row.Took.Add(took);
            }
        Console.WriteLine("| command | n | p50 ms | p99 ms | writ run takes so many times as long |");
        Console.WriteLine("| :--- | ---: | ---: | ---: | ---: |");
        var ours = BenchDaemon.Percentile(rows[0].Took, 0.5);
        foreach (var row in rows)
        {
            var p50 = BenchDaemon.Percentile(row.Took, 0.5);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {row.Name} | {row.Took.Count} | {p50:N2} | {BenchDaemon.Percentile(row.Took, 0.99):N2} "
                    + $"| {ours / p50:N1} |"));
        }
    }
}

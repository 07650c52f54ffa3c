using System.Globalization;

namespace Writ.Benchmarks;

/// <summary>
/// What a brokered command costs: <c>writ run -- /bin/true</c> with its verdict, order, sandbox and record, beside the
/// bare sandbox, sudo, and the command alone. They take turns, so that a busy machine is as busy for each. Once with a
/// pause before each, in which the daemon builds the session's next sandbox, as it can while an agent thinks; and once
/// without, where a command that follows another at once pays for what the one before has left to do.
/// </summary>
static class RunBench
{
    const int WarmUps = 200;

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
        await Round(daemon, "after a pause", rows, count, Pause);
        foreach (var row in rows)
            row.Took.Clear();
        await Round(daemon, "back to back", rows, count, TimeSpan.Zero);
    }

    static async Task Round(
        BenchDaemon daemon, string how, List<(string Name, string Program, string[] Arguments, List<double> Took)> rows,
        int count, TimeSpan pause)
    {
        // Without a pause each has its turns one after the other: what disturbs a command is then another of its kind.
        if (pause == TimeSpan.Zero)
            foreach (var row in rows)
                for (var i = -WarmUps; i < count; i++)
                    Note(row.Took, i, daemon.Time(row.Program, row.Arguments, []));
        else
            for (var i = -WarmUps; i < count; i++)
                foreach (var row in rows)
                {
                    await Task.Delay(pause);
                    Note(row.Took, i, daemon.Time(row.Program, row.Arguments, []));
                }
        Console.WriteLine($"| command, {how} | n | p50 ms | p99 ms | writ run takes so many times as long |");
        Console.WriteLine("| :--- | ---: | ---: | ---: | ---: |");
        var ours = BenchDaemon.Percentile(rows[0].Took, 0.5);
        foreach (var row in rows)
        {
            var p50 = BenchDaemon.Percentile(row.Took, 0.5);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {row.Name} | {row.Took.Count} | {p50:N2} | {BenchDaemon.Percentile(row.Took, 0.99):N2} "
                    + $"| {ours / p50:N2} |"));
        }
        Console.WriteLine();
    }

    static void Note(List<double> all, int round, double took)
    {
        if (round >= 0)
            all.Add(took);
    }
}

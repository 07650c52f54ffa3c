using System.Globalization;
using Writ.Workflows;

namespace Writ.Benchmarks;

/// <summary>
/// What it costs that every program of a run is decided: a shell that starts a program 500 times, and a small build,
/// by themselves, in a bare sandbox, and by order of a writ. They take turns, so that a busy machine is as busy for
/// each.
/// </summary>
static class MediateBench
{
    const int SourcesMax = 12;

    static readonly string[] Sandbox =
    [
        "--unshare-all", "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib",
        "--symlink", "usr/lib64", "/lib64", "--ro-bind-try", "/etc/alternatives", "/etc/alternatives", "--proc",
        "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
    ];

    public static async Task Run(string[] arguments)
    {
        var rounds = arguments is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 9;
        await using var daemon = await BenchDaemon.Start();
        await using var holding = await BenchDaemon.Start(
            d => d with { Workflows = [d.Workflows[0] with { TierMin = Tier.T3 }] }, holds: true);
        WriteSources(daemon.Tree);
        WriteSources(holding.Tree);
        Measure(daemon, holding, rounds, "500 x /bin/true in bash", ["/usr/bin/bash", "-c",
            "for i in $(seq 500); do /bin/true; done"]);
        Measure(daemon, holding, rounds, $"make of {SourcesMax} C files", ["/usr/bin/make", "-B", "-s"]);
        // As many before the first that counts as `bench run` has: until then the daemon's code is being compiled.
        Measure(daemon, holding, rounds * 10, "/bin/true", ["/bin/true"], warmUps: 200);
    }

    static void WriteSources(string tree)
    {
        for (var i = 0; i < SourcesMax; i++)
            File.WriteAllText(Path.Combine(tree, $"f{i}.c"), $"int f{i}(int x) {{ return x + {i}; }}\n");
        var objects = string.Join(' ', Enumerable.Range(0, SourcesMax).Select(i => $"f{i}.o"));
        File.WriteAllText(Path.Combine(tree, "Makefile"), $"all: {objects}\n%.o: %.c\n\tgcc -c $< -o $@\n");
    }

    static void Measure(
        BenchDaemon daemon, BenchDaemon holding, int rounds, string name, string[] command, int warmUps = 2)
    {
        List<(string How, BenchDaemon Daemon, string Program, string[] Arguments, List<double> Took)> rows =
        [
            ("plain", daemon, command[0], command[1..], []),
            ("bwrap", daemon, "/usr/bin/bwrap", [.. Sandbox, "--bind", daemon.Tree, daemon.Tree, "--chdir", daemon.Tree,
                .. command], []),
            ("writ run, T2", daemon, BenchDaemon.Binary("writ"), ["run", "--", .. command], []),
            ("writ run, T3", holding, BenchDaemon.Binary("writ"), ["run", "--", .. command], []),
        ];
        for (var i = -warmUps; i < rounds; i++)
            foreach (var row in rows)
            {
                var took = row.Daemon.Time(row.Program, row.Arguments, []);
                if (i >= 0)
                    row.Took.Add(took);
            }
        Console.WriteLine($"| {name} | n | p50 ms | p99 ms | times plain | times bwrap |");
        Console.WriteLine("| :--- | ---: | ---: | ---: | ---: | ---: |");
        var (plain, bare) = (BenchDaemon.Percentile(rows[0].Took, 0.5), BenchDaemon.Percentile(rows[1].Took, 0.5));
        foreach (var row in rows)
        {
            var p50 = BenchDaemon.Percentile(row.Took, 0.5);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {row.How} | {row.Took.Count} | {p50:N1} | {BenchDaemon.Percentile(row.Took, 0.99):N1} "
                    + $"| {p50 / plain:N2} | {p50 / bare:N2} |"));
        }
        Console.WriteLine();
    }
}

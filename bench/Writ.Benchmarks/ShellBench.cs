using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Writ.Shell.Knowledge;
using Writ.Shell.Resolving;
using Writ.Shell.Syntax;
using Writ.Shell.Tests.Syntax;

namespace Writ.Benchmarks;

/// <summary>
/// What reading and resolving a line of shell costs: each command of the shared set by itself, and the lines made to be
/// slow. The whole set is read round by round, as other commands come between in life too; of each command the median
/// counts.
/// </summary>
static class ShellBench
{
    const int Rounds = 31;

    // Long enough for the optimising compiler to have seen every path.
    static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(3);

    public static void Run(string[] arguments)
    {
        var file = arguments is [var given] ? given : Find("data/commands-dev.jsonl");
        var commands = File.ReadLines(file)
            .Select(l => JsonDocument.Parse(l).RootElement.GetProperty("command").GetString()!).ToArray();
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < _warmUp;)
            foreach (var command in commands)
                ShellParser.Parse(command);
        Console.WriteLine("| what | commands | p50 us | p95 us | p99 us | longest us | bytes a command, mean |");
        Console.WriteLine("| :--- | ---: | ---: | ---: | ---: | ---: | ---: |");
        Row("parse", commands, c => ShellParser.Parse(c));
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < _warmUp;)
            foreach (var command in commands)
                ShellResolver.Resolve(command);
        Row("parse and resolve", commands, c => ShellResolver.Resolve(c));
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < _warmUp;)
            foreach (var command in commands)
                Judge(command);
        Row("parse, resolve and effects", commands, Judge);
        Console.WriteLine();
        WriteSlowest();
    }

    static readonly LineCircumstances _somewhere = new("/home/agent/work");

    static void Judge(string line) => LineJudge.Judge(ProgramKnowledge.Shipped, line, _somewhere);

    static void Row(string name, string[] commands, Action<string> work)
    {
        var took = Medians(commands, work);
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var command in commands)
            work(command);
        var allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / commands.Length;
        Array.Sort(took);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {commands.Length} | {At(took, 0.5):F2} | {At(took, 0.95):F2} | {At(took, 0.99):F2} | "
            + $"{took[^1]:F2} | {allocated} |"));
    }

    static void WriteSlowest()
    {
        var texts = Adversaries.All().ToArray();
        WriteSlowest("to parse", texts, t => ShellParser.Parse(t, new ParseOptions { ExtendedGlob = true }));
        WriteSlowest("to parse, resolve and judge", [.. texts, .. Adversaries.Lines()], Judge);
    }

    static void WriteSlowest(string what, (string Name, string Text)[] texts, Action<string> work)
    {
        var slow = texts.Select(a => (a.Name, Took: Slowest(a.Text, work))).OrderByDescending(a => a.Took).ToArray();
        Console.WriteLine($"| {slow.Length} lines of 64 KiB made to be slow {what} | ms |");
        Console.WriteLine("| :--- | ---: |");
        foreach (var (name, milliseconds) in slow.Take(5))
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| `{name.ReplaceLineEndings("\\n")}` | {milliseconds:F1} |"));
        Console.WriteLine();
    }

    static double[] Medians(string[] commands, Action<string> work)
    {
        var rounds = commands.Select(_ => new double[Rounds]).ToArray();
        for (var round = 0; round < Rounds; round++)
            for (var i = 0; i < commands.Length; i++)
            {
                var start = Stopwatch.GetTimestamp();
                work(commands[i]);
                rounds[i][round] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            }
        foreach (var round in rounds)
            Array.Sort(round);
        return [.. rounds.Select(r => r[Rounds / 2])];
    }

    // The least of three: the rest is what else the machine did.
    static double Slowest(string text, Action<string> work)
    {
        var best = double.MaxValue;
        for (var round = 0; round < 3; round++)
        {
            var start = Stopwatch.GetTimestamp();
            work(text);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        return best;
    }

    static double At(double[] sorted, double share) => sorted[(int)((sorted.Length - 1) * share)];

    static string Find(string path)
    {
        for (var folder = new DirectoryInfo(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "shared", path) is var found && File.Exists(found))
                return found;
        throw new FileNotFoundException($"shared/{path} stands beside none of the folders above; name the file");
    }
}

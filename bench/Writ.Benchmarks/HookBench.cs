using System.Globalization;
using System.Text;

namespace Writ.Benchmarks;

/// <summary>
/// What the hook costs an assistant: from the start of the process to its end, with the request judged and durable in
/// between, against a warm daemon; and beside it what merely starting node costs.
/// </summary>
static class HookBench
{
    const int WarmUps = 50;

    public static async Task Run(string[] arguments)
    {
        var count = arguments is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 500;
        await using var daemon = await BenchDaemon.Start();
        var writ = BenchDaemon.Binary("writ");
        var (hook, node, nothing) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = -WarmUps; i < count; i++)
        {
            var input = Encoding.UTF8.GetBytes($$"""
                {"session_id":"bench","cwd":"{{daemon.Tree}}","prompt_id":"p","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"echo {{i + WarmUps}}"},"tool_use_id":"t{{i + WarmUps}}"}
                """);
            Note(hook, i, daemon.Time(writ, ["hook", "claude-code"], input));
            Note(nothing, i, daemon.Time("/usr/bin/true", [], []));
            if (File.Exists("/usr/bin/node") && i % 5 == 0)
                Note(node, i, daemon.Time("/usr/bin/node", ["-e", "0"], []));
        }
        Console.WriteLine("| from process start | n | p50 ms | p99 ms |");
        Console.WriteLine("| :--- | ---: | ---: | ---: |");
        Print("writ hook claude-code (judged and durable)", hook);
        Print("/usr/bin/true", nothing);
        if (node.Count > 0)
            Print("node -e 0", node);
    }

    static void Note(List<double> all, int round, double took)
    {
        if (round >= 0)
            all.Add(took);
    }

    static void Print(string what, List<double> all) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {what} | {all.Count} | {BenchDaemon.Percentile(all, 0.5):N2} | {BenchDaemon.Percentile(all, 0.99):N2} |"));
}

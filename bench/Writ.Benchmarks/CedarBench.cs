using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Writ.Cedar;

namespace Writ.Benchmarks;

/// <summary>
/// What one Cedar decision costs, and what the official engine needs for the same in the same run: its WebAssembly
/// build in Node, with policies and schema parsed before and the entities handed over at every call, which is all that
/// its stateful interface offers: all of them, or those that the request needs, picked before the clock starts.
/// </summary>
static class CedarBench
{
    const int Rounds = 100;
    const double WarmUpSeconds = 1.5;
    const int ParseRounds = 20;

    static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    public static async Task<int> Run(string[] arguments)
    {
        var recorded = arguments is ["made"] ? null : CedarSample.Recorded();
        if (recorded is null && arguments is not ["made"])
            Console.WriteLine("The recorded set (shared/data/cedar-corpus/bench) is not beside the checkout.");
        Console.WriteLine(recorded is null
            ? "Measured on a made set of the same shape; the official engine is the only check of its decisions."
            : "Measured on the recorded set; decisions are compared with the recorded ones.");
        var sample = recorded ?? CedarSample.Made();
        var peer = await AskOfficialEngine(sample);
        Console.WriteLine();
        Row("policies", "decisions", "differences", "p50 us", "p99 us", "CPU us/decision", "bytes/decision",
            "official p50 us", "official p99 us", "official p50 us, needed entities only", "p50 ratios");
        Row([.. Enumerable.Repeat("---:", 11)]);
        var differences = 0;
        foreach (var size in CedarSample.Sizes)
            differences += Decide(sample, size, peer?[size]);
        Console.WriteLine();
        Row("policies, parsed and compiled", "policies/s", "MB/s", "official engine, policies/s");
        Row("---:", "---:", "---:", "---:");
        foreach (var size in CedarSample.Sizes)
            Parse(sample.Policies[size], size, peer?[size]);
        return differences == 0 ? 0 : 1;
    }

    static int Decide(CedarSample sample, int size, JsonNode? peer)
    {
        var policies = PolicySet.Parse(sample.Policies[size], PolicyIdSource.IdAnnotation).Value;
        var entities = EntityStore.ParseJson(sample.Entities).Value;
        var requests = CedarSample.Read(sample.Requests);
        var answers = requests.Select(request => Describe(Authorizer.Decide(policies, request, entities))).ToList();
        var differences = Differences(answers, sample.Expected.GetValueOrDefault(size))
            + Differences(answers, peer?["all"]!["answers"]!.ToJsonString())
            + Differences(answers, peer?["few"]!["answers"]!.ToJsonString());
        var warmUp = Stopwatch.StartNew();
        while (warmUp.Elapsed.TotalSeconds < WarmUpSeconds)
            foreach (var request in requests)
                Authorizer.Decide(policies, request, entities);
        var took = new List<double>(Rounds * requests.Length);
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var process = Process.GetCurrentProcess();
        var busy = process.TotalProcessorTime;
        for (var round = 0; round < Rounds; round++)
            foreach (var request in requests)
            {
                var started = Stopwatch.GetTimestamp();
                Authorizer.Decide(policies, request, entities);
                // Not through TimeSpan, which counts in 100 ns: a decision can be shorter.
                took.Add((Stopwatch.GetTimestamp() - started) * 1e6 / Stopwatch.Frequency);
            }
        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / took.Count;
        process.Refresh();
        var cpu = (process.TotalProcessorTime - busy).TotalMicroseconds / took.Count;
        var p50 = BenchDaemon.Percentile(took, 0.5);
        double Theirs(string how, string what) => (double)peer![how]![what]!;
        string[] theirs = peer is null ? ["not measured", "not measured", "not measured", ""] :
        [
            Text(Theirs("all", "p50"), 0), Text(Theirs("all", "p99"), 0), Text(Theirs("few", "p50"), 0),
            $"{Text(Theirs("all", "p50") / p50, 0)}, {Text(Theirs("few", "p50") / p50, 0)}",
        ];
        Row([
            Text(size, 0), Text(took.Count, 0), Text(differences, 0), Text(p50, 2),
            Text(BenchDaemon.Percentile(took, 0.99), 2), Text(cpu, 2), Text(bytes, 0), .. theirs,
        ]);
        return differences;
    }

    static void Parse(string text, int size, JsonNode? peer)
    {
        for (var i = 0; i < ParseRounds; i++)
            _ = PolicySet.Parse(text).Value;
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < ParseRounds; i++)
            _ = PolicySet.Parse(text).Value;
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds / ParseRounds;
        Row(
            Text(size, 0), Text(size / seconds, 0), Text(Encoding.UTF8.GetByteCount(text) / 1e6 / seconds, 1),
            peer is null ? "not measured" : Text(size / ((double)peer["preparse"]! / 1e6), 0));
    }

    static void Row(params string[] cells) => Console.WriteLine($"| {string.Join(" | ", cells)} |");

    static string Text(double number, int digits) =>
        number.ToString(FormattableString.Invariant($"N{digits}"), CultureInfo.InvariantCulture);

    static string Describe(Answer answer) => Describe(
        answer.Decision == Decision.Allow ? "allow" : "deny",
        answer.Reasons.Select(policy => policy.Id), answer.Errors.Select(error => error.Policy.Id));

    static string Describe(string decision, IEnumerable<string> reasons, IEnumerable<string> errors) =>
        $"{decision} [{string.Join(' ', reasons.Order(StringComparer.Ordinal))}] "
        + $"[{string.Join(' ', errors.Order(StringComparer.Ordinal))}]";

    static int Differences(List<string> answers, string? expected)
    {
        if (expected is null)
            return 0;
        var wanted = JsonNode.Parse(expected)!.AsArray().Select(answer => Describe(
            (string)answer!["decision"]!, answer["reason"]!.AsArray().Select(id => (string)id!),
            answer["errors"]!.AsArray().Select(id => (string)id!))).ToList();
        return answers.Count == wanted.Count
            ? answers.Zip(wanted).Count(pair => pair.First != pair.Second)
            : throw new InvalidOperationException($"{wanted.Count} answers to {answers.Count} requests");
    }

    /// <summary>Its times and answers by number of policies; nothing, said aloud, when it is not installed.</summary>
    static async Task<Dictionary<int, JsonNode>?> AskOfficialEngine(CedarSample sample)
    {
        var engine = Environment.GetEnvironmentVariable("WRIT_CEDAR_WASM");
        if (engine is null || !File.Exists(engine))
        {
            Console.WriteLine("The official engine is not installed: run this through ./build.sh bench cedar.");
            return null;
        }
        var work = new JsonObject
        {
            ["schema"] = sample.Schema,
            ["entities"] = JsonNode.Parse(sample.Entities),
            ["requests"] = JsonNode.Parse(sample.Requests),
            ["sets"] = new JsonArray([.. CedarSample.Sizes.Select(size => new JsonObject(
                PolicySet.Parse(sample.Policies[size], PolicyIdSource.IdAnnotation).Value.Policies
                    .Select(policy => KeyValuePair.Create(policy.Id, (JsonNode?)policy.Text))))]),
        };
        // Node 20 now and then dies of a fault of its own compiler; once more is then enough.
        var output = await Run(engine, work) ?? await Run(engine, work)
            ?? throw new InvalidOperationException("the official engine ended twice without an answer");
        var results = JsonNode.Parse(output)!.AsArray();
        return CedarSample.Sizes.Select((size, i) => (size, i)).ToDictionary(x => x.size, x => results[x.i]!);
    }

    static async Task<string?> Run(string engine, JsonObject work)
    {
        using var node = Process.Start(new ProcessStartInfo("node", [Script(), engine])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = Utf8,
        })!;
        await node.StandardInput.WriteAsync(work.ToJsonString(JsonSerializerOptions.Default));
        node.StandardInput.Close();
        var output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        return node.ExitCode == 0 ? output : null;
    }

    static string Script() => Path.Combine(AppContext.BaseDirectory, "cedar-wasm.cjs");
}

using System.Globalization;
using System.Text.Json.Nodes;
using Writ.Testing;

namespace Writ.Cedar.Tests.Differential;

/// <summary>
/// This engine against the official one over random scenarios: decisions, reasons, erring policies, JSON policies in
/// both directions, and formatting. <c>./build.sh differential N --seed S</c> runs more of it than the tests do.
/// </summary>
public sealed class DifferentialTests
{
    const int RequestsUsually = 2_000;
    const int RequestsPerScenario = 20;
    const int DifferencesShownMax = 5;

    static readonly int Requests = Setting("WRIT_DIFFERENTIAL_REQUESTS", RequestsUsually);

    // A failure prints its seed; a run of the tests is the same every time.
    static readonly int Seed = Setting("WRIT_DIFFERENTIAL_SEED", 1);

    [Fact, Slow]
    public void Random_scenarios_are_decided_as_the_official_engine_decides_them()
    {
        using var official = OfficialEngine.Start();
        var scenarios = (Requests + RequestsPerScenario - 1) / RequestsPerScenario;
        var tally = new Tally();
        Console.WriteLine($"seed {Seed}, {scenarios} scenarios of {RequestsPerScenario} requests");
        for (var i = 0; i < scenarios && tally.Differences.Count < DifferencesShownMax; i++)
        {
            var scenario = new Scenario(unchecked(Seed * 1_000_003 + i), RequestsPerScenario);
            new Comparison(scenario, official, tally).Run();
        }
        foreach (var difference in tally.Differences)
            Console.WriteLine(difference);
        Console.WriteLine($"{tally.Shape()}; Node was restarted {official.Restarts} times");
        Console.WriteLine($"{tally.Passed} passed, {tally.Failed} failed, {tally.Skipped} skipped");
        Assert.True(tally.Differences.Count == 0, string.Join("\n\n", tally.Differences));
        Assert.True(tally.Passed >= Requests, $"only {tally.Passed} requests were compared");
    }

    static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : otherwise;
}

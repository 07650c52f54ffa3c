using Writ.Requests;
using Writ.Testing;

namespace Writ.Tests.Shell;

/// <summary>The lines of <c>tests/attacks</c>: none is automatic, and each is seen for what it is.</summary>
public sealed class AttackTests
{
    const string Verbs = "# verbs: ";
    const string Expects = "# expect: ";

    public static TheoryData<string> Files() => [.. Directory
        .GetFiles(Path.Combine(SharedData.RepositoryRoot, "tests", "attacks"), "*.txt")
        .Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void No_attack_gets_through(string file)
    {
        var lines = File.ReadAllLines(Path.Combine(SharedData.RepositoryRoot, "tests", "attacks", file));
        var verbs = lines[0][Verbs.Length..].Split(' ');
        var isBlocked = lines.Contains(Expects + "blocked");
        var wrong = lines.Where(l => l.Length > 0 && !l.StartsWith("# ", StringComparison.Ordinal))
            .Select(l => (Line: l, Fault: Fault(l.Replace('⏎', '\n'), verbs, isBlocked)))
            .Where(l => l.Fault is not null).Select(l => $"{l.Line}: {l.Fault}").ToArray();
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void There_are_many_and_each_is_there_once()
    {
        var folder = Path.Combine(SharedData.RepositoryRoot, "tests", "attacks");
        var lines = Directory.GetFiles(folder, "*.txt").SelectMany(File.ReadAllLines)
            .Where(l => l.Length > 0 && !l.StartsWith("# ", StringComparison.Ordinal)).ToArray();
        Assert.True(lines.Length >= 1_200, $"{lines.Length} lines");
        Assert.True(lines.Distinct(StringComparer.Ordinal).Count() >= 0.98 * lines.Length);
    }

    static string? Fault(string line, string[] verbs, bool isBlocked)
    {
        var asked = ShippedBundle.Ask(line);
        if (asked.Verdict.Kind == VerdictKind.Automatic)
            return "is automatic";
        if (isBlocked && asked.Verdict.Kind != VerdictKind.Blocked)
            return "is not blocked";
        var found = asked.Line.Effects.Select(e => e.Verb).ToHashSet(StringComparer.Ordinal);
        return Array.Exists(verbs, v => v == "*" || v.Split('+').All(found.Contains))
            ? null
            : $"has only [{string.Join(", ", found.Order(StringComparer.Ordinal))}]";
    }
}

using Writ.Testing;

namespace Writ.Shell.Tests.Benign;

/// <summary>The everyday commands under <c>tests/benign</c>, with what is expected of each.</summary>
static class BenignCorpus
{
    const string Expects = "# expect: ";

    public const string Automatic = "automatic";
    public const string AutomaticOrApproval = "automatic-or-approval";

    /// <param name="Where">File and line.</param>
    public sealed record Line(string Where, string Expected, string Command);

    public static Line[] Lines() => [.. Files().SelectMany(LinesOf)];

    public static string[] Files() =>
        Directory.GetFiles(Path.Combine(SharedData.RepositoryRoot, "tests", "benign"), "*.txt").Order().ToArray();

    static IEnumerable<Line> LinesOf(string file)
    {
        var lines = File.ReadAllLines(file);
        if (!lines[0].StartsWith(Expects, StringComparison.Ordinal) || lines[1] is not ['#', ' ', ..])
            throw new InvalidDataException($"{file}: the first two lines say what is expected, and of what kind");
        return lines.Skip(2).Select((command, i) =>
            new Line($"{Path.GetFileName(file)}:{i + 3}", lines[0][Expects.Length..], command));
    }
}

using Writ.Shell.Syntax;
using Writ.Testing;

namespace Writ.Shell.Tests.Syntax;

/// <summary>Sources made from others by small damage: most are no shell any more, and bash must say so of the same
/// ones.</summary>
public sealed class MutationTests
{
    const int Seed = 20261126;
    const int CountUsual = 1_500;

    static readonly string[] _pieces =
    [
        "'", "\"", "`", "$", "\\", "(", ")", "{", "}", "[", "]", "<", ">", "&", "|", ";", "\n", " ", "#", "!", "=",
        "~", "*", "$(", "${", "$((", "))", "((", "[[ ", " ]]", "<<E\n", "<(", "<<<", ";;", "&&", "||", "|&", "&>",
        ">&", "2>", "{x}>", "if ", "then ", "fi", "for ", "in ", "do ", "done", "case ", "esac", "while ",
        "function ", "coproc ", "time ", "select ", "a=(", "a[", "f() ", "$'", "$\"", "\\\n", "{a,b}", "@(", ":-",
        "//", "x", "1",
    ];

    static int Count => int.TryParse(Environment.GetEnvironmentVariable("WRIT_MUTATIONS"), out var n) ? n : CountUsual;

    static int FirstSeed => int.TryParse(Environment.GetEnvironmentVariable("WRIT_SEED"), out var n) ? n : Seed;

    static List<string> Mutants(bool extendedGlob)
    {
        var random = new Random(FirstSeed);
        var sources = Sources.Vectors().Concat(Sources.Commands())
            .Where(s => s.Text.Length is > 0 and < 400 && !s.Text.Contains("shopt", StringComparison.Ordinal))
            .Select(s => s.Text).ToList();
        var mutants = new List<string>();
        while (mutants.Count < Count)
        {
            var text = sources[random.Next(sources.Count)];
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                text = Changed(text, random, sources);
            if (!text.Contains('\0', StringComparison.Ordinal) && (extendedGlob || text.Length < 600))
                mutants.Add(text);
        }
        return mutants;
    }

    static string Changed(string text, Random random, List<string> sources)
    {
        var at = random.Next(text.Length + 1);
        var length = Math.Min(random.Next(1, 4), text.Length - at);
        return random.Next(5) switch
        {
            0 => text.Remove(at, length),
            1 or 2 => text.Insert(at, _pieces[random.Next(_pieces.Length)]),
            3 => text.Remove(at, length).Insert(at, _pieces[random.Next(_pieces.Length)]),
            _ => text[..at] + Tail(sources[random.Next(sources.Count)], random),
        };
    }

    static string Tail(string text, Random random) => text[random.Next(text.Length)..];

    [Theory, Slow]
    [InlineData(false)]
    [InlineData(true)]
    public void Damaged_sources_are_accepted_and_rejected_as_bash_does(bool extendedGlob)
    {
        var mutants = Mutants(extendedGlob);
        var accepted = RealBash.AcceptsEach(mutants, extendedGlob);
        var found = new List<string>();
        for (var i = 0; i < mutants.Count; i++)
        {
            var parsed = ShellParser.Parse(mutants[i], new ParseOptions { ExtendedGlob = extendedGlob });
            // Of a `for ((` without its `))` bash says nothing, and runs nothing.
            if (parsed.Fault?.Code == SyntaxCodes.ArithmeticFor)
                continue;
            if ((parsed.Outcome == ParseOutcome.Parsed) != accepted[i])
                found.Add($"bash:{accepted[i]} {parsed.Fault?.Describe(mutants[i])}\n{mutants[i]}");
        }
        Assert.Empty(found);
        Assert.InRange(accepted.Count(a => a), Count / 10, Count * 9 / 10);
    }

    [Fact]
    public void Damaged_sources_print_as_what_they_are()
    {
        var found = new List<string>();
        foreach (var mutant in Mutants(extendedGlob: true))
        {
            var parsed = ShellParser.Parse(mutant);
            if (parsed.Outcome != ParseOutcome.Parsed)
                continue;
            var printed = ShellPrinter.Print(parsed.Script);
            var again = ShellParser.Parse(printed);
            if (again.Outcome != ParseOutcome.Parsed || TreeText.Of(again.Script) != TreeText.Of(parsed.Script))
                found.Add($"{mutant}\n=== printed\n{printed}\n=== {again.Fault?.Describe(printed)}");
        }
        Assert.Empty(found);
    }

    [Theory, Slow]
    [InlineData(false)]
    [InlineData(true)]
    public void Damaged_sources_in_functions_are_what_bash_says_they_are(bool extendedGlob)
    {
        var count = 0;
        var found = DeclaredFunctions.Differences(
            Mutants(extendedGlob), extendedGlob, isDamaged: true, ref count);
        if (Environment.GetEnvironmentVariable("WRIT_MISSES") is { Length: > 0 } file)
            File.WriteAllText(file, string.Join("\n----\n", found));
        Assert.True(count > Count / 10, $"only {count} are functions");
        Assert.Empty(found);
    }
}

using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Writ.Testing;

namespace Writ.Tests.Architecture;

/// <summary>What the tree must look like. Every offender is listed at once.</summary>
public sealed partial class TidyTests
{
    const int ColumnsMax = 120;
    const int SourceLinesMax = 500;
    const int TestLinesMax = 1_000;
    const int MethodLinesMax = 70;

    static readonly Lazy<string[]> _tracked = new(Tracked);

    [Fact]
    public void Lines_have_at_most_120_columns() => Assert.Empty(
        CSharp().SelectMany(f => Code(f).Select((line, i) => (f, line, i)))
            .Where(x => x.line.Length > ColumnsMax)
            .Select(x => $"{x.f}:{x.i + 1} has {x.line.Length}"));

    [Fact]
    public void Files_have_at_most_500_lines_and_tests_1000() => Assert.Empty(
        CSharp().Where(f => Lines(f).Length > (IsTest(f) ? TestLinesMax : SourceLinesMax))
            .Select(f => $"{f} has {Lines(f).Length}"));

    [Fact]
    public void Methods_have_at_most_70_lines() => Assert.Empty(CSharp().Where(f => !IsTest(f))
        .SelectMany(LongMethods));

    [Fact]
    public void Nothing_is_left_open_in_the_code() => Assert.Empty(
        CSharp().Where(f => !f.EndsWith("TidyTests.cs", StringComparison.Ordinal))
            .SelectMany(f => Lines(f).Select((line, i) => (f, line, i)))
            .Where(x => LeftOpen().IsMatch(x.line)).Select(x => $"{x.f}:{x.i + 1}: {x.line.Trim()}"));

    [Fact]
    public void Types_have_names_that_say_something() => Assert.Empty(
        CSharp().SelectMany(f => Lines(f).Select(line => (f, match: TypeName().Match(line))))
            .Where(x => x.match.Success && EmptyWord().IsMatch(x.match.Groups[1].Value))
            .Select(x => $"{x.f}: {x.match.Groups[1].Value}"));

    [Fact]
    public void Documents_name_only_files_that_exist() => Assert.Empty(
        _tracked.Value.Where(f => f.EndsWith(".md", StringComparison.Ordinal)).SelectMany(Missing));

    // The lines of a file without what stands in raw strings: a row of a table and a message of a protocol are one
    // line each, or they are not what they show. Nothing else is let through.
    static IEnumerable<string> Code(string file)
    {
        var raw = false;
        foreach (var line in Lines(file))
        {
            var code = new StringBuilder();
            var parts = line.Split("\"\"\"");
            for (var i = 0; i < parts.Length; i++)
            {
                raw ^= i > 0;
                if (!raw)
                    code.Append(parts[i]);
            }
            yield return code.ToString();
        }
    }

    static IEnumerable<string> Missing(string document)
    {
        var text = File.ReadAllText(Full(document));
        var folder = Path.GetDirectoryName(Full(document))!;
        foreach (Match link in Link().Matches(text))
        {
            var path = link.Groups[1].Value.Split('#')[0];
            if (path.Length > 0 && !path.Contains("://", StringComparison.Ordinal)
                && !Path.Exists(Path.Combine(folder, path)))
                yield return $"{document}: link to {path}";
        }
        foreach (Match quoted in QuotedPath().Matches(text))
            if (!Path.Exists(Full(quoted.Groups[1].Value)))
                yield return $"{document}: {quoted.Groups[1].Value}";
    }

    // A body opens with a brace alone at a member's indentation (four columns a level of nesting) and closes at the
    // same.
    static IEnumerable<string> LongMethods(string file)
    {
        var lines = Lines(file);
        for (var start = 1; start < lines.Length; start++)
        {
            if (lines[start].Trim() != "{" || !Signature().IsMatch(lines[start - 1]) || IsType(lines, start - 1))
                continue;
            var indent = lines[start].Length - 1;
            var end = Array.FindIndex(lines, start, l => l.Length == indent + 1 && l.EndsWith('}'));
            if (end - start > MethodLinesMax)
                yield return $"{file}:{start} has {end - start}";
        }
    }

    // A type with a primary constructor looks like a method until its first line is read.
    static bool IsType(string[] lines, int at)
    {
        var brace = Indent(lines[at + 1]);
        while (at > 0 && Indent(lines[at]) > brace)
            at--;
        return TypeName().IsMatch(lines[at]);
    }

    static int Indent(string line) => line.Length - line.TrimStart().Length;

    static IEnumerable<string> CSharp() => _tracked.Value.Where(f => f.EndsWith(".cs", StringComparison.Ordinal));

    static bool IsTest(string file) => file.StartsWith("tests/", StringComparison.Ordinal);

    static string[] Lines(string file) => File.ReadAllLines(Full(file));

    static string Full(string file) => Path.Combine(SharedData.RepositoryRoot, file);

    static string[] Tracked()
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["ls-files"])
        {
            WorkingDirectory = SharedData.RepositoryRoot,
            RedirectStandardOutput = true,
        })!;
        var files = git.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        git.WaitForExit();
        Assert.NotEmpty(files);
        return [.. files.Where(f => File.Exists(Full(f)))];
    }

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex LeftOpen();

    [GeneratedRegex(@"^\s*(?:public |internal |private |sealed |static |abstract |partial |readonly |unsafe |ref )*"
        + @"(?:class|record struct|record|struct|interface|enum) (\w+)")]
    private static partial Regex TypeName();

    // Shared test data is called by the name of its folder.
    [GeneratedRegex("(?<!^Shared)(Manager|Helper|Helpers|Util|Utils|Processor|Impl|Base|Info|Data|Dto)$")]
    private static partial Regex EmptyWord();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`((?:src|tests|docs|policies|bench|samples|eng|console)/[A-Za-z0-9_./-]+)`")]
    private static partial Regex QuotedPath();

    [GeneratedRegex(@"\)(?: where .*)?$|=>$|^\s+where ")]
    private static partial Regex Signature();
}

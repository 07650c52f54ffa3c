using System.Text.RegularExpressions;
using Writ.Testing;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>
/// A scenario: what is typed, and what has to come of it. <c>$ line</c> is run by bash; <c>&gt; text</c> and
/// <c>! text</c> are its standard output and standard error, whole, where <c>*</c> stands for anything on one line
/// and a line <c>...</c> for any lines; <c>? n</c> is its status when it is not 0.
/// </summary>
static class Transcript
{
    sealed record Step(int Line, string Command, List<string> Output, List<string> Errors)
    {
        public int Status { get; set; }
    }

    public static string Folder { get; } =
        Path.Combine(SharedData.RepositoryRoot, "tests", "Writ.EndToEnd.Tests", "Cli", "scenarios");

    public static void Play(string name, Client client)
    {
        foreach (var step in Steps(name))
        {
            var ran = client.Shell(step.Command);
            var story = $"{name}:{step.Line}: $ {step.Command}\n{ran.Output}{ran.Errors}(status {ran.Status})";
            Assert.True(step.Status == ran.Status, story);
            Assert.True(Fits(step.Output, ran.Output), $"standard output of {story}");
            Assert.True(Fits(step.Errors, ran.Errors), $"standard error of {story}");
        }
    }

    static List<Step> Steps(string name)
    {
        var steps = new List<Step>();
        var lines = File.ReadAllLines(Path.Combine(Folder, name));
        for (var i = 0; i < lines.Length; i++)
        {
            var rest = lines[i].Length > 1 ? lines[i][2..] : "";
            switch (lines[i].FirstOrDefault())
            {
                case '$':
                    steps.Add(new Step(i + 1, rest, [], []));
                    break;
                case '>':
                    steps[^1].Output.Add(rest);
                    break;
                case '!':
                    steps[^1].Errors.Add(rest);
                    break;
                case '?':
                    steps[^1].Status = int.Parse(rest);
                    break;
                case '#' or '\0':
                    break;
                default:
                    throw new InvalidDataException($"{name}:{i + 1} begins with none of $ > ! ? #");
            }
        }
        return steps;
    }

    static bool Fits(List<string> wanted, string text)
    {
        var pattern = string.Concat(wanted.Select(line => line == "..."
            ? "(?:.*\n)*"
            : Regex.Escape(line).Replace("\\*", ".*", StringComparison.Ordinal) + "\n"));
        return Regex.IsMatch(text, $"\\A{pattern}\\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));
    }
}

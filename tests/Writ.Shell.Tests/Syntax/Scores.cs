using System.Globalization;
using Writ.Testing;

namespace Writ.Shell.Tests.Syntax;

/// <summary>Figures for <c>./build.sh vectors</c>, one file each under <c>artifacts/scores</c>.</summary>
static class Scores
{
    public static void Write(string name, int reached, int total)
    {
        var folder = Path.Combine(SharedData.RepositoryRoot, "artifacts", "scores");
        Directory.CreateDirectory(folder);
        File.WriteAllText(
            Path.Combine(folder, $"shell-{name}.txt"),
            string.Create(
                CultureInfo.InvariantCulture, $"{name}: {reached} of {total} ({100.0 * reached / total:F2} %)\n"));
    }
}

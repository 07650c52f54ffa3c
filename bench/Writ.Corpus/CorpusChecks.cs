using System.Text.Json;
using Writ.Cedar;

namespace Writ.Corpus;

/// <summary>Everything that is compared with the recorded answers of one test.</summary>
public static class CorpusChecks
{
    public static IReadOnlyList<Check> Of(PackedTest test)
    {
        var checks = new List<Check>();
        try
        {
            checks.AddRange(SchemaChecks.Of(test));
            checks.AddRange(ValidationChecks.Of(test));
        }
        catch (Exception fault) when (fault is not BrokenCorpusException and not OutOfMemoryException)
        {
            // A crash of the engine is a failure of this test, and the others still count.
            checks.Add(Check.Failed("no crash", "an answer", $"{fault}"));
        }
        return checks;
    }
}

using Writ.Shell.Syntax;

namespace Writ.Shell.Tests.Syntax;

/// <summary>Puts sources into functions and compares what bash says the function is with what the parser
/// says.</summary>
static class DeclaredFunctions
{
    /// <summary>Those that differ; the number of those compared is added.</summary>
    public static List<string> Differences(
        IEnumerable<string> sources, bool extendedGlob, bool isDamaged, ref int count)
    {
        var texts = new List<string>();
        var expected = new List<string>();
        foreach (var source in sources)
        {
            var text = $"f() {{\n{source}\n}}";
            var parsed = ShellParser.Parse(text, new ParseOptions { ExtendedGlob = extendedGlob });
            if (parsed is not { Outcome: ParseOutcome.Parsed, Script.Lines: [{ Items: [{ Links: [var link] }] }] }
                || link.Pipeline.Stages is not [{ Command: FunctionDefinition function }])
                continue;
            // Of an expansion that it will refuse bash has already changed the quotes.
            if (TreeText.Of(function).Contains("UnknownExpansionPart", StringComparison.Ordinal))
                continue;
            BashWords.Source = text;
            BashWords.IsNewest = false;
            texts.Add(text);
            expected.Add(BashText.OfFunction("f", function.Body));
        }
        var declared = RealBash.DeclaresEach(texts, extendedGlob, isDamaged);
        count += texts.Count;
        // In what only looked like arithmetic bash prints the substitutions anew; the blanks are all that differs.
        return [.. Enumerable.Range(0, texts.Count)
            .Where(i => declared[i].TrimEnd('\n') != expected[i].TrimEnd('\n')
                && !(texts[i].Contains("((", StringComparison.Ordinal)
                    && WithoutBlanks(declared[i]) == WithoutBlanks(expected[i])))
            .Select(i => $"{texts[i]}\n=== bash\n{declared[i]}\n=== here\n{expected[i]}")];
    }

    static string WithoutBlanks(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
}

namespace Writ.Cedar;

static class TextChecker
{
    public static void Check(IReadOnlyList<PolicyTerm> terms, FindingCollector findings)
    {
    }
}

namespace Writ.Shell.Syntax;

/// <summary>Finds in the unquoted text of a word what bash expands there: tildes, braces, patterns.</summary>
static partial class WordMeaning
{
    /// <summary>Makes adjacent literals one; a line continuation had parted them.</summary>
    public static void Join(List<WordPart> parts, int from)
    {
        for (var i = parts.Count - 1; i > from; i--)
            if (parts[i] is LiteralPart second && parts[i - 1] is LiteralPart first)
            {
                parts[i - 1] = new LiteralPart(
                    new SourceSpan(first.Span.Start, second.Span.End), first.Text + second.Text);
                parts.RemoveAt(i);
            }
    }

    /// <summary>Whether there is any character that could mean something.</summary>
    public static bool MayMean(List<WordPart> parts, int from)
    {
        for (var i = from; i < parts.Count; i++)
            if (parts[i] is LiteralPart literal && literal.Text.AsSpan().IndexOfAny("~{*?[") >= 0)
                return true;
        return false;
    }
}

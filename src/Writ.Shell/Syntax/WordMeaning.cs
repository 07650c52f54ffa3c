using System.Text;

namespace Writ.Shell.Syntax;

/// <summary>Finds in the unquoted text of a word what bash expands there: tildes, braces, patterns.</summary>
static partial class WordMeaning
{
    /// <summary>Makes adjacent literals one; a line continuation had parted them, thousands of times perhaps.</summary>
    public static void Join(List<WordPart> parts, int from)
    {
        var kept = from;
        for (var i = from; i < parts.Count;)
        {
            var end = i + 1;
            while (parts[i] is LiteralPart && end < parts.Count && parts[end] is LiteralPart)
                end++;
            parts[kept++] = end == i + 1 ? parts[i] : Joined(parts, i, end);
            i = end;
        }
        parts.RemoveRange(kept, parts.Count - kept);
    }

    static LiteralPart Joined(List<WordPart> parts, int start, int end)
    {
        var text = new StringBuilder();
        for (var i = start; i < end; i++)
            text.Append(((LiteralPart)parts[i]).Text);
        return new LiteralPart(
            new SourceSpan(parts[start].Span.Start, parts[end - 1].Span.End), text.ToString());
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

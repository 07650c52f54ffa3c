using System.Collections.Immutable;

namespace Writ.Shell.Syntax;

static partial class WordMeaning
{
    /// <summary>Replaces literals by tildes, braces and patterns where the form of the word gives them a meaning. False
    /// when a limit is reached.</summary>
    public static bool Mark(List<WordPart> parts, int from, WordForm form, ShellBudget budget)
    {
        if (form is WordForm.Regex)
            return true;
        List<WordPart> word = [.. parts[from..]];
        if (form is WordForm.Plain or WordForm.Command or WordForm.Declaration or WordForm.Target
            && !BraceExpansion.TryMark(ref word, budget))
            return false;
        MarkTilde(word, form);
        if (form is not (WordForm.Value or WordForm.Operand))
            word = MarkPatterns(word);
        for (var added = word.Count - (parts.Count - from); added > 0; added--)
            if (!budget.TryNode())
                return false;
        parts.RemoveRange(from, parts.Count - from);
        parts.AddRange(word);
        return true;
    }

    // At the start of a word, and in an assignment also after `=` and each `:`.
    static void MarkTilde(List<WordPart> word, WordForm form)
    {
        var assigns = form == WordForm.Value;
        for (var i = 0; i < word.Count; i++)
        {
            if (word[i] is not LiteralPart literal)
                continue;
            var text = literal.Text;
            var at = i == 0 && text.StartsWith('~') ? 0 : -1;
            if (at < 0 && i == 0 && form is WordForm.Plain or WordForm.Command or WordForm.Declaration)
                (at, assigns) = AfterName(text);
            if (at < 0 && assigns)
                at = AfterColon(text);
            if (at < 0)
                continue;
            var end = at + 1;
            while (end < text.Length && text[end] != '/' && !(assigns && text[end] == ':'))
                end++;
            // A quote or an expansion right after it takes the tilde its meaning.
            if ((end == text.Length && i + 1 < word.Count) || !IsUser(text.AsSpan(at + 1, end - at - 1)))
                continue;
            i += Split(word, i, literal, at, end, new TildePart(Part(literal, at, end), text[(at + 1)..end]));
        }
    }

    static bool IsUser(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.' or '+'))
                return false;
        return true;
    }

    static (int At, bool Assigns) AfterName(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || !(char.IsAsciiLetter(text[0]) || text[0] == '_'))
            return (-1, false);
        for (var i = 0; i < equals; i++)
            if (!char.IsAsciiLetterOrDigit(text[i]) && text[i] != '_' && !(text[i] == '+' && i == equals - 1))
                return (-1, false);
        return (text.AsSpan(equals + 1).StartsWith("~") ? equals + 1 : -1, true);
    }

    static int AfterColon(string text)
    {
        var found = text.IndexOf(":~", StringComparison.Ordinal);
        return found < 0 ? -1 : found + 1;
    }

    // Puts a part in the middle of a literal; returns by how much the index of the literal's rest moved.
    static int Split(List<WordPart> word, int index, LiteralPart literal, int start, int end, WordPart part)
    {
        word.RemoveAt(index);
        var added = 0;
        if (start > 0)
            word.Insert(index + added++, new LiteralPart(Part(literal, 0, start), literal.Text[..start]));
        word.Insert(index + added++, part);
        if (end < literal.Text.Length)
            word.Insert(
                index + added++,
                new LiteralPart(Part(literal, end, literal.Text.Length), literal.Text[end..]));
        return end < literal.Text.Length ? added - 2 : added - 1;
    }

    // Of a literal with a line continuation in it, or of a mapped text, the stretch is the whole literal's.
    static SourceSpan Part(LiteralPart literal, int start, int end) =>
        literal.Span.End - literal.Span.Start == literal.Text.Length
            ? new SourceSpan(literal.Span.Start + start, literal.Span.Start + end)
            : literal.Span;

    static List<WordPart> MarkPatterns(List<WordPart> word)
    {
        var marked = new List<WordPart>(word.Count);
        var lastClose = LastClosingBracket(word);
        for (var i = 0; i < word.Count; i++)
        {
            switch (word[i])
            {
                case LiteralPart literal:
                    AddPatterns(marked, literal, i < lastClose);
                    break;
                case BracePart brace:
                    marked.Add(new BracePart(
                        brace.Span, [.. brace.Alternatives.Select(a => MarkPatterns([.. a]).ToImmutableArray())]));
                    break;
                default:
                    marked.Add(word[i]);
                    break;
            }
        }
        return marked;
    }

    static int LastClosingBracket(List<WordPart> word)
    {
        for (var i = word.Count - 1; i >= 0; i--)
            if (word[i] is LiteralPart literal && literal.Text.Contains(']', StringComparison.Ordinal))
                return i;
        return -1;
    }

    static void AddPatterns(List<WordPart> marked, LiteralPart literal, bool closesLater)
    {
        var text = literal.Text;
        var start = 0;
        var lastClose = text.LastIndexOf(']');
        for (var i = 0; i < text.Length; i++)
        {
            var end = text[i] switch
            {
                '*' or '?' => i + 1,
                '[' when i + 1 < lastClose => text.IndexOf(']', i + 2) + 1,
                '[' when closesLater => i + 1,
                _ => -1,
            };
            if (end < 0)
                continue;
            if (i > start)
                marked.Add(new LiteralPart(Part(literal, start, i), text[start..i]));
            marked.Add(new GlobPart(Part(literal, i, end), text[i..end]));
            start = end;
            i = end - 1;
        }
        if (start < text.Length)
            marked.Add(start == 0
                ? literal
                : new LiteralPart(Part(literal, start, text.Length), text[start..]));
    }
}

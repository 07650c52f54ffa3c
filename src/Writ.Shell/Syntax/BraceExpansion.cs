using System.Collections.Immutable;

namespace Writ.Shell.Syntax;

/// <summary>Finds <c>{a,b}</c> and <c>{1..9}</c> in the unquoted text of a word, before anything else is expanded in
/// it.</summary>
static class BraceExpansion
{
    // One character of unquoted text, or any other part as a whole.
    readonly record struct Atom(char Character, WordPart Part, int Offset);

    /// <summary>False when a limit is reached.</summary>
    public static bool TryMark(ref List<WordPart> word, ShellBudget budget)
    {
        if (!word.Exists(p => p is LiteralPart l && l.Text.Contains('{', StringComparison.Ordinal)))
            return true;
        var atoms = Atoms(word);
        if (!TryFindCloses(atoms, budget, out var closes, out var commas))
            return false;
        if (closes.Count == 0)
            return true;
        var marked = Build(atoms, 0, atoms.Count, closes, commas, budget);
        if (marked is null)
            return false;
        word = [.. marked.Value];
        return true;
    }

    static List<Atom> Atoms(List<WordPart> word)
    {
        var atoms = new List<Atom>();
        foreach (var part in word)
        {
            if (part is not LiteralPart literal)
            {
                atoms.Add(new Atom('\0', part, 0));
                continue;
            }
            for (var i = 0; i < literal.Text.Length; i++)
                atoms.Add(new Atom(literal.Text[i], literal, i));
        }
        return atoms;
    }

    // For each opening brace that means something the position of its closing one, and the commas between. As in bash a
    // closing brace counts only after a comma or a range; each opening one is looked at for itself.
    static bool TryFindCloses(
        List<Atom> atoms,
        ShellBudget budget,
        out Dictionary<int, int> closes,
        out Dictionary<int, List<int>> commas)
    {
        closes = [];
        commas = [];
        for (var open = 0; open < atoms.Count; open++)
        {
            if (atoms[open].Character != '{')
                continue;
            var separators = new List<int>();
            var close = FindClose(atoms, open, separators);
            if (!budget.TryReread(close - open))
                return false;
            if (close == atoms.Count || (separators.Count == 0 && Range(atoms, open, close) is null))
                continue;
            closes[open] = close;
            commas[open] = separators;
        }
        return true;
    }

    static int FindClose(List<Atom> atoms, int open, List<int> commas)
    {
        var depth = 0;
        var hasRange = false;
        for (var i = open + 1; i < atoms.Count; i++)
        {
            switch (atoms[i].Character)
            {
                case '{':
                    depth++;
                    break;
                case ',' when depth == 0:
                    commas.Add(i);
                    break;
                case '.' when depth == 0 && i + 2 < atoms.Count && atoms[i + 1].Character == '.'
                    && atoms[i + 2].Character != '}':
                    hasRange = true;
                    break;
                case '}' when depth > 0:
                    depth--;
                    break;
                case '}' when commas.Count > 0 || hasRange:
                    return i;
            }
        }
        return atoms.Count;
    }

    static ImmutableArray<WordPart>? Build(
        List<Atom> atoms,
        int from,
        int to,
        Dictionary<int, int> closes,
        Dictionary<int, List<int>> commas,
        ShellBudget budget)
    {
        if (!budget.TryEnter())
            return null;
        var parts = ImmutableArray.CreateBuilder<WordPart>();
        for (var i = from; i < to;)
        {
            if (closes.TryGetValue(i, out var close) && close < to)
            {
                if (!budget.TryNode() || Brace(atoms, i, close, closes, commas, budget) is not { } brace)
                    return null;
                parts.Add(brace);
                i = close + 1;
                continue;
            }
            var start = i++;
            if (atoms[start].Part is not LiteralPart literal)
            {
                parts.Add(atoms[start].Part);
                continue;
            }
            while (i < to && atoms[i].Part == literal && !closes.ContainsKey(i))
                i++;
            parts.Add(Piece(literal, atoms[start].Offset, i - start));
        }
        budget.Leave();
        return parts.ToImmutable();
    }

    static LiteralPart Piece(LiteralPart literal, int offset, int length)
    {
        if (length == literal.Text.Length)
            return literal;
        var span = literal.Span.End - literal.Span.Start == literal.Text.Length
            ? new SourceSpan(literal.Span.Start + offset, literal.Span.Start + offset + length)
            : literal.Span;
        return new LiteralPart(span, literal.Text.Substring(offset, length));
    }

    static WordPart? Brace(
        List<Atom> atoms,
        int open,
        int close,
        Dictionary<int, int> closes,
        Dictionary<int, List<int>> commas,
        ShellBudget budget)
    {
        var span = new SourceSpan(Start(atoms[open]), Start(atoms[close]) + 1);
        if (commas[open].Count == 0)
        {
            var range = Range(atoms, open, close)!.Value;
            return new BraceRangePart(span, range.First, range.Last, range.Step);
        }
        var alternatives = ImmutableArray.CreateBuilder<ImmutableArray<WordPart>>();
        var from = open + 1;
        foreach (var to in commas[open].Append(close))
        {
            if (Build(atoms, from, to, closes, commas, budget) is not { } alternative)
                return null;
            alternatives.Add(alternative);
            from = to + 1;
        }
        return new BracePart(span, alternatives.ToImmutable());
    }

    static int Start(Atom atom) => atom.Part is LiteralPart literal
        && literal.Span.End - literal.Span.Start == literal.Text.Length
            ? literal.Span.Start + atom.Offset
            : atom.Part.Span.Start;

    const int RangeCharsMax = 64;

    static (string First, string Last, string? Step)? Range(List<Atom> atoms, int open, int close)
    {
        if (close - open > RangeCharsMax)
            return null;
        Span<char> text = stackalloc char[RangeCharsMax];
        var length = 0;
        for (var i = open + 1; i < close; i++)
        {
            if (atoms[i].Character == '\0')
                return null;
            text[length++] = atoms[i].Character;
        }
        var pieces = text[..length].ToString().Split("..");
        if (pieces.Length is not (2 or 3) || (pieces.Length == 3 && !IsInteger(pieces[2])))
            return null;
        var fits = (IsInteger(pieces[0]) && IsInteger(pieces[1]))
            || (pieces[0] is [var a] && pieces[1] is [var b] && char.IsAsciiLetter(a) && char.IsAsciiLetter(b));
        return fits ? (pieces[0], pieces[1], pieces.Length == 3 ? pieces[2] : null) : null;
    }

    static bool IsInteger(string text)
    {
        var digits = text.AsSpan().TrimStart("+-");
        return digits.Length > 0 && text.Length - digits.Length <= 1 && digits.IndexOfAnyExceptInRange('0', '9') < 0;
    }
}

using System.Globalization;
using System.Text;

namespace Writ.Cedar;

/// <summary>
/// Shows a person a place in a text: one line with file, line, column, message and code, then the source line with a
/// mark below what is meant. Nothing invisible or bidirectional is passed on, wide characters keep the mark in its
/// column, and a long line is cut around the place.
/// </summary>
/// <example>
/// <code>
/// a.cedar:1:33: expected ')', found ';' [cedar.syntax]
///   1 | permit(principal, action, resource;
///     |                                   ^
/// </code>
/// </example>
public static class DiagnosticText
{
    const int ColumnsMax = 100;
    const int TabColumns = 4;
    const string Cut = "...";

    /// <summary>One error with the line it is about; without the source, or without a place, only its message.</summary>
    public static string Of(ParseError error, string? source = null) =>
        Of(error.ToString(), error.Position, source);

    /// <summary>All errors of one text, each on lines of its own, the last without a line end.</summary>
    public static string Of(IEnumerable<ParseError> errors, string? source = null) =>
        string.Join('\n', errors.Select(error => Of(error, source)));

    /// <summary>A line that says what and where, then the place itself.</summary>
    /// <param name="heading">Usually <c>file:line:column: message [code]</c>.</param>
    /// <param name="length">UTF-16 code units to mark; 0 marks the word or sign that begins there.</param>
    public static string Of(string heading, SourcePosition position, string? source, int length = 0)
    {
        var text = new StringBuilder();
        foreach (var scalar in heading.EnumerateRunes())
            Append(text, scalar);
        if (source is null || !position.IsKnown || Line(source, position.Line) is not { } line)
            return text.ToString();
        var number = position.Line.ToString(CultureInfo.InvariantCulture);
        var start = Math.Clamp(position.Column - 1, 0, line.Length);
        var end = Math.Min(line.Length, start + (length > 0 ? length : LengthAt(line, start)));
        var (shown, from, to) = Excerpt(line, start, end);
        text.Append("\n  ").Append(number).Append(" | ").Append(shown);
        text.Append("\n  ").Append(' ', number.Length).Append(" | ").Append(' ', from).Append('^', to - from);
        return text.ToString();
    }

    // Lines end as SourceText counts them.
    static string? Line(string source, int number)
    {
        var rest = source.AsSpan();
        for (var i = 1; ; i++)
        {
            var end = rest.IndexOfAny('\n', '\r');
            if (i == number)
                return (end < 0 ? rest : rest[..end]).ToString();
            if (end < 0)
                return null;
            rest = rest[(end + (rest[end] == '\r' && end + 1 < rest.Length && rest[end + 1] == '\n' ? 2 : 1))..];
        }
    }

    static int LengthAt(string line, int start)
    {
        var token = Lexer.Tokenize(line[start..])[0];
        return token.Start == 0 ? Math.Max(1, token.Length) : 1;
    }

    // The line as it is shown, and the columns of the mark in it, which is at least one wide.
    static (string Shown, int From, int To) Excerpt(string line, int start, int end)
    {
        var shown = new StringBuilder();
        var columns = 0;
        var (from, to) = (-1, -1);
        var pieces = new List<(int Column, int At)>();
        var at = 0;
        foreach (var scalar in line.EnumerateRunes())
        {
            if (at >= start && from < 0)
                from = columns;
            if (at >= end && to < 0)
                to = columns;
            pieces.Add((columns, shown.Length));
            columns += scalar.Value == '\t' ? Tab(shown, columns) : Append(shown, scalar);
            at += scalar.Utf16SequenceLength;
        }
        pieces.Add((columns, shown.Length));
        if (from < 0)
            from = columns;
        to = Math.Max(to < 0 ? columns : to, from + 1);
        if (columns <= ColumnsMax)
            return (shown.ToString(), from, to);
        // A third of the space before the place, the rest behind it.
        var first = pieces.First(piece => piece.Column >= Math.Max(0, from - ColumnsMax / 3));
        var last = pieces.Last(piece => piece.Column <= first.Column + ColumnsMax);
        var before = first.Column > 0 ? Cut : "";
        var shift = before.Length - first.Column;
        var width = last.Column - first.Column;
        var cut = before + shown.ToString(first.At, last.At - first.At) + (last.Column < columns ? Cut : "");
        return (cut, from + shift, Math.Max(from + shift + 1, Math.Min(to + shift, before.Length + width)));
    }

    static int Tab(StringBuilder shown, int column)
    {
        var width = TabColumns - column % TabColumns;
        shown.Append(' ', width);
        return width;
    }

    static int Append(StringBuilder shown, Rune scalar)
    {
        if (Escapes.IsPlain(scalar))
        {
            shown.Append(scalar);
            return TextWidth.Of(scalar);
        }
        var before = shown.Length;
        shown.Append(CultureInfo.InvariantCulture, $"\\u{{{scalar.Value:x}}}");
        return shown.Length - before;
    }
}

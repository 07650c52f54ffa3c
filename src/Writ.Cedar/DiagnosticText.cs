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
/// a.cedar:1:35: expected ')', found ';' [cedar.syntax]
///   1 | permit(principal, action, resource;
///     |                                   ^
/// </code>
/// </example>
public static class DiagnosticText
{
    const int BeforeMax = 60;
    const int AfterMax = 40;
    const int HeadingMax = 1_000;
    const string Cut = "...";
    const string Tab = "    ";

    /// <summary>An error with the line it is about, as far as it knows one.</summary>
    public static string Of(ParseError error) => Of(error.ToString(), error.Excerpt);

    /// <summary>A finding with the line it is about.</summary>
    public static string Of(ValidationFinding finding) => Of(finding.ToString(), finding.Excerpt);

    /// <summary>Any heading, usually <c>file:line:column: message [code]</c>, and the place itself.</summary>
    /// <param name="length">UTF-16 code units to mark; 0 marks the word or sign that begins there.</param>
    public static string Of(string heading, SourcePosition position, string? source, int length = 0) =>
        source is null || !position.IsKnown || new SourceText(source, null).LineAt(position.Line) is not { } line
            ? Visible(heading)
            : Visible(heading) + "\n" + Excerpt(line, position, length);

    static string Of(string heading, string? excerpt) =>
        excerpt is null ? Visible(heading) : Visible(heading) + "\n" + excerpt;

    /// <summary>The line with its number, and a mark on the next one.</summary>
    internal static string Excerpt(ReadOnlySpan<char> line, SourcePosition position, int length = 0)
    {
        var start = Math.Clamp(position.Column - 1, 0, line.Length);
        if (length == 0)
            length = LengthAt(line[start..]);
        var from = start;
        var before = 0;
        while (from > 0)
        {
            Rune.DecodeLastFromUtf16(line[..from], out var scalar, out var size);
            if (before + Show(scalar, null) > BeforeMax)
                break;
            before += Show(scalar, null);
            from -= size;
        }
        var shown = new StringBuilder(from > 0 ? Cut : "");
        var marked = 0;
        var columns = 0;
        var at = from;
        while (at < line.Length)
        {
            Rune.DecodeFromUtf16(line[at..], out var scalar, out var size);
            if (columns + Show(scalar, null) > before + AfterMax)
                break;
            columns += Show(scalar, shown);
            at += size;
            if (at <= start + length)
                marked = columns - before;
        }
        if (at < line.Length)
            shown.Append(Cut);
        var number = position.Line.ToString(CultureInfo.InvariantCulture);
        var margin = new string(' ', number.Length);
        var indent = new string(' ', before + (from > 0 ? Cut.Length : 0));
        return $"  {number} | {shown}\n  {margin} | {indent}{new string('^', Math.Max(1, marked))}";
    }

    static int LengthAt(ReadOnlySpan<char> rest)
    {
        var token = Lexer.Tokenize(rest[..Math.Min(rest.Length, AfterMax + 1)].ToString())[0];
        return token.Start == 0 ? token.Length : 1;
    }

    static string Visible(string text)
    {
        var visible = new StringBuilder(text.Length);
        foreach (var scalar in text.EnumerateRunes())
            Escapes.AppendVisible(visible, scalar);
        // Of a message that quotes something endless, the place at its beginning and the code at its end are kept.
        if (visible.Length > HeadingMax)
            visible.Remove(HeadingMax / 2, visible.Length - HeadingMax).Insert(HeadingMax / 2, Cut);
        return visible.ToString();
    }

    // Adds the character as it is shown, when there is something to add to, and answers its columns.
    static int Show(Rune scalar, StringBuilder? shown)
    {
        if (scalar.Value == '\t')
        {
            shown?.Append(Tab);
            return Tab.Length;
        }
        if (Escapes.IsPlain(scalar))
        {
            shown?.Append(scalar);
            return TextWidth.Of(scalar);
        }
        var escape = string.Create(CultureInfo.InvariantCulture, $"\\u{{{scalar.Value:x}}}");
        shown?.Append(escape);
        return escape.Length;
    }
}

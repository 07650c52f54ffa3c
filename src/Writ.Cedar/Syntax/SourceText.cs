namespace Writ.Cedar;

/// <summary>One text, of policies or of JSON about them, with its file name, and where its lines begin.</summary>
sealed class SourceText
{
    readonly int[] _lineStarts;

    public SourceText(string text, string? fileName, bool isJson = false)
    {
        Text = text;
        FileName = fileName;
        IsJson = isJson;
        var starts = new List<int> { 0 };
        for (var i = 0; i < text.Length; i++)
            if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n')))
                starts.Add(i + 1);
        _lineStarts = [.. starts];
    }

    public string Text { get; }

    public bool IsJson { get; }

    public string? FileName { get; }

    /// <summary>Where a string stops being Unicode text, or -1: such a string has no bytes and so no digest.</summary>
    public static int IndexOfUnpairedSurrogate(string text)
    {
        for (var i = text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff'); i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return i;
            i++;
        }
        return -1;
    }

    public ParseError ErrorAt(int offset, string code, string expected, string found) =>
        new(code, PositionAt(offset), expected, found, FileName) { Excerpt = ExcerptAt(offset) };

    /// <summary>The line around a place with its number, and a mark below the place.</summary>
    public string ExcerptAt(int offset)
    {
        var position = PositionAt(offset);
        return DiagnosticText.Excerpt(LineAt(position.Line), position);
    }

    /// <summary>A line without its end, counted from 1; nothing when the text has fewer.</summary>
    public string? LineAt(int number)
    {
        if (number > _lineStarts.Length)
            return null;
        var line = Text.AsSpan(_lineStarts[number - 1]);
        var end = line.IndexOfAny('\n', '\r');
        return (end < 0 ? line : line[..end]).ToString();
    }

    public SourcePosition PositionAt(int offset)
    {
        var line = Array.BinarySearch(_lineStarts, offset);
        if (line < 0)
            line = ~line - 1;
        return new SourcePosition(line + 1, offset - _lineStarts[line] + 1, offset);
    }
}

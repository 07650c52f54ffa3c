namespace Writ.Cedar;

/// <summary>One policy text with its file name, and where its lines begin.</summary>
sealed class SourceText
{
    readonly int[] _lineStarts;

    public SourceText(string text, string? fileName)
    {
        Text = text;
        FileName = fileName;
        var starts = new List<int> { 0 };
        for (var i = 0; i < text.Length; i++)
            if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n')))
                starts.Add(i + 1);
        _lineStarts = [.. starts];
    }

    public string Text { get; }

    public string? FileName { get; }

    public SourcePosition PositionAt(int offset)
    {
        var line = Array.BinarySearch(_lineStarts, offset);
        if (line < 0)
            line = ~line - 1;
        return new SourcePosition(line + 1, offset - _lineStarts[line] + 1, offset);
    }
}

using System.Text;

namespace Writ.Cedar;

/// <summary>
/// Chooses the line breaks of a document, in one pass and without recursion. Made so that its choices are those of the
/// reference formatter; in particular a broken line is indented as what follows it, so a closing bracket that comes
/// after a nested document returns to the column of its opening one.
/// </summary>
sealed class Layout(int width)
{
    readonly StringBuilder _text = new();
    readonly Stack<Item> _rest = new();
    readonly Stack<(Document.Sequence Sequence, int Next)> _trial = new();
    int _column;

    /// <summary>Something still to be laid out: with its indentation, and whether its group fits on the line.</summary>
    readonly record struct Item(int Indent, bool IsFlat, Document Document);

    public static string Of(Document document, int width)
    {
        var layout = new Layout(width);
        layout.Run(document);
        return layout._text.ToString();
    }

    void Run(Document document)
    {
        _rest.Push(new Item(0, false, document));
        while (_rest.TryPop(out var item))
        {
            switch (item.Document)
            {
                case Document.Word word:
                    _text.Append(word.Content);
                    _column += word.Width;
                    break;
                case Document.Break { Flat: { } flat } when item.IsFlat:
                    _text.Append(flat);
                    _column += flat.Length;
                    break;
                case Document.Break:
                    _column = _rest.TryPeek(out var next) ? next.Indent : item.Indent;
                    _text.Append('\n').Append(' ', _column);
                    break;
                case Document.Nest nest:
                    _rest.Push(item with { Indent = item.Indent + nest.Columns, Document = nest.Inner });
                    break;
                case Document.Group group:
                    _rest.Push(item with { IsFlat = item.IsFlat || Fits(group.Inner), Document = group.Inner });
                    break;
                case Document.Sequence sequence:
                    for (var i = sequence.Parts.Length - 1; i >= 0; i--)
                        _rest.Push(item with { Document = sequence.Parts[i] });
                    break;
            }
        }
    }

    // Whether the document, on one line, and what follows it up to the next line break fit on the rest of the line.
    bool Fits(Document document)
    {
        var column = _column;
        if (Advance(document, isFlat: true, ref column) is { } decided)
            return decided;
        foreach (var item in _rest)
            if (Advance(item.Document, isFlat: false, ref column) is { } ended)
                return ended;
        return true;
    }

    bool? Advance(Document document, bool isFlat, ref int column)
    {
        _trial.Clear();
        while (true)
        {
            switch (document)
            {
                case Document.Word word:
                    column += word.Width;
                    if (column > width)
                        return false;
                    break;
                case Document.Break { Flat: { } flat } when isFlat:
                    column += flat.Length;
                    if (column > width)
                        return false;
                    break;
                case Document.Break:
                    return !isFlat;
                case Document.Nest nest:
                    document = nest.Inner;
                    continue;
                case Document.Group group:
                    document = group.Inner;
                    continue;
                case Document.Sequence sequence:
                    _trial.Push((sequence, 0));
                    break;
            }
            var found = false;
            while (!found && _trial.TryPop(out var open))
            {
                if (open.Next == open.Sequence.Parts.Length)
                    continue;
                document = open.Sequence.Parts[open.Next];
                _trial.Push((open.Sequence, open.Next + 1));
                found = true;
            }
            if (!found)
                return null;
        }
    }
}

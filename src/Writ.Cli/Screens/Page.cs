using System.Text;
using Writ.Shell;

namespace Writ.Cli.Screens;

/// <summary>
/// A text for a person, built line by line. Whatever comes from outside goes through <see cref="VisibleText"/> here,
/// so that no screen can forget it; only colours are added afterwards.
/// </summary>
sealed class Page
{
    const int LabelWidth = 13;

    readonly StringBuilder _text = new();

    enum Ink
    {
        Plain = 0,
        Bold = 1,
        Red = 31,
        Green = 32,
        Yellow = 33,
    }

    // Colours stand as private marks until the page knows where it goes. Visible text cannot hold one.
    const char Start = '\uE000';
    const char End = '\uE001';

    public Page Heading(string text) => Line(Inked(Ink.Bold, text));

    public Page Text(string text) => Line(VisibleText.Of(text));

    public Page Warning(string text) => Line(Inked(Ink.Yellow, text));

    public Page Bad(string text) => Line(Inked(Ink.Red, text));

    public Page Good(string text) => Line(Inked(Ink.Green, text));

    public Page Blank() => Line("");

    /// <summary>A label and what belongs to it.</summary>
    public Page Field(string label, string? text) =>
        text is null ? this : Line($"  {label.PadRight(LabelWidth)} {VisibleText.Of(text)}");

    /// <summary>Text of its own on lines of its own, behind a bar that none of it can leave. Nothing is cut.</summary>
    public Page Quote(string text, bool strong = false)
    {
        foreach (var line in VisibleText.Of(text, keepNewLines: true).Split('\n'))
            Line($"  | {(strong ? Start + ((int)Ink.Bold).ToString() + Start + line + End : line)}");
        return this;
    }

    /// <summary>Several lines as they are laid out.</summary>
    public Page Lines(string text)
    {
        foreach (var line in VisibleText.Of(text, keepNewLines: true).Split('\n'))
            Line(line);
        return this;
    }

    public Page Difference(char sign, string text) => sign switch
    {
        '+' => Line(Inked(Ink.Green, "+" + text)),
        '-' => Line(Inked(Ink.Red, "-" + text)),
        _ => Line(VisibleText.Of(sign + text)),
    };

    /// <summary>Rows in columns that are as wide as their widest cell; the last one runs free.</summary>
    public Page Table(IReadOnlyList<string[]> rows)
    {
        var shown = rows.Select(r => r.Select(c => VisibleText.Of(c)).ToArray()).ToList();
        foreach (var row in shown)
        {
            var line = new StringBuilder();
            for (var i = 0; i < row.Length; i++)
                line.Append(i == row.Length - 1 ? row[i] : row[i].PadRight(shown.Max(r => r[i].Length)) + "  ");
            Line(line.ToString().TrimEnd());
        }
        return this;
    }

    public string Render(bool color)
    {
        var page = new StringBuilder(_text.Length);
        for (var i = 0; i < _text.Length; i++)
            if (_text[i] == Start)
            {
                var ink = new StringBuilder();
                for (i++; _text[i] != Start; i++)
                    ink.Append(_text[i]);
                if (color)
                    page.Append("\e[").Append(ink).Append('m');
            }
            else if (_text[i] == End)
                page.Append(color ? "\e[0m" : "");
            else
                page.Append(_text[i]);
        return page.ToString();
    }

    static string Inked(Ink ink, string text) => $"{Start}{(int)ink}{Start}{VisibleText.Of(text)}{End}";

    Page Line(string line)
    {
        _text.Append(line).Append('\n');
        return this;
    }
}

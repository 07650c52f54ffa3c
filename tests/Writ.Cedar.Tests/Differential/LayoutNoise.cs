using System.Text;

namespace Writ.Cedar.Tests.Differential;

/// <summary>Writes a text again with other space and with comments between its tokens.</summary>
sealed class LayoutNoise(int seed)
{
    readonly Random _random = new(seed);
    int _comments;

    /// <summary>Without comments, with a few, and with many.</summary>
    public IReadOnlyList<string> Of(string text) => [text, Written(text, 12), Written(text, 2)];

    string Written(string text, int oneIn)
    {
        var written = new StringBuilder();
        foreach (var token in Lexer.Tokenize(text))
        {
            written.Append(text, token.Start, token.Length);
            if (_random.Next(oneIn) == 0)
                Comment(written);
            else
                written.Append(_random.Next(4) == 0 ? "\n  " : " ");
        }
        return written.ToString();
    }

    void Comment(StringBuilder written)
    {
        if (_random.Next(3) == 0)
            written.Append('\n');
        for (var i = _random.Next(1, 3); i > 0; i--)
            written.Append(FormattableString.Invariant($" // c{_comments++} \"\n"));
    }
}

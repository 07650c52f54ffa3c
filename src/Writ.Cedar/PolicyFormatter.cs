using System.Text;

namespace Writ.Cedar;

/// <summary>How wide formatted policies may be, and how far each level is indented; both in columns.</summary>
public sealed record FormatOptions(int Width = 80, int Indent = 2)
{
    /// <summary>The largest width and indentation that are accepted; more is cut down to it.</summary>
    public const int WidthMax = 1_000;

    /// <inheritdoc cref="WidthMax"/>
    public const int IndentMax = 16;
}

/// <summary>
/// Lays out policies in the one way that the reference formatter has: every comment is kept, the meaning is the same,
/// and what is formatted already stays as it is. Differences from the reference: comments behind a comma before a
/// closing bracket are kept (it drops them), and a lone carriage return ends a comment.
/// </summary>
public static class PolicyFormatter
{
    // A comment on a line of its own may be put behind the token before it, and then belongs to that one: the next
    // pass sees another text. Two passes are usual and three the most that was ever seen.
    const int PassesMax = 8;

    /// <summary>
    /// The policies of a text, laid out. A text with errors is refused with all of them. The result is read again and
    /// compared before it is handed out; should it differ, that is <c>cedar.format.unsafe</c> and a fault of this
    /// program.
    /// </summary>
    public static ParseResult<string> Format(string text, FormatOptions? options = null, string? fileName = null)
    {
        var before = PolicySet.Parse(text, fileName: fileName, experiments: CedarExperiments.None);
        if (!before.TryGetValue(out var policies))
            return new ParseResult<string>(before.Errors);
        var formatted = text;
        var isStable = false;
        for (var pass = 0; pass < PassesMax && !isStable; pass++)
        {
            var next = Once(formatted, options ?? new FormatOptions());
            isStable = next == formatted;
            formatted = next;
        }
        if (Encoding.UTF8.GetByteCount(formatted) > CedarLimits.SourceBytesMax)
            return Failed(
                "cedar.limit.source",
                FormattableString.Invariant($"at most {CedarLimits.SourceBytesMax} bytes when it is laid out"), "more");
        return isStable && PolicySet.Parse(formatted).TryGetValue(out var again) && again.ToJson() == policies.ToJson()
            ? new ParseResult<string>(formatted)
            : Failed("cedar.format.unsafe", "the same policies", "others");

        ParseResult<string> Failed(string code, string expected, string found) =>
            new([new ParseError(code, default, expected, found, fileName)]);
    }

    static string Once(string text, FormatOptions options)
    {
        var width = Math.Clamp(options.Width, 1, FormatOptions.WidthMax);
        var layout = new PolicyLayout(
            CommentedToken.Read(text, out var atEnd), Math.Clamp(options.Indent, 0, FormatOptions.IndentMax));
        var formatted = new StringBuilder();
        while (!layout.IsAtEnd)
        {
            if (formatted.Length > 0)
                formatted.Append("\n\n");
            formatted.Append(WithoutEmptyLines(Layout.Of(layout.Policy(), width)));
        }
        formatted.Append('\n');
        foreach (var comment in atEnd)
            formatted.Append(comment).Append('\n');
        return formatted.ToString();
    }

    // Comments bring their own line breaks, so two may meet. Lines inside of strings are part of the policy and stay.
    static string WithoutEmptyLines(string text)
    {
        var kept = new StringBuilder(text.Length);
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var length = text[i] == '"' ? StringLength(text, i)
                : text[i] == '/' && i + 1 < text.Length && text[i + 1] == '/' ? CommentLength(text, i)
                : 0;
            if (length == 0)
                continue;
            Squeeze(kept, text.AsSpan(start, i - start));
            kept.Append(text, i, length);
            start = i + length;
            i = start - 1;
        }
        Squeeze(kept, text.AsSpan(start));
        return kept.ToString().Trim();
    }

    static int StringLength(string text, int start)
    {
        var at = start + 1;
        while (at < text.Length && text[at] != '"')
            at += text[at] == '\\' ? 2 : 1;
        return Math.Min(at + 1, text.Length) - start;
    }

    static int CommentLength(string text, int start)
    {
        var length = text.AsSpan(start).IndexOfAny('\n', '\r');
        return length < 0 ? text.Length - start : length;
    }

    // Of the text between two strings or comments: its first line break, its lines that are not blank, and whatever
    // stands behind its last line break.
    static void Squeeze(StringBuilder kept, ReadOnlySpan<char> between)
    {
        if (between.StartsWith('\n'))
            kept.Append('\n');
        while (!between.IsEmpty)
        {
            var end = between.IndexOf('\n');
            var line = end < 0 ? between : between[..(end + 1)];
            if (end < 0 || !line.IsWhiteSpace())
                kept.Append(line);
            between = between[line.Length..];
        }
    }
}

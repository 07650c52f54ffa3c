namespace Writ.Cedar;

/// <summary>
/// Why a text, a document or a set was not accepted: a stable dotted <see cref="Code"/>, the place, what was expected
/// there and what was found instead. The message quotes the input, so it is as confidential as the input.
/// </summary>
public sealed record ParseError(
    string Code, SourcePosition Position, string Expected, string Found, string? FileName = null)
{
    /// <summary>
    /// The line it stands in, at most 100 characters of it and each of them visible, and a caret under the place;
    /// nothing when there is no text. As confidential as the input.
    /// </summary>
    public string? Excerpt { get; init; }

    public string Message => $"expected {Expected}, found {Found}";

    /// <summary>One line in the form compilers use: <c>file:line:column: message [code]</c>.</summary>
    public override string ToString()
    {
        var file = FileName is null ? "" : FileName + ":";
        var place = Position.IsKnown ? Position + ":" : "";
        return file.Length + place.Length == 0 ? $"{Message} [{Code}]" : $"{file}{place} {Message} [{Code}]";
    }
}

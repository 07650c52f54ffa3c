namespace Writ.Shell.Syntax;

/// <summary>Why a line is not shell: a stable code, the position of the character that cannot be, and what would have
/// been right. Nothing after the position was understood.</summary>
/// <param name="Code">One of <see cref="SyntaxCodes"/>.</param>
/// <param name="Position">UTF-16 code units from the start of the source.</param>
/// <param name="Expected">What would have been right here, for people.</param>
public sealed record SyntaxFault(string Code, int Position, string Expected)
{
    /// <summary>Says it with line and column, both counted from one.</summary>
    public string Describe(string source)
    {
        var line = 1;
        var column = 1;
        for (var i = 0; i < Position && i < source.Length; i++)
        {
            column++;
            if (source[i] == '\n')
                (line, column) = (line + 1, 1);
        }
        return $"{line}:{column}: {Code}: expected {Expected}";
    }
}

using Writ.Shell.Syntax;

namespace Writ.Shell.Knowledge;

/// <summary>
/// Finds <c>((cat file))</c>: to bash it is arithmetic and an error, to whoever wrote it a command. Which of the two
/// another shell makes of it is not known.
/// </summary>
static class MalformedArithmetic
{
    public static UnknownPart? Find(Script script)
    {
        foreach (var node in SyntaxWalk.All(script))
            if (node is ArithmeticCommand command && IsMalformed(ShellPrinter.Print(command.Expression)))
                return new UnknownPart("(( ))", "it reads like a command and is arithmetic");
        return null;
    }

    // Two values with nothing between them.
    static bool IsMalformed(string text)
    {
        var wasValue = false;
        var wasBlank = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            // An option, or a path.
            if (c is '-' or '/' && wasBlank && wasValue && i + 1 < text.Length && char.IsLetter(text[i + 1]))
                return true;
            if (char.IsWhiteSpace(c))
            {
                wasBlank = true;
                continue;
            }
            var isValue = char.IsLetterOrDigit(c) || c is '_' or '$' or '"' or '\'' or '\\' or '@';
            if (c == '.')
                return true;
            if (isValue && wasValue && wasBlank)
                return true;
            (wasValue, wasBlank) = (isValue, false);
        }
        return text.Contains('@', StringComparison.Ordinal);
    }
}

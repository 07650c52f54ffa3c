using System.Collections.Immutable;

namespace Writ.Shell.Resolving;

/// <summary>Whether a program of awk does nothing but read its input and print.</summary>
static class AwkCode
{
    /// <summary>Of a whole command: its program stands in the line, and is harmless.</summary>
    public static bool IsHarmless(ImmutableArray<ResolvedArgument> words)
    {
        for (var i = 1; i < words.Length; i++)
        {
            if (words[i].Value is not { } word)
                return false;
            if (word is "-F" or "-v" or "--assign" or "--field-separator")
                i++;
            else if (word is "--")
                return i + 1 >= words.Length || words[i + 1].Value is { } after && IsHarmless(after);
            else if (word is not ['-', _, ..])
                return IsHarmless(word);
            else if (word is ['-', 'e' or 'f' or 'i' or 'l' or 'E' or 'W' or 'D', ..]
                || word.StartsWith("--file", StringComparison.Ordinal)
                || word.StartsWith("--so", StringComparison.Ordinal)
                || word.StartsWith("--in", StringComparison.Ordinal)
                || word.StartsWith("--lo", StringComparison.Ordinal)
                || word.StartsWith("--ex", StringComparison.Ordinal)
                || word.StartsWith("--de", StringComparison.Ordinal))
                return false;
        }
        return true;
    }

    public static bool IsHarmless(string code)
    {
        var isPrinting = false;
        var depth = 0;
        for (var i = 0; i < code.Length; i++)
            switch (code[i])
            {
                case '"':
                    i = EndOfString(code, i);
                    break;
                case '/' when StartsPattern(code, i):
                    i = EndOfPattern(code, i);
                    break;
                case '|' when !(i + 1 < code.Length && code[i + 1] == '|'):
                    return false;
                case '|':
                    i++;
                    break;
                case '@':
                    return false;
                case '(':
                    depth++;
                    break;
                case ')':
                    depth--;
                    break;
                case ';' or '}' or '\n':
                    isPrinting = false;
                    break;
                case '>' when isPrinting && depth == 0:
                    return false;
                case var c when char.IsLetter(c) || c == '_':
                    var from = i;
                    while (i + 1 < code.Length && (char.IsLetterOrDigit(code[i + 1]) || code[i + 1] == '_'))
                        i++;
                    var word = code.AsSpan(from, i + 1 - from);
                    if (word is "system" or "getline" or "ENVIRON" or "SYMTAB" or "PROCINFO" or "extension" or "close"
                        or "ARGV")
                        return false;
                    if (word is "print" or "printf")
                        (isPrinting, depth) = (true, 0);
                    break;
            }
        return true;
    }

    static int EndOfString(string code, int i)
    {
        for (i++; i < code.Length && code[i] != '"'; i++)
            if (code[i] == '\\')
                i++;
        return i;
    }

    // A slash after a value divides.
    static bool StartsPattern(string code, int i)
    {
        var before = i - 1;
        while (before >= 0 && code[before] is ' ' or '\t')
            before--;
        return before < 0 || !(char.IsLetterOrDigit(code[before]) || code[before] is ')' or ']' or '_' or '$' or '"');
    }

    static int EndOfPattern(string code, int i)
    {
        for (i++; i < code.Length && code[i] is not ('/' or '\n'); i++)
            if (code[i] == '\\')
                i++;
        return i;
    }
}

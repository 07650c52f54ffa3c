namespace Writ.Shell.Knowledge;

/// <summary>Whether a program of awk does nothing but read its input and print.</summary>
static class AwkCode
{
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

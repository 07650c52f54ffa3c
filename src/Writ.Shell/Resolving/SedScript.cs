using System.Collections.Immutable;

namespace Writ.Shell.Resolving;

/// <summary>Whether a sed script may run a command: by <c>e</c>, or by the flag <c>e</c> of <c>s</c>. What cannot be
/// read may.</summary>
static class SedScript
{
    public static bool MayRunCode(ImmutableArray<ResolvedArgument> arguments)
    {
        var hasScript = false;
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i].Value is not { } value)
                return !hasScript;
            if (value is "-f" or "--file" || value.StartsWith("--file=", StringComparison.Ordinal))
                return true;
            if (value is "-e" or "--expression" or "-ne" or "-re" or "-Ee" && i + 1 < arguments.Length)
            {
                hasScript = true;
                if (arguments[++i].Value is not { } given || MayRunCode(given))
                    return true;
            }
            else if (value.StartsWith("--expression=", StringComparison.Ordinal))
            {
                hasScript = true;
                if (MayRunCode(value["--expression=".Length..]))
                    return true;
            }
            else if (!hasScript && !(value.Length > 1 && value[0] == '-'))
                return MayRunCode(value);
        }
        return false;
    }

    /// <summary>Codes of one script that are looked at.</summary>
    public const int CodesMax = 16;

    /// <summary>What in a script looks like code for a shell: behind a command <c>e</c>, and what <c>s///e</c>
    /// puts there.</summary>
    public static IEnumerable<string> Codes(string? script)
    {
        if (script is null)
            yield break;
        foreach (var line in script.Split('\n', ';'))
        {
            var text = line.TrimStart([.. " \t{}!$,0123456789"]);
            if (text.StartsWith("e ", StringComparison.Ordinal))
                yield return text[2..];
            else if (text.Length > 3 && text[0] == 's' && text.Split(text[1]) is [_, _, var replacement, var flags]
                && flags.Contains('e', StringComparison.Ordinal) && replacement.Length > 0)
                yield return replacement;
        }
    }

    static bool MayRunCode(string script)
    {
        var i = 0;
        while (i < script.Length)
        {
            if (script[i] is ' ' or '\t' or '\n' or ';' or '{' or '}')
                i++;
            else if (!TrySkipAddress(script, ref i) && !TrySkipCommand(script, ref i))
                return true;
        }
        return false;
    }

    static bool TrySkipAddress(string script, ref int i)
    {
        switch (script[i])
        {
            case >= '0' and <= '9' or '$' or ',' or '!' or '~' or '+':
                i++;
                return true;
            case '/':
                i = End(script, i + 1, '/');
                while (i < script.Length && script[i] is 'I' or 'M')
                    i++;
                return true;
            case '\\' when i + 1 < script.Length:
                i = End(script, i + 2, script[i + 1]);
                return true;
            default:
                return false;
        }
    }

    // False when the command runs something, or is none.
    static bool TrySkipCommand(string script, ref int i)
    {
        var command = script[i++];
        switch (command)
        {
            case 's' or 'y' when i < script.Length:
                var delimiter = script[i];
                i = End(script, End(script, i + 1, delimiter), delimiter);
                for (; i < script.Length && script[i] is not (';' or '}' or '\n' or ' '); i++)
                {
                    if (script[i] == 'e')
                        return false;
                    if (script[i] is 'w')
                    {
                        SkipLine(script, ref i);
                        return true;
                    }
                }
                return true;
            case 'a' or 'i' or 'c' or 'r' or 'R' or 'w' or 'W' or '#':
                SkipLine(script, ref i);
                return true;
            case ':' or 'b' or 't' or 'T':
                while (i < script.Length && script[i] is not (';' or '}' or '\n'))
                    i++;
                return true;
            default:
                return "dDgGhHlnNpPqQxz=F".Contains(command, StringComparison.Ordinal);
        }
    }

    static void SkipLine(string script, ref int i)
    {
        while (i < script.Length && script[i] != '\n')
            i += script[i] == '\\' ? 2 : 1;
        i = Math.Min(i, script.Length);
    }

    // After the next delimiter that is neither quoted nor in brackets.
    static int End(string script, int i, char delimiter)
    {
        var isInSet = false;
        for (; i < script.Length; i++)
        {
            if (script[i] == '\\')
                i++;
            else if (script[i] == '[')
                isInSet = true;
            else if (script[i] == ']')
                isInSet = false;
            else if (script[i] == delimiter && !isInSet)
                return i + 1;
        }
        return script.Length;
    }
}

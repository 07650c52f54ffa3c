using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>The files that a script of sed reads and writes, and whether it may run something.</summary>
static class SedCode
{
    public static void Judge(string script, PathView paths, List<ProgramEffect> effects, List<UnknownPart> unknown)
    {
        var i = 0;
        while (i < script.Length)
            if (script[i] is ' ' or '\t' or '\n' or ';' or '{' or '}')
                i++;
            else if (!TrySkipAddress(script, ref i) && !TryRead(script, ref i, paths, effects, unknown))
            {
                effects.Add(ProgramEffect.Of(KnownVerbs.CodeRun, script));
                unknown.Add(new UnknownPart(script, "this script of sed may run something"));
                return;
            }
    }

    static bool TrySkipAddress(string script, ref int i)
    {
        switch (script[i])
        {
            case (>= '0' and <= '9') or '$' or ',' or '!' or '~' or '+':
                i++;
                return true;
            case '/':
                i = End(script, i + 1, '/');
                break;
            case '\\' when i + 1 < script.Length:
                i = End(script, i + 2, script[i + 1]);
                break;
            default:
                return false;
        }
        while (i < script.Length && script[i] is 'I' or 'M')
            i++;
        return true;
    }

    // False when the command runs something, or is none.
    static bool TryRead(
        string script, ref int i, PathView paths, List<ProgramEffect> effects, List<UnknownPart> unknown)
    {
        var command = script[i++];
        switch (command)
        {
            case 's' or 'y' when i < script.Length && script[i] is not ('\n' or '\\'):
                var delimiter = script[i];
                i = End(script, End(script, i + 1, delimiter), delimiter);
                while (i < script.Length
                    && (char.IsAsciiDigit(script[i]) || script[i] is 'g' or 'p' or 'i' or 'I' or 'm' or 'M'))
                    i++;
                if (i < script.Length && script[i] == 'w')
                    AddFile(WordRole.Writes, script, ref i, paths, effects, unknown);
                return i >= script.Length || script[i] is ';' or '}' or '\n' or ' ' or '\t';
            case 'w' or 'W':
                i--;
                AddFile(WordRole.Writes, script, ref i, paths, effects, unknown);
                return true;
            case 'r' or 'R':
                i--;
                AddFile(WordRole.Reads, script, ref i, paths, effects, unknown);
                return true;
            case 'a' or 'i' or 'c' or '#':
                SkipText(script, ref i);
                return true;
            case ':' or 'b' or 't' or 'T':
                while (i < script.Length && script[i] is not (';' or '}' or '\n'))
                    i++;
                return true;
            default:
                return "dDgGhHlnNpPqQxz=F".Contains(command, StringComparison.Ordinal);
        }
    }

    static void AddFile(
        WordRole role, string script, ref int i, PathView paths, List<ProgramEffect> effects, List<UnknownPart> unknown)
    {
        var end = script.IndexOf('\n', i);
        end = end < 0 ? script.Length : end;
        paths.Add(role, ResolvedArgument.Known(script[(i + 1)..end].Trim()), effects, unknown);
        i = end;
    }

    static void SkipText(string script, ref int i)
    {
        while (i < script.Length && script[i] != '\n')
            i += script[i] == '\\' ? 2 : 1;
        i = Math.Min(i, script.Length);
    }

    // After the next delimiter that is neither escaped nor in brackets.
    static int End(string script, int i, char delimiter)
    {
        var isInSet = false;
        for (; i < script.Length; i++)
            if (script[i] == '\\')
                i++;
            else if (script[i] == '[' && !isInSet && script.IndexOf(']', i) > 0)
                isInSet = true;
            else if (script[i] == ']')
                isInSet = false;
            else if (script[i] == delimiter && !isInSet)
                return i + 1;
        return script.Length;
    }
}

namespace Writ.Shell.Knowledge;

/// <summary>What a filter of jq reads besides its input: the environment, and files that it imports.</summary>
static class JqCode
{
    public static void Judge(string code, List<ProgramEffect> effects, List<UnknownPart> unknown)
    {
        for (var i = 0; i < code.Length; i++)
        {
            // A text with nothing interpolated is a text.
            if (code[i] == '"' && EndOfText(code, i) is > 0 and var end)
            {
                i = end;
                continue;
            }
            if (!char.IsAsciiLetter(code[i]) && code[i] != '_')
                continue;
            var start = i;
            while (i + 1 < code.Length && (char.IsAsciiLetterOrDigit(code[i + 1]) || code[i + 1] == '_'))
                i++;
            var word = code.AsSpan(start, i + 1 - start);
            var before = start > 0 ? code[start - 1] : ' ';
            // `.env` and `$env` are values; `env` and `$ENV` are the environment. A string may interpolate either.
            if ((word is "env" && before is not ('.' or '$')) || (word is "ENV" && before == '$')
                || word is "get_search_list")
                effects.Add(ProgramEffect.Of(KnownVerbs.SecretRead, "environment"));
            else if (word is "import" or "include" && before is not '.')
            {
                effects.Add(ProgramEffect.Of(KnownVerbs.CodeRun, code));
                unknown.Add(new UnknownPart(code, "it reads files that are not looked into"));
            }
        }
    }

    // -1 when something is interpolated, or it does not end.
    static int EndOfText(string code, int i)
    {
        for (i++; i < code.Length && code[i] != '"'; i++)
            if (code[i] == '\\' && ++i < code.Length && code[i] == '(')
                return -1;
        return i < code.Length ? i : -1;
    }
}

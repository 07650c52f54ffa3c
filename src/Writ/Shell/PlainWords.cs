namespace Writ.Shell;

/// <summary>
/// The part of a shell's language that means exactly its own words: no expansion, no operator, no builtin. A line that
/// is plain is run as those words, without any shell, so that what was judged is what runs. Every other line stays a
/// line of shell and is never automatic.
/// </summary>
public static class PlainWords
{
    const string Bare = "_./:=@%+,-";

    static readonly ImmutableHashSet<string> _shellOnly =
    [
        .. ("if then else elif fi for while until do done case esac select function in time coproc { } ! [[ ]] "
            + ". : source eval exec set unset export alias unalias cd read ulimit umask trap wait jobs fg bg type "
            + "command builtin hash history let local declare typeset readonly return shift shopt times getopts "
            + "enable dirs pushd popd disown suspend logout exit break continue mapfile readarray compgen complete "
            + "compopt caller bind fc")
            .Split(' '),
    ];

    /// <summary>The words of a plain line, or null when the line is anything else.</summary>
    public static ImmutableArray<string>? Split(string line)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        var word = new System.Text.StringBuilder();
        var inWord = false;
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (c == ' ' || c == '\t')
            {
                Finish();
            }
            else if (c is '\'' or '"')
            {
                var end = line.IndexOf(c, i + 1);
                if (end < 0 || !IsLiteral(line.AsSpan(i + 1, end - i - 1), c))
                    return null;
                word.Append(line, i + 1, end - i - 1);
                inWord = true;
                i = end;
            }
            else if (char.IsAsciiLetterOrDigit(c) || Bare.Contains(c, StringComparison.Ordinal))
            {
                word.Append(c);
                inWord = true;
            }
            else
            {
                return null;
            }
        }
        Finish();
        return words.Count > 0 && IsProgram(words[0]) ? words.ToImmutable() : null;

        void Finish()
        {
            if (inWord)
                words.Add(word.ToString());
            word.Clear();
            inWord = false;
        }
    }

    // A word with '=' in front would be an assignment; a keyword or builtin means something only a shell knows.
    static bool IsProgram(string word) =>
        word.Length > 0 && !word.Contains('=', StringComparison.Ordinal) && !_shellOnly.Contains(word);

    static bool IsLiteral(ReadOnlySpan<char> text, char quote) =>
        !text.ContainsAny('\n', '\r', '\0') && (quote == '\'' || text.IndexOfAny("$`\\!") < 0);
}

using Writ.Shell.Syntax;

namespace Writ.Shell.Tests.Syntax;

/// <summary>Lines as long as a line may be, each made to cost as much as possible.</summary>
static class Adversaries
{
    static readonly string[] _repeated =
    [
        "(", "((", "( (", ")", "$(", "$((", "$( (", "${a:-", "\"${a:-", "\"$(", "\"", "'", "`", "\\`", "{", "{a,",
        "{,", "}", "{1..", "[", "a[", "$[", "<<a ", "<<a\n", "<<-a\n\t", "$(<<a\n", "$(<<a)", "a;", "a\n", "a|", "a&",
        "a ", "ab", "\\\n", "\\", "$", "$$", "$a", "${a}", "${", "${#", "${!", "${a[", "${a/", "${a//b/", "${a:",
        "[[ ( ", "[[ ! ", "[[ a && ", "[[ a =~ (", "case x in ", "case x in a) ", "if ", "if a; then ", "a=(",
        "a=(b ", "a+=", "<(", "<((", "!(", "@(", "@(a|", "~:", "x=~:", "*[", "[]", "*", "#", "# ", "\n#", "\"`",
        "$((a);", "((a);", "$((a)+", "for ((;;)) ", "for a in ", "f()", "f() {", "function f ", "coproc ", "! ",
        "time ", "&&", "a&&", "||", ">", ">a ", "2>&1 ", "{x}>a ", "{x", "9", "$'", "$'\\x", "$\"", "while a; do ",
        "select a in b; do ", "${a:-'", "\"${a:-'", "$(`", "\"\"", "''", "a\\\n", "<<a;(", "$(a\\\n", "é",
        "\ud83d\ude00", "elif a; then ", "; ", ";;", "<<'a\n", "\"$((", "\"${x#",
    ];

    public static IEnumerable<(string Name, string Text)> All()
    {
        foreach (var piece in _repeated)
        {
            yield return (piece, Repeated(piece, SyntaxLimits.SourceCharsMax));
            // Just below the limit of depth, with everything else in the innermost.
            var deep = string.Concat(Enumerable.Repeat(piece, 90));
            yield return ("deep " + piece, deep + new string('a', SyntaxLimits.SourceCharsMax - deep.Length));
            yield return (
                "half " + piece, Repeated(piece, 4_000) + Repeated("b ", SyntaxLimits.SourceCharsMax - 4_000));
        }
    }

    static string Repeated(string piece, int length) =>
        string.Concat(Enumerable.Repeat(piece, (length / piece.Length) + 1))[..length];
}

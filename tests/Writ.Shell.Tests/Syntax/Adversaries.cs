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

    /// <summary>Pieces of which lines are made that are slow to resolve and to judge.</summary>
    public static readonly string[] Commands =
    [
        "rm a;", "a;", "a|", "a&", "cat .env|", "curl x|", "x=$(curl x);$x;", "x=a;", "echo $x;", "f(){ a;};f;", "f;",
        "for f in *.a;do cat $f;done;", "for i in 1 2 3;do a $i;done;", "eval a;", "eval \"rm $x\";", "cd a;",
        "cat a/../b/../.env ", "xargs rm|", "find . -exec rm {} \\;;", "while a;do b;done;", "export A=b;",
        "declare A=b;", "sudo ", "nice ", "env A=b ", "timeout 1 ", "bash -c a;", "a>b;", "a<b;", "cat b>a;cat a>b;",
        "case a in a) b;; esac;", "if a;then b;fi;", "a && ", "a || ", "ls *?*?*?a ", "ls {a,b}{a,b};", "$x ",
        "trap a EXIT;", "source a;", "read a;", "a=(b c);", "\"${a[@]}\" ", "git -c a=b log;", "tar -cf a b;",
        "python3 -c 'system(\"a\")';", "ssh h a;", "kubectl get a;", "[[ -v a ]];", "((a++));", "find . -name 'a*' ",
        "chmod a b;", "rm -rf $a;", "$(a) ", "`a` ", "<(a) ", "parallel a;", "set -- a;", "shift;", "curl $KEY;",
        "x=$(cat a);((x));", "n=$(wc -l<a);((n));", "declare -A m;", "for f in $(git ls-files);do a $f;done;", "sort|",
        "a[$x]=1;", "cat $(find .);", "echo $(sort $(", "a=${a:-${a:-", "while read f;do i=$((i+1));done;",
        "((a=b+c));",
    ];

    static readonly (string Before, string Piece, string After)[] _codes =
    [
        ("awk '", "{print $1}", "'"),
        ("awk '", "system(\"a\");", "'"),
        ("sed '", "s/a/b/;", "'"),
        ("sed '", "e a;", "'"),
        ("jq '", ".a|", "'"), ("sqlite3 a '", "select 1;", "'"), ("psql -c '", "drop table a;", "'"),
        ("python3 -c '", "system(\"a\");", "'"),
        ("bash -c '", "rm a;", "'"), ("bash -c '", "a|", "a'"),
        ("eval '", "x=$x$x;", "'"), ("echo '", "a ", "' | xargs rm"), ("cat <<E\n", "$x", "\nE"),
        ("git ", "-c a=b ", "log"),
        ("rm ", "-rf", ""), ("rm --", "a", ""), ("ls ", "*", "a"), ("find . -name '", "*a", "b' -delete"),
        ("cat ", "a/", ".env"), ("cat ", "../", ".env"), ("x='", "a ", "'; rm $x"), ("x='", "*a", "'; rm $x"),
        ("printf '", "%s", "' a"), ("a=", "${a}", "; $a"), ("echo ", "aGk=", " | base64 -d | sh"),
    ];

    /// <summary>Lines made to be slow to resolve and to judge.</summary>
    public static IEnumerable<(string Name, string Text)> Lines()
    {
        foreach (var piece in Commands)
        {
            yield return (piece, Repeated(piece, SyntaxLimits.SourceCharsMax));
            // As many as a line may have.
            foreach (var count in (int[])[1_900, 450])
                yield return (
                    $"{count} {piece}",
                    Repeated(piece, Math.Min(SyntaxLimits.SourceCharsMax, piece.Length * count)));
        }
        foreach (var (before, piece, after) in _codes)
        {
            var room = SyntaxLimits.SourceCharsMax - before.Length - after.Length;
            yield return (before + piece, before + Repeated(piece, room / piece.Length * piece.Length) + after);
            yield return ("some " + before + piece, before + Repeated(piece, piece.Length * 450) + after);
        }
    }
}

namespace Writ.Shell.Tests.Resolving;

/// <summary>Makes lines of shell that start programs which do not exist, by every way the language has.</summary>
sealed class LineGenerator(int seed)
{
    const int DepthMax = 4;

    readonly Random _random = new(seed);

    public static readonly string[] Programs = ["aa", "bb", "cc", "dd", "fa", "fb", "./ee"];
    static readonly string[] _names = ["v", "w", "x"];
    static readonly string[] _texts = ["a", "bc", "d-e", "-f", "1", "aa", "b c", "", "x=y"];

    public string Line() => List(0);

    string Pick(params string[] choices) => choices[_random.Next(choices.Length)];

    string List(int depth)
    {
        var items = Enumerable.Range(0, _random.Next(1, depth == 0 ? 5 : 3)).Select(_ => Item(depth));
        return string.Join(Pick("; ", "; ", "\n"), items);
    }

    string Item(int depth) => depth >= DepthMax ? Simple(depth) : _random.Next(30) switch
    {
        24 => Odd(depth),
        25 => Wrapped(depth),
        0 => $"{Simple(depth + 1)} && {Simple(depth + 1)}",
        1 => $"{Simple(depth + 1)} || {Simple(depth + 1)}",
        2 => $"{Simple(depth + 1)} | {Simple(depth + 1)}",
        3 => $"if {Simple(depth + 1)}; then {List(depth + 1)}; else {List(depth + 1)}; fi",
        4 => $"for {Pick(_names)} in {Words(depth)}; do {List(depth + 1)}; done",
        5 => $"while {Pick("false", "fa", "! aa")}; do {List(depth + 1)}; break; done",
        6 => $"case {Word(depth)} in a) {List(depth + 1)};; *) {List(depth + 1)};; esac",
        7 => $"( {List(depth + 1)} )",
        8 => $"{{ {List(depth + 1)}; }}",
        9 => $"g() {{ {List(depth + 1)}; }}; g {Words(depth)}",
        10 => $"eval {Quoted(List(depth + 1))}",
        11 => $"trap {Quoted(Simple(depth + 1))} EXIT",
        12 => $"set -- {Words(depth)}",
        13 => $"{Pick("export ", "declare ", "", "")}{Assignment(depth)}",
        14 or 15 => Assignment(depth),
        16 => $"a=({Words(depth)}); {Pick(Programs)} {Pick("\"${a[@]}\"", "${a[0]}", "${a[*]}")}",
        17 => $"read {Pick(_names)} <<< {Word(depth)}",
        18 => Pick(
            "shift", "unset v", "(( 1 + $(aa) ))", "[[ $(bb) == a ]]", ": ${v:=$(cc)}", "let x=1+1",
            "printf -v w %s dd"),
        19 => $"{Pick("command", "exec", "builtin command", "time", "!")} {Simple(depth + 1)}",
        20 => $"{Simple(depth + 1)} & wait",
        _ => Simple(depth),
    };

    // What is seldom written and runs something all the same.
    string Odd(int depth) => _random.Next(22) switch
    {
        0 => $"coproc {{ {Pick(Programs)} {Words(depth)}; }}; wait",
        1 => $"mapfile -t a < <(echo {Words(depth)}); {Pick(Programs)} \"${{a[@]}}\"",
        2 => $"printf -v {Pick(_names)} '%s%s' {Word(depth)} {Pick("b", "aa")}; {Pick("$v", "aa $w", "$x b")}",
        3 => $"while read -r {Pick(_names)}; do {Simple(depth + 1)}; done < <(echo {Words(depth)})",
        4 => $"{Pick("ls", "cd")}() {{ {Pick(Programs)} {Words(depth)}; }}; {Pick("ls", "cd")} {Words(depth)}",
        5 => $"for (( i = 0; i < 2; i++ )); do {Simple(depth + 1)}; done",
        6 => $"until {Pick("aa", "bb", "! false")}; do {List(depth + 1)}; break; done",
        7 => $"[[ -v a[$({Pick(Programs)})] ]]",
        8 => $"echo $(( a[$({Pick(Programs)} {Words(depth + 1)}; echo 0)] ))",
        9 => $"unset 'a[$({Pick(Programs)})]'",
        10 => $"test -v 'a[$({Pick(Programs)})]'",
        11 => $"declare 'a[$({Pick(Programs)}; echo 1)]=x'",
        12 => $"x='a[$({Pick(Programs)})]'; (( x ))",
        13 => $"cat <<E\n$({Simple(depth + 1)})\nE\n:",
        14 => $"eval \"{Pick("aa b", "$v c", "bb \\$w", "aa; dd")}\"",
        15 => $"{Simple(depth + 1)} > /dev/null 2>&1",
        16 => $"{{ {List(depth + 1)}; }} 2>/dev/null | {Simple(depth + 1)}",
        17 => $"f() {{ \"$@\"; }}; f {Simple(depth + 1)}",
        18 => $"g() {{ local v={Word(depth)}; $v {Words(depth)}; }}; g",
        19 => $"case $v in a*|b) {Simple(depth + 1)};& c) {Simple(depth + 1)};;& *) {Simple(depth + 1)};; esac",
        20 => $"v={Word(depth)}; v=${{v%?}}; {Pick("$v x", "aa \"$v\"", "${v}b")}",
        _ => $"trap {Quoted(Simple(depth + 1))} {Pick("0", "ERR", "DEBUG")}; {Pick(Programs)} {Words(depth)}",
    };

    // A builtin, or a function, that runs the words after it.
    string Wrapped(int depth) => _random.Next(8) switch
    {
        0 => $"command -- {Simple(depth + 1)}",
        1 => $"exec -a z {Simple(depth + 1)}",
        2 => $"( exec {Simple(depth + 1)} )",
        3 => $"builtin eval {Quoted(Simple(depth + 1))}",
        4 => $"command command {Simple(depth + 1)}",
        5 => $"eval eval {Quoted(Simple(depth + 1))}",
        6 => $"eval -- {Quoted(List(depth + 1))}",
        _ => $"w() {{ command \"$@\"; }}; w {Simple(depth + 1)}",
    };

    string Simple(int depth)
    {
        var prefix = _random.Next(8) == 0 ? Assignment(depth) + " " : "";
        var program = _random.Next(4) == 0 ? Word(depth) : Pick(Programs);
        var suffix = _random.Next(12) switch
        {
            0 => $" <<< {Word(depth)}",
            1 => $" < <({Pick(Programs)})",
            2 => " 2>&1",
            _ => "",
        };
        return $"{prefix}{program} {Words(depth)}{suffix}";
    }

    string Words(int depth) => string.Join(' ', Enumerable.Range(0, _random.Next(0, 4)).Select(_ => Word(depth)));

    string Assignment(int depth) => $"{Pick(_names)}{Pick("=", "=", "=", "+=")}{Word(depth)}";

    string Word(int depth) => _random.Next(22) switch
    {
        0 => Quoted(Pick(_texts)),
        1 => $"\"{Pick("a", "$v", "${w}", "$1", "$(echo bc)", "${x:-d}")}\"",
        2 or 3 => $"${Pick(_names)}",
        4 => $"${{{Pick(_names)}:-{Pick("aa", "bb cc", "$v", "$(cc)", "'d e'")}}}",
        5 => $"${{{Pick(_names)}{Pick("%c", "#b", "/b/aa", ":0:1", "^^", ",,", ":1", "//a/b")}}}",
        6 => $"{{{Pick("aa", "b", "")},{Pick("bb", "c", "$v")}}}",
        7 => Pick("{1..3}", "{a..c}", "x{1,2}y", "{aa,{bb,cc}}", "{a}", "{a,b"),
        8 when depth < DepthMax => $"$({Pick("echo", "printf %s", "aa")} {Words(depth + 1)})",
        9 when depth < DepthMax => $"`echo {Pick("aa", "bb cc", "$v")}`",
        10 => Pick("$((1+2))", "$(( 2 * (3 - 1) ))", "$((v))"),
        11 => Pick("$'a\\x62'", "$'b\\tc'", "$'\\141a'", "$\"aa\""),
        12 => Pick("\"$@\"", "$1", "$*", "$#", "${2:-aa}"),
        13 => Pick("a\\ b", "\\a\\a", "a''a", "\"a\"a", "a\\\na"),
        14 => Pick("\"${a[@]}\"", "${a[1]}", "${#v}", "${v@Q}", "${!v}"),
        15 => Pick("~", "a*", "[ab]", "?"),
        _ => Pick("aa", "b", "c-d", "-e", "1"),
    };

    static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}

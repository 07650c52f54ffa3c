using System.Diagnostics;
using Writ.Shell.Resolving;
using Writ.Testing;

namespace Writ.Shell.Tests.Resolving;

/// <summary>Where bash evaluates a value as arithmetic, as a name or as code, what a file holds may run. The bash of
/// this machine tells where that is; whatever it runs there must be unresolved here.</summary>
public sealed class EvaluatedValueTests
{
    // `x` and `y` hold what a hostile file would.
    static readonly string[] _lines =
    [
        "[[ $x -eq 1 ]]", "[[ x -eq 1 ]]", "[[ 1 -lt $x ]]", "[[ -v $x ]]", "[[ -v a[x] ]]", "(( x ))", "(( $x ))",
        "(( z = x ))", "(( z[x] ))", "let x", "let \"$x\"", "let \"z=$x\"", "let z=x", ": $(( x ))", ": $(( $x ))",
        ": $[ x ]", ": $[ $x ]", ": ${a[x]}", ": ${a[$x]}", ": \"${a[$x]}\"", ": ${a[$x]:-1}", ": ${z:$x}",
        "z=abc; : ${z:x:1}", "z=abc; : ${z:0:x}", "z=(1 2); : ${z[@]:x:1}", "set -- 1 2; : ${@:x:1}", ": ${!x}",
        ": ${y@P}", "z='a[x]'; : ${!z}", "a=(1 2); : ${!a[x]}", "a[$x]=1", "a[x]=1", "a[x]+=1", "a=([x]=1)",
        "a=([$x]=1)", "a+=([$x]=1)", "declare -a a; a[$x]=1", "declare \"a[$x]=1\"", "declare -a \"a=([$x]=1)\"",
        "declare -a a=([$x]=1)", "declare -a \"a=($y)\"", "declare -i z; z=$x", "declare -i z; read z <<< \"$x\"",
        "declare -n z=\"$x\"; : $z", "f() { local -i z=$x; }; f", "f() { local -n z=$1; : \"$z\"; }; f \"$x\"",
        "read \"$x\" <<< 1", "read \"a[$x]\" <<< 1", "mapfile -C \"$y\" -c 1 z <<< 1", "printf -v \"$x\" 1",
        "printf -v \"a[$x]\" 1", "test -v \"$x\"", "[ -v \"$x\" ]", "unset \"a[$x]\"", "a=(1); unset \"a[x]\"",
        "sleep 0 & wait -p \"$x\" -n", "trap \"$y\" EXIT", "RANDOM=$x", "RANDOM=x", "OPTIND=$x", "SRANDOM=$x",
        "RANDOM+=$x", "read RANDOM <<< \"$x\"", "printf -v RANDOM %s \"$x\"", "for RANDOM in \"$x\"; do :; done",
        "mapfile -t RANDOM <<< \"$x\"", "let RANDOM=x", "PIPESTATUS[$x]=1", "exec {a[x]}>/dev/null",
        ": {a[$x]}>/dev/null", "for ((i=0;i<x;i++)); do break; done", "for ((i=x;0;)); do :; done",
        "for ((i=0;i<1;i+=x+1)); do :; done", "eval \"(( x ))\"", "a=(\"$x\"); : $((a[0]))", "a=(\"$x\"); : $((a))",
        "a=(\"$x\"); [[ a -eq 0 ]]", "a=(\"$x\"); : ${b[a[0]]}", "z=x; : $((z))", "x1=$x; z=1; : $((x${z}))",
        ": $(( ${x:-1} ))", "echo \"$x\" | while read -r l; do (( l )); done",
        "echo \"$x\" | { mapfile -t l; : $((l[0])); }", "echo \"$x\" | (read -r l; : ${a[l]})",
        "f() { (( $1 )); }; f \"$x\"", "bash -c '(( $1 ))' _ \"$x\"", "export x; bash -c '(( x ))'",
        "printf '%n' \"$x\"", "z=0; for i in 1 2; do z=$((z+1)); z=$x; done; (( z ))",
        "if true; then z=$x; else z=1; fi; (( z ))", "z=1; z+=$x; (( z ))", "for z in $x; do (( z )); done",
        "[[ $x =~ (.*) ]]; (( BASH_REMATCH[1] ))", "set -- \"$x\"; (( $1 ))", "trap '(( x ))' EXIT",
        "while read -r l; do n=$l; done <<< \"$x\"; (( n ))", "compgen -W \"$y\"", "x=$x'+1'; (( x ))",
    ];

    // The same shapes with numbers, or where no value is evaluated.
    public static TheoryData<string> Harmless =>
    [
        "n=$(wc -l < f); (( n > 3 ))", "n=$(git rev-list --count HEAD); [[ $n -gt 10 ]]", "[[ $? -eq 0 ]]",
        "[[ $# -gt 1 ]]", "(( ${#x} > 3 ))", "i=0; while read -r l; do i=$((i+1)); done < f; echo $((i*2))",
        "i=0; for f in *.txt; do i=$((i+1)); done; (( i ))", "n=$(ls | wc -l | tr -d ' '); (( n ))",
        "s=$(date +%s); ls; e=$(date +%s); echo $((e-s))", "x=$(cat f); [ \"$x\" -eq 1 ]",
        "x=$(cat f); printf %d \"$x\"", "x=$(cat f); [[ $x == 1 ]]", "declare -A m; x=$(cat f); m[$x]=1; : ${m[$x]}",
        "declare -A m=([a]=1); for k in \"${!m[@]}\"; do echo \"$k\"; done", "(( i++ ))", "echo ${a[i]}",
        "f() { local n=$(nproc); (( n > 2 )); }; f", "x=$(cat f); echo ${#x}", "x=$(cat f); : ${x#a}",
        "for i in $(seq 1 100); do (( i % 2 )); done", "a=(1 2 3); echo $((a[0]))", "if ls; then n=3; fi; (( n > 2 ))",
        "n=$(grep -c x f); (( n += 1 )); (( n ))", "getopts ab o; shift $((OPTIND-1))",
    ];

    [Fact, Slow]
    public void Whatever_bash_runs_of_a_value_is_unresolved()
    {
        var folder = Directory.CreateTempSubdirectory("writ-bash");
        var ran = 0;
        foreach (var line in _lines)
        {
            var source = $"x=$(cat x); y=$(cat y); {line}";
            if (!Runs(source, folder.FullName))
                continue;
            ran++;
            Assert.True(
                ShellResolver.Resolve(source, new ResolveOptions { Directory = "/w" }).Unresolved.Length > 0, line);
        }
        folder.Delete(recursive: true);
        // Other versions of bash run some of them no more.
        Assert.InRange(ran, _lines.Length * 8 / 10, _lines.Length);
    }

    [Theory]
    [MemberData(nameof(Harmless))]
    public void A_number_is_evaluated_without_harm(string line) =>
        Assert.Empty(ShellResolver.Resolve(line, new ResolveOptions { Directory = "/w" }).Unresolved);

    static bool Runs(string source, string folder)
    {
        if (!File.Exists("/bin/bash"))
            SharedData.Unavailable("bash is not installed");
        var marker = Path.Combine(folder, "marker");
        File.Delete(marker);
        File.WriteAllText(Path.Combine(folder, "x"), "a[$(: > marker)]\n");
        File.WriteAllText(Path.Combine(folder, "y"), "$(: > marker)\n");
        var start = new ProcessStartInfo("/bin/bash", ["-c", source])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var bash = Process.Start(start)!;
        bash.StandardInput.Close();
        bash.OutputDataReceived += static (_, _) => { };
        bash.ErrorDataReceived += static (_, _) => { };
        bash.BeginOutputReadLine();
        bash.BeginErrorReadLine();
        Assert.True(bash.WaitForExit(TimeSpan.FromSeconds(20)), source);
        return File.Exists(marker);
    }
}

using System.Diagnostics;
using System.Text;
using Writ.Testing;

namespace Writ.Shell.Tests.Syntax;

/// <summary>The bash of this machine as an oracle. It reads many sources at once and runs none.</summary>
static class RealBash
{
    // Of some errors bash only tells on its error stream.
    const string Accepts =
        "while IFS= read -r -d '' s; do e=$(bash -n $O -c -- \"$s\" 2>&1) && [[ $e != *'-c: line'* ]]"
        + " && printf 1 || printf 0; done";

    // A restricted shell without programs and without `kill`: even a source that is not what it looks like can do
    // nothing.
    const string Declares =
        "enable -n kill; while IFS= read -r -d '' s; do eval \"$s\"; declare -f f; printf '\\0'; unset -f f; done";

    // The same, each in a process of its own: after damage a source may end the shell.
    static readonly string _declaresApart = Declares
        .Replace("do eval", "do ( eval", StringComparison.Ordinal)
        .Replace("-f f; printf", "-f f ); printf", StringComparison.Ordinal);

    /// <summary>Whether <c>bash -n</c> accepts each source.</summary>
    public static bool[] AcceptsEach(IReadOnlyList<string> sources, bool extendedGlob)
    {
        // Two processes: this machine's cores are few and each source is a start of bash.
        var half = sources.Count / 2;
        var first = Task.Run(() => Accept(sources.Take(half), extendedGlob));
        var second = Accept(sources.Skip(half), extendedGlob);
        return [.. (first.GetAwaiter().GetResult() + second).Select(c => c == '1')];
    }

    static string Accept(IEnumerable<string> sources, bool extendedGlob) => Run(
        ["-c", Accepts.Replace("$O", extendedGlob ? "-O extglob" : "", StringComparison.Ordinal)], sources);

    /// <summary>The values of words in which nothing is expanded, as bash hands them to a command.</summary>
    public static string[] ValuesOf(IEnumerable<string> words) =>
        Run(["-r", "-c", "while IFS= read -r -d '' w; do eval \"printf '%s\\0' $w\"; done"], words).Split('\0')[..^1];

    /// <summary>What bash prints for the function <c>f</c> that each source defines.</summary>
    public static string[] DeclaresEach(IReadOnlyList<string> sources, bool extendedGlob, bool isDamaged) =>
        Run(
            [
                .. extendedGlob ? ["-O", "extglob"] : Array.Empty<string>(),
                "-r", "-c", isDamaged ? _declaresApart : Declares,
            ],
            sources)
            .Split('\0')[..sources.Count];

    // No program can be found, so each one that a line would start is handed to this function instead, which writes
    // down its arguments. Those whose name begins with `f` fail. A line that goes on for ever is ended by its limit of
    // time.
    const string Starts =
        "command_not_found_handle() { printf '%s\\2' \"$@\" $'\\1' >&9; [[ $1 != f* ]]; }; "
        + "while IFS= read -r -d '' s; do "
        + "r=$( ( ulimit -t 2; set --; eval -- \"$s\" ) 9>&1 </dev/null >/dev/null 2>&1 ); "
        + "[ $? = 152 ] && r=$'\\3'; "
        + "printf '%s\\0' \"$r\"; done";

    /// <summary>The argument lists of the programs that each line starts, none of which exists; null for a line that
    /// did not come to its end.</summary>
    public static List<string[]>?[] StartsEach(IEnumerable<string> lines) => [..
        Run(["-c", Starts], lines, "/nonexistent").Split('\0')[..^1]
        .Select(l => l == "\u0003"
            ? null
            : l.Split("\u0001\u0002")[..^1].Select(a => a.Split('\u0002')[..^1]).ToList())];

    static string Run(string[] arguments, IEnumerable<string> sources, string? path = null)
    {
        if (!File.Exists("/bin/bash"))
            SharedData.Unavailable("bash is not installed");
        var start = new ProcessStartInfo("/bin/bash", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = new UTF8Encoding(false),
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment.Clear();
        start.Environment["PATH"] = path
            ?? (arguments.Contains("-r") ? "/nonexistent" : "/bin:/usr/bin");
        start.Environment["LC_ALL"] = "C.UTF-8";
        using var bash = Process.Start(start)!;
        bash.ErrorDataReceived += (_, _) => { };
        bash.BeginErrorReadLine();
        var written = Task.Run(() =>
        {
            foreach (var source in sources)
                bash.StandardInput.Write(source + "\0");
            bash.StandardInput.Close();
        });
        var output = bash.StandardOutput.ReadToEnd();
        written.GetAwaiter().GetResult();
        bash.WaitForExit();
        return output;
    }
}

using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;

namespace Writ.Shell.Resolving;

/// <summary>
/// Code of another language that stands in the line, as far as its texts and names tell: what it hands to a shell, and
/// which names it calls. It is no parser: what it finds is added to what is not known, and never taken from it.
/// </summary>
sealed class InlineCode
{
    /// <summary>Texts of one code that are looked at.</summary>
    public const int TextsMax = 64;

    // Functions, of any of these languages, whose text a shell or a program is.
    static readonly FrozenSet<string> _runners = FrozenSet.ToFrozenSet(
    [
        "system", "exec", "execSync", "execFile", "execFileSync", "spawn", "spawnSync", "shell_exec", "passthru",
        "popen", "popen2", "popen3", "Popen", "proc_open", "run", "call", "check_output", "check_call", "getoutput",
        "getstatusoutput", "execute", "qx", "execvp", "execlp", "execv", "execl", "capture2", "capture2e", "capture3",
    ], StringComparer.Ordinal);

    InlineCode(ImmutableArray<CodeText> texts, string rest)
    {
        Texts = texts;
        Rest = rest;
    }

    /// <summary>The texts between quotes, in order.</summary>
    public ImmutableArray<CodeText> Texts { get; }

    /// <summary>The code without them.</summary>
    public string Rest { get; }

    public static InlineCode Read(string code)
    {
        var texts = ImmutableArray.CreateBuilder<CodeText>();
        var rest = new StringBuilder(code.Length);
        for (var i = 0; i < code.Length; i++)
        {
            var quote = code[i];
            if (quote is not ('"' or '\'' or '`') || texts.Count == TextsMax)
            {
                rest.Append(quote);
                continue;
            }
            var text = new StringBuilder();
            for (i++; i < code.Length && code[i] != quote; i++)
            {
                if (code[i] == '\\' && i + 1 < code.Length)
                    i++;
                text.Append(code[i]);
            }
            texts.Add(new CodeText(text.ToString(), quote == '`' || IsRun(rest, code, i + 1), EndsInList(rest)));
            rest.Append("\"\"");
        }
        return new InlineCode(texts.ToImmutable(), rest.ToString());
    }

    // `system("...")`, `system "..."`, `run(["...",`, `print | "..."`, `"..." | getline`.
    static bool IsRun(StringBuilder before, string code, int after)
    {
        while (after < code.Length && code[after] is ' ' or '\t')
            after++;
        if (after < code.Length && code[after] == '|' && code.AsSpan(after + 1).TrimStart(" &\t").StartsWith("getline"))
            return true;
        var end = before.Length;
        while (end > 0 && before[end - 1] is ' ' or '\t' or '(' or '[' or '&')
            end--;
        if (end > 0 && before[end - 1] == '|')
            return true;
        // Further texts of a list: `run(["rm", "-rf"`.
        if (end > 0 && before[end - 1] == ',')
            return false;
        var start = end;
        while (start > 0 && (char.IsAsciiLetterOrDigit(before[start - 1]) || before[start - 1] == '_'))
            start--;
        return start < end && _runners.Contains(before.ToString(start, end - start));
    }

    static bool EndsInList(StringBuilder before)
    {
        var end = before.Length;
        while (end > 0 && before[end - 1] is ' ' or '\t')
            end--;
        return end > 0 && before[end - 1] is '[' or ',';
    }
}

/// <summary>One text in code.</summary>
/// <param name="Value">What is between the quotes.</param>
/// <param name="IsRun">A function that runs something is given it.</param>
/// <param name="IsElement">It stands in a list, or behind another argument.</param>
readonly record struct CodeText(string Value, bool IsRun, bool IsElement);

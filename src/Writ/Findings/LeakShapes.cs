using System.Text.RegularExpressions;
using Writ.Runs.Recordings;

namespace Writ.Findings;

/// <summary>One secret in a text. The value is for a fingerprint and goes no further.</summary>
/// <param name="Line">From 1.</param>
public readonly record struct FoundSecret(int Line, string Shape, string Value);

/// <summary>
/// Finds secrets that live longer than a run: tokens that say what they are by their form, private keys, passwords in
/// addresses, and what is assigned to a name that says secret. It looks at one text and knows nothing else.
/// </summary>
public static partial class LeakShapes
{
    /// <summary>Secrets of one text; of more somebody has heard by then.</summary>
    public const int FoundMax = 20;

    const int AssignedMin = 8;
    const int LineMax = 4_096;

    static readonly ImmutableArray<(string Prefix, string Shape)> _prefixes =
    [
        ("github_pat_", "github"), ("gh", "github"), ("glpat-", "gitlab"), ("AKIA", "aws-key-id"),
        ("ASIA", "aws-key-id"), ("xox", "slack"), ("AIza", "google"), ("npm_", "npm"), ("pypi-", "pypi"),
        ("sk_", "stripe"), ("rk_", "stripe"), ("sk-", "model-api"), ("eyJ", "jwt"), ("-----BEGIN", "private-key"),
    ];

    // What people write where a secret would stand.
    static readonly ImmutableArray<string> _placeholders =
        ["example", "changeme", "change-me", "placeholder", "your-", "your_", "xxxx", "dummy", "redacted", "todo"];

    /// <summary>Files in which an assignment is a setting and not code.</summary>
    public static bool IsSettings(string name) =>
        (name is ".env" or ".envrc" or ".npmrc" or ".yarnrc" or ".pypirc" or ".netrc" or ".pgpass" or ".my.cnf"
            or ".git-credentials" or "credentials" or ".vault-token"
            || name.StartsWith(".env.", StringComparison.Ordinal) || name.EndsWith(".env", StringComparison.Ordinal)
            || name.EndsWith(".tfvars", StringComparison.Ordinal)
            // What GitHub's own client writes.
            || (name.StartsWith("hosts", StringComparison.Ordinal) && name.EndsWith(".yml", StringComparison.Ordinal)))
        && !IsTemplate(name);

    /// <summary>What is meant to be copied and filled in holds no secret.</summary>
    static bool IsTemplate(string name) => name.EndsWith(".example", StringComparison.Ordinal)
        || name.EndsWith(".sample", StringComparison.Ordinal) || name.EndsWith(".template", StringComparison.Ordinal)
        || name.EndsWith(".dist", StringComparison.Ordinal);

    /// <param name="name">The file's own name, without its folder.</param>
    public static ImmutableArray<FoundSecret> InFile(string name, string text)
    {
        var found = new List<FoundSecret>();
        foreach (var (start, length) in SecretShapes.Find(text, []))
            Add(found, LineOf(text, start), ShapeOf(text.AsSpan(start)), text.Substring(start, length));
        var number = 0;
        var settings = IsSettings(name);
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            if (found.Count >= FoundMax)
                break;
            if (line.Length is 0 or > LineMax || line[0] == '#')
                continue;
            InLine(found, number, line.ToString(), settings);
        }
        return [.. found.OrderBy(f => f.Line)];
    }

    /// <summary>A variable of a process, or null when nothing says that it is a secret.</summary>
    public static FoundSecret? InVariable(string name, string value)
    {
        if (value.Length < SecretShapes.LengthMin)
            return null;
        if (SecretShapes.Find(value, []) is [var (start, length), ..])
            return new FoundSecret(0, ShapeOf(value.AsSpan(start)), value.Substring(start, length));
        if (Address().Match(value) is { Success: true } address)
            return new FoundSecret(0, "address", address.Groups[1].Value);
        return Telling().IsMatch(name) && IsSecret(value) ? new FoundSecret(0, "setting", value) : null;
    }

    static void InLine(List<FoundSecret> found, int number, string line, bool settings)
    {
        foreach (Match address in Address().Matches(line))
            if (IsSecret(address.Groups[1].Value))
                Add(found, number, "address", address.Groups[1].Value);
        if (settings && Assignment().Match(line) is { Success: true } assigned
            && Telling().IsMatch(assigned.Groups[1].Value) && Bare(assigned.Groups[2].Value) is var value
            && IsSecret(value))
            Add(found, number, "setting", value);
    }

    // What is found by its form is not found a second time by its name.
    static void Add(List<FoundSecret> found, int line, string shape, string value)
    {
        if (found.Count < FoundMax
            && !found.Exists(f => f.Line == line && (Has(f.Value, value) || Has(value, f.Value))))
            found.Add(new FoundSecret(line, shape, value));
    }

    static bool Has(string whole, string part) => whole.Contains(part, StringComparison.Ordinal);

    static string ShapeOf(ReadOnlySpan<char> value)
    {
        foreach (var (prefix, shape) in _prefixes)
            if (value.StartsWith(prefix, StringComparison.Ordinal))
                return shape;
        return "token";
    }

    static bool IsSecret(string value) => value.Length >= AssignedMin && value[0] is not ('$' or '<' or '{' or '%')
        && !value.Contains("${", StringComparison.Ordinal) && value.Distinct().Skip(3).Any()
        && !_placeholders.Any(p => value.Contains(p, StringComparison.OrdinalIgnoreCase))
        // A path names where a secret is.
        && value[0] != '/' && value[0] != '~';

    static string Bare(string value)
    {
        var text = value.Trim();
        return text is ['"' or '\'', ..] && text.IndexOf(text[0], 1) is > 0 and var end
            ? text[1..end]
            : text.Split(' ', '\t')[0];
    }

    static int LineOf(string text, int at) => text.AsSpan(0, at).Count('\n') + 1;

    [GeneratedRegex("""[A-Za-z][A-Za-z0-9+.-]{1,20}://[^/\s:@"']{1,128}:([^@\s/"']{6,256})@""",
        RegexOptions.CultureInvariant)]
    private static partial Regex Address();

    [GeneratedRegex("""^\s*(?:export\s+)?([^\s=:#][^\s=]{0,127}?)\s*(?:=|:\s)\s*(\S.{0,2048})$""",
        RegexOptions.CultureInvariant)]
    private static partial Regex Assignment();

    [GeneratedRegex(
        """secret|token|passw(?:or)?d|api[_-]?key|access[_-]?key|private[_-]?key|credential|_auth$|:_auth""",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Telling();
}

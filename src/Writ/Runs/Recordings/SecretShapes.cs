using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Writ.Runs.Recordings;

/// <summary>
/// Finds secrets in text: values that are known, and tokens that say what they are by their form. What has no form is
/// not found, so this keeps accidents out of records and is no boundary.
/// </summary>
public static partial class SecretShapes
{
    /// <summary>What stands in a secret's place.</summary>
    public const string Mask = "[masked]";

    /// <summary>Shorter values are not masked: they are in every text.</summary>
    public const int LengthMin = 6;

    const string KeyBegin = "-----BEGIN ";
    const string KeyKind = "PRIVATE KEY-----";
    const string KeyEnd = "-----END ";

    /// <summary>Where the secrets are, in order and apart from each other.</summary>
    public static ImmutableArray<(int Start, int Length)> Find(string text, ImmutableArray<string> known)
    {
        var found = new List<(int Start, int Length)>();
        foreach (var value in known)
            for (var at = 0; value.Length >= LengthMin
                && (at = text.IndexOf(value, at, StringComparison.Ordinal)) >= 0; at += value.Length)
                found.Add((at, value.Length));
        foreach (var match in Tokens().EnumerateMatches(text))
            found.Add((match.Index, match.Length));
        AddKeys(text, found);
        return Apart(found);
    }

    // A key without an end is masked to the end of the text.
    static void AddKeys(string text, List<(int Start, int Length)> found)
    {
        for (var at = 0; (at = text.IndexOf(KeyBegin, at, StringComparison.Ordinal)) >= 0;)
        {
            var line = text.IndexOf('\n', at);
            var kind = text.IndexOf(KeyKind, at, Math.Min(64, text.Length - at), StringComparison.Ordinal);
            if (kind < 0 || line >= 0 && kind > line)
            {
                at += KeyBegin.Length;
                continue;
            }
            var end = text.IndexOf(KeyEnd, kind, StringComparison.Ordinal);
            var stop = end < 0 ? -1 : text.IndexOf('\n', end);
            stop = stop < 0 ? text.Length : stop;
            found.Add((at, stop - at));
            at = stop;
        }
    }

    static ImmutableArray<(int Start, int Length)> Apart(List<(int Start, int Length)> found)
    {
        found.Sort();
        var apart = ImmutableArray.CreateBuilder<(int Start, int Length)>(found.Count);
        foreach (var (start, length) in found)
            if (apart.Count > 0 && apart[^1] is var (before, size) && start <= before + size)
                apart[^1] = (before, Math.Max(size, start + length - before));
            else
                apart.Add((start, length));
        return apart.ToImmutable();
    }

    // Forms that their issuers document, for scanners: GitHub, GitLab, AWS, Slack, Google, npm, PyPI, Stripe, model
    // APIs, and JSON Web Tokens (RFC 7519).
    [GeneratedRegex(
        """
        gh[pousr]_[A-Za-z0-9]{36,255}
        | github_pat_[A-Za-z0-9_]{22,255}
        | glpat-[A-Za-z0-9_\-]{20,255}
        | A[KS]IA[0-9A-Z]{16}
        | xox[abeoprs]-[A-Za-z0-9\-]{10,255}
        | AIza[0-9A-Za-z_\-]{35}
        | npm_[A-Za-z0-9]{36}
        | pypi-[A-Za-z0-9_\-]{50,255}
        | [rs]k_(?:live|test)_[A-Za-z0-9]{16,255}
        | sk-[A-Za-z0-9_\-]{20,255}
        | eyJ[A-Za-z0-9_\-]{8,2048}\.eyJ[A-Za-z0-9_\-]{8,8192}\.[A-Za-z0-9_\-]{8,2048}
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Tokens();
}

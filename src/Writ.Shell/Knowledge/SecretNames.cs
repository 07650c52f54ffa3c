using System.Collections.Immutable;
using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>Variables whose name says that a secret is in them. A hint for policy, as a file's name is.</summary>
static class SecretNames
{
    static readonly ImmutableArray<string> _marks =
    [
        "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "APIKEY", "API_KEY", "ACCESS_KEY",
        "PRIVATE_KEY", "SIGNING_KEY", "ENCRYPTION_KEY", "AUTH_KEY", "DATABASE_URL", "CONNECTION_STRING",
    ];

    /// <summary>The first such variable in a word that is not known, as it stands there; null when there is
    /// none.</summary>
    public static string? Shown(ResolvedArgument word)
    {
        if (word.Value is not null || !word.Text.Contains('$', StringComparison.Ordinal))
            return null;
        var text = word.Text;
        for (var i = text.IndexOf('$', StringComparison.Ordinal); i >= 0; i = text.IndexOf('$', i + 1))
        {
            var start = i + 1;
            // `${#X}` is a length, and an indirection is not this variable.
            if (start < text.Length && text[start] == '{')
                start++;
            var end = start;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
                end++;
            if (end > start && IsSecret(text[start..end]))
                return "$" + text[start..end];
        }
        return null;
    }

    static bool IsSecret(string name)
    {
        var upper = name.ToUpperInvariant();
        return _marks.Any(m => upper.Contains(m, StringComparison.Ordinal))
            || upper.EndsWith("_PAT", StringComparison.Ordinal)
            || upper.EndsWith("_PWD", StringComparison.Ordinal) || upper is "PGPASSWORD" or "MYSQL_PWD";
    }
}

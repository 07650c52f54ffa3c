using System.Text;
using System.Text.Json.Serialization;
using Writ.Leases;

namespace Writ.Egress;

/// <summary>Whether the way out opens TLS to a place. Member 0 is the one that looks into nothing.</summary>
public enum Interception
{
    /// <summary>What goes through stays between its two ends, whatever a wider grant says.</summary>
    Never,

    /// <summary>TLS ends here and begins anew, so that each request is seen and decided.</summary>
    Always,
}

/// <summary>How a credential is written into a request. Member 0 is the usual one.</summary>
public enum CredentialForm
{
    /// <summary><c>Authorization: Bearer SECRET</c>.</summary>
    Bearer,

    /// <summary><c>Authorization: Basic</c> with a user and the secret.</summary>
    Basic,

    /// <summary>A header field of its own.</summary>
    Header,
}

/// <summary>What becomes of a credential that a request brings along itself.</summary>
public enum OwnCredential
{
    /// <summary>The request is refused.</summary>
    Refuse,

    /// <summary>It is taken out, and nobody hears of it.</summary>
    Replace,
}

/// <summary>
/// A credential that the way out adds to requests outside of the sandbox: the run uses it and never holds it. It is the
/// token of a lease, or stands in a file of the operator's.
/// </summary>
/// <param name="Profile">The credential profile whose lease it is; null where it stands in a file.</param>
/// <param name="File">The file in <c>credentials/</c> of the data directory, which lives until somebody changes it.
/// </param>
/// <param name="Header">The field's name, for <see cref="CredentialForm.Header"/> only.</param>
/// <param name="User">The user's name, for <see cref="CredentialForm.Basic"/> only.</param>
/// <param name="Methods">The methods with which the place may be asked; every other is refused.</param>
/// <param name="Paths">The same for paths: a path, or one that ends in <c>/*</c> and names everything below.</param>
/// <param name="Cleartext">It may also be sent without TLS.</param>
/// <param name="Own">What becomes of what the run sends itself; null is <see cref="OwnCredential.Replace"/>.</param>
public sealed record EgressCredential(
    string? Profile, string? File, CredentialForm As, string? Header, string? User, ImmutableArray<string> Methods,
    ImmutableArray<string> Paths, bool? Cleartext = null, OwnCredential? Own = null)
{
    public const int RulesMax = 64;
    const int TextMax = 256;

    // What HTTP itself lives on, and what says for whom a request is.
    static readonly ImmutableHashSet<string> _reserved = ImmutableHashSet.Create(
        StringComparer.OrdinalIgnoreCase, "Connection", "Content-Length", "Transfer-Encoding", "Host", "Upgrade",
        "Trailer", "TE", "Expect", "Accept-Encoding", "Keep-Alive", "Content-Type", "Content-Encoding", "Range");

    [JsonIgnore]
    public bool AllowsCleartext => Cleartext == true;

    /// <summary>The field that carries it.</summary>
    [JsonIgnore]
    public string Field => As == CredentialForm.Header ? Header! : "Authorization";

    /// <summary>What people call it: the profile, or the file.</summary>
    [JsonIgnore]
    public string Name => Profile ?? File ?? "";

    /// <summary>Whether the place may be asked for this at all.</summary>
    public bool Covers(string method, string path) =>
        Methods.Contains(method, StringComparer.Ordinal) && Paths.Any(p => Names(p, path));

    /// <summary>The field's value.</summary>
    public string ValueOf(string secret) => As switch
    {
        CredentialForm.Bearer => $"Bearer {secret}",
        CredentialForm.Basic => "Basic "
            + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{secret}")),
        _ => secret,
    };

    /// <summary>What is wrong with it as a part of a grant; null when nothing is.</summary>
    internal string? Problem()
    {
        if ((Profile is null) == (File is null) || !CredentialProfile.IsName(Name))
            return "A credential is of one profile or of one file, each by its plain name.";
        if ((As == CredentialForm.Header) != (Header is not null) || (As == CredentialForm.Basic) != (User is not null))
            return "header belongs to as: header, and user to as: basic.";
        if (Header is not null && (Header.Length > CredentialProfile.IdMax || _reserved.Contains(Header)
            || !Header.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')))
            return "A header field is letters, digits and '-', and none of those that HTTP lives on.";
        if (User is not null && (User.Length is 0 or > TextMax || User.Any(c => c is <= ' ' or > '~' or ':')))
            return "A user is visible ASCII without ':'.";
        if (Methods.IsEmpty || Paths.IsEmpty || Methods.Length + Paths.Length > RulesMax)
            return $"A credential names its methods and paths, at most {RulesMax} together.";
        if (!Methods.All(m => m.Length is > 0 and <= HttpHead.MethodMax && m.All(char.IsAsciiLetterUpper))
            || Methods.Contains("CONNECT") || Methods.Contains("TRACE"))
            return "A method is capital letters, and neither CONNECT nor TRACE.";
        return Paths.All(IsPath) ? null
            : "A path begins with '/', is visible ASCII without '?' and '#', leads nowhere else, and may end in '/*'.";
    }

    /// <summary>It in one line, complete.</summary>
    public override string ToString() => (Profile is null ? $"the long-lived credential {File}" : $"profile {Profile}")
        + $" as {As switch { CredentialForm.Bearer => "bearer", CredentialForm.Basic => $"basic {User}", _ => Header }}"
        + $" for {string.Join(' ', Methods)} on {string.Join(' ', Paths)}"
        + (AllowsCleartext ? " also without TLS" : "") + (Own == OwnCredential.Refuse ? " refusing the run's own" : "");

    static bool Names(string rule, string path) => rule.EndsWith("/*", StringComparison.Ordinal)
        ? path.StartsWith(rule.AsSpan(0, rule.Length - 1), StringComparison.Ordinal)
        : path == rule;

    static bool IsPath(string rule)
    {
        var path = rule.EndsWith("/*", StringComparison.Ordinal) ? rule[..^1] : rule;
        return path.Length is > 0 and <= TextMax && !path.AsSpan().ContainsAnyExceptInRange('!', '~')
            && path.AsSpan().IndexOfAny("?*#") < 0 && HttpTarget.Problem(path) is null
            && HttpTarget.Recoded(path) is null;
    }
}

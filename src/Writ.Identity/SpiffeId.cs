namespace Writ.Identity;

/// <summary>
/// A SPIFFE ID in the one spelling that is written: lower-case scheme and trust domain, a path without empty, relative
/// or encoded parts. It is never handed to <see cref="Uri"/>, which adds a slash, folds dots and changes letters.
/// </summary>
/// <remarks>Scheme and trust domain are to be compared without case (SPIFFE-ID, section 2.4), and a trust domain has to
/// be lower case (2.1): <see cref="Parse"/> takes only what needs no folding, so that equal ids are equal texts.
/// </remarks>
public sealed record SpiffeId
{
    public const int LengthMax = 2_048;

    const string Scheme = "spiffe://";

    readonly string _text;

    SpiffeId(TrustDomain domain, string text)
    {
        Domain = domain;
        _text = text;
    }

    public TrustDomain Domain { get; }

    /// <summary>With its leading slash; empty for the trust domain itself.</summary>
    public string Path => _text[(Scheme.Length + Domain.Name.Length)..];

    public bool HasPath => Path.Length > 0;

    /// <summary>Null for whatever is not exactly a SPIFFE ID.</summary>
    public static SpiffeId? Parse(string? text)
    {
        if (text is null || text.Length > LengthMax || !text.StartsWith(Scheme, StringComparison.Ordinal))
            return null;
        var rest = text[Scheme.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (TrustDomain.Parse(slash < 0 ? rest : rest[..slash]) is not { } domain)
            return null;
        return slash < 0 || rest[(slash + 1)..].Split('/').All(IsSegment) ? new SpiffeId(domain, text) : null;
    }

    /// <summary>An id of these parts below a trust domain; null when one of them can be no part.</summary>
    public static SpiffeId? Of(TrustDomain domain, params ReadOnlySpan<string> segments) =>
        domain.Name.Length == 0 ? null : Parse(Scheme + domain + "/" + string.Join('/', segments));

    public bool Equals(SpiffeId? other) => other is not null && _text == other._text;

    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => _text;

    internal static SpiffeId OfDomain(TrustDomain domain) => new(domain, Scheme + domain.Name);

    static bool IsSegment(string part) =>
        part is not ("" or "." or "..") && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
}

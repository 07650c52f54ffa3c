namespace Writ.Identity;

/// <summary>
/// The name of a trust domain (SPIFFE-ID, section 2.1): what stands between <c>spiffe://</c> and the path. The default
/// value is no name and matches nothing.
/// </summary>
public readonly record struct TrustDomain
{
    /// <summary>In bytes, which are characters here: the longest host of a URI.</summary>
    public const int LengthMax = 255;

    readonly string? _name;

    TrustDomain(string name) => _name = name;

    public string Name => _name ?? "";

    /// <summary>Its own SPIFFE ID, without a path: that of its signing certificates and bundles.</summary>
    public SpiffeId Id => SpiffeId.OfDomain(this);

    /// <summary>Null for whatever is not exactly a name; nothing is put right.</summary>
    public static TrustDomain? Parse(string? text) =>
        text is { Length: > 0 and <= LengthMax } && text.All(IsCharacter) ? new TrustDomain(text) : null;

    public override string ToString() => Name;

    static bool IsCharacter(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-' or '_';
}

namespace Writ.Ledger;

/// <summary>
/// Why and where JSON text has no canonical form (RFC 8785 subset of the ledger). The offset counts bytes of the input
/// from its start. The default value means that nothing was wrong.
/// </summary>
public readonly record struct CanonicalJsonFault(int Offset, string Code, string Why)
{
    public const string TooLarge = "json.too-large";
    public const string TooDeep = "json.too-deep";
    public const string Syntax = "json.syntax";
    public const string Utf8 = "json.utf8";
    public const string LoneSurrogate = "json.lone-surrogate";
    public const string NotInteger = "json.not-integer";
    public const string IntegerRange = "json.integer-range";
    public const string DuplicateKey = "json.duplicate-key";

    public override string ToString() => Code is null ? "none" : $"{Code} at byte {Offset}: {Why}";
}

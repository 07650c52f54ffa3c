namespace Writ.Findings;

/// <summary>
/// What a realm calls too long. What is left out is not looked at: a period is the realm's to declare.
/// </summary>
/// <param name="UnusedDays">After so many days without use what was granted is a finding.</param>
/// <param name="AdminDays">So old may an account be with which credentials are minted.</param>
/// <param name="IssuerDays">So long may a key of the issuer be known.</param>
/// <param name="DeviceDays">So old may a person's device key be.</param>
public sealed record FindingTerms(
    int? UnusedDays = null, int? AdminDays = null, int? IssuerDays = null, int? DeviceDays = null)
{
    public const int DaysMax = 3_650;

    /// <summary>What is wrong with it as a part of a document; null when nothing is.</summary>
    internal string? Problem() =>
        ((int?[])[UnusedDays, AdminDays, IssuerDays, DeviceDays]).Any(d => d is < 1 or > DaysMax)
            ? $"A period of findings is 1 to {DaysMax} days."
            : null;
}

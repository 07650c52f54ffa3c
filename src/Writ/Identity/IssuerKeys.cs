using System.Text.Json.Serialization;
using Writ.Leases;

namespace Writ.Identity;

/// <summary>What a key of the issuer signs.</summary>
public enum IssuerUse
{
    X509,
    JwtEs256,
    JwtRs256,
}

/// <summary>
/// One signing key of the realm's issuer, with everything public about it, so that the ledger alone says what to
/// believe. Its name is its thumbprint (RFC 7638).
/// </summary>
/// <param name="Public">Base64 of DER: the certificate of an X.509 authority, else the public key (RFC 5280,
/// SubjectPublicKeyInfo).</param>
/// <param name="PublishedAt">From here on others can know it.</param>
/// <param name="ActiveFrom">From here on it signs, until a later one does.</param>
/// <param name="ExpiresAt">Nothing that it signs lives longer.</param>
public sealed record IssuerKey(
    string Kid, IdentityTier Tier, IssuerUse Use, string Public, DateTimeOffset PublishedAt, DateTimeOffset ActiveFrom,
    DateTimeOffset ExpiresAt)
{
    public const int PublicMax = 4_096;
}

/// <summary>How long keys live. All of it is arithmetic on times that are given.</summary>
/// <param name="SvidLife">Of what is issued.</param>
/// <param name="ActiveFor">How long a key signs before the next one does.</param>
/// <param name="Ahead">How long the next one is known before it signs: several looks of whoever reads bundles.</param>
public sealed record KeyTimes(TimeSpan SvidLife, TimeSpan ActiveFor, TimeSpan Ahead)
{
    /// <summary>How often others look for new keys (<c>spiffe_refresh_hint</c>).</summary>
    public static readonly TimeSpan RefreshHint = TimeSpan.FromMinutes(5);

    /// <summary>Clocks differ, and what was issued last is still on its way.</summary>
    public static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    public static KeyTimes Usual { get; } = new(
        SvidLife: TimeSpan.FromMinutes(10), ActiveFor: TimeSpan.FromHours(24), Ahead: 4 * RefreshHint);

    /// <summary>When a key that begins to sign at a moment is worth nothing any more.</summary>
    public DateTimeOffset ExpiryOf(DateTimeOffset activeFrom) => activeFrom + ActiveFor + Ahead + SvidLife + Slack;
}

/// <summary>What the realm knows of its issuer's keys. It is the fold of their entries.</summary>
/// <param name="Keys">Those that are published, by their names.</param>
/// <param name="Sequence">Grows with every change (<c>spiffe_sequence</c>).</param>
public sealed record IssuerBook(ImmutableDictionary<string, IssuerKey> Keys, long Sequence)
{
    public static IssuerBook Empty { get; } = new(ImmutableDictionary<string, IssuerKey>.Empty, 0);

    [JsonIgnore]
    public bool IsEmpty => Keys.IsEmpty && Sequence == 0;

    /// <summary>The key that signs now: of those that may, the one that began last.</summary>
    public IssuerKey? Current(IdentityTier tier, IssuerUse use, DateTimeOffset now) => Keys.Values
        .Where(k => k.Tier == tier && k.Use == use && k.ActiveFrom <= now && now < k.ExpiresAt)
        .OrderByDescending(k => k.ActiveFrom).ThenBy(k => k.Kid, StringComparer.Ordinal).FirstOrDefault();

    /// <summary>In a fixed order, as documents list them.</summary>
    public ImmutableArray<IssuerKey> InOrder() =>
    [
        .. Keys.Values.OrderBy(k => k.Tier).ThenBy(k => k.Use).ThenBy(k => k.ActiveFrom)
            .ThenBy(k => k.Kid, StringComparer.Ordinal),
    ];

    /// <summary>The keys as others are told of them.</summary>
    public TrustBundle Bundle(TrustDomain domain) => new(
        domain, Sequence, KeyTimes.RefreshHint,
        [
            .. InOrder().Where(k => k.Use == IssuerUse.X509)
                .Select(k => (ReadOnlyMemory<byte>)Convert.FromBase64String(k.Public)),
        ],
        [.. InOrder().Where(k => k.Use != IssuerUse.X509).Select(IssuerPublic.JwkOf)]);
}

/// <summary>What is due for the keys of an issuer.</summary>
public static class KeySchedule
{
    static readonly IssuerUse[] _uses = [IssuerUse.X509, IssuerUse.JwtEs256, IssuerUse.JwtRs256];

    /// <summary>Keys to make now, with the moment from which each signs.</summary>
    public static ImmutableArray<(IdentityTier Tier, IssuerUse Use, DateTimeOffset ActiveFrom)> Missing(
        IssuerBook book, KeyTimes times, DateTimeOffset now)
    {
        var missing = ImmutableArray.CreateBuilder<(IdentityTier, IssuerUse, DateTimeOffset)>();
        foreach (var tier in Enum.GetValues<IdentityTier>())
            foreach (var use in _uses)
            {
                var newest = book.Keys.Values.Where(k => k.Tier == tier && k.Use == use)
                    .OrderByDescending(k => k.ActiveFrom).FirstOrDefault();
                if (newest is null || now >= newest.ActiveFrom + times.ActiveFor)
                    // Nobody can have been told in time; what it signs is believed as soon as others look.
                    missing.Add((tier, use, now));
                else if (now >= newest.ActiveFrom + times.ActiveFor - times.Ahead)
                    missing.Add((tier, use, newest.ActiveFrom + times.ActiveFor));
            }
        return missing.ToImmutable();
    }

    /// <summary>Keys that are over: everything that they signed is dead, and a later one signs.</summary>
    /// <param name="leases">Their tokens may live longer than what workloads are given, to the end of the key.</param>
    public static ImmutableArray<string> Over(
        IssuerBook book, LeaseBook leases, KeyTimes times, DateTimeOffset now)
    {
        var needed = leases.Live.Values.OfType<LeaseState.Issued>().Where(l => now < l.ExpiresAt + KeyTimes.Slack)
            .Select(l => LeaseNames.SignerOf(l.Fingerprint)).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return
        [
            .. book.Keys.Values.Where(k => now >= k.ExpiresAt || (!needed.Contains(k.Kid) && IsSucceeded(k)))
                .Select(k => k.Kid).Order(StringComparer.Ordinal),
        ];

        bool IsSucceeded(IssuerKey key) => book.Keys.Values.Any(later =>
            later.Tier == key.Tier && later.Use == key.Use && later.ActiveFrom > key.ActiveFrom
            && now >= later.ActiveFrom + times.SvidLife + KeyTimes.Slack);
    }
}

using System.Collections.Immutable;
using Writ.Identity;
using Writ.Leases;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Targets;

namespace Writ.Tests.Identity;

/// <summary>Keys are known before they sign, and are kept until the last thing that they signed is dead.</summary>
public sealed class KeyScheduleTests
{
    static readonly KeyTimes _times = KeyTimes.Usual;

    [Fact]
    public void A_realm_without_keys_needs_nine_at_once() => Assert.Equal(
        9, KeySchedule.Missing(IssuerBook.Empty, _times, World.Start).Count(m => m.ActiveFrom == World.Start));

    [Fact]
    public void Over_a_week_there_is_always_one_key_that_signs_and_everything_alive_can_be_verified()
    {
        var book = IssuerBook.Empty;
        var alive = new List<(string Kid, DateTimeOffset Until)>();
        var (made, firstSeen) = (0, new Dictionary<string, DateTimeOffset>());
        for (var now = World.Start; now < World.Start.AddDays(7); now = now.AddMinutes(1))
        {
            foreach (var (tier, use, from) in KeySchedule.Missing(book, _times, now))
            {
                // The arithmetic alone is looked at here; the keys stand for real ones.
                var key = new IssuerKey($"k{made++}", tier, use, "", now, from, _times.ExpiryOf(from));
                book = new IssuerBook(book.Keys.Add(key.Kid, key), book.Sequence + 1);
                firstSeen[key.Kid] = now;
            }
            var over = KeySchedule.Over(book, LeaseBook.Empty, _times, now);
            book = new IssuerBook(book.Keys.RemoveRange(over), book.Sequence + 1);
            foreach (var tier in Enum.GetValues<IdentityTier>())
                foreach (var use in Enum.GetValues<IssuerUse>())
                {
                    var current = book.Current(tier, use, now);
                    Assert.NotNull(current);
                    Assert.True(current.ExpiresAt >= now + _times.SvidLife, "what it signs now outlives it");
                    if (firstSeen[current.Kid] != World.Start)
                        Assert.True(now - firstSeen[current.Kid] >= 3 * KeyTimes.RefreshHint, "known too late");
                    alive.Add((current.Kid, now + _times.SvidLife));
                }
            alive.RemoveAll(s => s.Until < now);
            Assert.All(alive, s => Assert.True(book.Keys.ContainsKey(s.Kid)));
            Assert.InRange(book.Keys.Count, 9, 18);
        }
        Assert.Equal(9 * 7 + 9, made + 0 * book.Keys.Count);
    }

    // A lease's token may live longer than what workloads are given, and has to be verifiable as long, but no longer.
    [Theory]
    [InlineData("k0", 60, 30, true)]
    [InlineData("k0", 60, 62, false)]
    [InlineData("k1", 60, 30, false)]
    [InlineData("k0", 5, 12, false)]
    public void A_key_is_published_as_long_as_a_token_lives_that_it_has_signed(
        string signer, int tokenMinutes, int later, bool isPublished)
    {
        var begins = World.Start.AddHours(24);
        IssuerKey[] keys =
        [
            new("k0", IdentityTier.Read, IssuerUse.JwtEs256, "", World.Start, World.Start, World.Start.AddDays(2)),
            new("k1", IdentityTier.Read, IssuerUse.JwtEs256, "", World.Start, begins, begins.AddDays(2)),
        ];
        var book = new IssuerBook(keys.ToImmutableDictionary(k => k.Kid), 1);
        var lease = new Lease(
            new LeaseId("lease-1"),
            new CredentialProfile(
                "cloud", CredentialTier.Read, "issuer", 60 * tokenMinutes, 60 * tokenMinutes, 1,
                new CredentialBackend.Oidc("sts.example", [], [])),
            new TargetId("cloud"), new RunId("run-1"), new WritId("writ-1"), new RequestId("req-1"),
            new SessionId("s1"), begins, begins.AddDays(1));
        var leases = LeaseBook.Empty with
        {
            Live = LeaseBook.Empty.Live.Add(lease.Id, new LeaseState.Issued(
                lease, LeaseNames.Signed("sha256:00", signer), begins, begins.AddMinutes(tokenMinutes))),
        };

        var over = KeySchedule.Over(book, leases, _times, begins.AddMinutes(later));

        Assert.Equal(isPublished ? [] : ["k0"], over);
    }

    [Fact]
    public void After_a_long_sleep_new_keys_sign_at_once()
    {
        var keys = IdentityGiven.Keys.ToImmutableDictionary(k => k.Kid);
        var late = World.Start.AddDays(3);
        var missing = KeySchedule.Missing(new IssuerBook(keys, 1), _times, late);
        Assert.Equal(9, missing.Length);
        Assert.All(missing, m => Assert.Equal(late, m.ActiveFrom));
        Assert.Equal(9, KeySchedule.Over(new IssuerBook(keys, 1), LeaseBook.Empty, _times, late).Length);
    }
}

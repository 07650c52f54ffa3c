using System.Collections.Immutable;
using Writ.Identity;

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
            book = new IssuerBook(book.Keys.RemoveRange(KeySchedule.Over(book, _times, now)), book.Sequence + 1);
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

    [Fact]
    public void After_a_long_sleep_new_keys_sign_at_once()
    {
        var keys = IdentityGiven.Keys.ToImmutableDictionary(k => k.Kid);
        var late = World.Start.AddDays(3);
        var missing = KeySchedule.Missing(new IssuerBook(keys, 1), _times, late);
        Assert.Equal(9, missing.Length);
        Assert.All(missing, m => Assert.Equal(late, m.ActiveFrom));
        Assert.Equal(9, KeySchedule.Over(new IssuerBook(keys, 1), _times, late).Length);
    }
}

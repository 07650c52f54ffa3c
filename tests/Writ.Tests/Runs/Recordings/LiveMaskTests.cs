using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Writ.Runs.Recordings;

namespace Writ.Tests.Runs.Recordings;

/// <summary>Known secrets do not pass, wherever the stream is cut.</summary>
public sealed class LiveMaskTests
{
    [Theory]
    [InlineData("x secret-1 y", "x [masked] y")]
    [InlineData("secret-1secret-2", "[masked][masked]")]
    [InlineData("secret-", "secret-")]
    [InlineData("secretsecret-1", "secret[masked]")]
    [InlineData("secret-12", "[masked]2")]
    [InlineData("longer-secret-1-inside", "[masked]-inside")]
    [InlineData("longer-secret-1x", "[masked]x")]
    [InlineData("longer-secret-2", "longer-[masked]")]
    [InlineData("", "")]
    [InlineData("nothing\u00e9 here", "nothing\u00e9 here")]
    public void A_secret_is_masked_whole(string text, string shown) => Assert.Equal(shown, Whole(text, text.Length));

    [Fact]
    public void Wherever_it_is_cut_the_same_is_shown() =>
        Prop.ForAll(
            Gen.Elements("secret-1", "secret-2", "longer-secret-1", "sec", "ret-", "s", " ", "se").ListOf(12)
                .SelectMany(parts => Gen.Choose(1, 9).Select(size => (string.Concat(parts), size))).ToArbitrary(),
            given =>
            {
                var (text, size) = given;
                var shown = Whole(text, size);
                Assert.Equal(Whole(text, int.MaxValue), shown);
                Assert.DoesNotContain("secret-1", shown, StringComparison.Ordinal);
                Assert.DoesNotContain("secret-2", shown, StringComparison.Ordinal);
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Only_what_could_become_a_secret_waits()
    {
        var mask = new LiveMask(["secret-1"]);
        Assert.Equal("password: ", Text(mask.Pass(Bytes("password: "))));
        Assert.Equal("a ", Text(mask.Pass(Bytes("a secr"))));
        Assert.Equal("secrX", Text(mask.Pass(Bytes("X"))));
        Assert.Equal("", Text(mask.Pass(Bytes("secret-"))));
        Assert.Equal("secret-", Text(mask.End()));
        Assert.Equal("", Text(mask.End()));
    }

    [Fact]
    public void Without_secrets_and_with_those_that_are_too_short_everything_passes_as_it_is()
    {
        var bytes = Bytes("abc abc");
        Assert.Equal(bytes, new LiveMask([]).Pass(bytes));
        Assert.Equal(bytes, new LiveMask(["abc"]).Pass(bytes));
    }

    static string Whole(string text, int size)
    {
        var mask = new LiveMask(["secret-1", "secret-2", "longer-secret-1"]);
        var bytes = Encoding.UTF8.GetBytes(text);
        var shown = new List<byte>();
        for (var at = 0; at < bytes.Length; at += Math.Min(size, bytes.Length - at))
            shown.AddRange(mask.Pass(bytes.AsMemory(at, Math.Min(size, bytes.Length - at))).Span);
        shown.AddRange(mask.End().Span);
        return Encoding.UTF8.GetString([.. shown]);
    }

    static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}

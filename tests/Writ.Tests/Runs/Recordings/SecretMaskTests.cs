using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Writ.Runs.Recordings;

namespace Writ.Tests.Runs.Recordings;

/// <summary>A known secret is masked wherever the stream is cut, and everything else passes as it is.</summary>
public sealed class SecretMaskTests
{
    const string Secret = "hunter2-and-more";

    public static TheoryData<string, string> Texts => new()
    {
        { "no secret at all", "no secret at all" },
        { $"a {Secret} b", "a [masked] b" },
        { Secret, "[masked]" },
        { Secret + Secret, "[masked]" },
        { $"hunter2-hunter2-and-morehunter2", "hunter2-[masked]hunter2" },
        { "hunter2-and-mor", "hunter2-and-mor" },
        { "hhhunter2-and-more", "hh[masked]" },
        { "long-hunter2-and-more-tail", "[masked]" },
        { "hunter2-and-more-tai", "[masked]-tai" },
        { "Basic dTpodW50ZXIyLWFuZC1tb3Jl", "Basic dTp[masked]" },
        { "p%40ss%2Fword", "[masked]" },
        { "{\"k\":\"first-line\\nsecond-line\"}", "{\"k\":\"[masked]\\n[masked]\"}" },
        { "first-line\r\nsecond-line\r\n", "[masked]\r\n[masked]\r\n" },
        { "short", "short" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_secret_is_masked_wherever_it_is_cut(string text, string masked)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var first = 0; first <= bytes.Length; first++)
            for (var second = first; second <= bytes.Length; second += 3)
                Assert.Equal(masked, Through(Known(), bytes[..first], bytes[first..second], bytes[second..]));
        Assert.Equal(masked, Through(Known(), [.. bytes.Select(b => new[] { b })]));
        Assert.Equal(masked, Known().Masked(text));
    }

    [Fact]
    public void What_cannot_begin_a_secret_is_never_held_back()
    {
        var mask = new SecretMask(Known());
        Assert.Equal("$ ", Text(mask.Pass("$ "u8.ToArray())));
        Assert.False(mask.IsHolding);
        Assert.Equal("x ", Text(mask.Pass("x hunter"u8.ToArray())));
        Assert.True(mask.IsHolding);
        Assert.Equal("hunter", Text(mask.Release()));
        Assert.Equal("e ", Text(mask.Pass("e "u8.ToArray())));
    }

    [Fact]
    public void A_secret_that_comes_to_be_known_is_masked_from_then_on_with_what_is_held()
    {
        var secrets = new KnownSecrets();
        var mask = new SecretMask(secrets);
        Assert.Equal("the-lease-value", Text(mask.Pass("the-lease-value"u8.ToArray())));
        Assert.True(secrets.TryAdd("the-lease-value"));
        Assert.Equal("", Text(mask.Pass("the-lease"u8.ToArray())));
        Assert.Equal("[masked]!", Text(mask.Pass("-value!"u8.ToArray())));

        Assert.Equal("", Text(mask.Pass("the-lease"u8.ToArray())));
        Assert.True(secrets.TryAdd("lease-other"));
        Assert.Equal("the-[masked].", Text(mask.Pass("-other."u8.ToArray())));
        Assert.Equal(["the-lease-value", "lease-other"], secrets.Values);
    }

    [Fact]
    public void What_cannot_be_masked_is_not_taken()
    {
        var secrets = new KnownSecrets();
        Assert.False(secrets.TryAdd(new string('x', KnownSecrets.ValueBytesMax + 1)));
        for (var i = 0; i < KnownSecrets.ValuesMax; i++)
            Assert.True(secrets.TryAdd($"secret-number-{i}"));
        Assert.False(secrets.TryAdd("one-too-many"));
        Assert.True(secrets.TryAdd("secret-number-3"));
        Assert.True(secrets.TryAdd("tiny"));
    }

    [Fact]
    public void Random_streams_keep_everything_but_the_secret()
    {
        var alphabet = Gen.Elements('a', 'b', 'c');
        var pieces = Gen.ArrayOf(Gen.ArrayOf(alphabet)).ToArbitrary();
        Prop.ForAll(pieces, cut =>
        {
            var secrets = new KnownSecrets();
            secrets.TryAdd("abcabc");
            secrets.TryAdd("bcabca");
            var whole = string.Concat(cut.Select(c => new string(c)));
            return Through(secrets, [.. cut.Select(c => Encoding.UTF8.GetBytes(c))]) == Naive(whole);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));
    }

    static string Naive(string text)
    {
        var secret = new bool[text.Length];
        foreach (var value in (string[])["abcabc", "bcabca"])
            for (var at = text.IndexOf(value, StringComparison.Ordinal); at >= 0;
                at = text.IndexOf(value, at + 1, StringComparison.Ordinal))
                Array.Fill(secret, true, at, value.Length);
        var shown = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
            if (!secret[i])
                shown.Append(text[i]);
            else if (i == 0 || !secret[i - 1])
                shown.Append("[masked]");
        return shown.ToString();
    }

    static KnownSecrets Known()
    {
        var secrets = new KnownSecrets();
        foreach (var value in (string[])
            [Secret, "long-hunter2-and-more-tail", "p@ss/word", "first-line\nsecond-line\n", "short"])
            Assert.True(secrets.TryAdd(value));
        return secrets;
    }

    static string Through(KnownSecrets secrets, params byte[][] pieces)
    {
        var mask = new SecretMask(secrets);
        var shown = new List<byte>();
        foreach (var piece in pieces)
            shown.AddRange(mask.Pass(piece).Span);
        shown.AddRange(mask.Release().Span);
        return Text(shown.ToArray());
    }

    static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}

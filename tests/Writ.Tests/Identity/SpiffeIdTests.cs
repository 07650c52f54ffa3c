using Writ.Identity;

namespace Writ.Tests.Identity;

/// <summary>SPIFFE-ID, sections 2 to 2.4, sentence by sentence.</summary>
public sealed class SpiffeIdTests
{
    static readonly string _longName = new('a', TrustDomain.LengthMax);

    public static TheoryData<string, string> Valid => new()
    {
        { "spiffe://example.org", "" },
        { "spiffe://example.org/path", "/path" },
        { "spiffe://example.org/A/b.c/D-e_f", "/A/b.c/D-e_f" },
        { "spiffe://1.2.3.4/service", "/service" },
        { "spiffe://trust_domain-1.example/a", "/a" },
        { "spiffe://example.org/...", "/..." },
        { "spiffe://example.org/.hidden/..x", "/.hidden/..x" },
        { $"spiffe://{_longName}/a", "/a" },
        { "spiffe://example.org/" + new string('p', SpiffeId.LengthMax - 21), "/" + new string('p', 2_027) },
    };

    public static TheoryData<string?> Invalid => new()
    {
        "", "spiffe", "spiffe:", "spiffe:/", "spiffe://", "spiffe:///path", "http://example.org/path",
        "SPIFFE://example.org/path", "spiffe://Example.org/path", "spiffe://example.org/", "spiffe://example.org//a",
        "spiffe://example.org/a/", "spiffe://example.org/a//b", "spiffe://example.org/.", "spiffe://example.org/..",
        "spiffe://example.org/a/../b", "spiffe://example.org/a/./b", "spiffe://example.org/%61",
        "spiffe://ex%61mple.org/a", "spiffe://example.org:443/a", "spiffe://user@example.org/a", "spiffe://[::1]/a",
        "spiffe://example.org/a?q=1", "spiffe://example.org/a#f", "spiffe://example.org?q", "spiffe://example.org#f",
        "spiffe://example.org/a b", "spiffe://example.org/a\0", "spiffe://example.org/\u00e4",
        "spiffe://ex\u00e4.org/a",
        "spiffe://example.org/a\\b", " spiffe://example.org/a", "spiffe://example.org/a\n", "spiffe://example.org/a:b",
        $"spiffe://{_longName}a/a", "spiffe://example.org/" + new string('p', 2_028),
        // Letters that look like ASCII, and what some folding of case would make ASCII.
        "spiffe://\u212axample.org/a", "spiffe://example.org/\uff41",
    };

    [Theory]
    [MemberData(nameof(Valid))]
    public void What_is_one_is_read_as_it_is_written(string text, string path)
    {
        var id = SpiffeId.Parse(text);
        Assert.NotNull(id);
        Assert.Equal(text, id.ToString());
        Assert.Equal(path, id.Path);
        Assert.Equal(id, SpiffeId.Parse(text));
        Assert.Equal(path.Length > 0, id.HasPath);
        Assert.Equal($"spiffe://{id.Domain}", id.Domain.Id.ToString());
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public void What_is_none_is_not_put_right(string? text) => Assert.Null(SpiffeId.Parse(text));

    [Fact]
    public void Parts_that_would_be_several_or_none_make_no_id()
    {
        var domain = TrustDomain.Parse("example.org")!.Value;
        Assert.Equal("spiffe://example.org/agent/x", SpiffeId.Of(domain, "agent", "x")?.ToString());
        foreach (var part in (string[])["", ".", "..", "a b", "a?b", "a#b", "a%2Fb"])
            Assert.Null(SpiffeId.Of(domain, "agent", part));
        Assert.Null(SpiffeId.Of(default, "agent"));
    }
}

namespace Writ.Cedar.Tests.Validation;

/// <summary>Warnings of strings and names that mislead the eye. None of them makes a policy invalid.</summary>
public sealed class TextWarningTests
{
    [Theory]
    [InlineData("resource.env == \"plain ASCII\"", "")]
    [InlineData("resource.env == \"\u00fcber\"", "")]
    [InlineData("resource.env == \"\u043f\u0440\u043e\u0434\"", "")]
    [InlineData("resource.env == \"pr\u043ed\"", "mixed-script-string")]
    [InlineData("resource.env == \"pr\\u{43e}d\"", "mixed-script-string")]
    [InlineData("resource.env like \"*\u043e*d\"", "mixed-script-string")]
    [InlineData("resource.env == \"\u6771\u4eac\u30bf\u30ef\u30fc\u3068\u304b\"", "")]
    [InlineData("resource.env == \"\u6771\u4eac \uc11c\uc6b8\"", "")]
    [InlineData("resource.env == \"\u30bf \uc11c\"", "mixed-script-string")]
    [InlineData("resource.env == \"a\\u{202e}b\"", "bidi-string")]
    [InlineData("resource.env like \"\\u{2066}*\"", "bidi-string")]
    [InlineData("resource.owner == User::\"a\\u{202e}b\"", "bidi-name")]
    [InlineData("resource.owner == User::\"a\\u{200b}b\"", "confusable-name")]
    [InlineData("resource.owner == User::\"a\\nb\"", "confusable-name")]
    [InlineData("resource.owner == User::\"pr\u043ed\"", "mixed-script-name")]
    [InlineData("{ \"pr\u043ed\": 1 }[\"pr\u043ed\"] == 1", "mixed-script-name")]
    [InlineData("principal has \"pr\u043ed\" || true", "mixed-script-name")]
    [InlineData("resource.env == \"\\u{e000}\"", "mixed-script-string")]
    [InlineData("resource.env == \"\"", "")]
    public void Text_that_misleads_is_a_warning(string condition, string kinds)
    {
        var result = GivenSchema.InView(condition);
        Assert.Empty(result.Errors);
        Assert.Equal(kinds, GivenSchema.Kinds(result.Warnings));
    }

    [Fact]
    public void Names_of_a_scope_count() => Assert.Equal(
        "mixed-script-name",
        GivenSchema.Kinds(
            GivenSchema.Validate("permit(principal == User::\"pr\u043ed\", action, resource);").Warnings));

    [Fact]
    public void A_message_shows_what_cannot_be_seen()
    {
        var finding = Assert.Single(GivenSchema.InView("resource.env == \"a\\u{202e}b\"").Warnings);
        Assert.Equal("string \"a\\u{202e}b\" has U+202E, which changes the direction of text", finding.Message);
        finding = Assert.Single(GivenSchema.InView("resource.env == \"pr\u043ed\"").Warnings);
        Assert.Equal("string \"pr\u043ed\" mixes scripts; U+043E is of none of those before it", finding.Message);
    }
}

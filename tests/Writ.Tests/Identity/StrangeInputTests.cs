using System.Text.Json;
using Writ.Identity;

namespace Writ.Tests.Identity;

/// <summary>What reads like something and is written like nothing that anybody writes.</summary>
public sealed class StrangeInputTests
{
    // 2^32 + 1, which is 1 where it is cut to 32 bits.
    [Fact]
    public void A_field_with_a_number_that_is_none_is_no_other_field()
    {
        byte[] first = [0x0A, 0x01, (byte)'a'];
        Assert.Equal(["a"], WorkloadMessages.ReadJwtSvidRequest(first)!.Audiences);
        byte[] beyond = [0x8A, 0x80, 0x80, 0x80, 0x80, 0x01, 0x01, (byte)'b'];
        Assert.Null(WorkloadMessages.ReadJwtSvidRequest(beyond));
        Assert.Null(WorkloadMessages.ReadJwtSvidRequest([.. first, .. beyond]));
    }

    [Theory]
    [InlineData("AQAB", true)]
    [InlineData("Aw", true)]
    [InlineData("AQ", false)]
    [InlineData("Ag", false)]
    [InlineData("AAEAAQ", false)]
    public void An_exponent_is_odd_and_more_than_one_and_written_once(string exponent, bool isKey)
    {
        var modulus = System.Buffers.Text.Base64Url.EncodeToString([0x80, .. Enumerable.Repeat((byte)7, 255)]);
        using var jwk = JsonDocument.Parse($$"""{"kty":"RSA","n":"{{modulus}}","e":"{{exponent}}"}""");
        Assert.Equal(isKey, PublicKeyJwk.Parse(jwk.RootElement) is not null);
    }
}

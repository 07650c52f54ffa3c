using Writ.Linux;

namespace Writ.Ledger.Tests;

public sealed class Ed25519Tests
{
    // RFC 8032 section 7.1, tests 1, 2 and 3 and "SHA(abc)".
    public static TheoryData<string, string, string, string> Vectors => new()
    {
        {
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            + "d25bf5f0595bbe24655141438e7a100b"
        },
        {
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            + "387b2eaeb4302aeeb00d291612bb0c00"
        },
        {
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            + "4a7c15e9716ed28dc027beceea1ec40a"
        },
        {
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
            + "454d4423643ce80e2a9ac94fa54ca49f",
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030"
            + "3dca179c138ac17ad9bef1177331a704"
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void The_vectors_of_the_RFC_hold(string seed, string publicKey, string message, string signature)
    {
        var (s, p, m, g) = (Hex(seed), Hex(publicKey), Hex(message), Hex(signature));
        Assert.Equal(p, Ed25519.PublicKey(s));
        Assert.Equal(g, Ed25519.Sign(s, m));
        Assert.True(Ed25519.Verify(p, m, g));
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void A_changed_message_signature_or_key_does_not_verify(
        string seed, string publicKey, string message, string signature)
    {
        Assert.NotEmpty(seed);
        var (p, m, g) = (Hex(publicKey), Hex(message), Hex(signature));
        Assert.False(Ed25519.Verify(p, [.. m, 0], g));
        Assert.False(Ed25519.Verify(p, m, Flip(g, 0)));
        Assert.False(Ed25519.Verify(p, m, Flip(g, 63)));
        Assert.False(Ed25519.Verify(Flip(p, 5), m, g));
        Assert.False(Ed25519.Verify(p, m, g.AsSpan(0, 63)));
        Assert.False(Ed25519.Verify(p.AsSpan(1), m, g));
        Assert.False(Ed25519.Verify(p, m, []));
    }

    [Fact]
    public void A_loaded_key_signs_on_many_threads_at_once()
    {
        using var key = new Ed25519Key(Hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
        var publicKey = key.PublicKey.ToArray();
        Parallel.For(0, 200, i =>
        {
            var message = BitConverter.GetBytes(i);
            Assert.True(Ed25519.Verify(publicKey, message, key.Sign(message)));
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void A_seed_of_another_length_is_a_bug(int length) =>
        Assert.Throws<ArgumentException>(() => new Ed25519Key(new byte[length]));

    [Fact]
    public void A_disposed_key_signs_nothing()
    {
        var key = new Ed25519Key(new byte[32]);
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.Sign("x"u8));
    }

    static byte[] Hex(string text) => Convert.FromHexString(text);

    static byte[] Flip(byte[] bytes, int at)
    {
        var copy = (byte[])bytes.Clone();
        copy[at] ^= 1;
        return copy;
    }
}

using System.Diagnostics;
using Writ.Runs;
using Writ.Testing;

namespace Writ.Tests.Runs;

public sealed class Ed25519VerifierTests
{
    // RFC 8032, section 7.1, tests 1, 2 and 3.
    public static TheoryData<string, string, string> Vectors => new()
    {
        {
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        },
        {
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        },
        {
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        },
    };

    [Theory, Slow]
    [MemberData(nameof(Vectors))]
    public void The_vectors_of_the_standard_verify_and_with_a_changed_bit_do_not(
        string key, string message, string signature)
    {
        var (k, m, s) = (Convert.FromHexString(key), Convert.FromHexString(message), Convert.FromHexString(signature));
        Assert.True(Ed25519Verifier.Verify(k, m, s));
        for (var bit = 0; bit < 512; bit += 5)
            Assert.False(Ed25519Verifier.Verify(k, m, Flip(s, bit)), $"signature bit {bit}");
        for (var bit = 0; bit < 256; bit += 5)
            Assert.False(Ed25519Verifier.Verify(Flip(k, bit), m, s), $"key bit {bit}");
        Assert.False(Ed25519Verifier.Verify(k, [.. m, 0], s));
        Assert.False(Ed25519Verifier.Verify(k.AsSpan(0, 31), m, s));
        Assert.False(Ed25519Verifier.Verify(k, m, s.AsSpan(0, 63)));
    }

    [Fact]
    public void A_signature_with_the_order_added_to_its_scalar_is_refused()
    {
        var row = Vectors.First().Data;
        var (k, s) = (Convert.FromHexString(row.Item1), Convert.FromHexString(row.Item3));
        var order = Convert.FromHexString("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        var carry = 0;
        for (var i = 0; i < 32; i++)
        {
            carry += s[32 + i] + order[i];
            s[32 + i] = (byte)(carry & 0xff);
            carry >>= 8;
        }
        Assert.Equal(0, carry);
        Assert.False(Ed25519Verifier.Verify(k, [], s));
    }

    [Fact]
    public void Keys_that_are_not_the_one_encoding_of_a_point_are_refused()
    {
        foreach (var key in (string[])[
            // y = p, y = p + 1, x = 0 with the sign bit, and a y without any x.
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "0100000000000000000000000000000000000000000000000000000000000080",
            "0200000000000000000000000000000000000000000000000000000000000000"])
            Assert.False(Ed25519Verifier.Verify(Convert.FromHexString(key), [], new byte[64]), key);
    }

    [Fact]
    public void Signatures_made_by_openssl_verify()
    {
        if (!File.Exists("/usr/bin/openssl"))
            SharedData.Unavailable("openssl is not installed");
        var directory = Directory.CreateTempSubdirectory("writ-ed25519-");
        try
        {
            string In(string name) => Path.Combine(directory.FullName, name);
            for (var i = 0; i < 20; i++)
            {
                var message = new byte[i * 37];
                message.AsSpan().Fill((byte)i);
                File.WriteAllBytes(In("m"), message);
                OpenSsl("genpkey", "-algorithm", "ed25519", "-out", In("k"));
                OpenSsl("pkey", "-in", In("k"), "-pubout", "-outform", "DER", "-out", In("p"));
                if (message.Length == 0)
                    continue;
                OpenSsl("pkeyutl", "-sign", "-rawin", "-inkey", In("k"), "-in", In("m"), "-out", In("s"));
                var (key, signature) = (File.ReadAllBytes(In("p"))[^32..], File.ReadAllBytes(In("s")));
                Assert.True(Ed25519Verifier.Verify(key, message, signature), $"signature {i}");
                message[i] ^= 1;
                Assert.False(Ed25519Verifier.Verify(key, message, signature));
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    static byte[] Flip(byte[] bytes, int bit)
    {
        byte[] copy = [.. bytes];
        copy[bit >> 3] ^= (byte)(1 << (bit & 7));
        return copy;
    }

    static void OpenSsl(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/openssl", arguments)
        {
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error);
    }
}

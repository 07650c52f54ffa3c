using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Writ.Identity.Ssh;

namespace Writ.Tests.Identity;

/// <summary>What SSH sends, byte by byte. OpenSSH itself reads it in the server's tests.</summary>
public sealed class SshFormatTests
{
    static readonly DateTimeOffset _at = DateTimeOffset.FromUnixTimeSeconds(1_772_000_000);

    // RFC 4251, section 5, has these, but for the last ones.
    [Theory]
    [InlineData("", "00000000")]
    [InlineData("00", "00000000")]
    [InlineData("09a378f9b2e332a7", "0000000809a378f9b2e332a7")]
    [InlineData("80", "000000020080")]
    [InlineData("0000000080", "000000020080")]
    [InlineData("7f", "000000017f")]
    [InlineData("00ff", "0000000200ff")]
    public void Numbers_are_written_as_short_as_they_can_be_and_never_negative(string number, string written) =>
        Assert.Equal(
            written, Convert.ToHexStringLower(new SshWriter().Integer(Convert.FromHexString(number)).ToArray()));

    [Fact]
    public void What_is_cut_off_reads_as_nothing_and_says_so()
    {
        var whole = new SshWriter().Text("abc").Number(7).Byte(1).ToArray();
        for (var length = 0; length < whole.Length; length++)
        {
            var cut = new SshReader(whole.AsSpan(0, length));
            cut.Text();
            cut.Number();
            cut.Byte();
            Assert.False(cut.IsWhole);
            Assert.False(cut.IsAtEnd);
            Assert.True(cut.Text().IsEmpty);
        }
        var read = new SshReader(whole);
        Assert.Equal("abc", Encoding.ASCII.GetString(read.Text()));
        Assert.Equal(7u, read.Number());
        Assert.False(read.IsAtEnd);
        Assert.Equal(1, read.Byte());
        Assert.True(read.IsAtEnd);
        var huge = new SshReader([0xFF, 0xFF, 0xFF, 0xFF, 1]);
        Assert.True(huge.Text().IsEmpty);
        Assert.False(huge.IsWhole);
    }

    [Fact]
    public void A_certificate_has_every_field_in_its_place_and_a_signature_over_all_before_it()
    {
        using var authority = SshKey.Make();
        using var subject = SshKey.Make();
        var bytes = SshCertificate.Issue(authority, subject, new SshCertificateClaims(
            7, "w_account", ["deploy", "release"], _at, _at.AddMinutes(5), "/bin/true", ["192.0.2.0/24", "::1"],
            ["permit-pty", "permit-agent-forwarding"]), new byte[32]);
        var read = new SshReader(bytes);
        Assert.Equal("ecdsa-sha2-nistp256-cert-v01@openssh.com", Text(ref read));
        Assert.Equal(32, read.Text().Length);
        Assert.Equal("nistp256", Text(ref read));
        Assert.Equal(65, read.Text().Length);
        Assert.Equal((0u, 7u, 1u), (read.Number(), read.Number(), read.Number()));
        Assert.Equal("w_account", Text(ref read));
        Assert.Equal(["deploy", "release"], Texts(read.Text()));
        Assert.Equal((0u, 1_772_000_000u), (read.Number(), read.Number()));
        Assert.Equal((0u, 1_772_000_300u), (read.Number(), read.Number()));
        var options = new SshReader(read.Text());
        Assert.Equal("force-command", Text(ref options));
        Assert.Equal(["/bin/true"], Texts(options.Text()));
        Assert.Equal("source-address", Text(ref options));
        Assert.Equal(["192.0.2.0/24,::1"], Texts(options.Text()));
        Assert.True(options.IsAtEnd);
        Assert.Equal(["permit-agent-forwarding", "", "permit-pty", ""], Texts(read.Text()));
        Assert.True(read.Text().IsEmpty);
        Assert.True(read.Text().SequenceEqual(authority.Public));
        var signature = new SshReader(read.Text());
        Assert.True(read.IsAtEnd);
        Assert.Equal("ecdsa-sha2-nistp256", Text(ref signature));
        var numbers = new SshReader(signature.Text());
        var (r, s) = (Fixed(numbers.Text()), Fixed(numbers.Text()));
        var content = bytes.AsSpan(0, bytes.Length - Length(bytes));
        using var key = Public(authority);
        Assert.True(key.VerifyData(content, [.. r, .. s], HashAlgorithmName.SHA256));

        int Length(byte[] all)
        {
            for (var at = all.Length - 5; at > 0; at--)
                if (BinaryPrimitives.ReadUInt32BigEndian(all.AsSpan(at)) == all.Length - at - 4
                    && all.AsSpan(at + 8).StartsWith("ecdsa-sha2-nistp256"u8))
                    return all.Length - at;
            throw new InvalidOperationException("no signature");
        }
    }

    [Fact]
    public void A_certificate_for_nobody_would_be_one_for_everybody_and_is_not_made()
    {
        using var key = SshKey.Make();
        Assert.Throws<ArgumentException>(() => SshCertificate.Issue(key, key, new SshCertificateClaims(
            1, "w_account", [], _at, _at, null, [], []), new byte[32]));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Throws<ArgumentException>(() => new SshKey(other));
    }

    [Fact]
    public void A_list_names_each_certificate_once_and_nothing_where_there_is_none()
    {
        using var authority = SshKey.Make();
        const string head = "5353484b524c0a00" + "00000001" + "0000000000000009";
        var nothing = SshRevocationList.Write(9, _at, new SshRevoked(authority.Public, [], []));
        Assert.StartsWith(head, Convert.ToHexStringLower(nothing), StringComparison.Ordinal);
        var read = new SshReader(nothing.AsSpan(8 + 4 + 8 + 8 + 8));
        Assert.True(read.Text().IsEmpty);
        Assert.Equal("writ", Text(ref read));
        Assert.True(read.IsAtEnd);

        var list = SshRevocationList.Write(
            9, _at, new SshRevoked(authority.Public, [5, 3, 0, 5], ["w_b", "w_a", "w_b"]));
        read = new SshReader(list.AsSpan(nothing.Length));
        Assert.Equal(1, read.Byte());
        var section = new SshReader(read.Text());
        Assert.True(read.IsAtEnd);
        Assert.True(section.Text().SequenceEqual(authority.Public));
        Assert.True(section.Text().IsEmpty);
        Assert.Equal(0x20, section.Byte());
        Assert.Equal("00000000000000030000000000000005", Convert.ToHexStringLower(section.Text()));
        Assert.Equal(0x23, section.Byte());
        Assert.Equal(["w_a", "w_b"], Texts(section.Text()));
        Assert.True(section.IsAtEnd);
    }

    static ECDsa Public(SshKey key)
    {
        var read = new SshReader(key.Public);
        read.Text();
        read.Text();
        var point = read.Text();
        return ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point[1..33].ToArray(), Y = point[33..].ToArray() },
        });
    }

    static string Text(ref SshReader read) => Encoding.ASCII.GetString(read.Text());

    static List<string> Texts(ReadOnlySpan<byte> packed)
    {
        var read = new SshReader(packed);
        var texts = new List<string>();
        while (!read.IsAtEnd && read.IsWhole)
            texts.Add(Text(ref read));
        return texts;
    }

    static byte[] Fixed(ReadOnlySpan<byte> number)
    {
        var digits = number.TrimStart((byte)0);
        var whole = new byte[32];
        digits.CopyTo(whole.AsSpan(32 - digits.Length));
        return whole;
    }
}

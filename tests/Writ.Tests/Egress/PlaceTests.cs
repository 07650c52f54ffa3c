using System.Collections.Immutable;
using Writ.Egress;

namespace Writ.Tests.Egress;

/// <summary>Addresses, names and grants: one spelling, one meaning.</summary>
public sealed class PlaceTests
{
    [Theory]
    [InlineData("8.8.8.8", AddressReach.Public)]
    [InlineData("168.63.129.16", AddressReach.Metadata)]
    [InlineData("169.254.169.254", AddressReach.Metadata)]
    [InlineData("169.254.1.1", AddressReach.LinkLocal)]
    [InlineData("100.100.100.200", AddressReach.Metadata)]
    [InlineData("100.127.255.255", AddressReach.Shared)]
    [InlineData("100.128.0.0", AddressReach.Public)]
    [InlineData("10.0.0.0", AddressReach.Private)]
    [InlineData("172.15.255.255", AddressReach.Public)]
    [InlineData("172.16.0.0", AddressReach.Private)]
    [InlineData("172.31.255.255", AddressReach.Private)]
    [InlineData("172.32.0.0", AddressReach.Public)]
    [InlineData("192.168.0.1", AddressReach.Private)]
    [InlineData("127.255.255.254", AddressReach.Loopback)]
    [InlineData("0.0.0.0", AddressReach.Reserved)]
    [InlineData("0.1.2.3", AddressReach.Reserved)]
    [InlineData("192.0.2.1", AddressReach.Reserved)]
    [InlineData("198.19.0.1", AddressReach.Reserved)]
    [InlineData("203.0.113.9", AddressReach.Reserved)]
    [InlineData("224.0.0.1", AddressReach.Multicast)]
    [InlineData("239.255.255.255", AddressReach.Multicast)]
    [InlineData("240.0.0.1", AddressReach.Reserved)]
    [InlineData("255.255.255.255", AddressReach.Reserved)]
    [InlineData("::", AddressReach.Reserved)]
    [InlineData("::1", AddressReach.Loopback)]
    [InlineData("::2", AddressReach.Reserved)]
    [InlineData("::127.0.0.1", AddressReach.Reserved)]
    [InlineData("::ffff:127.0.0.1", AddressReach.Loopback)]
    [InlineData("::ffff:8.8.8.8", AddressReach.Public)]
    [InlineData("64:ff9b::8.8.8.8", AddressReach.Public)]
    [InlineData("64:ff9b::10.0.0.1", AddressReach.Private)]
    [InlineData("64:ff9b::169.254.169.254", AddressReach.Metadata)]
    [InlineData("64:ff9b:1::1", AddressReach.Reserved)]
    [InlineData("2002:a00:1::", AddressReach.Reserved)]
    [InlineData("2001::1", AddressReach.Reserved)]
    [InlineData("2001:db8::1", AddressReach.Reserved)]
    [InlineData("2606:4700::1", AddressReach.Public)]
    [InlineData("2606:4700::5efe:a00:1", AddressReach.Reserved)]
    [InlineData("2606:4700::200:5efe:a00:1", AddressReach.Reserved)]
    [InlineData("fc00::1", AddressReach.Private)]
    [InlineData("fd00:ec2::254", AddressReach.Metadata)]
    [InlineData("fd00:c1::a9fe:a9fe", AddressReach.Metadata)]
    [InlineData("fd00:42::42", AddressReach.Metadata)]
    [InlineData("fe80::1", AddressReach.LinkLocal)]
    [InlineData("fec0::1", AddressReach.Private)]
    [InlineData("ff02::1", AddressReach.Multicast)]
    [InlineData("4000::1", AddressReach.Reserved)]
    public void An_address_is_what_the_registries_say(string text, AddressReach reach) =>
        Assert.Equal(reach, EgressAddress.Parse(text)!.Value.Reach);

    [Theory]
    [InlineData("127.1")]
    [InlineData("127.0.0.01")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("2130706433")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.256")]
    [InlineData("fe80::1%eth0")]
    [InlineData("1::2::3")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7::8:9")]
    [InlineData(":1")]
    [InlineData("12345::")]
    [InlineData("::1.2.3.4:5")]
    [InlineData("")]
    public void What_only_some_read_as_an_address_is_none(string text) => Assert.Null(EgressAddress.Parse(text));

    [Theory]
    [InlineData("2001:0DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1")]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1")]
    [InlineData("0:0:0:0:0:0:0:1", "::1")]
    [InlineData("1:0:0:0:0:0:0:0", "1::")]
    [InlineData("1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0")]
    public void An_address_has_one_spelling(string text, string written)
    {
        var address = EgressAddress.Parse(text)!.Value;
        Assert.Equal(written, address.ToString());
        Assert.Equal(address, EgressAddress.Of(address.ToBytes()));
    }

    [Theory]
    [InlineData("Example.ORG", "example.org")]
    [InlineData("example.org.", "example.org")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    [InlineData("_svc.example", "_svc.example")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("[::FFFF:7f00:1]", "127.0.0.1")]
    [InlineData("[::1]", "::1")]
    [InlineData("localhost", "localhost")]
    [InlineData("bücher.example", null)]
    [InlineData("127.1", null)]
    [InlineData("0x7f000001", null)]
    [InlineData("1.2.3.0x4", null)]
    [InlineData("127.0.0.1.", null)]
    [InlineData("example..org", null)]
    [InlineData(".example.org", null)]
    [InlineData("-a.example", null)]
    [InlineData("a b.example", null)]
    [InlineData("a\0.example", null)]
    [InlineData("allowed.example\0.evil.example", null)]
    [InlineData("::1", null)]
    [InlineData("[::1", null)]
    [InlineData("[127.0.0.1]", null)]
    [InlineData("", null)]
    public void A_host_is_compared_in_one_spelling_or_is_none(string text, string? host) =>
        Assert.Equal(host, EgressDestination.HostOf(text));

    [Theory]
    [InlineData("a.example:443", 0, "a.example:443")]
    [InlineData("a.example", 80, "a.example:80")]
    [InlineData("[::1]:8080", 0, "[::1]:8080")]
    [InlineData("[::1]", 80, "[::1]:80")]
    [InlineData("a.example", 0, null)]
    [InlineData("a.example:0", 80, null)]
    [InlineData("a.example:65536", 80, null)]
    [InlineData("a.example:+80", 80, null)]
    [InlineData("a.example:", 80, null)]
    [InlineData("a:b:80", 80, null)]
    public void A_place_is_a_host_and_a_port(string text, int usual, string? place) =>
        Assert.Equal(place, EgressDestination.Of(text, usual)?.ToString());

    [Theory]
    [InlineData("https://a.example/x?y", "a.example", 443)]
    [InlineData("https://user:pw@a.example:8443/x", "a.example", 8443)]
    [InlineData("a.example:22", "a.example", 22)]
    [InlineData("a.example", "a.example", null)]
    [InlineData("ftp://A.example", "a.example", 21)]
    public void The_words_of_a_command_name_a_place(string text, string host, int? port) =>
        Assert.Equal((host, port), EgressDestination.Mentioned(text));

    static readonly ImmutableArray<EgressGrant> _grants =
    [
        new("*.example.org", 443), new("*.deep.example.org", 443, Plain: true), new("git.example.org", 443),
        new("db.internal", 5432, Private: true), new("169.254.169.254", 80, Private: true), new("::1", 80),
    ];

    [Theory]
    [InlineData("www.example.org", 443, "*.example.org")]
    [InlineData("a.b.example.org", 443, "*.example.org")]
    [InlineData("x.deep.example.org", 443, "*.deep.example.org")]
    [InlineData("git.example.org", 443, "git.example.org")]
    [InlineData("example.org", 443, null)]
    [InlineData("evilexample.org", 443, null)]
    [InlineData("www.example.org.evil.test", 443, null)]
    [InlineData("www.example.org", 80, null)]
    [InlineData("db.internal", 5432, "db.internal")]
    [InlineData("::1", 80, "::1")]
    public void The_grant_that_names_a_place_best_counts(string host, int port, string? grant) =>
        Assert.Equal(grant, EgressGrant.For(_grants, new EgressDestination(host, port))?.Host);

    [Theory]
    [InlineData("db.internal", 5432, "10.0.0.1", true)]
    [InlineData("db.internal", 5432, "127.0.0.1", true)]
    [InlineData("db.internal", 5432, "100.64.0.1", true)]
    [InlineData("db.internal", 5432, "169.254.169.254", false)]
    [InlineData("db.internal", 5432, "169.254.0.9", false)]
    [InlineData("db.internal", 5432, "224.0.0.1", false)]
    [InlineData("db.internal", 5432, "0.0.0.0", false)]
    [InlineData("169.254.169.254", 80, "169.254.169.254", true)]
    [InlineData("git.example.org", 443, "10.0.0.1", false)]
    [InlineData("git.example.org", 443, "8.8.8.8", true)]
    [InlineData("::1", 80, "::1", false)]
    public void An_address_beside_the_internet_has_to_be_granted(string host, int port, string address, bool allowed)
    {
        var place = new EgressDestination(host, port);
        var (found, refused) = EgressJudge.Choose(
            EgressGrant.For(_grants, place)!, place, [EgressAddress.Parse(address)!.Value]);
        Assert.Equal(allowed, found is not null);
        Assert.Equal(allowed ? null : "net.address-refused", refused?.Code);
    }

    [Fact]
    public void One_address_that_may_not_be_dialled_spoils_all_of_a_name()
    {
        var place = new EgressDestination("git.example.org", 443);
        var grant = EgressGrant.For(_grants, place)!;
        Assert.NotNull(EgressJudge.Choose(grant, place, [Parse("8.8.8.8"), Parse("10.0.0.1")]).Refused);
        Assert.Equal("net.unresolved", EgressJudge.Choose(grant, place, []).Refused!.Code);
        static EgressAddress Parse(string text) => EgressAddress.Parse(text)!.Value;
    }
}

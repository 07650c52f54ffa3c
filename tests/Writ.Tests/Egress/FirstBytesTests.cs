using System.Buffers.Binary;
using System.Text;
using Writ.Egress;

namespace Writ.Tests.Egress;

/// <summary>What the first bytes of a connection are read as, and what they are not.</summary>
public sealed class FirstBytesTests
{
    static (HttpHead? Head, EgressProblem? Problem) Http(string text) => HttpHead.Parse(Encoding.Latin1.GetBytes(text));

    [Theory]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", null)]
    [InlineData("GET http://a/ HTTP/1.0\r\n\r\n", null)]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", null)]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n", null)]
    [InlineData("GET  http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "net.bad-request")]
    [InlineData("GET http://a/ HTTP/2.0\r\nHost: a\r\n\r\n", "net.bad-request")]
    [InlineData("GET http://a/ HTTP/1.1 \r\nHost: a\r\n\r\n", "net.bad-request")]
    [InlineData("G\u00c9T http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "net.bad-request")]
    [InlineData("GET http://a/\u0001 HTTP/1.1\r\nHost: a\r\n\r\n", "net.bad-request")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "net.ambiguous")]
    [InlineData("GET http://a/ HTTP/1.1\r\n\r\n", "net.ambiguous")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\r\n\tx\r\n\r\n", "net.ambiguous")]
    [InlineData("GET http://a/ HTTP/1.1\r\n Host: a\r\n\r\n", "net.ambiguous")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", "net.ambiguous")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", "net.ambiguous")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\0\r\n\r\n", "net.ambiguous")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\r\nX\u00a0: y\r\n\r\n", "net.ambiguous")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\r\nX: \u001b\r\n\r\n", "net.ambiguous")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n", "net.ambiguous")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", "net.ambiguous")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n", "net.ambiguous")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", "net.ambiguous")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", "net.ambiguous")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", "net.ambiguous")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
        "net.ambiguous")]
    [InlineData("POST http://a/ HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "net.ambiguous")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", null)]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", "net.ambiguous")]
    [InlineData("HEAD http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", "net.ambiguous")]
    [InlineData("OPTIONS http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "net.ambiguous")]
    public void A_head_has_one_reading_or_none(string text, string? problem) =>
        Assert.Equal(problem, Http(text).Problem?.Code);

    [Fact]
    public void A_head_has_so_many_fields_and_bytes_and_no_more()
    {
        var many = string.Concat(Enumerable.Repeat("X: y\r\n", HttpHead.FieldsMax - 1));
        Assert.NotNull(Http($"GET http://a/ HTTP/1.1\r\nHost: a\r\n{many}\r\n").Head);
        Assert.Null(Http($"GET http://a/ HTTP/1.1\r\nHost: a\r\nX: y\r\n{many}\r\n").Head);
        Assert.Null(Http($"GET http://a/ HTTP/1.1\r\nHost: a\r\nX: {new string('y', HttpHead.BytesMax)}\r\n\r\n").Head);
        Assert.Null(Http($"GET http://a/{new string('y', HttpHead.TargetMax)} HTTP/1.1\r\nHost: a\r\n\r\n").Head);
    }

    [Fact]
    public void What_is_of_the_connection_is_not_passed_on()
    {
        var head = Http(
            "POST http://a/x HTTP/1.1\r\nhOST: a\r\nConnection: close, X-One\r\nx-one: 1\r\nX-Two: 2\r\n"
            + "Proxy-Authorization: Basic x\r\nUpgrade: h2c\r\nTE: trailers\r\nContent-Length: 007\r\n\r\n").Head!;
        Assert.Equal(
            "POST /x HTTP/1.1\r\nHost: b.example:81\r\nX-Two: 2\r\nContent-Length: 7\r\nConnection: close\r\n\r\n",
            Encoding.Latin1.GetString(head.Render("/x", new EgressDestination("b.example", 81))));
        Assert.Contains(
            "Host: [::1]\r\n", Encoding.Latin1.GetString(head.Render("/", new EgressDestination("::1", 80))),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://a.example/x?y=z", "a.example:80", "/x?y=z")]
    [InlineData("HTTP://A.example:81", "a.example:81", "/")]
    [InlineData("http://a.example?x", "a.example:80", "/?x")]
    [InlineData("http://a.example@evil.test/", null, null)]
    [InlineData("http://evil.test#a.example/", null, null)]
    [InlineData("http://evil.test\\@a.example/", null, null)]
    [InlineData("https://a.example/", null, null)]
    [InlineData("//a.example/", null, null)]
    [InlineData("*", null, null)]
    public void A_proxys_target_names_its_place(string target, string? place, string? path)
    {
        var found = HttpTarget.Absolute(target);
        Assert.Equal((place, path), (found?.Place.ToString(), found?.Path));
    }

    [Theory]
    [InlineData("/", true)]
    [InlineData("/@scope%2fname", true)]
    [InlineData("/a/b?x=../..", true)]
    [InlineData("/a..b/.git", true)]
    [InlineData("/a/../b", false)]
    [InlineData("/a/./b", false)]
    [InlineData("/a/%2e%2E/b", false)]
    [InlineData("/a/..%2fb", false)]
    [InlineData("/a/..%5cb", false)]
    [InlineData("/a/..;x/b", false)]
    [InlineData("/a\\..\\b", false)]
    [InlineData("/a%00", false)]
    [InlineData("a", false)]
    [InlineData("/a#b", false)]
    public void A_path_is_judged_only_where_every_server_settles_it_alike(string path, bool isFine) =>
        Assert.Equal(isFine, HttpTarget.Problem(path) is null);

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("1f", 31L)]
    [InlineData("FFFFFFFF", 4294967295L)]
    [InlineData("", null)]
    [InlineData("-1", null)]
    [InlineData("+1", null)]
    [InlineData(" 1", null)]
    [InlineData("1 ", null)]
    [InlineData("1;a=b", null)]
    [InlineData("0x1", null)]
    [InlineData("fffffffffff", null)]
    public void A_chunk_has_a_plain_size(string line, long? size) =>
        Assert.Equal(size, HttpChunk.SizeOf(Encoding.ASCII.GetBytes(line)));

    /// <summary>A first message as a client builds it.</summary>
    static byte[] Hello(params (ushort Kind, byte[] Content)[] extensions)
    {
        byte[] all = [.. extensions.SelectMany(e => (byte[])[.. Two(e.Kind), .. Two(e.Content.Length), .. e.Content])];
        byte[] body = [3, 3, .. new byte[32], 0, .. Two(2), 0x13, 1, 1, 0, .. Two(all.Length), .. all];
        byte[] message = [1, 0, .. Two(body.Length), .. body];
        return [22, 3, 1, .. Two(message.Length), .. message];
    }

    static byte[] Two(int number)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, checked((ushort)number));
        return bytes;
    }

    static (ushort, byte[]) Name(params string[] names)
    {
        byte[] list = [.. names.SelectMany(n => (byte[])[0, .. Two(n.Length), .. Encoding.Latin1.GetBytes(n)])];
        return (0, [.. Two(list.Length), .. list]);
    }

    [Fact]
    public void The_name_that_tls_asks_for_is_read_however_the_message_is_cut()
    {
        var whole = Hello((43, [2, 3, 4]), Name("A.Example"), (16, new byte[300]));
        Assert.Equal(new ClientHello(HelloKind.Whole, "a.example", false), ClientHello.Read(whole));
        for (var i = 1; i < whole.Length; i++)
            Assert.Equal(HelloKind.Partial, ClientHello.Read(whole.AsSpan(0, i)).Kind);
        // The same message in records of seven bytes.
        var cut = whole[5..].Chunk(7).SelectMany(part => (byte[])[22, 3, 1, .. Two(part.Length), .. part]).ToArray();
        Assert.Equal("a.example", ClientHello.Read(cut).ServerName);
    }

    [Fact]
    public void What_is_absent_hidden_or_said_twice_is_told_apart()
    {
        Assert.Equal(new ClientHello(HelloKind.Whole, null, false), ClientHello.Read(Hello((43, [2, 3, 4]))));
        Assert.True(ClientHello.Read(Hello(Name("a.example"), (0xFE0D, [0, 1]))).Encrypted);
        Assert.Equal(HelloKind.Other, ClientHello.Read(Hello(Name("a.example"), Name("b.example"))).Kind);
        Assert.Equal(HelloKind.Other, ClientHello.Read(Hello(Name("a.example", "b.example"))).Kind);
        Assert.Equal(HelloKind.Other, ClientHello.Read(Hello(Name("a.example\0.b.example"))).Kind);
        Assert.Equal(HelloKind.Other, ClientHello.Read(Hello((0, [0]))).Kind);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1")]
    [InlineData("SSH-2.0-x")]
    [InlineData("\u0016\u0004\u0001\u0000\u0005")]
    [InlineData("\u0016\u0003\u0001\u0000\u0000")]
    [InlineData("\u0016\u0003\u0001\u007f\u00ff")]
    [InlineData("\u0016\u0003\u0001\u0000\u0005\u0002")]
    [InlineData("\u0080\u002e\u0001\u0003\u0001")]
    public void Other_first_bytes_are_no_tls(string bytes) =>
        Assert.Equal(HelloKind.Other, ClientHello.Read(Encoding.Latin1.GetBytes(bytes)).Kind);

    [Fact]
    public void A_first_message_that_never_ends_is_none()
    {
        byte[] record = [22, 3, 1, .. Two(16_384), 1, 0xFF, 0xFF, 0xFF, .. new byte[16_380]];
        byte[] more = [.. record, .. (byte[])[22, 3, 1, .. Two(16_384)], .. new byte[16_384]];
        Assert.Equal(HelloKind.Other, ClientHello.Read(more).Kind);
    }

    [Theory]
    [InlineData("05010001 7f000001 0050", "127.0.0.1:80", 0)]
    [InlineData("05010003 09 612e6578616d706c65 01bb", "a.example:443", 0)]
    [InlineData("05010004 00000000000000000000ffff7f000001 0050", "127.0.0.1:80", 0)]
    [InlineData("05020001 7f000001 0050", null, SocksRequest.NoSuchCommand)]
    [InlineData("05030001 7f000001 0050", null, SocksRequest.NoSuchCommand)]
    [InlineData("05010001 7f000001 0000", null, SocksRequest.NoSuchAddress)]
    [InlineData("05010003 03 612e00 0050", null, SocksRequest.NoSuchAddress)]
    [InlineData("05010003 05 3132372e31 0050", null, SocksRequest.NoSuchAddress)]
    [InlineData("04010001 7f000001 0050", null, SocksRequest.Refused)]
    public void A_socks_request_names_its_place(string hex, string? place, byte reply)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(bytes.Length, SocksRequest.Length(bytes));
        var read = SocksRequest.Read(bytes);
        Assert.Equal((place, reply), (read.Place?.ToString(), read.Reply));
    }
}

using System.Globalization;
using System.Text;
using Writ.Egress;
using Writ.Server.Egress;
using Writ.Server.Tests.Running;

namespace Writ.Server.Tests.Egress;

/// <summary>What real programs get through the way out of a real sandbox, and what they do not.</summary>
public sealed class ProxyTests(RunningFixture fixture) : IClassFixture<RunningFixture>
{
    static byte[] Hello => "hello\n"u8.ToArray();

    static EgressGrant To(string host, int port) => new(host, port, Private: true);

    static string At(int port, string text) =>
        text.Replace("PORT", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    Task<Finished> Run(
        string script, GrantDesk desk, INameResolver? names = null, EgressLimits? limits = null) =>
        EgressStage.Run(fixture, script, desk, names, limits);

    [Theory]
    [InlineData("curl -sS http://site.test:PORT/a/b?secret=1", EgressVia.Http)]
    [InlineData("curl -sS --proxytunnel http://site.test:PORT/a/b?secret=1", EgressVia.Tunnel)]
    [InlineData("curl -sS -x socks5h://127.0.0.1:8118 http://site.test:PORT/a/b?secret=1", EgressVia.Socks)]
    public async Task Http_goes_through_each_way_and_its_path_is_seen(string command, EgressVia via)
    {
        await using var server = LocalServer.Http(_ => Hello);
        var desk = new GrantDesk([To("site.test", server.Port)]);
        var ended = await Run(At(server.Port, command), desk);
        Assert.Equal(("hello\n", ""), (ended.Output, ended.Error));
        var head = Assert.Single(server.Heads);
        Assert.StartsWith(
            At(server.Port, "GET /a/b?secret=1 HTTP/1.1\r\nHost: site.test:PORT\r\n"), head, StringComparison.Ordinal);
        Assert.EndsWith("Connection: close\r\n\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Proxy-", head, StringComparison.OrdinalIgnoreCase);
        var record = Assert.Single(desk.Records);
        Assert.Equal(
            (via, "site.test", "GET", "/a/b", "127.0.0.1", EgressEnd.Done, "net.automatic"),
            (record.Via, record.Host, record.Method, record.Path, record.Address, record.End, record.Code));
        Assert.False(record.Encrypted);
        Assert.True(record.BytesSent == head.Length && record.BytesReceived > 6, record.ToString());
    }

    [Theory]
    [InlineData("curl -sSk https://tls.test:PORT/", EgressVia.Tunnel)]
    [InlineData("curl -sSk -x socks5h://127.0.0.1:8118 https://tls.test:PORT/", EgressVia.Socks)]
    public async Task Tls_goes_through_to_the_name_that_was_asked_for(string command, EgressVia via)
    {
        await using var server = LocalServer.Http(_ => Hello, tls: true);
        var desk = new GrantDesk([To("tls.test", server.Port)]);
        var ended = await Run(At(server.Port, command), desk);
        Assert.Equal(("hello\n", ""), (ended.Output, ended.Error));
        Assert.Equal(["tls.test"], server.Names);
        var record = Assert.Single(desk.Records);
        Assert.Equal(
            (via, "tls.test", null, true, EgressEnd.Done),
            (record.Via, record.Host, record.Method, record.Encrypted, record.End));
        Assert.True(record.BytesReceived > 500, record.ToString());
    }

    [Theory]
    [InlineData("curl -sS http://nowhere.test:PORT/", "net.not-granted")]
    [InlineData("curl -sS http://site.test:1/", "net.not-granted")]
    [InlineData("curl -sS http://169.254.169.254/latest/meta-data/", "net.not-granted")]
    [InlineData("curl -sS --noproxy '' http://127.0.0.1:PORT/", "net.not-granted")]
    [InlineData("curl -sS --noproxy '' http://localhost:PORT/", "net.not-granted")]
    public async Task What_no_grant_names_is_refused_and_not_even_looked_up(string command, string code)
    {
        await using var server = LocalServer.Http(_ => Hello);
        var desk = new GrantDesk([To("site.test", server.Port)]);
        var names = new FixedNames();
        var ended = await Run(At(server.Port, command), desk, names);
        Assert.Contains($"[{code}]", ended.Output, StringComparison.Ordinal);
        Assert.Contains($"[{code}]", ended.Error, StringComparison.Ordinal);
        Assert.Equal((0, 0), (server.Connections, names.Asked("nowhere.test")));
        Assert.Equal((EgressEnd.Refused, code), (desk.Records.Single().End, desk.Records.Single().Code));
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("93.184.216.34 127.0.0.1", false)]
    [InlineData("2002:7f00:1::", true)]
    [InlineData("0.0.0.0", true)]
    [InlineData("224.0.0.1", true)]
    [InlineData("169.254.169.254", true)]
    [InlineData("fd00:ec2::254", true)]
    public async Task A_name_that_leads_into_a_network_that_is_not_granted_is_refused(string addresses, bool granted)
    {
        await using var server = LocalServer.Http(_ => Hello);
        var desk = new GrantDesk([new EgressGrant("evil.test", server.Port, Private: granted)]);
        var ended = await Run(
            At(server.Port, "curl -sS http://evil.test:PORT/"), desk, new FixedNames(("evil.test", [addresses])));
        Assert.Contains("[net.address-refused]", ended.Output, StringComparison.Ordinal);
        Assert.Equal(0, server.Connections);
        var record = Assert.Single(desk.Records);
        Assert.Equal(("net.address-refused", EgressEnd.Refused), (record.Code, record.End));
        Assert.NotNull(record.Address);
    }

    [Fact]
    public async Task A_name_that_changes_is_looked_up_once_and_what_was_checked_is_dialled()
    {
        await using var server = LocalServer.Http(_ => Hello);
        var desk = new GrantDesk([new EgressGrant("evil.test", server.Port)]);
        // Where it was looked up a second time for dialling, this would reach the server.
        var names = new FixedNames(("evil.test", ["192.0.2.1", "127.0.0.1"]));
        await Run(At(server.Port, "curl -sS http://evil.test:PORT/"), desk, names);
        Assert.Equal((1, 0), (names.Asked("evil.test"), server.Connections));
        var granted = new GrantDesk([To("evil.test", server.Port)]);
        names = new FixedNames(("evil.test", ["127.0.0.1", "10.9.9.9"]));
        var ended = await Run(At(server.Port, "curl -sS http://evil.test:PORT/"), granted, names);
        Assert.Equal(("hello\n", 1), (ended.Output, names.Asked("evil.test")));
        Assert.Equal("127.0.0.1", Assert.Single(granted.Records).Address);
    }

    [Theory]
    [InlineData("-servername other.test", "net.sni-mismatch")]
    [InlineData("-servername tls.test.other.test", "net.sni-mismatch")]
    [InlineData("-noservername", "net.sni-absent")]
    public async Task Tls_for_another_name_than_the_tunnels_is_refused(string option, string code)
    {
        await using var server = LocalServer.Http(_ => Hello, tls: true);
        var desk = new GrantDesk([To("tls.test", server.Port)]);
        var ended = await Run(At(
            server.Port, $"openssl s_client -proxy 127.0.0.1:8118 -connect tls.test:PORT {option} </dev/null 2>&1"),
            desk);
        Assert.Contains("alert access denied", ended.Output, StringComparison.Ordinal);
        Assert.Contains($"[{code}]", ended.Error, StringComparison.Ordinal);
        Assert.Empty(server.Names);
        Assert.Equal((code, EgressEnd.Refused, 0L), desk.Records.Select(r => (r.Code, r.End, r.BytesSent)).Single());
    }

    [Theory]
    [InlineData("GET http://site.test:PORT/ HTTP/1.1\\r\\nHost: other.test\\r\\n\\r\\n", "net.host-mismatch")]
    [InlineData("GET http://site.test:PORT/ HTTP/1.1\\r\\nHost: site.test\\r\\n\\r\\n", "net.host-mismatch")]
    [InlineData("GET http://site.test:PORT/ HTTP/1.1\\r\\n\\r\\n", "net.ambiguous")]
    [InlineData("GET http://x@site.test:PORT/ HTTP/1.1\\r\\nHost: site.test:PORT\\r\\n\\r\\n", "net.bad-request")]
    [InlineData("GET /a HTTP/1.1\\r\\nHost: site.test:PORT\\r\\n\\r\\n", "net.bad-request")]
    [InlineData("GET https://site.test:PORT/ HTTP/1.1\\r\\nHost: site.test:PORT\\r\\n\\r\\n", "net.bad-request")]
    [InlineData("GET http://site.test:PORT/a/../b HTTP/1.1\\r\\nHost: site.test:PORT\\r\\n\\r\\n", "net.ambiguous")]
    [InlineData("POST http://site.test:PORT/ HTTP/1.1\\r\\nHost: site.test:PORT\\r\\nContent-Length: 3\\r\\n"
        + "Transfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n", "net.ambiguous")]
    [InlineData("POST http://site.test:PORT/ HTTP/1.1\\r\\nHost: site.test:PORT\\r\\nContent-Length: 3\\r\\n"
        + "Content-Length: 4\\r\\n\\r\\nabcd", "net.ambiguous")]
    [InlineData("GET http://site.test:PORT/ HTTP/1.1\\r\\nHost: site.test:PORT\\r\\nX: a\\r\\n b\\r\\n\\r\\n",
        "net.ambiguous")]
    [InlineData("GET http://site.test:PORT/ HTTP/1.1\\r\\nHost : site.test:PORT\\r\\n\\r\\n", "net.ambiguous")]
    [InlineData("GET http://site.test:PORT/ HTTP/1.1\\r\\nHost: site.test:PORT\\nX: y\\r\\n\\r\\n", "net.ambiguous")]
    [InlineData("CONNECT other.test:PORT HTTP/1.1\\r\\nHost: site.test:PORT\\r\\n\\r\\n", "net.host-mismatch")]
    [InlineData("CONNECT site.test:PORT HTTP/1.1\\r\\nHost: site.test:PORT\\r\\nContent-Length: 9\\r\\n\\r\\n",
        "net.ambiguous")]
    [InlineData("CONNECT site.test HTTP/1.1\\r\\nHost: site.test\\r\\n\\r\\n", "net.bad-request")]
    [InlineData("ssh hello\\r\\n", "net.bad-request")]
    public async Task A_request_that_can_be_read_in_two_ways_reaches_nobody(string request, string code)
    {
        await using var server = LocalServer.Http(_ => Hello);
        var desk = new GrantDesk([To("site.test", server.Port), To("other.test", server.Port)]);
        var ended = await Run(EgressStage.Raw + At(server.Port, $"raw '{request}'"), desk);
        Assert.Contains($"[{code}]", ended.Output, StringComparison.Ordinal);
        Assert.Equal(0, server.Connections);
        Assert.Equal(code, Assert.Single(desk.Records).Code);
    }

    [Fact]
    public async Task A_password_in_a_target_is_in_no_record()
    {
        await using var server = LocalServer.Http(_ => Hello);
        var desk = new GrantDesk([To("site.test", server.Port)]);
        await Run(EgressStage.Raw + At(server.Port, """
            head='Host: site.test:PORT\r\n\r\n'
            raw "CONNECT site.test:PORT HTTP/1.1\r\n${head}GET http://user:secret@site.test:PORT/ HTTP/1.1\r\n$head"
            """), desk);
        var record = Assert.Single(desk.Records);
        Assert.Equal(("net.bad-request", "GET", null), (record.Code, record.Method, record.Path));
        Assert.DoesNotContain("secret", record.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_before_the_content_is_read_ends_the_exchange()
    {
        await using var server = LocalServer.Answering(_ => "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n");
        var desk = new GrantDesk([To("site.test", server.Port)]);
        var ended = await Run(EgressStage.Raw + At(server.Port, """
            raw 'POST http://site.test:PORT/ HTTP/1.1\r\nHost: site.test:PORT\r\nContent-Length: 9\r\n\r\nabc'
            """), desk);
        Assert.EndsWith("hello\n", ended.Output, StringComparison.Ordinal);
        var record = Assert.Single(desk.Records);
        Assert.Equal((EgressEnd.Done, "net.automatic"), (record.End, record.Code));
        Assert.True(record.DurationMs < 5_000, record.ToString());
    }

    [Fact]
    public async Task What_stands_behind_a_request_is_not_passed_on_under_its_verdict()
    {
        await using var server = LocalServer.Http(_ => Hello);
        var desk = new GrantDesk([To("site.test", server.Port)]);
        await Run(EgressStage.Raw + At(server.Port, """
            more='GET /admin HTTP/1.1\r\n\r\n' host='Host: site.test:PORT\r\n'
            chunked='Transfer-Encoding: chunked\r\n\r\n' hop='Connection: x-hop\r\nX-Hop: 1\r\n'
            raw 'POST http://site.test:PORT/a HTTP/1.1\r\n'"$host"'Content-Length: 2\r\n\r\nxy'"$more"
            raw 'POST http://site.test:PORT/b HTTP/1.1\r\n'"$host$chunked"'1;x=y\r\na\r\n0\r\n\r\n'
            raw 'POST http://site.test:PORT/c HTTP/1.1\r\n'"$host$hop$chunked"'1\r\na\r\n0\r\n\r\n'"$more"
            """), desk);
        Assert.All(server.Heads, h => Assert.DoesNotContain("admin", h, StringComparison.Ordinal));
        Assert.All(server.Heads, h => Assert.DoesNotContain("X-Hop", h, StringComparison.OrdinalIgnoreCase));
        // The second is cut while it is sent on: the server may have got its head, or nothing any more.
        Assert.Equal(["/a", "/c"], server.Heads.Select(h => h.Split(' ')[1]).Where(path => path != "/b"));
        Assert.True(server.Heads.Count(h => h.StartsWith("POST /b ", StringComparison.Ordinal)) <= 1);
        // Whatever the server answered to the part that it got.
        var misframed = desk.Records.Single(r => r.Path == "/b");
        Assert.Equal(("net.ambiguous", EgressEnd.Cut), (misframed.Code, misframed.End));
    }

    [Fact]
    public async Task A_rule_refuses_by_method_and_path_and_says_so()
    {
        await using var server = LocalServer.Http(_ => Hello);
        var desk = new GrantDesk(
            [To("site.test", server.Port)],
            attempt => attempt.Method == "DELETE"
                ? EgressVerdict.Refuse("net.blocked", "nothing is deleted there", "no-deletes")
                : null);
        var ended = await Run(At(server.Port, """
            curl -sS -X DELETE http://site.test:PORT/a; curl -sS http://site.test:PORT/a
            curl -sS --proxytunnel -X DELETE http://site.test:PORT/b
            """), desk);
        Assert.Equal(2, ended.Output.Split("[net.blocked]").Length - 1);
        Assert.Contains("hello", ended.Output, StringComparison.Ordinal);
        Assert.Equal(["no-deletes", null, "no-deletes"], desk.Records.OrderBy(r => r.Number).Select(r => r.Rule));
        // A tunnel is open before what goes through it is decided about; nothing of that got there.
        Assert.Equal(["GET"], server.Heads.Where(h => h.Length > 0).Select(h => h[..3]));
    }

    [Fact]
    public async Task A_tunnel_carries_nothing_but_tls_unless_it_is_granted_as_plain()
    {
        await using var server = LocalServer.Raw(async stream =>
        {
            await stream.WriteAsync("SSH-2.0-test\r\n"u8.ToArray());
            var answer = new byte[64];
            var count = await stream.ReadAsync(answer);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"got {count}\r\n"));
        });
        var request = At(server.Port, EgressStage.Raw
            + "raw 'CONNECT site.test:PORT HTTP/1.1\\r\\nHost: site.test:PORT\\r\\n\\r\\n\\x01\\x02\\x03'");
        var strict = new GrantDesk([To("site.test", server.Port)]);
        var ended = await Run(request, strict);
        Assert.Contains("[net.not-tls]", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("got", ended.Output, StringComparison.Ordinal);
        Assert.Equal("net.not-tls", Assert.Single(strict.Records).Code);
        var plain = new GrantDesk([new EgressGrant("site.test", server.Port, Private: true, Plain: true)]);
        ended = await Run(request, plain);
        Assert.Contains("SSH-2.0-test\r\ngot 3\r\n", ended.Output, StringComparison.Ordinal);
        Assert.Equal((EgressEnd.Done, 3L), (plain.Records.Single().End, plain.Records.Single().BytesSent));
    }
}

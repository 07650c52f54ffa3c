using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Writ.Egress;
using Writ.Server.Egress;
using Writ.Server.Hosting;
using Writ.Server.Tests.Running;
using Writ.Testing;

namespace Writ.Server.Tests.Egress;

/// <summary>
/// Places into which the way out looks: real clients in a real sandbox, a TLS server with an authority of its own, and
/// a credential that only the server gets to see.
/// </summary>
public sealed class InterceptionTests(RunningFixture fixture) : IClassFixture<RunningFixture>, IDisposable
{
    const string Secret = "sk-live-7f3a9c2e51d84b06";

    // What a script looks for without having it itself.
    const string Pattern = "sk-liv[e]-7f3a9c2e";

    readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    static string At(int port, string text) =>
        text.Replace("PORT", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    static EgressCredential Bearer { get; } =
        new(null, "api", CredentialForm.Bearer, null, null, ["GET", "POST"], ["/*"]);

    static EgressGrant Site(int port, EgressCredential? credential) =>
        new("site.test", port, Private: true, Intercept: Interception.Always, Credential: credential);

    GrantDesk Desk(
        int port, EgressCredential? credential = null, Func<EgressAttempt, EgressVerdict?>? rule = null,
        params EgressGrant[] others) =>
        new([Site(port, credential ?? Bearer), .. others], rule)
        {
            Held = [new HeldCredential("api", Secret, "sha256:print", _authority.Roots)],
        };

    LocalServer Server(Func<string, string> answer) =>
        LocalServer.Answering(answer, _authority.For("site.test"), drains: true);

    static string Ok(string body, string fields = "") =>
        $"HTTP/1.1 200 OK\r\n{fields}Content-Length: {body.Length}\r\n\r\n{body}";

    Task<Finished> Run(int port, string script, GrantDesk desk) =>
        EgressStage.Run(fixture, At(port, script), desk, limits: new EgressLimits { Roots = _authority.Roots });

    [Theory]
    [InlineData("curl -sS https://site.test:PORT/v1/x")]
    [InlineData("curl -sS -x socks5h://127.0.0.1:8118 https://site.test:PORT/v1/x")]
    [InlineData("python3 -c \"import urllib.request as u; print(u.urlopen('https://site.test:PORT/v1/x').read()"
        + ".decode(), end='')\"")]
    [InlineData("node -e \"const https=require('https'),http=require('http');"
        + "http.request({port:8118,method:'CONNECT',path:'site.test:PORT',headers:{host:'site.test:PORT'}})"
        + ".on('connect',(_,s)=>"
        + "https.get({socket:s,agent:false,servername:'site.test',host:'site.test',port:PORT,path:'/v1/x'},"
        + "r=>r.pipe(process.stdout))).end()\"")]
    [InlineData("openssl s_client -verify_return_error -quiet -proxy 127.0.0.1:8118 -connect site.test:PORT "
        + "-servername site.test 2>/dev/null < <(printf 'GET /v1/x HTTP/1.1\\r\\nHost: site.test:PORT\\r\\n"
        + "Connection: close\\r\\n\\r\\n'; sleep 1) | tail -1")]
    public async Task A_client_uses_a_credential_that_it_never_holds(string command)
    {
        await using var server = Server(_ => Ok("hello\n"));
        var desk = Desk(server.Port);
        var ended = await Run(server.Port, command, desk);
        Assert.True(ended.Output == "hello\n", ended.Output + ended.Error);
        Assert.Contains($"\r\nAuthorization: Bearer {Secret}\r\n", Assert.Single(server.Heads),
            StringComparison.Ordinal);
        var record = Assert.Single(desk.Records);
        Assert.Equal(
            ("GET", "/v1/x", true, true, "api sha256:print", EgressEnd.Done, "net.automatic"),
            (record.Method, record.Path, record.Encrypted, record.Intercepted, record.Credential, record.End,
                record.Code));
    }

    [Fact]
    public async Task Node_takes_the_authority_by_its_variable()
    {
        await using var server = Server(_ => Ok("hello\n"));
        var desk = Desk(server.Port);
        var ended = await Run(server.Port, """
            node -e "
            const tls = require('tls'), net = require('net');
            const s = net.connect(8118, '127.0.0.1', () => s.write('CONNECT site.test:PORT HTTP/1.1\r\nHost: site.test:PORT\r\n\r\n'));
            s.once('data', () => { const t = tls.connect({ socket: s, servername: 'site.test' }, () => {
              console.log(t.authorized);
              t.write('GET / HTTP/1.1\r\nHost: site.test:PORT\r\nConnection: close\r\n\r\n'); }); t.pipe(process.stdout); });
            "
            """, desk);
        Assert.StartsWith("true\n", ended.Output, StringComparison.Ordinal);
        Assert.EndsWith("hello\n", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Git_clones_over_https_with_a_credential_in_the_basic_form()
    {
        var origin = fixture.NewTree();
        using (var make = Process.Start("/usr/bin/bash", ["-c", $"""
            cd {origin} && git init -q -b main a && cd a && echo content >file && git add file &&
            git -c user.name=x -c user.email=x@x commit -qm first && git clone -q --bare . ../a.git &&
            cd ../a.git && git update-server-info
            """]))
            await make.WaitForExitAsync();
        await using var server = LocalServer.Http(path =>
        {
            var file = Path.GetFullPath(origin + path.Split('?')[0]);
            return file.StartsWith(origin, StringComparison.Ordinal) && File.Exists(file) ? File.ReadAllBytes(file)
                : null;
        }, certificate: _authority.For("site.test"));
        var basic = Bearer with { As = CredentialForm.Basic, User = "x-access-token", Paths = ["/a.git/*"] };
        var desk = Desk(server.Port, basic);
        var ended = await Run(server.Port, "git clone -q https://site.test:PORT/a.git b && cat b/file", desk);
        Assert.Equal((0, "content\n"), (ended.Outcome.ExitCode, ended.Output));
        var expected = Convert.ToBase64String(Encoding.ASCII.GetBytes($"x-access-token:{Secret}"));
        Assert.All(server.Heads, h => Assert.Contains(
            $"\r\nAuthorization: Basic {expected}\r\n", h, StringComparison.Ordinal));
        Assert.Contains(desk.Records, r => r.Path == "/a.git/info/refs" && r.Intercepted == true);
    }

    [Fact]
    public async Task Nothing_in_the_sandbox_has_it()
    {
        await using var server = Server(_ => Ok("hello\n"));
        var ended = await Run(server.Port, $$"""
            curl -sS https://site.test:PORT/ && env > e && cat /proc/*/environ /proc/*/cmdline > p 2>/dev/null
            grep -rsaE '{{Pattern}}' e p /run /tmp /etc /home && echo found
            python3 - <<'END'
            import re
            found = 0
            for pid in ['self']:
                for line in open(f'/proc/{pid}/maps'):
                    a, b = [int(x, 16) for x in line.split()[0].split('-')]
                    if ' r' not in ' ' + line.split()[1][0] or '[v' in line: continue
                    try:
                        with open(f'/proc/{pid}/mem', 'rb') as m:
                            m.seek(a); found += len(re.findall(b'sk-liv[e]-7f3a9c2' + b'e51d', m.read(b - a)))
                    except Exception: pass
            print('in memory', found)
            END
            ls -l /run/writ/trust | wc -l; grep -c BEGIN /run/writ/trust/run.pem; grep -rl 'PRIVATE KEY' /run/writ/trust
            test $(grep -c BEGIN /etc/ssl/certs/ca-certificates.crt) -gt 50 && cmp /run/writ/trust/bundle.pem \
                /etc/ssl/certs/ca-certificates.crt && echo covered
            touch /run/writ/trust/run.pem 2>/dev/null || echo fixed
            """, Desk(server.Port));
        Assert.True(ended.Output == "hello\nin memory 0\n3\n1\ncovered\nfixed\n", ended.Output + ended.Error);
    }

    [Fact]
    public async Task Each_request_of_a_connection_is_decided_and_recorded_by_itself()
    {
        await using var server = Server(head => Ok(head.Split(' ')[1] + "\n"));
        var desk = Desk(server.Port, rule: a => a.Path == "/c"
            ? EgressVerdict.Refuse("net.blocked", "not this one", "no-c") : null);
        var ended = await Run(server.Port,
            "curl -sS -w '%{num_connects}\\n' https://site.test:PORT/a -d x https://site.test:PORT/b "
                + "https://site.test:PORT/c https://site.test:PORT/d", desk);
        // The refusal ends the client's connection; what comes after it begins another.
        Assert.Equal(["/a", "1", "/b", "0"], ended.Output.Split('\n')[..4]);
        Assert.EndsWith("/d\n1\n", ended.Output, StringComparison.Ordinal);
        Assert.Equal(
            [("/a", "net.automatic"), ("/b", "net.automatic"), ("/c", "net.blocked"), ("/d", "net.automatic")],
            desk.Records.OrderBy(r => r.Number).Select(r => (r.Path, r.Code)));
        Assert.Equal(3, server.Heads.Count);
        Assert.All(server.Heads, h => Assert.EndsWith("Connection: close\r\n\r\n", h, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_request_says_of_its_sender_gives_way_or_refuses_it()
    {
        await using var server = Server(_ => Ok("hello\n"));
        const string claims = "-H 'Authorization: Bearer mine' -H 'AUTHORIZATION: x-mine' -H 'X_Api_Key: mine' -b "
            + "c=mine "
            + "-H 'Connection: authorization' -H 'Accept-Encoding: gzip' -H 'X-Other: kept'";
        var desk = Desk(server.Port);
        await Run(server.Port, $"curl -sS {claims} https://site.test:PORT/", desk);
        var head = Assert.Single(server.Heads);
        Assert.DoesNotContain("mine", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nAuthorization: Bearer {Secret}\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Other: kept\r\n", head, StringComparison.Ordinal);
        Assert.Equal(2, head.Split("uthorization:").Length);
        Assert.Contains("\r\nAccept-Encoding: identity\r\n", head, StringComparison.Ordinal);

        desk = Desk(server.Port, Bearer with { Own = OwnCredential.Refuse });
        var ended = await Run(server.Port,
            "curl -sS -H 'X_API_KEY: mine' https://site.test:PORT/; curl -sS https://site.test:PORT/", desk);
        Assert.Contains("[net.own-credential]", ended.Output, StringComparison.Ordinal);
        Assert.EndsWith("hello\n", ended.Output, StringComparison.Ordinal);
        Assert.Equal(2, server.Heads.Count);
    }

    [Fact]
    public async Task Without_a_credential_a_request_is_seen_and_left_as_it_is()
    {
        await using var server = Server(_ => Ok("hello\n", "Set-Cookie: a=b\r\n"));
        var desk = new GrantDesk([new EgressGrant(
            "site.test", server.Port, Private: true, Intercept: Interception.Always)]);
        var ended = await Run(
            server.Port, "curl -sSi -H 'Authorization: Bearer mine' https://site.test:PORT/p?q=1", desk);
        Assert.Contains("Set-Cookie: a=b", ended.Output, StringComparison.Ordinal);
        Assert.Contains("\r\nAuthorization: Bearer mine\r\n", Assert.Single(server.Heads), StringComparison.Ordinal);
        var record = Assert.Single(desk.Records);
        Assert.Equal(("/p", true, null), (record.Path, record.Intercepted, record.Credential));
    }

    [Fact]
    public async Task It_goes_nowhere_else_whatever_the_server_answers()
    {
        LocalServer? there = null;
        await using var server = there = Server(head => head.Contains("Host: other", StringComparison.Ordinal)
            ? Ok("elsewhere\n")
            : $"HTTP/1.1 302 Found\r\nLocation: http://other.test:{there!.Port}/\r\nSet-Cookie: s={Secret}\r\n"
                + "Content-Length: 0\r\n\r\n");
        await using var other = LocalServer.Answering(_ => Ok("elsewhere\n"));
        await using var redirecting = Server(_ =>
            $"HTTP/1.1 307 On\r\nLocation: http://other.test:{other.Port}/x\r\nSet-Cookie: s={Secret}\r\n"
                + "Content-Length: 0\r\n\r\n");
        var desk = Desk(redirecting.Port, null, null, new EgressGrant("other.test", other.Port, Private: true));
        var ended = await Run(redirecting.Port,
            "curl -sSL --location-trusted -c jar -b jar https://site.test:PORT/; cat jar", desk);
        Assert.StartsWith("elsewhere\n", ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, ended.Output + Assert.Single(other.Heads), StringComparison.Ordinal);
        Assert.DoesNotContain("Cookie", other.Heads.Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("Authorization", other.Heads.Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("length")]
    [InlineData("chunked")]
    [InlineData("close")]
    public async Task A_server_that_says_it_again_is_masked(string how)
    {
        var base64 = Convert.ToBase64String(Encoding.ASCII.GetBytes(Secret));
        var body = $"plain {Secret} and base64 {base64} and Bearer {Secret}, done\n";
        var content = how switch
        {
            "length" => $"Content-Length: {body.Length}\r\n\r\n{body}",
            "chunked" => "Transfer-Encoding: chunked\r\n\r\n"
                + string.Concat(body.Chunk(7).Select(c => $"{c.Length:x}\r\n{new string(c)}\r\n")) + "0\r\nX-T: "
                + $"{Secret}\r\n\r\n",
            _ => $"\r\n{body}",
        };
        await using var server = Server(_ => $"HTTP/1.1 200 {Secret}\r\nX-Echo: a {Secret} b\r\n{content}");
        var desk = Desk(server.Port);
        var ended = await Run(server.Port, "curl -sSi https://site.test:PORT/", desk);
        Assert.DoesNotContain(Secret, ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(base64[4..^4], ended.Output, StringComparison.Ordinal);
        Assert.Contains("X-Echo: a [masked] b", ended.Output, StringComparison.Ordinal);
        Assert.Contains($"plain {new string('*', Secret.Length)} and", ended.Output, StringComparison.Ordinal);
        Assert.EndsWith(", done\n", ended.Output, StringComparison.Ordinal);
        Assert.Equal(EgressEnd.Done, desk.Records.Single().End);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\\r\\nHost: other.test\\r\\n\\r\\n", "net.host-mismatch")]
    [InlineData("GET / HTTP/1.1\\r\\nHost: site.test\\r\\n\\r\\n", "net.host-mismatch")]
    [InlineData("GET https://other.test/ HTTP/1.1\\r\\nHost: site.test:PORT\\r\\n\\r\\n", "net.bad-request")]
    [InlineData("CONNECT other.test:443 HTTP/1.1\\r\\nHost: site.test:PORT\\r\\n\\r\\n", "net.bad-request")]
    [InlineData("TRACE / HTTP/1.1\\r\\nHost: site.test:PORT\\r\\n\\r\\n", "net.bad-request")]
    [InlineData("GET / HTTP/1.0\\r\\nHost: site.test:PORT\\r\\n\\r\\n", "net.bad-request")]
    [InlineData("PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n", "net.bad-request")]
    [InlineData("GET /a/../b HTTP/1.1\\r\\nHost: site.test:PORT\\r\\n\\r\\n", "net.ambiguous")]
    [InlineData("GET /%%61dmin HTTP/1.1\\r\\nHost: site.test:PORT\\r\\n\\r\\n", "net.ambiguous")]
    [InlineData("GET /%%252e%%252e/ HTTP/1.1\\r\\nHost: site.test:PORT\\r\\n\\r\\n", "net.ambiguous")]
    [InlineData("GET / HTTP/1.1\\r\\nHost: site.test:PORT\\r\\nX-HTTP-Method-Override: DELETE\\r\\n\\r\\n",
        "net.ambiguous")]
    [InlineData("GET / HTTP/1.1\\r\\nHost: site.test:PORT\\r\\nX_Original_URL: /admin\\r\\n\\r\\n", "net.ambiguous")]
    [InlineData("POST / HTTP/1.1\\r\\nHost: site.test:PORT\\r\\nContent-Length: 4\\r\\nTransfer-Encoding: "
        + "chunked\\r\\n\\r\\n0\\r\\n\\r\\n",
        "net.ambiguous")]
    [InlineData("POST / HTTP/1.1\\r\\nHost: site.test:PORT\\r\\nContent-Length: 4\\r\\nContent-Length: "
        + "5\\r\\n\\r\\nabcd", "net.ambiguous")]
    [InlineData("POST / HTTP/1.1\\r\\nHost: site.test:PORT\\r\\nTransfer-Encoding: chunked, "
        + "identity\\r\\n\\r\\n0\\r\\n\\r\\n", "net.ambiguous")]
    [InlineData("GET / HTTP/1.1\\r\\nHost: site.test:PORT\\r\\nContent-Length: 4\\r\\n\\r\\nabcd", "net.ambiguous")]
    [InlineData("GET / HTTP/1.1\\r\\nHost: site.test:PORT\\r\\n X: y\\r\\n\\r\\n", "net.ambiguous")]
    [InlineData("GET / HTTP/1.1\\r\\nHost: site.test:PORT\\r\\nX: y\\n\\r\\n\\r\\n", "net.ambiguous")]
    [InlineData("GET / HTTP/1.1\\r\\nHost: site.test:PORT\\r\\nHost: other.test\\r\\n\\r\\n", "net.ambiguous")]
    public async Task What_could_be_read_otherwise_reaches_nobody(string request, string code)
    {
        await using var server = Server(_ => Ok("hello\n"));
        var desk = Desk(server.Port);
        var ended = await Run(server.Port,
            $"(printf '{request}'; sleep 1) | timeout 30 openssl s_client -quiet -proxy 127.0.0.1:8118 -connect "
                + "site.test:PORT -servername site.test 2>/dev/null", desk);
        Assert.Contains($"[{code}]", ended.Output, StringComparison.Ordinal);
        Assert.Equal(0, server.Connections);
        Assert.Equal((EgressEnd.Refused, code), desk.Records.Select(r => (r.End, r.Code)).First());
    }

    [Theory]
    [InlineData("-servername other.test", "net.sni-mismatch")]
    [InlineData("-noservername", "net.sni-absent")]
    [InlineData("-servername site.test -alpn h2", "net.intercept-refused")]
    public async Task Tls_that_is_for_another_or_speaks_something_else_is_refused(string option, string code)
    {
        await using var server = Server(_ => Ok("hello\n"));
        var desk = Desk(server.Port);
        var ended = await Run(server.Port,
            $"openssl s_client -proxy 127.0.0.1:8118 -connect site.test:PORT {option} </dev/null 2>&1", desk);
        Assert.Contains("alert", ended.Output, StringComparison.Ordinal);
        Assert.Equal((0, code), (server.Connections, Assert.Single(desk.Records).Code));
    }

    [Fact]
    public async Task A_client_that_believes_somebody_else_is_refused_and_one_that_asks_for_two_protocols_is_not()
    {
        await using var server = Server(_ => Ok("hello\n"));
        var desk = Desk(server.Port);
        var ended = await Run(server.Port,
            "curl -sS --http2 https://site.test:PORT/; unset SSL_CERT_FILE CURL_CA_BUNDLE; "
                + "curl -sS --cacert /etc/ssl/openssl.cnf https://site.test:PORT/", desk);
        Assert.StartsWith("hello\n", ended.Output, StringComparison.Ordinal);
        Assert.Equal(
            ["net.automatic", "net.intercept-refused"], desk.Records.OrderBy(r => r.Number).Select(r => r.Code));
        Assert.Single(server.Heads);
    }

    [Theory]
    [InlineData("other.test", false)]
    [InlineData("site.test", true)]
    public async Task A_server_that_cannot_show_who_it_is_gets_nothing(string name, bool expired)
    {
        await using var server = LocalServer.Answering(_ => Ok("hello\n"), _authority.For(name, expired));
        var desk = Desk(server.Port);
        var ended = await Run(server.Port, "curl -sS https://site.test:PORT/", desk);
        Assert.Contains("[net.bad-certificate]", ended.Output, StringComparison.Ordinal);
        Assert.All(server.Heads, head => Assert.Equal("", head));
        Assert.Equal((EgressEnd.Failed, null), desk.Records.Select(r => (r.End, r.Credential)).Single());
    }

    [Fact]
    public async Task A_server_of_a_stranger_s_authority_gets_nothing()
    {
        using var strangers = new TestAuthority();
        await using var server = LocalServer.Answering(_ => Ok("hello\n"), strangers.For("site.test"));
        var ended = await Run(server.Port, "curl -sS https://site.test:PORT/", Desk(server.Port));
        Assert.Contains("[net.bad-certificate]", ended.Output, StringComparison.Ordinal);
        Assert.All(server.Heads, head => Assert.Equal("", head));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX: a\n b\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n")]
    [InlineData("HTTP/2 200\r\n\r\n")]
    [InlineData("SSH-2.0-x\r\n")]
    public async Task An_answer_that_could_be_read_otherwise_is_none(string answer)
    {
        await using var server = Server(_ => answer);
        var desk = Desk(server.Port);
        var ended = await Run(server.Port, "curl -sS https://site.test:PORT/", desk);
        Assert.Contains("[net.bad-answer]", ended.Output, StringComparison.Ordinal);
        Assert.Equal((EgressEnd.Failed, "net.bad-answer"), desk.Records.Select(r => (r.End, r.Code)).Single());
    }

    [Fact]
    public async Task Without_its_secret_nothing_goes_out_and_without_tls_only_where_that_is_said()
    {
        await using var plain = LocalServer.Answering(_ => Ok("hello\n"));
        var credential = Bearer with { Cleartext = true };
        var desk = Desk(plain.Port, credential);
        var ended = await Run(plain.Port,
            "curl -sS http://site.test:PORT/; curl -sS --proxytunnel http://site.test:PORT/", desk);
        Assert.Equal("hello\nhello\n", ended.Output);
        Assert.All(plain.Heads, h => Assert.Contains(Secret, h, StringComparison.Ordinal));
        Assert.All(desk.Records, r => Assert.Equal((false, null), (r.Encrypted, r.Intercepted)));
        var without = new GrantDesk([Site(plain.Port, credential)]);
        ended = await Run(plain.Port, "curl -sS http://site.test:PORT/", without);
        Assert.Contains("[net.no-credential]", ended.Output, StringComparison.Ordinal);
        Assert.Equal(2, plain.Connections);
    }

    [Fact]
    public async Task A_process_outside_that_finds_the_socket_gets_nothing_through_it()
    {
        await using var server = LocalServer.Answering(_ => Ok("hello\n"));
        var desk = Desk(server.Port, Bearer with { Cleartext = true });
        var tree = fixture.NewTree();
        var running = EgressStage.Run(
            fixture, At(server.Port, "while ! test -e go; do sleep 0.05; done; curl -sS http://site.test:PORT/"), desk,
                tree: tree);
        string? path = null;
        for (var i = 0; i < 600 && path is null; i++)
        {
            await Task.Delay(50);
            path = Directory.EnumerateFileSystemEntries(fixture.Root, "egress", SearchOption.AllDirectories)
                .FirstOrDefault(found => !found.StartsWith(tree, StringComparison.Ordinal)
                    // The name is there a moment before anybody listens.
                    && AgentSocket.IsAnswered(found));
        }
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path!));
        var got = 0;
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(
                At(server.Port, "GET http://site.test:PORT/ HTTP/1.1\r\nHost: site.test:PORT\r\n\r\n")));
            got = await socket.ReceiveAsync(new byte[64]);
        }
        catch (SocketException)
        {
            // Closed before it was sent, or on what had not been read.
        }
        Assert.Equal((0, 0), (got, server.Connections));
        await File.WriteAllTextAsync(Path.Combine(tree, "go"), "");
        Assert.Equal("hello\n", (await running).Output);
        Assert.Single(desk.Records);
    }

    [Fact]
    public async Task Content_goes_up_and_down_whole()
    {
        await using var server = LocalServer.Http(
            path => path == "/big" ? new byte[3_000_000] : Encoding.ASCII.GetBytes("got\n"),
            certificate: _authority.For("site.test"));
        var desk = Desk(server.Port);
        var ended = await Run(server.Port, """
            head -c 2000000 /dev/zero > z
            curl -sS --data-binary @z https://site.test:PORT/a
            curl -sS https://site.test:PORT/big | wc -c
            """, desk);
        Assert.True(ended.Output == "got\n3000000\n", ended.Output + ended.Error);
        Assert.True(desk.Records.Max(r => r.BytesSent) > 2_000_000);
    }

    [Fact]
    public void An_authority_speaks_for_its_hosts_and_for_nobody_else()
    {
        using var authority = new RunAuthority(
            "run-1", ["site.test", "*.wide.test", "127.0.0.1"], TimeProvider.System.GetUtcNow());
        var folder = fixture.NewTree();
        File.WriteAllText(Path.Combine(folder, "ca.pem"), authority.Pem);
        Assert.Equal(
            [true, true, true, false, false, false, false],
            new[] { "site.test", "a.wide.test", "127.0.0.1", "other.test", "test", "127.0.0.2", "::1" }.Select(
                Verifies));

        bool Verifies(string host)
        {
            File.WriteAllText(Path.Combine(folder, "leaf.pem"), authority.For(host)
                .TargetCertificate.ExportCertificatePem());
            using var verify = Process.Start(new ProcessStartInfo("openssl",
                ["verify", "-x509_strict", "-purpose", "sslserver", "-no-CApath", "-CAfile", "ca.pem", "leaf.pem"])
            { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
            verify.WaitForExit();
            return verify.ExitCode == 0;
        }
    }
}

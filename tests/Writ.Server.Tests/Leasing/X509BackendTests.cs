using System.Text;
using Writ.Leases;
using Writ.Linux;
using Writ.Server.Leasing;
using Writ.Server.Storage;
using Writ.Server.Tests.Sequencer;
using Writ.Testing;
using Writ.Wire;

namespace Writ.Server.Tests.Leasing;

/// <summary>Client certificates, by OpenSSL and by a PostgreSQL that knows its clients by nothing else.</summary>
[Slow]
public sealed class X509BackendTests : IDisposable
{
    const string Account = "w_0123456789abcdefghjkm";
    const string Other = "w_0123456789abcdefghjkn";
    const string OpenSsl = "/usr/bin/openssl";
    static readonly CancellationToken _none = CancellationToken.None;

    readonly string _root = Directory.CreateTempSubdirectory("writ-x509-").FullName;
    readonly DataDirectory _data;
    readonly AuthorityView _authority;

    public X509BackendTests()
    {
        if (!File.Exists(OpenSsl))
            SharedData.Unavailable("openssl is not installed");
        _data = DataDirectory.Create(Path.Combine(_root, "data"));
        _authority = new Authorities(_data, TimeProvider.System).Make("clients", AuthorityKind.X509);
        File.WriteAllText(Authority, _authority.Text);
    }

    string Authority => Path.Combine(_root, "authority.pem");

    string List => Path.Combine(_root, "list.pem");

    static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    static DateTimeOffset Soon => Now.AddMinutes(5);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task OpenSSL_believes_a_certificate_as_a_client_s_until_it_is_on_the_list()
    {
        var backend = Backend();
        var folder = Keep(await backend.Issue(Account, Soon, _none));
        await backend.Issue(Other, Soon, _none);
        Assert.Equal(0, (await Verify(folder, "sslclient")).Exit);
        Assert.NotEqual(0, (await Verify(folder, "sslserver")).Exit);
        var text = (await Ssl("x509", "-in", $"{folder}/certificate", "-noout", "-text")).Out;
        foreach (var said in (string[])
            [
                "Subject: O = Orders, CN = orders_app", "DNS:client.test, URI:urn:writ:orders, email:ops@orders.test",
                "TLS Web Client Authentication", "CA:FALSE", "Digital Signature",
            ])
            Assert.Contains(said, text, StringComparison.Ordinal);
        var list = await Ssl("crl", "-in", List, "-CAfile", Authority, "-noout", "-text");
        Assert.Contains("verify OK", list.Error, StringComparison.Ordinal);
        Assert.Contains("No Revoked Certificates", list.Out, StringComparison.Ordinal);
        var first = await Number();

        Assert.Equal(0, await backend.Revoke(Account, _none));
        var refused = await Verify(folder, "sslclient");
        Assert.NotEqual(0, refused.Exit);
        Assert.Contains("certificate revoked", refused.Error, StringComparison.Ordinal);
        list = await Ssl("crl", "-in", List, "-CAfile", Authority, "-noout", "-text");
        Assert.Contains("verify OK", list.Error, StringComparison.Ordinal);
        Assert.Equal(2, list.Out.Split("Serial Number: ").Length);
        Assert.True(await Number() > first);
        Assert.Equal([Other], await backend.Enumerate("w_", _none));

        async Task<ulong> Number() => Convert.ToUInt64(
            (await Ssl("crl", "-in", List, "-noout", "-crlnumber")).Out.Trim().Split("=0x")[^1], 16);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_of_OpenSSL_asks_for_it(bool isRevoked)
    {
        var backend = Backend();
        var folder = Keep(await backend.Issue(Account, Soon, _none));
        if (isRevoked)
            await backend.Revoke(Account, _none);
        await Ssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
            "/CN=localhost", "-days", "1", "-keyout", $"{_root}/s.key", "-out", $"{_root}/s.crt");
        var server = WritCommand.Start(OpenSsl,
            ["s_server", "-accept", "127.0.0.1:0", "-cert", $"{_root}/s.crt", "-key", $"{_root}/s.key",
                "-Verify", "1", "-verify_return_error", "-CAfile", Authority, "-CRL", List, "-crl_check",
                "-naccept", "1", "-rev"],
            "/");
        var line = "";
        while (!line.StartsWith("ACCEPT", StringComparison.Ordinal))
            line = await server.StandardOutput.ReadLineAsync(_none).AsTask().WaitAsync(AgentWorld.Patience)
                ?? throw new IOException(await server.StandardError.ReadToEndAsync(_none));
        var client = WritCommand.Start(OpenSsl,
            ["s_client", "-connect", $"127.0.0.1:{line.Split(':')[^1]}", "-cert", $"{folder}/certificate",
                "-key", $"{folder}/key", "-quiet", "-no_ign_eof"],
            "/");
        try
        {
            await client.StandardInput.WriteLineAsync("olleh");
            await client.StandardInput.FlushAsync(_none);
        }
        catch (IOException)
        {
            // It has been put out already.
        }
        // Its input stays open until the server has answered, or it has been put out.
        var answer = await client.StandardOutput.ReadLineAsync(_none).AsTask().WaitAsync(AgentWorld.Patience);
        await WritCommand.Finish(client);
        var seen = await WritCommand.Finish(server);
        Assert.Equal(isRevoked ? null : "hello", answer);
        Assert.Equal(isRevoked, (seen.Out + seen.Error).Contains("revoked", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_database_lets_it_in_and_then_no_more_while_who_is_in_stays()
    {
        var hash = (await Ssl("x509", "-in", Authority, "-noout", "-hash")).Out.Trim();
        await using var server = await TlsPostgres.Start(_authority.Text, hash);
        var place = Place with { CommonName = null, RevocationList = server.List };
        Assert.Equal(RevocationClass.NewLoginsOnly, place.Class);
        var backend = Backend(place);
        var folder = Keep(await backend.Issue(Account, Soon, _none));
        var ended = await WritCommand.Finish(server.Client(folder, "-c", "SELECT current_user"));
        Assert.True(ended.Exit == 0, ended.Error);
        Assert.Equal(TlsPostgres.User, ended.Out.Trim());

        var live = server.Client(folder);
        await live.StandardInput.WriteLineAsync("SELECT 'in';");
        await live.StandardInput.FlushAsync();
        Assert.Equal("in", await live.StandardOutput.ReadLineAsync());
        await backend.Revoke(Account, _none);
        var refused = await WritCommand.Finish(server.Client(folder, "-c", "SELECT 1"));
        Assert.NotEqual(0, refused.Exit);
        Assert.Contains("revoked", refused.Error, StringComparison.Ordinal);
        // What the class says, and what approvers read: only new logins.
        await live.StandardInput.WriteLineAsync("SELECT 'still in';");
        await live.StandardInput.FlushAsync();
        Assert.Equal("still in", await live.StandardOutput.ReadLineAsync());
        await WritCommand.Finish(live);

        // A new one is let in: it was this one that was taken back.
        Assert.Equal(0, (await WritCommand.Finish(server.Client(
            Keep(await backend.Issue(Other, Soon, _none)), "-c", "SELECT 1"))).Exit);
    }

    [Fact]
    public async Task A_renewed_one_is_another_and_both_are_taken_back()
    {
        var backend = Backend();
        var (one, two) = (
            Keep(await backend.Issue(Account, Soon, _none)),
            Keep((await backend.Renew(Account, Soon.AddMinutes(5), _none))!));
        Assert.NotEqual(File.ReadAllText($"{one}/key"), File.ReadAllText($"{two}/key"));
        foreach (var folder in (string[])[one, two])
            Assert.Equal(0, (await Verify(folder, "sslclient")).Exit);
        await backend.Revoke(Account, _none);
        foreach (var folder in (string[])[one, two])
            Assert.NotEqual(0, (await Verify(folder, "sslclient")).Exit);
        await Assert.ThrowsAsync<BackendFaultException>(() => backend.Renew(Account, Soon, _none));
        // Gone already is a success, and what was never heard of as well.
        Assert.Equal(0, await backend.Revoke(Account, _none));
        Assert.Equal(0, await backend.Revoke(Other, _none));
    }

    [Theory]
    [InlineData("down", "lease.backend-down")]
    [InlineData("no permission", "lease.backend-denied")]
    [InlineData("no authority", "lease.no-authority")]
    [InlineData("open authority", "lease.no-admin")]
    [InlineData("broken authority", "lease.no-admin")]
    [InlineData("no certificate", "lease.no-admin")]
    [InlineData("broken book", "lease.no-admin")]
    public async Task What_goes_wrong_has_a_code_and_gives_nothing_out(string what, string code)
    {
        var key = Path.Combine(_data.KeysPath, "authorities", "clients.x509");
        var place = Place;
        switch (what)
        {
            case "down":
                place = place with { RevocationList = "/nonexistent/list.pem" };
                break;
            case "no permission":
                // Nobody may write there, root included.
                place = place with { RevocationList = "/proc/self/list.pem" };
                break;
            case "no authority":
                File.Delete(key);
                break;
            case "open authority":
                Files.SetMode(key, 0x1A4);
                break;
            case "broken authority":
                File.WriteAllText(key, "nonsense");
                break;
            case "no certificate":
                File.WriteAllText(key + ".certificate", "nonsense");
                break;
            case "broken book":
                File.WriteAllText(key + ".issued", "nonsense\n");
                Files.SetMode(key + ".issued", 0x180);
                break;
        }
        var fault = await Assert.ThrowsAsync<BackendFaultException>(
            () => Backend(place).Issue(Account, Soon, _none));
        Assert.True(fault.Code == code || (what == "no permission" && fault.Code == "lease.backend-down"),
            $"{fault.Code}: {fault.Message}");
        Assert.DoesNotContain("PRIVATE KEY", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_is_written_anew_before_it_is_too_old()
    {
        var time = new ManualTime(Now);
        var backend = Backend(time: time);
        await backend.Issue(Account, Soon, _none);
        var before = (await Ssl("crl", "-in", List, "-noout", "-nextupdate")).Out;
        time.Move(TimeSpan.FromMinutes(5));
        await backend.Enumerate("w_", _none);
        Assert.NotEqual(before, (await Ssl("crl", "-in", List, "-noout", "-nextupdate")).Out);
        // The daemon's clock is a little ahead: what it signs and lists is good at once.
        var ahead = Backend(time: new ManualTime(Now.AddSeconds(50)));
        Assert.Equal(0, (await Verify(Keep(await ahead.Issue(Other, Soon, _none)), "sslclient")).Exit);
    }

    [Fact]
    public async Task Without_a_list_it_ends_with_its_time_and_says_so()
    {
        var place = Place with { RevocationList = null };
        Assert.Equal(RevocationClass.ExpiryOnly, place.Class);
        var backend = Backend(place);
        var folder = Keep(await backend.Issue(Account, Now.AddSeconds(1), _none));
        await backend.Revoke(Account, _none);
        Assert.False(File.Exists(List));
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        var late = await Ssl("verify", "-CAfile", Authority, $"{folder}/certificate");
        Assert.Contains("expired", late.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_at_once_leave_the_newest_list()
    {
        var backend = Backend();
        var accounts = Enumerable.Range(10, 30).Select(i => $"w_0123456789abcdefghj{i}").ToArray();
        foreach (var account in accounts)
            await backend.Issue(account, Soon, _none);
        await Task.WhenAll(accounts.Select(a => Task.Run(() => Backend().Revoke(a, _none))));
        var list = await Ssl("crl", "-in", List, "-noout", "-text");
        Assert.Equal(31, list.Out.Split("Serial Number: ").Length);
    }

    // One would else take back what the other has said, and what was no longer good would be good again.
    [Fact]
    public async Task Two_authorities_at_one_list_leave_each_other_s_word()
    {
        new Authorities(_data, TimeProvider.System).Make("others", AuthorityKind.X509);
        var folder = Keep(await Backend().Issue(Account, Soon, _none));
        var good = Keep(await Backend().Issue(Other, Soon, _none));
        await Backend().Revoke(Account, _none);
        await Backend(authority: "others").Issue(Account[..^1] + "x", Soon, _none);
        await Backend(authority: "others").Revoke(Account[..^1] + "x", _none);
        Assert.Contains(
            "certificate revoked", (await Verify(folder, "sslclient")).Error, StringComparison.Ordinal);
        var still = await Verify(good, "sslclient");
        Assert.True(still.Exit == 0, still.Error);
        Assert.Equal(2, File.ReadAllText(List).Split("-----BEGIN X509 CRL-----").Length - 1);
    }

    CredentialBackend.X509 Place => new(
        ["dns:client.test", "uri:urn:writ:orders", "email:ops@orders.test"], [], "orders_app", "Orders", List);

    // One for each process: another daemon would have a book of its own.
    readonly Dictionary<TimeProvider, Authorities> _known = [];

    X509Backend Backend(
        CredentialBackend.X509? place = null, TimeProvider? time = null, string authority = "clients")
    {
        time ??= TimeProvider.System;
        lock (_known)
            if (!_known.ContainsKey(time))
                _known[time] = new Authorities(_data, time);
        return new X509Backend(
            new CredentialProfile("clients", CredentialTier.Write, authority, 60, 600, 4, place ?? Place),
            place ?? Place, _known[time], time);
    }

    string Keep(IssuedCredential issued)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, Guid.CreateVersion7().ToString())).FullName;
        foreach (var file in issued.Files)
        {
            File.WriteAllText(Path.Combine(folder, file.Name), Encoding.ASCII.GetString(file.Content.Span));
            Files.SetMode(Path.Combine(folder, file.Name), 0x180);
        }
        return folder;
    }

    Task<Ended> Verify(string folder, string purpose) => Ssl(
        "verify", "-CAfile", Authority, "-CRLfile", List, "-crl_check", "-purpose", purpose, "-x509_strict",
        $"{folder}/certificate");

    static Task<Ended> Ssl(params string[] words) => WritCommand.Finish(WritCommand.Start(OpenSsl, words, "/"));
}

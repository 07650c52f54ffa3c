using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>People reach the control plane over TLS they can verify, or on loopback, and in no other way.</summary>
public sealed class HttpsTests
{
    [Fact]
    public void People_work_over_TLS_that_their_client_verifies()
    {
        using var client = new Client();
        using var authority = new Authority(client);
        authority.Issue("writd", "127.0.0.1", days: 30);
        client.Environment["SSL_CERT_FILE"] = authority.RootFile;
        var url = $"https://127.0.0.1:{FakeControlPlane.FreePort()}";
        using var realm = OwnRealm.Start(
            client, url, "--cert", client.At("writd.pem"), "--key", client.At("writd.key"));
        var code = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(client.At("founder.json")))!["code"]!;
        Assert.Equal(0, client.Writ("enrol", "alice", "--code", code.GetValue<string>()).Status);
        Assert.Equal(0, client.Writ("login").Status);
        Assert.Equal(0, client.Writ("session", "list").Status);

        // Who does not know the authority, or asks under another name, gets nothing and sends no login.
        client.Environment["SSL_CERT_FILE"] = authority.OtherRootFile;
        MustNotTrust(client.Writ("session", "list"));
        MustNotTrust(client.Writ("login"));
        client.Environment["SSL_CERT_FILE"] = authority.RootFile;
        MustNotTrust(client.Writ("realm", "--url", url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)));
        // Plain HTTP is not spoken on that port.
        var plain = url.Replace("https", "http", StringComparison.Ordinal);
        Assert.NotEqual(0, client.Writ("realm", "--url", plain).Status);
    }

    [Fact]
    public void An_expired_certificate_is_not_trusted()
    {
        using var client = new Client();
        using var authority = new Authority(client);
        authority.Issue("good", "127.0.0.1", days: 30);
        authority.Issue("old", "127.0.0.1", days: -1);
        client.Environment["SSL_CERT_FILE"] = authority.RootFile;
        var url = $"https://127.0.0.1:{FakeControlPlane.FreePort()}";
        using (OwnRealm.Start(client, url, "--cert", client.At("good.pem"), "--key", client.At("good.key")))
        {
        }
        using var daemon = client.Start(
            OwnRealm.Writd(), "serve", "--cert", client.At("old.pem"), "--key", client.At("old.key"));
        try
        {
            // Its first line of diagnostics says that it listens.
            while (daemon.StandardError.ReadLine() is { } line && !line.Contains(url, StringComparison.Ordinal))
            {
            }
            MustNotTrust(client.Writ("realm"));
        }
        finally
        {
            daemon.Kill(entireProcessTree: true);
            daemon.WaitForExit();
        }
    }

    [Theory]
    [InlineData("http://192.0.2.1:7433")]
    [InlineData("http://writ.example.org")]
    [InlineData("http://127.0.0.1@writ.example.org")]
    [InlineData("http://localhost.example.org")]
    [InlineData("http://[2001:db8::1]:7433")]
    [InlineData("http://0.0.0.0:7433")]
    public void The_client_sends_nothing_in_the_clear_off_this_machine(string url)
    {
        using var client = new Client();
        var ran = client.Writ("realm", "--url", url);
        Assert.Equal((2, ""), (ran.Status, ran.Output));
        Assert.Contains("so it has to be https", ran.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0", "has to be https")]
    [InlineData("http://192.0.2.1:0", "has to be https")]
    [InlineData("http://[::]:0", "has to be https")]
    [InlineData("https://127.0.0.1:0", "needs --cert and --key")]
    [InlineData("http://127.0.0.1:0,http://0.0.0.0:0", "has to be https")]
    public void The_daemon_listens_to_nobody_elsewhere_in_the_clear(string url, string why)
    {
        using var client = new Client();
        client.Environment["WRIT_LISTEN"] = url;
        client.Environment["WRIT_DATA"] = client.At("data");
        var ran = client.Run(OwnRealm.Writd());
        Assert.Equal((2, ""), (ran.Status, ran.Output));
        Assert.Contains(why, ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_cannot_be_used_is_said_before_anything_listens()
    {
        using var client = new Client();
        using var authority = new Authority(client);
        authority.Issue("one", "127.0.0.1", days: 30);
        authority.Issue("two", "127.0.0.1", days: 30);
        using (OwnRealm.Start(client))
        {
        }
        client.Environment["WRIT_LISTEN"] = "https://127.0.0.1:0";
        MustNotStart("one.pem", "two.key", "belong together");
        MustNotStart("founder.json", "one.key", "belong together");
        File.SetUnixFileMode(client.At("one.key"), (UnixFileMode)0x1A4);
        MustNotStart("one.pem", "one.key", "open to everybody");

        void MustNotStart(string certificate, string key, string why)
        {
            var ran = client.Run(
                OwnRealm.Writd(), "serve", "--cert", client.At(certificate), "--key", client.At(key));
            Assert.Equal((1, ""), (ran.Status, ran.Output));
            Assert.Contains(why, ran.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", ran.Errors, StringComparison.Ordinal);
        }
    }

    static void MustNotTrust(Ran ran)
    {
        Assert.Equal((6, ""), (ran.Status, ran.Output));
        Assert.Contains("its certificate cannot be verified", ran.Errors, StringComparison.Ordinal);
    }

    /// <summary>A root, an authority below it, and what that one issues; as a company would have them.</summary>
    internal sealed class Authority : IDisposable
    {
        static readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

        readonly Client _client;
        readonly X509Certificate2 _root = Root("Test Root");
        readonly X509Certificate2 _between;

        public Authority(Client client)
        {
            _client = client;
            RootFile = client.Write("root.pem", _root.ExportCertificatePem() + "\n");
            using var other = Root("Other Root");
            OtherRootFile = client.Write("other.pem", other.ExportCertificatePem() + "\n");
            client.Environment["SSL_CERT_DIR"] = client.At("no-such-directory");
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=Test Authority", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            using var made = request.Create(_root, _now.AddDays(-10), _now.AddDays(300), [1]);
            _between = made.CopyWithPrivateKey(key);
        }

        public string RootFile { get; }

        public string OtherRootFile { get; }

        /// <summary>Writes NAME.pem with the chain below the root, and NAME.key.</summary>
        public void Issue(string name, string address, int days)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Parse(address));
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(
                new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
            using var made = request.Create(
                _between, _now.AddDays(-5), _now.AddDays(days), RandomNumberGenerator.GetBytes(8));
            _client.Write($"{name}.pem", made.ExportCertificatePem() + "\n" + _between.ExportCertificatePem() + "\n");
            var file = _client.Write($"{name}.key", key.ExportPkcs8PrivateKeyPem() + "\n");
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        public void Dispose()
        {
            _root.Dispose();
            _between.Dispose();
        }

        static X509Certificate2 Root(string name)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            return request.CreateSelfSigned(_now.AddDays(-20), _now.AddDays(400));
        }
    }
}

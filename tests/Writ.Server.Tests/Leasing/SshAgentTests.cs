using System.Security.Cryptography;
using System.Text;
using Writ.Identity.Ssh;
using Writ.Linux;
using Writ.Server.Leasing;

namespace Writ.Server.Tests.Leasing;

/// <summary>What an agent signs: a login of its user in a session that its server has shown to be its own.</summary>
public sealed class SshAgentTests : IDisposable
{
    static readonly byte[] _session = SHA256.HashData("a session"u8);

    readonly SshKey _host = SshKey.Make();
    readonly SshLogin _login;
    readonly byte[] _certificate = [1, 2, 3];

    public SshAgentTests()
    {
        _login = new SshLogin(SshKey.Make(), "deploy", [_host.Public]);
        _login.Renew(_certificate);
    }

    public void Dispose()
    {
        _login.Dispose();
        _host.Dispose();
    }

    [Fact]
    public void It_signs_a_login_in_the_session_that_its_server_has_signed()
    {
        var agent = new SshAgent(_login);
        Assert.Equal([6], agent.Answer(Bind()));
        const string bound = "publickey-hostbound-v00@openssh.com";
        foreach (var login in (byte[][])[Login(), Login(method: bound, host: _host.Public)])
        {
            var answer = agent.Answer(Sign(login));
            Assert.Equal(14, answer[0]);
            var read = new SshReader(answer.AsSpan(1));
            Assert.True(SshHostKey.Verifies(_login.Key.Public, login, read.Text()));
        }
    }

    [Theory]
    [InlineData("no session")]
    [InlineData("another session")]
    [InlineData("another user")]
    [InlineData("another service")]
    [InlineData("another method")]
    [InlineData("another algorithm")]
    [InlineData("another key")]
    [InlineData("another host")]
    [InlineData("no host")]
    [InlineData("more behind it")]
    [InlineData("a question")]
    [InlineData("cut off")]
    [InlineData("over")]
    public void It_signs_nothing_else(string what)
    {
        var agent = new SshAgent(_login);
        if (what != "no session")
            Assert.Equal([6], agent.Answer(Bind()));
        const string bound = "publickey-hostbound-v00@openssh.com";
        var said = what switch
        {
            "another session" => Login(session: SHA256.HashData("another"u8)),
            "another user" => Login(user: "root"),
            "another service" => Login(service: "ssh-userauth"),
            "another method" => Login(method: "hostbased"),
            "another algorithm" => Login(algorithm: "ssh-ed25519"),
            "another key" => Login(key: [9]),
            "another host" => Login(method: bound, host: [9]),
            "no host" => Login(method: bound),
            "more behind it" => [.. Login(), 0],
            "a question" => Login(hasSignature: 0),
            "cut off" => Login()[..^3],
            _ => Login(),
        };
        if (what == "over")
            _login.End();
        Assert.Equal([5], agent.Answer(Sign(said)));
    }

    [Theory]
    [InlineData("another host")]
    [InlineData("another signature")]
    [InlineData("forwarded")]
    [InlineData("twice")]
    [InlineData("cut off")]
    public void It_believes_no_session_that_is_not_shown(string what)
    {
        var agent = new SshAgent(_login);
        using var other = SshKey.Make();
        if (what == "twice")
            Assert.Equal([6], agent.Answer(Bind()));
        var message = what switch
        {
            "another host" => Bind(host: other),
            "another signature" => Bind(signature: other.Sign(_session)),
            "forwarded" => Bind(isForwarding: 1),
            "twice" => Bind(session: SHA256.HashData("another"u8)),
            _ => Bind()[..^5],
        };
        Assert.Equal([5], agent.Answer(message));
    }

    [Fact]
    public void A_renewed_certificate_is_shown_and_the_one_before_is_good_for_a_login_that_is_under_way()
    {
        var agent = new SshAgent(_login);
        agent.Answer(Bind());
        byte[] next = [4, 5, 6];
        _login.Renew(next);
        Assert.Equal(
            new SshWriter().Byte(12).Number(1).Text(next).Text("writ").ToArray(), agent.Answer([11]));
        Assert.Equal(14, agent.Answer(Sign(Login()))[0]);
        _login.Renew([7]);
        Assert.Equal([5], agent.Answer(Sign(Login())));
        _login.End();
        Assert.Equal(new SshWriter().Byte(12).Number(0).ToArray(), agent.Answer([11]));
    }

    [Fact]
    public void No_bytes_make_it_fall_over()
    {
        var random = new Random(4711);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(0, 80)];
            random.NextBytes(bytes);
            if (bytes.Length > 0)
                bytes[0] = (byte)random.Next(11, 28);
            Assert.NotEqual(14, new SshAgent(_login).Answer(bytes)[0]);
        }
    }

    [Theory]
    [InlineData("ed25519")]
    [InlineData("ecdsa")]
    [InlineData("rsa")]
    public void Hosts_of_each_kind_are_known_by_what_they_sign(string kind)
    {
        var (key, sign) = Host(kind);
        var signature = sign(_session);
        Assert.True(SshHostKey.Verifies(key, _session, signature));
        Assert.False(SshHostKey.Verifies(key, "another"u8, signature));
        Assert.False(SshHostKey.Verifies(_host.Public, _session, signature));
        Assert.False(SshHostKey.Verifies([.. key, 0], _session, signature));
        for (var i = 0; i < signature.Length; i++)
        {
            var broken = signature.ToArray();
            broken[i] ^= 1;
            Assert.False(SshHostKey.Verifies(key, _session, broken), $"byte {i}");
        }
    }

    static (byte[] Key, Func<byte[], byte[]> Sign) Host(string kind)
    {
        if (kind == "ecdsa")
        {
            var ec = SshKey.Make();
            return (ec.Public, content => ec.Sign(content));
        }
        if (kind == "rsa")
        {
            var rsa = RSA.Create(2_048);
            var numbers = rsa.ExportParameters(includePrivateParameters: false);
            return (
                new SshWriter().Text("ssh-rsa").Integer(numbers.Exponent).Integer(numbers.Modulus).ToArray(),
                content => new SshWriter().Text("rsa-sha2-512")
                    .Text(rsa.SignData(content, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1)).ToArray());
        }
        var seed = RandomNumberGenerator.GetBytes(Ed25519.SeedSize);
        return (
            new SshWriter().Text("ssh-ed25519").Text(Ed25519.PublicKey(seed)).ToArray(),
            content => new SshWriter().Text("ssh-ed25519").Text(Ed25519.Sign(seed, content)).ToArray());
    }

    byte[] Bind(SshKey? host = null, byte[]? session = null, byte[]? signature = null, byte isForwarding = 0) =>
        new SshWriter().Byte(27).Text("session-bind@openssh.com").Text((host ?? _host).Public)
            .Text(session ?? _session).Text(signature ?? (host ?? _host).Sign(session ?? _session))
            .Byte(isForwarding).ToArray();

    byte[] Sign(byte[] content) =>
        new SshWriter().Byte(13).Text(_certificate).Text(content).Number(0).ToArray();

    byte[] Login(
        byte[]? session = null, string user = "deploy", string service = "ssh-connection",
        string method = "publickey", byte hasSignature = 1, string algorithm = SshCertificate.Type,
        byte[]? key = null, byte[]? host = null)
    {
        var login = new SshWriter().Text(session ?? _session).Byte(50).Text(Encoding.ASCII.GetBytes(user))
            .Text(service).Text(method).Byte(hasSignature).Text(algorithm).Text(key ?? _certificate);
        return (host is null ? login : login.Text(host)).ToArray();
    }
}

using System.Buffers.Binary;
using Writ.Identity.Ssh;

namespace Writ.Server.Leasing;

/// <summary>
/// One conversation of an agent (draft-miller-ssh-agent, PROTOCOL.agent of OpenSSH) that has a single key and signs
/// with it only what logs its user in at its server: the server has to have shown by its own signature that the
/// connection leads there (<c>session-bind@openssh.com</c>), and what is signed has to be a login in that very session.
/// </summary>
sealed class SshAgent(SshLogin login)
{
    const int MessageMax = 64 * 1024;
    const int MessagesMax = 1_000;
    const int SessionMax = 128;

    const byte Failure = 5;
    const byte Success = 6;
    const byte RequestIdentities = 11;
    const byte Identities = 12;
    const byte SignRequest = 13;
    const byte SignResponse = 14;
    const byte Extension = 27;
    const byte UserAuthentication = 50;

    static readonly byte[] _no = [Failure];

    byte[]? _session;
    byte[]? _host;

    /// <summary>Answers until the other side goes, or asks for more than any client does.</summary>
    /// <exception cref="IOException">The other side went in the middle of a message.</exception>
    public static async Task Serve(Stream stream, SshLogin login, CancellationToken cancel)
    {
        var agent = new SshAgent(login);
        var head = new byte[4];
        for (var count = 0; count < MessagesMax; count++)
        {
            if (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancel) < head.Length)
                return;
            var length = BinaryPrimitives.ReadUInt32BigEndian(head);
            if (length is 0 or > MessageMax)
                return;
            var message = new byte[length];
            await stream.ReadExactlyAsync(message, cancel);
            await stream.WriteAsync(new SshWriter().Text(agent.Answer(message)).ToArray(), cancel);
            await stream.FlushAsync(cancel);
        }
    }

    /// <summary>The answer to one message.</summary>
    internal byte[] Answer(ReadOnlySpan<byte> message)
    {
        var rest = new SshReader(message);
        return rest.Byte() switch
        {
            RequestIdentities when rest.IsAtEnd => List(),
            SignRequest => Sign(ref rest),
            Extension => Bind(ref rest),
            _ => _no,
        };
    }

    byte[] List() => login.Certificate is { } certificate
        ? new SshWriter().Byte(Identities).Number(1).Text(certificate).Text("writ").ToArray()
        : new SshWriter().Byte(Identities).Number(0).ToArray();

    // Once in a conversation, and never for somebody behind the server: then that one would log in elsewhere.
    byte[] Bind(ref SshReader rest)
    {
        var name = rest.Text();
        if (!name.SequenceEqual("session-bind@openssh.com"u8) || _session is not null)
            return _no;
        var host = rest.Text();
        var session = rest.Text();
        var signature = rest.Text();
        var isForwarding = rest.Byte() != 0;
        if (!rest.IsAtEnd || isForwarding || session.Length is 0 or > SessionMax || !login.IsHost(host)
            || !SshHostKey.Verifies(host, session, signature))
            return _no;
        (_session, _host) = (session.ToArray(), host.ToArray());
        return [Success];
    }

    byte[] Sign(ref SshReader rest)
    {
        var key = rest.Text();
        var content = rest.Text();
        _ = rest.Number();
        return rest.IsAtEnd && login.Shows(key) && IsLogin(key, content)
            ? new SshWriter().Byte(SignResponse).Text(login.Key.Sign(content)).ToArray()
            : _no;
    }

    // RFC 4252, section 7, and its counterpart of OpenSSH in which the server's key is signed as well.
    bool IsLogin(ReadOnlySpan<byte> key, ReadOnlySpan<byte> content)
    {
        if (_session is null)
            return false;
        var said = new SshReader(content);
        var session = said.Text();
        var what = said.Byte();
        var user = said.Text();
        var service = said.Text();
        var method = said.Text();
        var hasSignature = said.Byte();
        var algorithm = said.Text();
        var shown = said.Text();
        var bindsHost = method.SequenceEqual("publickey-hostbound-v00@openssh.com"u8);
        var host = bindsHost ? said.Text() : _host;
        return said.IsAtEnd && session.SequenceEqual(_session) && what == UserAuthentication
            && user.SequenceEqual(System.Text.Encoding.UTF8.GetBytes(login.User))
            && service.SequenceEqual("ssh-connection"u8) && (bindsHost || method.SequenceEqual("publickey"u8))
            && hasSignature == 1 && algorithm.SequenceEqual(System.Text.Encoding.ASCII.GetBytes(SshCertificate.Type))
            && shown.SequenceEqual(key) && host.SequenceEqual(_host);
    }
}

using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using Writ.Egress;
using Writ.Runs.Recordings;
using Writ.Server.Leasing;

namespace Writ.Server.Egress;

/// <summary>
/// Places into which the way out looks. TLS ends here and begins anew, each request is decided and recorded by itself
/// and goes to the server on a connection of its own, so that neither a request nor an answer can be taken for a part
/// of another; the client may keep its connection.
/// </summary>
sealed partial class EgressConnection
{
    const int RequestsMax = 1_000;
    const int InterimMax = 8;
    const int TrailersMax = 32;
    static readonly TimeSpan _byeMax = TimeSpan.FromSeconds(1);

    SslStream? _tls;
    string? _added;

    /// <summary>The connection inside of a tunnel, to its end.</summary>
    async Task Look(EgressDestination place)
    {
        (_intercepted, _encrypted) = (true, true);
        _patience.Give(Limits.HeadMax);
        if (_buffer.Length == 0 && !await _buffer.Fill(_patience.Token))
        {
            Unasked();
            return;
        }
        if (_buffer.Span[0] is >= FirstLetter and <= LastLetter)
        {
            (_intercepted, _encrypted) = (null, false);
            await ServeSeen(place, encrypted: false);
            return;
        }
        if (!await IsHelloFor(place) || !await Open(place))
            return;
        await ServeSeen(place, encrypted: true);
    }

    /// <summary>Becomes the server for a place; false, and recorded, when the client does not take it for
    /// that.</summary>
    async Task<bool> Open(EgressDestination place)
    {
        _tls = new SslStream(new BegunStream(_buffer, _out), leaveInnerStreamOpen: true);
        try
        {
            await _tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = _proxy.Authority!.For(place.Host),
                    ApplicationProtocols = [SslApplicationProtocol.Http11],
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    AllowRenegotiation = false,
                }, _patience.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            Deny(EgressVerdict.Refuse("net.intercept-refused",
                "The client did not go on with the certificate of its run, or speaks no HTTP/1.1."));
            return false;
        }
        (_out, _buffer) = (_tls, new ClientBuffer(_tls, HttpHead.BytesMax));
        return true;
    }

    async Task ServeSeen(EgressDestination place, bool encrypted)
    {
        var follows = true;
        for (var count = 1; follows; count++)
        {
            _patience.Give(Limits.IdleMax);
            if (_buffer.Length == 0 && !await _buffer.Fill(_patience.Token))
                break;
            if (_isSettled)
                BeginAnew(encrypted);
            _patience.Give(Limits.HeadMax);
            if (await ReadHead() is not { } head)
                return;
            follows = await ServeOne(head, place, head.Target, encrypted, mayFollow: count < RequestsMax);
            await Settle();
        }
        if (!_isSettled)
            Unasked();
        await EndTls();
    }

    // Whoever reads nothing any more does not hear that nothing more comes.
    async Task EndTls()
    {
        if (_tls is null)
            return;
        try
        {
            await _tls.ShutdownAsync().WaitAsync(_byeMax, _proxy.Time);
        }
        catch (Exception e) when (e is TimeoutException or IOException or InvalidOperationException)
        {
            return;
        }
    }

    /// <summary>One request; true when the client may send another on its connection.</summary>
    async Task<bool> ServeOne(
        HttpHead head, EgressDestination place, string path, bool encrypted, bool mayFollow)
    {
        (_place, _method, _encrypted) = (place, head.Method, encrypted);
        if (ProblemOfSeen(head, place, path, encrypted) is { } problem)
        {
            await Refuse(problem);
            return false;
        }
        // Only now is it a path: a whole address could hold a password.
        _path = HttpTarget.Plain(path);
        var grant = await Find(place);
        if (grant is { Intercepts: false })
            grant = Deny(EgressVerdict.Refuse("net.intercept-changed", "The workflow does not look there any more."));
        if (grant is null || !Takes(head, grant, out var held, out var field)
            || !await Reach(new EgressAttempt(EgressVia.Http, place, head.Method, _path, encrypted)))
        {
            await Answer();
            return false;
        }
        return await Exchange(
            head, head.Render(path, place, encrypted, field), held?.Forms(grant.Credential!), held, mayFollow);
    }

    static EgressProblem? ProblemOfSeen(HttpHead head, EgressDestination place, string path, bool encrypted) =>
        head.Method is "CONNECT" or "TRACE" ? new("net.bad-request", "A tunnel leads to no other.")
        : head.IsOld ? new("net.bad-request", "Where requests are seen, only HTTP/1.1 is spoken.")
        : ProblemWith(head, place, path, encrypted ? 443 : 80)
            ?? HttpTarget.Recoded(HttpTarget.Plain(path)) ?? AddedField.Problem(head);

    /// <summary>Finds what is to be added; false, and refused, where it cannot be.</summary>
    bool Takes(HttpHead head, EgressGrant grant, out HeldCredential? held, out AddedField? field)
    {
        (held, field) = (null, null);
        if (grant.Credential is not { } credential)
            return true;
        held = _proxy.Credentials.For(credential);
        field = held?.Field(credential);
        if (held is null)
            Deny(EgressVerdict.Refuse("net.no-credential", $"There is no credential {credential.Name} to add."));
        else if (credential.Own == OwnCredential.Refuse && field!.IsClaimed(head))
            Deny(EgressVerdict.Refuse("net.own-credential", "The request brings a credential of its own."));
        else
            return true;
        return false;
    }

    async Task<bool> Exchange(
        HttpHead head, byte[] request, KnownSecrets? hidden, HeldCredential? held, bool mayFollow)
    {
        await using var server = await Server(held?.Roots ?? Limits.Roots);
        if (server is null)
        {
            await Answer();
            return false;
        }
        _added = held?.Shown;
        await PassOn(server, request, isSent: true);
        var content = SendContent(head, server);
        var back = new ClientBuffer(server, HttpAnswer.BytesMax);
        if (await AnswerTo(head, back, content, hidden, mayFollow) is not var (answer, follows))
        {
            await Answer();
            _patience.End();
            await Observe(content);
            return false;
        }
        await PassBack(answer, back, hidden is null ? null : new SecretMask(hidden, keepsLength: true));
        if (_verdict!.Answer == EgressAnswer.Allowed)
            _end = EgressEnd.Done;
        _server!.Close();
        if (content.IsCompletedSuccessfully)
            return follows;
        // A server may answer before it has read everything, and then reads no more: nobody waits for the rest of it.
        _patience.End();
        await Observe(content);
        return false;
    }

    static async Task Observe(Task content)
    {
        try
        {
            await content;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException
            or OperationCanceledException)
        {
            return;
        }
    }

    /// <summary>The connection to the server, whose name has been checked; null, and said, when it is
    /// another.</summary>
    async Task<Stream?> Server(string? roots)
    {
        var plain = new NetworkStream(_server!, ownsSocket: false);
        if (!_encrypted)
            return plain;
        _patience.Give(Limits.ConnectMax);
        try
        {
            var tls = await ServiceLink.Encrypt(
                plain, _place!.Host, roots, _patience.Token, SslApplicationProtocol.Http11);
            _patience.Give(Limits.IdleMax);
            return tls;
        }
        catch (Exception e) when (e is AuthenticationException or IOException or CryptographicException)
        {
            NoAnswer("net.bad-certificate", $"What answers for {_place} cannot show that it is that.");
            return null;
        }
    }

    void NoAnswer(string code, string why)
    {
        (_verdict, _end) = (EgressVerdict.Refuse(code, why), EgressEnd.Failed);
        _proxy.Tell(Shown(), code, why);
    }

    /// <summary>Passes the heads of an answer back; null, and said, when there is none.</summary>
    async Task<(HttpAnswer Answer, bool Follows)?> AnswerTo(
        HttpHead head, ClientBuffer back, Task content, KnownSecrets? hidden, bool mayFollow)
    {
        Func<string, string> masked = hidden is null ? static text => text : hidden.Masked;
        for (var count = 0; count <= InterimMax; count++)
        {
            var (answer, problem) = await ReadAnswer(back, head.Method);
            if (answer is null)
            {
                NoAnswer(problem!.Code, problem.Why);
                return null;
            }
            // Of those that come before the answer a client waits for one only.
            var follows = mayFollow && !head.Closes && answer.Body != AnswerBody.Close && content.IsCompleted;
            if (!answer.IsInterim || answer.Status == 100)
                await PassOn(_out, answer.Render(follows, hidden is not null, masked), isSent: false);
            if (!answer.IsInterim)
                return (answer, follows);
        }
        NoAnswer("net.bad-answer", "What answers there never comes to its answer.");
        return null;
    }

    async Task<(HttpAnswer? Answer, EgressProblem? Problem)> ReadAnswer(ClientBuffer back, string method)
    {
        int length;
        while ((length = HttpHead.EndOf(back.Span)) < 0)
        {
            _patience.Give(Limits.IdleMax);
            if (back.IsFull || !await back.Fill(_patience.Token))
                return (null, new("net.bad-answer", "There is no whole answer."));
        }
        var parsed = HttpAnswer.Parse(back.Span[..length], method);
        back.Skip(length);
        return parsed;
    }

    async Task PassBack(HttpAnswer answer, ClientBuffer back, SecretMask? mask)
    {
        switch (answer.Body)
        {
            case AnswerBody.Length:
                await PassBytes(back, answer.Length, mask, inChunks: false);
                break;
            case AnswerBody.Chunked:
                await PassChunks(back, mask);
                return;
            case AnswerBody.Close:
                while (back.Length > 0 || await back.Fill(_patience.Token))
                    await PassBytes(back, back.Length, mask, inChunks: false);
                break;
            default:
                return;
        }
        if (mask?.Release() is { IsEmpty: false } rest)
            await PassOn(_out, rest, isSent: false);
    }

    async Task PassBytes(ClientBuffer back, long count, SecretMask? mask, bool inChunks)
    {
        while (count > 0)
        {
            if (back.Length == 0 && !await back.Fill(_patience.Token))
                throw new IOException("the answer ended in the middle of its content");
            var part = back.Memory[..(int)Math.Min(count, back.Length)];
            await PassPart(mask?.Pass(part) ?? part, inChunks);
            back.Skip(part.Length);
            count -= part.Length;
        }
    }

    async Task PassPart(ReadOnlyMemory<byte> part, bool inChunks)
    {
        // An empty chunk would be the end.
        if (part.IsEmpty)
            return;
        if (inChunks)
            await PassOn(_out, Encoding.ASCII.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"{part.Length:x}\r\n")), isSent: false);
        await PassOn(_out, part, isSent: false);
        if (inChunks)
            await PassOn(_out, "\r\n"u8.ToArray(), isSent: false);
    }

    // Read and written again: what reaches the client has one reading, and no fields behind it.
    async Task PassChunks(ClientBuffer back, SecretMask? mask)
    {
        long size;
        while ((size = HttpChunk.SizeOf(WithoutExtension(await LineOf(back))) ?? throw Misread()) > 0)
        {
            await PassBytes(back, size, mask, inChunks: true);
            if ((await LineOf(back)).Length > 0)
                throw Misread();
        }
        for (var count = 0; (await LineOf(back)).Length > 0;)
            if (++count > TrailersMax)
                throw Misread();
        await PassPart(mask?.Release() ?? default, inChunks: true);
        await PassOn(_out, "0\r\n\r\n"u8.ToArray(), isSent: false);
    }

    static byte[] WithoutExtension(byte[] line) =>
        line.AsSpan().IndexOf((byte)';') is >= 0 and var at ? line[..at] : line;

    async Task<byte[]> LineOf(ClientBuffer back)
    {
        const int lineMax = 4 * 1024;
        int end;
        while ((end = back.Span.IndexOf("\r\n"u8)) < 0)
            if (back.Length > lineMax || !await back.Fill(_patience.Token))
                throw Misread();
        var line = back.Span[..end].ToArray();
        back.Skip(end + 2);
        return line;
    }

    IOException Misread()
    {
        Cut("net.bad-answer", "The answer's content is not in chunks.");
        return new IOException("the answer's content is misframed");
    }

    void Unasked()
    {
        _verdict = EgressVerdict.Refuse("net.no-request", "");
        _end = EgressEnd.Done;
    }

    async Task Settle()
    {
        await _proxy.Desk.Record(Recorded());
        _isSettled = true;
    }

    // A request has an account of its own, as if it were a connection.
    void BeginAnew(bool encrypted)
    {
        (_isSettled, _number, _began) = (false, _proxy.NextNumber(), _proxy.ElapsedMs);
        (_verdict, _end, _method, _path, _address, _addresses) = (null, EgressEnd.Refused, null, null, null, []);
        (_sent, _received, _encrypted, _added) = (0, 0, encrypted, null);
    }
}

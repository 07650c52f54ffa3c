using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Writ.Egress;

namespace Writ.Server.Egress;

/// <summary>HTTP: one request for each connection, so that nothing rides on the decision about another.</summary>
sealed partial class EgressConnection
{
    async Task ServeHttp()
    {
        _via = EgressVia.Http;
        if (await ReadHead() is not { } head)
            return;
        if (head.Method == "CONNECT")
        {
            await ServeConnect(head);
            return;
        }
        if (HttpTarget.Absolute(head.Target) is not var (place, path))
        {
            await Refuse(new("net.bad-request", "A proxy is asked for http://HOST/PATH; https goes through CONNECT."));
            return;
        }
        (_place, _method, _path) = (place, head.Method, HttpTarget.Plain(path));
        if (ProblemWith(head, place, path) is { } problem)
        {
            await Refuse(problem);
            return;
        }
        var grant = await Find(place);
        if (grant is { Intercepts: true })
        {
            await ServeOne(head, place, path, encrypted: false, mayFollow: false);
            return;
        }
        if (grant is null || !await Reach(Attempt(head, place, path)))
        {
            await Answer();
            return;
        }
        await Exchange(head, place, path);
    }

    static EgressAttempt Attempt(HttpHead head, EgressDestination place, string path) =>
        new(EgressVia.Http, place, head.Method, HttpTarget.Plain(path), Encrypted: false);

    // Whom a server takes it for is what its Host says, so that is who was decided about.
    static EgressProblem? ProblemWith(HttpHead head, EgressDestination place, string path, int usualPort = 80) =>
        head.Host is { } host && EgressDestination.Of(host, usualPort) != place
            ? new("net.host-mismatch", $"The request is for {place}, and its Host field is for another.")
            : HttpTarget.Problem(path);

    /// <summary>The head that has come whole within its time; null, and refused, when it is none.</summary>
    async Task<HttpHead?> ReadHead()
    {
        int length;
        while ((length = HttpHead.EndOf(_buffer.Span)) < 0)
            if (_buffer.Length >= HttpHead.BytesMax || !await _buffer.Fill(_patience.Token))
            {
                await Refuse(new("net.bad-request", _buffer.Length >= HttpHead.BytesMax
                    ? $"A request's head has at most {HttpHead.BytesMax} bytes."
                    : "The request ended in the middle of its head."));
                return null;
            }
        var (head, problem) = HttpHead.Parse(_buffer.Span[..length]);
        if (problem is not null)
            await Refuse(problem);
        else
            _buffer.Skip(length);
        return head;
    }

    /// <summary>The request goes on as it was decided about, and nothing behind it; the answer comes as it is.
    /// </summary>
    async Task Exchange(HttpHead head, EgressDestination place, string path)
    {
        await using var server = new NetworkStream(_server!, ownsSocket: false);
        await PassOn(server, head.Render(path, place), isSent: true);
        var answer = Pump(_server!, _client, isSent: false);
        var content = SendContent(head, server);
        await answer;
        // A server may answer before it has read everything, and then reads no more: nobody waits for the rest of it.
        // Where the content was cut off, it stays so, whatever the server made of what it got.
        if (_verdict!.Answer == EgressAnswer.Allowed)
            _end = EgressEnd.Done;
        _server!.Close();
        _patience.End();
        await Observe(content);
    }

    Task SendContent(HttpHead head, Stream server) => head.Body switch
    {
        HttpBody.Length => SendBytes(head.Length, server),
        HttpBody.Chunked => SendChunks(server),
        _ => Task.CompletedTask,
    };

    async Task SendBytes(long count, Stream server)
    {
        while (count > 0)
        {
            if (_buffer.Length == 0 && !await _buffer.Fill(_patience.Token))
                throw new IOException("the request ended in the middle of its content");
            var part = _buffer.Memory[..(int)Math.Min(count, _buffer.Length)];
            await PassOn(server, part, isSent: true);
            _buffer.Skip(part.Length);
            count -= part.Length;
        }
    }

    // Read and written again: what reaches the server has one reading.
    async Task SendChunks(Stream server)
    {
        long size;
        do
        {
            size = HttpChunk.SizeOf(await ReadLine()) ?? throw Misframed();
            await PassOn(
                server, Encoding.ASCII.GetBytes(size.ToString("x", CultureInfo.InvariantCulture) + "\r\n"),
                isSent: true);
            await SendBytes(size, server);
            // Trailers are fields that nobody decided about.
            if ((await ReadLine()).Length > 0)
                throw Misframed();
            await PassOn(server, "\r\n"u8.ToArray(), isSent: true);
        }
        while (size > 0);
    }

    async Task<byte[]> ReadLine()
    {
        int end;
        while ((end = _buffer.Span.IndexOf("\r\n"u8)) < 0)
            if (_buffer.Length > HttpChunk.LineMax + 1 || !await _buffer.Fill(_patience.Token))
                throw Misframed();
        var line = _buffer.Span[..end].ToArray();
        _buffer.Skip(end + 2);
        return line;
    }

    IOException Misframed()
    {
        Cut("net.ambiguous", "The request's content is not in chunks.");
        _server!.Close();
        return new IOException("the request's content is misframed");
    }
}

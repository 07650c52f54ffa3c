using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Writ.Leases;

namespace Writ.Server.Leasing;

/// <summary>What Redis answered. An error is an answer too: its first word says which.</summary>
/// <param name="Text">Of a string or an error; null for what is not there.</param>
sealed record RedisReply(bool IsError, string? Text, long Number, ImmutableArray<RedisReply> Items);

/// <summary>
/// One connection to Redis: a command out, its reply in. As much of the Redis serialization protocol, version 2, as
/// minting accounts needs; everything that is read has a limit.
/// </summary>
sealed class RedisLink : IAsyncDisposable
{
    const int LineMax = 64 * 1024;
    const int TextMax = 1 << 20;
    const int DepthMax = 4;

    // Of one reply, however it is divided.
    const int ReplyMax = 8 << 20;

    readonly Stream _stream;
    readonly byte[] _buffer = new byte[8 * 1024];
    int _from;
    int _to;
    int _left;

    RedisLink(Stream stream) => _stream = stream;

    /// <summary>Connects as a user.</summary>
    /// <exception cref="BackendFaultException">Redis does not know the user, or has another password.</exception>
    /// <exception cref="IOException">It went away.</exception>
    public static async Task<RedisLink> Open(
        CredentialBackend.Redis place, string user, string? password, string? roots, CancellationToken cancel)
    {
        var stream = await ServiceLink.Dial(place.Host, place.Port, cancel);
        if (!ServiceLink.IsNear(place.Host))
            stream = await ServiceLink.Encrypt(stream, place.Host, roots, cancel);
        var link = new RedisLink(stream);
        try
        {
            await link.Ask(["AUTH", user, password ?? ""], cancel);
            return link;
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    /// <summary>The connection itself, for somebody else to go on with.</summary>
    /// <exception cref="IOException">Redis has said more than it was asked.</exception>
    public Stream Release() => _from == _to ? _stream : throw new IOException("Redis speaks without being asked");

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    /// <summary>The answer to one command.</summary>
    /// <exception cref="BackendFaultException">Redis refused it.</exception>
    public async Task<RedisReply> Ask(ImmutableArray<string> words, CancellationToken cancel) =>
        await Send(words, cancel) is var reply && reply.IsError ? throw Refused(reply.Text ?? "") : reply;

    /// <summary>The same, with an error as the answer that it is.</summary>
    public async Task<RedisReply> Send(ImmutableArray<string> words, CancellationToken cancel)
    {
        var command = new ArrayBufferWriter<byte>();
        Write(command, $"*{words.Length}\r\n");
        foreach (var word in words)
            Write(command, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        await _stream.WriteAsync(command.WrittenMemory, cancel);
        await _stream.FlushAsync(cancel);
        _left = ReplyMax;
        return await Read(0, cancel);
    }

    static void Write(ArrayBufferWriter<byte> command, FormattableString text) =>
        command.Write(Encoding.UTF8.GetBytes(text.ToString(CultureInfo.InvariantCulture)));

    /// <summary>An error as a fault. Its sentence may quote what was sent; the first word says enough.</summary>
    public static BackendFaultException Refused(string error)
    {
        var word = error.Split(' ')[0];
        return word switch
        {
            "NOPERM" or "NOAUTH" or "WRONGPASS" => new BackendFaultException(
                "lease.backend-denied", $"Redis refused with {word}."),
            "LOADING" or "BUSY" or "MASTERDOWN" or "CLUSTERDOWN" => new BackendFaultException(
                "lease.backend-down", $"Redis refused with {word}."),
            _ when word.Length is > 0 and <= 20 && word.All(char.IsAsciiLetterUpper) => new BackendFaultException(
                "lease.backend-fault", $"Redis refused with {word}."),
            _ => new BackendFaultException("lease.backend-fault", "Redis refused."),
        };
    }

    async Task<RedisReply> Read(int depth, CancellationToken cancel)
    {
        var line = await ReadLine(cancel);
        if (line.Length == 0)
            throw Broken();
        var rest = line[1..];
        switch (line[0])
        {
            case '+' or '-':
                return new RedisReply(line[0] == '-', rest, 0, []);
            case ':':
                return new RedisReply(false, null, Number(rest), []);
            case '$' when Number(rest) is var length and <= TextMax:
                return new RedisReply(false, length < 0 ? null : await ReadText((int)length, cancel), 0, []);
            case '*' when Number(rest) is var count and <= ICredentialBackend.EnumeratedMax && depth < DepthMax:
                var items = ImmutableArray.CreateBuilder<RedisReply>();
                for (var i = 0; i < count; i++)
                    items.Add(await Read(depth + 1, cancel));
                return new RedisReply(false, null, 0, items.ToImmutable());
            default:
                throw Broken();
        }
    }

    async Task<string> ReadLine(CancellationToken cancel)
    {
        var line = new ArrayBufferWriter<byte>();
        while (true)
        {
            if (_from == _to)
                await Fill(cancel);
            var found = _buffer.AsSpan(_from, _to - _from);
            var end = found.IndexOf((byte)'\n');
            line.Write(end < 0 ? found : found[..end]);
            _from += end < 0 ? found.Length : end + 1;
            if (line.WrittenCount > LineMax)
                throw Broken();
            if (end >= 0)
                return Encoding.UTF8.GetString(line.WrittenSpan).TrimEnd('\r');
        }
    }

    async Task<string> ReadText(int length, CancellationToken cancel)
    {
        var text = new byte[length + 2];
        for (var have = 0; have < text.Length;)
        {
            if (_from == _to)
                await Fill(cancel);
            var count = Math.Min(_to - _from, text.Length - have);
            _buffer.AsSpan(_from, count).CopyTo(text.AsSpan(have));
            (_from, have) = (_from + count, have + count);
        }
        return Encoding.UTF8.GetString(text, 0, length);
    }

    async Task Fill(CancellationToken cancel)
    {
        (_from, _to) = (0, await _stream.ReadAsync(_buffer, cancel));
        if (_to == 0)
            throw new IOException("Redis closed the connection");
        _left -= _to;
        if (_left < 0)
            throw new IOException("Redis answers with more than anybody asked for");
    }

    static long Number(string text) => long.TryParse(
        text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw Broken();

    static IOException Broken() => new("what answers there does not speak as Redis does");
}

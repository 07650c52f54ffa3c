using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Writ.Egress;
using Writ.Linux;

namespace Writ.Server.Egress;

/// <summary>
/// One connection that a run makes to its way out: found out what it asks for, decided, dialled, passed on, recorded.
/// Whatever goes wrong ends this connection and nothing else.
/// </summary>
sealed partial class EgressConnection : IDisposable
{
    const int ChunkBytes = 64 * 1024;
    const int AddressesTried = 4;
    static readonly TimeSpan _clientCheck = TimeSpan.FromMilliseconds(250);
    const byte FirstLetter = (byte)'A';
    const byte LastLetter = (byte)'Z';

    readonly EgressProxy _proxy;
    readonly Socket _client;
    readonly Patience _patience;
    ClientBuffer _buffer;
    Stream _out;
    int _number;
    int _began;
    Socket? _server;
    EgressDestination? _place;
    EgressVia _via;
    ImmutableArray<EgressAddress> _addresses = [];
    EgressAddress? _address;
    EgressVerdict? _verdict;
    EgressEnd _end;
    string? _method;
    string? _path;
    bool _encrypted;
    bool? _intercepted;
    bool _isSettled;
    long _sent;
    long _received;

    internal EgressConnection(EgressProxy proxy, Socket client, int number)
    {
        (_proxy, _client, _number) = (proxy, client, number);
        _out = new NetworkStream(client, ownsSocket: false);
        _buffer = new ClientBuffer(_out, Math.Max(HttpHead.BytesMax, ClientHello.BytesMax));
        _began = proxy.ElapsedMs;
        _patience = new Patience(proxy.Limits.ConnectionMax, proxy.Time);
    }

    EgressLimits Limits => _proxy.Limits;

    // The edge of one connection.
    internal async Task Serve(CancellationToken stop)
    {
        try
        {
            using var ended = stop.UnsafeRegister(static p => ((Patience)p!).End(), _patience);
            _patience.Give(Limits.HeadMax);
            if (await _buffer.Fill(_patience.Token))
                await Begin();
            else
                return;
        }
        catch (OperationCanceledException)
        {
            Cut(stop.IsCancellationRequested ? "net.ended" : "net.timeout");
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // One of the two ends broke it off; what went through is what counts.
            if (_verdict?.Answer == EgressAnswer.Allowed && _end == EgressEnd.Refused)
                _end = EgressEnd.Cut;
        }
        catch (Exception fault)
        {
            Cut("net.fault", fault.GetType().Name);
        }
        if (!_isSettled)
            await _proxy.Desk.Record(Recorded());
    }

    public void Dispose()
    {
        _tls?.Dispose();
        _client.Dispose();
        _server?.Dispose();
        _patience.Dispose();
    }

    Task Begin() => _buffer.Span[0] switch
    {
        SocksRequest.Version => ServeSocks(),
        >= FirstLetter and <= LastLetter => ServeHttp(),
        _ => Refuse(new EgressProblem("net.bad-request", "This is neither HTTP nor SOCKS5.")),
    };

    /// <summary>Finds the addresses of a place; null, and refused, when one of them may not be dialled.</summary>
    async Task<EgressGrant?> Find(EgressDestination place)
    {
        _place = place;
        var (grant, refused) = _proxy.Desk.Look(place);
        if (refused is not null)
            return Deny(refused);
        _addresses = place.Address is { } itself ? [itself] : await LookUp(place.Host);
        (_address, refused) = EgressJudge.Choose(grant!, place, _addresses);
        foreach (var own in refused is null && !grant!.AllowsPrivate ? _addresses.Where(_proxy.Host.Contains) : [])
        {
            _address = own;
            return Deny(EgressVerdict.Refuse(
                "net.address-refused", $"{place} is {own} (this machine, or its own network), which the workflow does "
                    + "not grant."));
        }
        if (refused is null)
            return grant;
        foreach (var address in _addresses)
            if (!grant!.Allows(address, place))
                _address = address;
        return Deny(refused);
    }

    // A name server that does not answer knows no address.
    async Task<ImmutableArray<EgressAddress>> LookUp(string host)
    {
        _patience.Give(Limits.LookupMax + Limits.HeadMax);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_patience.Token);
        limit.CancelAfter(Limits.LookupMax);
        try
        {
            return await _proxy.Lookups.Ask(() => _proxy.Names.Resolve(host, CancellationToken.None), limit.Token);
        }
        catch (OperationCanceledException) when (!_patience.Token.IsCancellationRequested)
        {
            return [];
        }
    }

    /// <summary>
    /// Decides an attempt on each address in turn, and connects to the first that answers; false, and refused, when it
    /// may not be, or none does.
    /// </summary>
    async Task<bool> Reach(EgressAttempt attempt)
    {
        foreach (var address in _addresses.Take(AddressesTried))
        {
            _address = address;
            if (!await Decide(attempt))
                return false;
            if (await Dial(address))
                return true;
            // People agreed to this address, and are not asked about one after the other.
            if (_verdict!.Code == "net.approved")
                break;
        }
        _verdict = EgressVerdict.Refuse("net.unreachable", $"Nobody answers at {_address}.");
        _end = EgressEnd.Failed;
        _proxy.Tell(Shown(), _verdict.Code, _verdict.Why);
        return false;
    }

    /// <summary>Decides an attempt on the address that was found; false, and refused, when it may not be.</summary>
    async Task<bool> Decide(EgressAttempt attempt)
    {
        (_via, _encrypted) = (_via == EgressVia.Unknown ? attempt.Via : _via, attempt.Encrypted);
        if (attempt.Via == EgressVia.Http)
            (_method, _path) = (attempt.Method, attempt.Path);
        _patience.Give(Limits.HoldMax);
        EgressVerdict verdict;
        using (var gone = CancellationTokenSource.CreateLinkedTokenSource(_patience.Token))
        {
            var answer = _proxy.Desk.Decide(
                attempt, _address!.Value, notice => _proxy.TellWaiting(attempt.Url, notice), gone.Token);
            await WatchClient(answer, gone);
            verdict = await answer;
        }
        if (verdict.Answer == EgressAnswer.Allowed)
        {
            _verdict = verdict;
            return true;
        }
        // Whatever did not become an answer is a refusal.
        Deny(verdict with { Answer = EgressAnswer.Refused });
        return false;
    }

    // Nobody is asked for a client that has left. The bridge passes on that it sends no more, and cannot know more; one
    // that still has something unread here is not seen to leave.
    async Task WatchClient(Task answer, CancellationTokenSource gone)
    {
        while (!answer.IsCompleted)
        {
            await Task.WhenAny(answer, Task.Delay(_clientCheck, _proxy.Time, CancellationToken.None));
            if (!answer.IsCompleted && _client.Poll(0, SelectMode.SelectRead) && _client.Available == 0)
            {
                await gone.CancelAsync();
                return;
            }
        }
    }

    EgressGrant? Deny(EgressVerdict verdict)
    {
        (_verdict, _end) = (verdict, EgressEnd.Refused);
        _proxy.Tell(Shown(), verdict.Code, verdict.Why);
        return null;
    }

    /// <summary>Connects to exactly the address that was decided about; false when nobody answers.</summary>
    async Task<bool> Dial(EgressAddress address)
    {
        _server?.Dispose();
        _patience.Give(Limits.ConnectMax + Limits.HeadMax);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_patience.Token);
        limit.CancelAfter(Limits.ConnectMax);
        try
        {
            // A machine may lack either family; then nobody answers there.
            _server = new Socket(
                address.IsV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Stream,
                ProtocolType.Tcp)
            { NoDelay = true };
            await _server.ConnectAsync(new IPEndPoint(new IPAddress(address.ToBytes()), _place!.Port), limit.Token);
            _patience.Give(Limits.IdleMax);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!_patience.Token.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Moves bytes to the end of one way; the other side then reads to the end as well.</summary>
    async Task Pump(Socket from, Socket to, bool isSent)
    {
        var chunk = new byte[ChunkBytes];
        while (true)
        {
            var count = await from.ReceiveAsync(chunk, _patience.Token);
            if (count == 0)
                break;
            await PassOn(to, chunk.AsMemory(0, count), isSent);
        }
        to.Shutdown(SocketShutdown.Send);
    }

    async ValueTask PassOn(Stream to, ReadOnlyMemory<byte> bytes, bool isSent)
    {
        Budget(bytes.Length);
        await to.WriteAsync(bytes, _patience.Token);
        if (isSent)
            Interlocked.Add(ref _sent, bytes.Length);
        else
            Interlocked.Add(ref _received, bytes.Length);
    }

    void Budget(int count)
    {
        if (!_proxy.TryCount(count))
        {
            Cut("net.budget", $"The run has moved {Limits.BytesMax} bytes.");
            throw new IOException("the run's bytes are used up");
        }
        _patience.Give(Limits.IdleMax);
    }

    async ValueTask PassOn(Socket to, ReadOnlyMemory<byte> bytes, bool isSent)
    {
        Budget(bytes.Length);
        while (!bytes.IsEmpty)
        {
            var count = await to.SendAsync(bytes, _patience.Token);
            bytes = bytes[count..];
            if (isSent)
                Interlocked.Add(ref _sent, count);
            else
                Interlocked.Add(ref _received, count);
        }
    }

    // A limit, or the end of the run: what had been let through stays so, and is said to be cut.
    void Cut(string code, string? why = null)
    {
        if (_isSettled || (_verdict is not null && _verdict.Answer != EgressAnswer.Allowed))
            return;
        _end = _verdict is null ? EgressEnd.Refused : EgressEnd.Cut;
        _verdict = EgressVerdict.Refuse(code, why ?? "");
        if (code != "net.ended")
            _proxy.Tell(Shown(), code, why is null ? "It took too long." : why);
    }

    string Shown() => _place is not { } place ? "a connection"
        : _method is null ? place.ToString()
        : $"{_method} {(_encrypted ? "https" : "http")}://{place}{_path}";

    EgressRecord Recorded() => new(
        _number, _began, Math.Max(0, _proxy.ElapsedMs - _began), _via, _place?.Host ?? "", _place?.Port ?? 0, _method,
        _path, _encrypted, _address?.ToString(),
        _end, _verdict?.Code ?? "net.bad-request", _verdict?.Rule,
        _verdict is { Answer: not EgressAnswer.Allowed, Why: { Length: > 0 } why } ? why : null,
        Interlocked.Read(ref _sent), Interlocked.Read(ref _received), _intercepted, _added);

    /// <summary>Refuses what was sent, in words that an HTTP client prints.</summary>
    async Task Refuse(EgressProblem problem)
    {
        Deny(EgressVerdict.Refuse(problem.Code, problem.Why));
        await Answer();
    }

    /// <summary>Says the refusal that stands to an HTTP client.</summary>
    async Task Answer()
    {
        var verdict = _verdict!;
        var status = verdict.Code switch
        {
            "net.bad-request" or "net.ambiguous" => "400 Bad Request",
            "net.unresolved" or "net.unreachable" or "net.bad-certificate" or "net.bad-answer" => "502 Bad Gateway",
            "net.budget" => "429 Too Many Requests",
            _ => "403 Forbidden",
        };
        var text = $"writ: not connected: {Shell.VisibleText.Of($"{Shown()}: {verdict.Why}")} [{verdict.Code}]\n";
        var length = Encoding.UTF8.GetByteCount(text);
        var head = string.Create(CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\n"
            + $"Writ-Code: {verdict.Code}\r\nConnection: close\r\n\r\n");
        await Reply(Encoding.UTF8.GetBytes(head + text));
        await Linger();
    }

    // Closing on bytes that nobody has read would take the answer away with it.
    async Task Linger()
    {
        const int readsMax = 64;
        await EndTls();
        _client.Shutdown(SocketShutdown.Send);
        var rest = new byte[ChunkBytes];
        _patience.Give(TimeSpan.FromSeconds(1));
        try
        {
            for (var i = 0; i < readsMax && await _client.ReceiveAsync(rest, _patience.Token) > 0; i++)
                continue;
        }
        catch (OperationCanceledException)
        {
            // Whoever goes on sending gets no more of our time.
        }
    }

    async Task Reply(ReadOnlyMemory<byte> bytes) => await _out.WriteAsync(bytes, _patience.Token);
}

/// <summary>
/// How long a connection is still waited for: anew for each thing that it waits for, and never beyond its whole time.
/// </summary>
sealed class Patience : IDisposable
{
    readonly TimeProvider _time;
    readonly CancellationTokenSource _over;
    readonly long _began;
    readonly TimeSpan _max;

    internal Patience(TimeSpan max, TimeProvider time)
    {
        (_max, _time, _began) = (max, time, time.GetTimestamp());
        _over = new CancellationTokenSource(max, time);
    }

    internal CancellationToken Token => _over.Token;

    internal void Give(TimeSpan span)
    {
        var left = _max - _time.GetElapsedTime(_began);
        if (left < span)
            span = left > TimeSpan.Zero ? left : TimeSpan.Zero;
        _over.CancelAfter(span);
    }

    internal void End() => _over.Cancel();

    public void Dispose() => _over.Dispose();
}

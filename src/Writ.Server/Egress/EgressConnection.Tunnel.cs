using Writ.Egress;

namespace Writ.Server.Egress;

/// <summary>
/// Tunnels, asked for with CONNECT or SOCKS5. What goes through has to be TLS for the host that was asked for, or one
/// HTTP request, which is decided once more; only a place that is granted as plain gets whatever it is.
/// </summary>
sealed partial class EgressConnection
{
    // A fatal alert: access denied (RFC 8446, 6.2).
    static readonly byte[] _tlsDenied = [21, 3, 3, 0, 2, 2, 49];

    async Task ServeConnect(HttpHead head)
    {
        _via = EgressVia.Tunnel;
        if (EgressDestination.Of(head.Target, usualPort: 0) is not { } place)
        {
            await Refuse(new("net.bad-request", "A tunnel is asked for to HOST:PORT."));
            return;
        }
        _place = place;
        if (head.Body == HttpBody.Chunked || head.Length > 0)
        {
            await Refuse(new("net.ambiguous", "A request for a tunnel has no content."));
            return;
        }
        if (head.Host is { } host && EgressDestination.Of(host, place.Port) != place)
        {
            await Refuse(new("net.host-mismatch", $"The tunnel is for {place}, and its Host field is for another."));
            return;
        }
        if (await Find(place) is not { } grant || !(grant.Intercepts || await Reach(Attempt(place, grant))))
        {
            await Answer();
            return;
        }
        await Reply("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray());
        await Carry(place, grant);
    }

    async Task ServeSocks()
    {
        _via = EgressVia.Socks;
        if (!await Has(SocksRequest.GreetingLength) || !SocksRequest.OffersNoPassword(
            _buffer.Span[..SocksRequest.GreetingLength(_buffer.Span)]))
        {
            Deny(EgressVerdict.Refuse("net.bad-request", "This proxy knows no passwords."));
            await Reply(new byte[] { SocksRequest.Version, SocksRequest.NoMethod });
            return;
        }
        _buffer.Skip(SocksRequest.GreetingLength(_buffer.Span));
        await Reply(new byte[] { SocksRequest.Version, 0 });
        if (!await Has(SocksRequest.Length))
        {
            Deny(EgressVerdict.Refuse("net.bad-request", "This is no request that SOCKS5 knows."));
            await Reply(SocksRequest.Reply(SocksRequest.NoSuchAddress));
            return;
        }
        var length = SocksRequest.Length(_buffer.Span);
        var (place, reply) = SocksRequest.Read(_buffer.Span[..length]);
        _buffer.Skip(length);
        if (place is null)
        {
            Deny(EgressVerdict.Refuse("net.bad-request", "Only connections to a host and port are passed on."));
            await Reply(SocksRequest.Reply(reply));
            return;
        }
        if (await Find(place) is not { } grant || !(grant.Intercepts || await Reach(Attempt(place, grant))))
        {
            await Reply(SocksRequest.Reply(_verdict!.Code switch
            {
                "net.unresolved" => SocksRequest.HostUnreachable,
                "net.unreachable" => SocksRequest.Refused,
                _ => SocksRequest.NotAllowed,
            }));
            return;
        }
        await Reply(SocksRequest.Reply(SocksRequest.Granted));
        await Carry(place, grant);
    }

    // Until a message is whole whose length its first bytes say.
    async Task<bool> Has(Length length)
    {
        while (true)
        {
            var needed = length(_buffer.Span);
            if (needed < 0)
                return false;
            if (needed > 0 && _buffer.Length >= needed)
                return true;
            if (!await _buffer.Fill(_patience.Token))
                return false;
        }
    }

    delegate int Length(ReadOnlySpan<byte> bytes);

    EgressAttempt Attempt(EgressDestination place, EgressGrant grant) =>
        new(_via, place, "", "", Encrypted: !grant.AllowsPlain);

    async Task Carry(EgressDestination place, EgressGrant grant)
    {
        // It leads no further than here: what goes on is decided request by request.
        if (grant.Intercepts)
        {
            await Look(place);
            return;
        }
        // Of what may be anything nothing is waited for: there are services that speak first.
        if (!grant.AllowsPlain && !await IsAsItSays(place))
            return;
        if (_method is not null)
            return;
        await PassOn(_server!, _buffer.Memory, isSent: true);
        _buffer.Skip(_buffer.Length);
        var there = Pump(_client, _server!, isSent: true);
        var back = Pump(_server!, _client, isSent: false);
        // Where one way breaks, the other has nobody to speak to.
        if (await Task.WhenAny(there, back) is { IsCompletedSuccessfully: false })
            _patience.End();
        await Task.WhenAll(there, back);
        _end = EgressEnd.Done;
    }

    /// <summary>Reads the first message of the tunnel; false when it is refused.</summary>
    async Task<bool> IsAsItSays(EgressDestination place)
    {
        _patience.Give(Limits.HeadMax);
        if (_buffer.Length == 0 && !await _buffer.Fill(_patience.Token))
        {
            // Nothing was said at all: a client that only tried the way.
            _end = EgressEnd.Done;
            return false;
        }
        if (_buffer.Span[0] is >= FirstLetter and <= LastLetter)
            return await ServeHttpWithin(place);
        return await IsHelloFor(place);
    }

    /// <summary>Reads the first message of TLS; false, and refused, when it is none for this place.</summary>
    async Task<bool> IsHelloFor(EgressDestination place)
    {
        ClientHello hello;
        while ((hello = ClientHello.Read(_buffer.Span)).Kind == HelloKind.Partial)
            if (_buffer.IsFull || !await _buffer.Fill(_patience.Token))
                break;
        if (ProblemWith(hello, place) is not { } problem)
        {
            _patience.Give(Limits.IdleMax);
            return true;
        }
        Deny(EgressVerdict.Refuse(problem.Code, problem.Why));
        if (hello.Kind == HelloKind.Whole)
            await Reply(_tlsDenied);
        return false;
    }

    // A name stands for its address only in DNS: whom the other end takes this for is what TLS asks for.
    static EgressProblem? ProblemWith(ClientHello hello, EgressDestination place) => hello switch
    {
        { Kind: not HelloKind.Whole } =>
            new("net.not-tls", "What comes is neither TLS nor HTTP, and the place is not granted as plain."),
        { Encrypted: true } => new("net.ech-refused", "TLS hides for whom it is."),
        { ServerName: null } when place.Address is null => new("net.sni-absent", "TLS does not say for whom it is."),
        { ServerName: { } name } when name != place.Host =>
            new("net.sni-mismatch", $"The tunnel is for {place}, and TLS is for {name}."),
        _ => null,
    };

    async Task<bool> ServeHttpWithin(EgressDestination place)
    {
        if (await ReadHead() is not { } head)
            return false;
        _method = head.Method;
        var problem = head.Method == "CONNECT"
            ? new("net.bad-request", "A tunnel leads to no other.")
            : ProblemWith(head, place, head.Target);
        if (problem is not null)
        {
            await Refuse(problem);
            return false;
        }
        // Only now is it a path: a whole address could hold a password.
        _path = HttpTarget.Plain(head.Target);
        if (!await Decide(Attempt(head, place, head.Target)))
        {
            await Answer();
            return false;
        }
        await Exchange(head, place, head.Target);
        return true;
    }
}

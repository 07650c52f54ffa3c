using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Writ.Identity;

namespace Writ.Server.Foreign;

/// <summary>
/// Proofs of possession at this server: for its own addresses, each once. What an earlier process has seen is not
/// known here, so a proof that could be of its time has to bear a nonce of this one.
/// </summary>
public sealed class DpopGuard
{
    public const string Header = "DPoP";
    public const string NonceHeader = "DPoP-Nonce";

    const int SeenMax = 50_000;
    const int NonceBytes = 16;
    static readonly TimeSpan _nonceLife = TimeSpan.FromMinutes(5);

    readonly TimeProvider _time;
    readonly DateTimeOffset _started;
    readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    readonly Lock _gate = new();
    readonly Dictionary<string, DateTimeOffset> _seen = new(StringComparer.Ordinal);
    readonly Queue<(string Key, DateTimeOffset Until)> _order = new();

    public DpopGuard(TimeProvider time)
    {
        _time = time;
        _started = time.GetUtcNow();
    }

    /// <summary>A nonce that is good now.</summary>
    public string Nonce() => NonceOf(Window());

    /// <summary>The key that a request proves, or why it proves none.</summary>
    /// <param name="issuer">The address of this server that the realm declares; null where it declares none.</param>
    public (ProvenKey? Proven, Refusal? Refusal) Check(HttpContext http, string? issuer, string? accessToken)
    {
        var headers = http.Request.Headers[Header];
        var now = _time.GetUtcNow();
        // Two proofs are none (RFC 9449, section 4.3, point 1).
        var (proven, problem) = DpopProof.Validate(
            headers.Count == 1 ? headers[0] : null,
            new DpopRequest(http.Request.Method, [.. UrlsOf(http, issuer)], accessToken), now);
        if (proven is null)
            return (null, new Refusal(problem!.Code, problem.Why));
        if (proven.Nonce is { } nonce ? !IsOurs(nonce) : proven.IssuedAt <= _started + DpopProof.Ahead)
            return (null, new Refusal("dpop.nonce", "The proof has to bear the nonce of this answer."));
        return TryTake(proven, now)
            ? (proven, null)
            : (null, new Refusal("dpop.replayed", "A proof counts once."));
    }

    // Never from the Host header alone: whoever relays a proof chooses that too.
    static IEnumerable<string> UrlsOf(HttpContext http, string? issuer)
    {
        var path = http.Request.PathBase + http.Request.Path;
        if (issuer is not null)
            yield return issuer + path;
        if (http.Connection.LocalIpAddress is not { } address)
            yield break;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        var place = new System.Net.IPEndPoint(address, http.Connection.LocalPort);
        yield return $"{http.Request.Scheme}://{place}{path}";
        if (System.Net.IPAddress.IsLoopback(address))
            yield return $"{http.Request.Scheme}://localhost:{place.Port}{path}";
    }

    bool TryTake(ProvenKey proven, DateTimeOffset now)
    {
        lock (_gate)
        {
            while (_order.TryPeek(out var oldest) && oldest.Until <= now)
                _seen.Remove(_order.Dequeue().Key);
            // Full means that nobody is believed, not that some are twice.
            if (_seen.Count >= SeenMax || !_seen.TryAdd(proven.ReplayKey, now))
                return false;
            _order.Enqueue((proven.ReplayKey, now + DpopProof.LifeMax + DpopProof.Ahead + DpopProof.Ahead));
            return true;
        }
    }

    bool IsOurs(string nonce)
    {
        var window = Window();
        return IsSame(nonce, NonceOf(window)) || IsSame(nonce, NonceOf(window - 1));
    }

    static bool IsSame(string given, string own) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(own));

    long Window() => _time.GetUtcNow().ToUnixTimeSeconds() / (long)_nonceLife.TotalSeconds;

    string NonceOf(long window) => Base64Url.EncodeToString(
        HMACSHA256.HashData(_secret, BitConverter.GetBytes(window)).AsSpan(0, NonceBytes));
}

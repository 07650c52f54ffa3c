using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Writ.Foreign;
using Writ.Identity;

namespace Writ.Server.Foreign;

/// <summary>
/// The keys of trusted issuers: pinned ones as they are declared, fetched ones from where that is declared. However
/// many tokens come, with whatever names of keys, an issuer is asked seldom.
/// </summary>
public sealed class ForeignKeys(KeyFetcher fetcher, TimeProvider time, ILogger<ForeignKeys> log)
{
    /// <summary>How long keys are good without another look.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(10);

    /// <summary>How long keys are good at most, when nobody answers.</summary>
    public static readonly TimeSpan GoodFor = TimeSpan.FromHours(1);

    /// <summary>How often an issuer is asked at most, whatever for.</summary>
    public static readonly TimeSpan AskedEvery = TimeSpan.FromSeconds(60);

    const int PlacesMax = 2 * TrustedIssuer.CountMax;

    readonly ConcurrentDictionary<string, Place> _places = new(StringComparer.Ordinal);

    /// <summary>The issuer's keys; null while there are none that could be believed.</summary>
    /// <param name="kid">The key that is looked for; null for any.</param>
    public async Task<ImmutableArray<PublicKeyJwk>?> Of(TrustedIssuer issuer, string? kid, CancellationToken cancel) =>
        await Document(issuer, keys => kid is null || keys.Any(k => k.Kid == kid), cancel) is { } document
            ? issuer.Read(document) : null;

    /// <summary>The bundle of a trust domain; null while there is none, and for every other issuer.</summary>
    public async Task<TrustBundle?> BundleOf(TrustedIssuer issuer, CancellationToken cancel) =>
        await Document(issuer, _ => true, cancel) is { } document ? issuer.ReadBundle(document) : null;

    async Task<byte[]?> Document(
        TrustedIssuer issuer, Func<ImmutableArray<PublicKeyJwk>, bool> isEnough, CancellationToken cancel)
    {
        if (issuer.KeysUrl is not { } url)
            return Encoding.UTF8.GetBytes(issuer.Keys ?? "");
        // What is declared otherwise is another place: keys of before are never taken over.
        var place = _places.GetOrAdd($"{issuer.Kind} {issuer.Issuer} {url}", _ => new Place());
        if (_places.Count > PlacesMax)
            _places.Clear();
        await place.Gate.WaitAsync(cancel);
        try
        {
            var now = time.GetUtcNow();
            var has = place.Document is not null && now < place.FetchedAt + FreshFor && isEnough(place.Keys);
            if (!has && now >= place.AskedAt + AskedEvery)
            {
                place.AskedAt = now;
                // Whoever asked may go away; the answer is for everybody who waits, and there is none for a minute.
                if (await fetcher.Fetch(new Uri(url), CancellationToken.None) is { } document
                    && issuer.Read(document) is { } keys)
                    (place.Document, place.Keys, place.FetchedAt) = (document, keys, now);
                else
                    ForeignLog.NoKeys(log, issuer.Id);
            }
            return now < place.FetchedAt + GoodFor ? place.Document : null;
        }
        finally
        {
            place.Gate.Release();
        }
    }

    sealed class Place
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public byte[]? Document { get; set; }

        public ImmutableArray<PublicKeyJwk> Keys { get; set; } = [];

        public DateTimeOffset FetchedAt { get; set; } = DateTimeOffset.UnixEpoch;

        public DateTimeOffset AskedAt { get; set; } = DateTimeOffset.UnixEpoch;
    }
}

/// <summary>Fetches one document of keys: https, one answer, of bounded size, in bounded time, from there and nowhere
/// else.</summary>
/// <param name="handler">What speaks TLS; a test's own trusts its own authority.</param>
public sealed class KeyFetcher(HttpMessageHandler handler) : IDisposable
{
    static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    readonly HttpClient _client = new(handler, disposeHandler: true)
    {
        Timeout = _patience,
        MaxResponseContentBufferSize = KeySet.BytesMax,
    };

    public static KeyFetcher Usual() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = _patience,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        MaxResponseHeadersLength = 16,
    });

    /// <summary>The document; null where there is none.</summary>
    public async Task<byte[]?> Fetch(Uri url, CancellationToken cancel)
    {
        if (url.Scheme != Uri.UriSchemeHttps)
            return null;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.Accept.ParseAdd("application/json, application/jwk-set+json");
            using var answer = await _client.SendAsync(request, cancel);
            return answer.StatusCode == System.Net.HttpStatusCode.OK
                ? await answer.Content.ReadAsByteArrayAsync(cancel) : null;
        }
        catch (Exception e) when (e is HttpRequestException or IOException
            || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return null;
        }
    }

    public void Dispose() => _client.Dispose();
}

/// <summary>Diagnostics of foreign identities.</summary>
static partial class ForeignLog
{
    [LoggerMessage(2301, LogLevel.Warning, "The keys of trusted issuer {Issuer} cannot be fetched, or are no keys")]
    public static partial void NoKeys(ILogger log, string issuer);
}

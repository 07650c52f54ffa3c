using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;

namespace Writ.Server.Leasing;

/// <summary>What a service answered.</summary>
/// <param name="Body">At most <see cref="BackendHttp.AnswerMax"/> bytes.</param>
sealed record BackendReply(HttpStatusCode Status, byte[] Body)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;
}

/// <summary>
/// Asks a service that gives credentials out: in TLS beyond this machine, without proxies, redirects, cookies or
/// anything else that leads elsewhere, and with a limit on everything that comes back. One for each operation.
/// </summary>
sealed class BackendHttp : IDisposable
{
    public const int AnswerMax = 1 << 20;
    const int HeadKibMax = 64;
    static readonly TimeSpan _connectMax = TimeSpan.FromSeconds(5);
    static readonly TimeSpan _answerMax = TimeSpan.FromSeconds(10);

    readonly HttpClient _client;
    readonly string _url;
    readonly string _service;

    /// <param name="service">What it is called in sentences.</param>
    /// <param name="url">Checked by the profile that it stands in.</param>
    /// <param name="roots">A PEM file with those who may vouch for it; the system's when null.</param>
    public BackendHttp(string service, string url, string? roots)
    {
        (_service, _url) = (service, url);
        Invariant.Must(
            new Uri(url) is { Scheme: "https" } or { Scheme: "http", IsLoopback: true }, "A service is asked in TLS.");
        SslClientAuthenticationOptions tls;
        try
        {
            tls = new SslClientAuthenticationOptions { CertificateChainPolicy = ServiceLink.Policy(roots) };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException
            or System.Security.Cryptography.CryptographicException)
        {
            throw new BackendFaultException(
                "lease.no-admin", $"The root certificates of {service} cannot be read.", e);
        }
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = _connectMax,
            MaxResponseHeadersLength = HeadKibMax,
            SslOptions = tls,
        })
        {
            Timeout = _answerMax,
            MaxResponseContentBufferSize = AnswerMax,
        };
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Sends one request.</summary>
    /// <param name="path">Begins with <c>/</c>, and is encoded already.</param>
    /// <param name="headers">Beside those that say what the content is.</param>
    /// <exception cref="BackendFaultException">Nobody answered, or not in time, or not as it should be.</exception>
    public async Task<BackendReply> Send(
        HttpMethod method, string path, IEnumerable<(string Name, string Value)> headers, byte[]? content,
        string? contentType, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, _url + path);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("writ", "1"));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (content is not null)
        {
            request.Content = new ByteArrayContent(content);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType!);
        }
        try
        {
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancel);
            return new BackendReply(answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(cancel));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new BackendFaultException("lease.backend-slow", $"{_service} did not answer in time.");
        }
        catch (HttpRequestException e) when (e.InnerException is AuthenticationException)
        {
            throw new BackendFaultException(
                "lease.backend-denied", $"{_service} is not the server that it should be.", e);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConfigurationLimitExceeded)
        {
            throw Broken("answers with more than anybody asked for");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new BackendFaultException("lease.backend-down", $"{_service} cannot be reached.", e);
        }
    }

    /// <summary>The same with content and answer in JSON; null for an answer without content.</summary>
    /// <exception cref="BackendFaultException">Also for an answer that is no success.</exception>
    public async Task<JsonElement?> Ask(
        HttpMethod method, string path, IEnumerable<(string Name, string Value)> headers, Action<Utf8JsonWriter>? write,
        CancellationToken cancel)
    {
        var reply = await Send(method, path, headers, write is null ? null : JsonOf(write), "application/json", cancel);
        return reply.IsSuccess ? Read(reply) : throw Refused(reply.Status);
    }

    /// <summary>An answer as JSON; null where it has no content.</summary>
    public JsonElement? Read(BackendReply reply)
    {
        if (reply.Body.Length == 0)
            return null;
        try
        {
            using var document = JsonDocument.Parse(reply.Body, new JsonDocumentOptions { MaxDepth = 32 });
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw Broken("answers with something else than JSON");
        }
    }

    /// <summary>A status as a fault. What stands beside it may quote what was sent.</summary>
    public BackendFaultException Refused(HttpStatusCode status) => new(
        (int)status switch
        {
            401 or 403 or 407 => "lease.backend-denied",
            408 or 504 => "lease.backend-slow",
            429 or 500 or 502 or 503 => "lease.backend-down",
            _ => "lease.backend-fault",
        },
        $"{_service} answered with {(int)status}.");

    public BackendFaultException Broken(string how) => new("lease.backend-fault", $"{_service} {how}.");

    /// <summary>One object.</summary>
    public static byte[] JsonOf(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}

/// <summary>Finds what an answer says, or nothing: whatever is missing is said by who asked.</summary>
static class JsonReading
{
    public static JsonElement? At(this JsonElement? element, params ReadOnlySpan<string> names)
    {
        var found = element;
        foreach (var name in names)
            found = found is { ValueKind: JsonValueKind.Object } at && at.TryGetProperty(name, out var next) ? next
                : null;
        return found;
    }

    /// <summary>A text that is not empty.</summary>
    public static string? TextAt(this JsonElement? element, params ReadOnlySpan<string> names) =>
        element.At(names) is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } value
            ? value
            : null;

    public static IEnumerable<JsonElement> ItemsAt(this JsonElement? element, params ReadOnlySpan<string> names) =>
        element.At(names) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}

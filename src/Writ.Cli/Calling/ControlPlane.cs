using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Writ.Cli.Settings;
using Writ.Wire;

namespace Writ.Cli.Calling;

/// <summary>
/// The control plane as people reach it: HTTPS with a verified certificate, or plain HTTP that never leaves the
/// machine. Redirects are not followed, because a login goes nowhere but where it was made.
/// </summary>
sealed class ControlPlane : IDisposable
{
    const int AnswerMax = 64 * 1024 * 1024;

    readonly HttpClient _http;
    readonly Uri _base;
    readonly TimeProvider _time;
    readonly ClientSettings _settings;

    static readonly TimeSpan _usualPatience = TimeSpan.FromSeconds(100);

    /// <param name="patience">How long an answer may take; 100 seconds when nothing is said.</param>
    public ControlPlane(ClientSettings settings, TimeProvider time, TimeSpan? patience = null)
    {
        (_settings, _time) = (settings, time);
        if (!Uri.TryCreate(settings.Url, UriKind.Absolute, out var url)
            || url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp)
            throw CliFaultException.Usage($"'{settings.Url}' is not a URL like {ClientSettings.DefaultUrl}");
        if (url.Scheme == Uri.UriSchemeHttp && !url.IsLoopback)
            throw CliFaultException.Usage($"{settings.Url} leaves this machine, so it has to be https");
        _base = url;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = !url.IsLoopback,
            ConnectTimeout = TimeSpan.FromSeconds(5),
        })
        {
            MaxResponseContentBufferSize = AnswerMax,
            Timeout = patience ?? _usualPatience,
        };
    }

    public T Get<T>(string path, JsonTypeInfo<T> type, bool asPerson = true) =>
        Read(Send(HttpMethod.Get, path, null, asPerson), type);

    /// <summary>An answer that is read as text: what it holds is checked by whoever asks.</summary>
    public string GetText(string path) =>
        System.Text.Encoding.UTF8.GetString(Send(HttpMethod.Get, path, null, asPerson: true));

    public T Post<TBody, T>(
        string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> type, bool asPerson = true) =>
        Read(Send(HttpMethod.Post, path, JsonSerializer.SerializeToUtf8Bytes(body, bodyType), asPerson), type);

    /// <summary>For addresses whose answer says nothing more than that it was done.</summary>
    public void Post<TBody>(string path, TBody body, JsonTypeInfo<TBody> bodyType, bool asPerson = true) =>
        Send(HttpMethod.Post, path, JsonSerializer.SerializeToUtf8Bytes(body, bodyType), asPerson);

    /// <summary>Asks for something to be done that needs no words.</summary>
    public T Post<T>(string path, JsonTypeInfo<T> type) =>
        Read(Send(HttpMethod.Post, path, null, asPerson: true), type);

    public void Delete(string path) => Send(HttpMethod.Delete, path, null, asPerson: true);

    /// <summary>A published file of the ledger; null when it is not there.</summary>
    public byte[]? Tile(string path)
    {
        using var request = Request(HttpMethod.Get, $"/v1/ledger/tiles/{path}", asPerson: false);
        using var response = Exchange(request, HttpCompletionOption.ResponseContentRead);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        var bytes = Content(response);
        return response.IsSuccessStatusCode ? bytes : throw Fault(response, bytes);
    }

    /// <summary>Calls back with the name of every event until the control plane ends the stream.</summary>
    public void Listen(string path, Action<string> onEvent)
    {
        using var request = Request(HttpMethod.Get, path, asPerson: true);
        using var response = Exchange(request, HttpCompletionOption.ResponseHeadersRead);
        if (!response.IsSuccessStatusCode)
            throw Fault(response, Content(response));
        try
        {
            using var reader = new StreamReader(response.Content.ReadAsStream());
            while (reader.ReadLine() is { } line)
                if (line.StartsWith("event:", StringComparison.Ordinal))
                    onEvent(line[6..].Trim());
        }
        catch (IOException e)
        {
            throw CliFaultException.Unreachable("the control plane ended the stream of events", e);
        }
    }

    public void Dispose() => _http.Dispose();

    byte[] Send(HttpMethod method, string path, byte[]? body, bool asPerson)
    {
        using var request = Request(method, path, asPerson);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        using var response = Exchange(request, HttpCompletionOption.ResponseContentRead);
        var bytes = Content(response);
        return response.IsSuccessStatusCode ? bytes : throw Fault(response, bytes);
    }

    HttpRequestMessage Request(HttpMethod method, string path, bool asPerson)
    {
        var request = new HttpRequestMessage(method, new Uri(_base, path));
        if (asPerson)
        {
            var login = Login();
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", $"{login.Login}.{login.Token}");
        }
        return request;
    }

    LoginFile Login()
    {
        var person = _settings.Person;
        var login = LoginFile.Read(_settings.LoginPath(person));
        if (login is null || login.ExpiresAt <= _time.GetUtcNow())
            throw new CliFaultException(Exits.Refused, "person.not-logged-in",
                $"{person} {(login is null ? "is not logged in" : "was logged in until "
                    + Moments.Text(login.ExpiresAt))}; log in with: writ login");
        return login.Url == _settings.Url
            ? login
            : throw new CliFaultException(Exits.Refused, "person.not-logged-in",
                $"{person} is logged in at {login.Url}, not at {_settings.Url}; log in with: writ login");
    }

    HttpResponseMessage Exchange(HttpRequestMessage request, HttpCompletionOption completion)
    {
        try
        {
            return _http.Send(request, completion);
        }
        catch (HttpRequestException e)
        {
            var why = e.HttpRequestError == HttpRequestError.SecureConnectionError
                ? "its certificate cannot be verified"
                : "is writd running?";
            throw CliFaultException.Unreachable($"the control plane at {_settings.Url} does not answer; {why}", e);
        }
        catch (TaskCanceledException e)
        {
            throw CliFaultException.Unreachable($"the control plane at {_settings.Url} did not answer in time", e);
        }
    }

    byte[] Content(HttpResponseMessage response)
    {
        try
        {
            using var stream = response.Content.ReadAsStream();
            using var all = new MemoryStream();
            var chunk = new byte[16 * 1024];
            while (stream.Read(chunk) is > 0 and var count)
            {
                if (all.Length + count > AnswerMax)
                    throw NotWrit();
                all.Write(chunk, 0, count);
            }
            return all.ToArray();
        }
        catch (IOException e)
        {
            throw CliFaultException.Unreachable("the control plane's answer was cut off", e);
        }
    }

    T Read<T>(byte[] bytes, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, type) ?? throw NotWrit();
        }
        catch (JsonException e)
        {
            throw new CliFaultException(Exits.Error, "control-plane.not-understood",
                $"the answer of {_settings.Url} cannot be read at {e.Path ?? "its start"}; are client and server of "
                + "one version?", e);
        }
    }

    CliFaultException Fault(HttpResponseMessage response, byte[] body)
    {
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json")
            return new CliFaultException(Exits.Error, "control-plane.not-understood",
                $"{_settings.Url} answered {(int)response.StatusCode}, and not as a Writ control plane does");
        return CliFaultException.Refused(Read(body, ApiJson.Default.Problem));
    }

    CliFaultException NotWrit() => new(
        Exits.Error, "control-plane.not-understood", $"{_settings.Url} does not answer as a Writ control plane does");
}

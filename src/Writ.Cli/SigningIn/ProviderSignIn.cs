using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Writ.Cli.Screens;
using Writ.Identity;
using Writ.Wire;

namespace Writ.Cli.SigningIn;

/// <summary>
/// Signs a person in with the realm's OpenID provider: an authorization code with PKCE (RFC 7636), brought back to this
/// machine (RFC 8252). What it is for stands in the nonce; whether the token is genuine is the control plane's to say.
/// </summary>
static class ProviderSignIn
{
    static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);

    /// <summary>An ID token for exactly this nonce.</summary>
    /// <param name="fresh">The provider has to ask who it is, however lately it did.</param>
    public static string IdToken(SignInView provider, string nonce, bool fresh)
    {
        using var http = new ProviderHttp(provider.Issuer);
        var known = http.Discover();
        using var redirect = new LoopbackRedirect();
        var verifier = Secret();
        var state = Secret();
        var query = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["response_type"] = "code",
            ["client_id"] = provider.ClientId,
            ["redirect_uri"] = redirect.Url,
            ["scope"] = "openid",
            ["state"] = state,
            ["nonce"] = nonce,
            ["code_challenge"] = Digests.Jose(verifier),
            ["code_challenge_method"] = "S256",
        };
        if (fresh)
            (query["prompt"], query["max_age"]) = ("login", "0");
        if (provider.Acr is { } acr)
            query["acr_values"] = acr;
        var url = known.Authorization + (known.Authorization.Contains('?') ? '&' : '?') + Encoded(query);
        Screen.Say($"Sign in with {provider.Issuer}:\n  {url}");
        Open(url);
        var answer = redirect.Await(state, _patience);
        if (answer.TryGetValue("iss", out var issuer) ? issuer != provider.Issuer : known.NamesItself)
            throw Refused("the answer is of another provider");
        if (answer.TryGetValue("error", out var error))
            throw Refused($"the provider says {Shell.VisibleText.Of(error)}");
        if (!answer.TryGetValue("code", out var code) || code.Length == 0)
            throw Refused("the provider gave no code");
        return http.Exchange(known.Token, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = redirect.Url,
            ["client_id"] = provider.ClientId,
            ["code_verifier"] = verifier,
        });
    }

    internal static CliFaultException Refused(string what) =>
        new(Exits.Refused, "cli.sign-in", $"signing in did not work: {what}");

    internal static string Encoded(Dictionary<string, string> fields) => string.Join(
        '&', fields.Select(f => $"{Uri.EscapeDataString(f.Key)}={Uri.EscapeDataString(f.Value)}"));

    static string Secret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    // Where there is none, the person opens what was printed.
    static void Open(string url)
    {
        var browser = Environment.GetEnvironmentVariable("BROWSER") is { Length: > 0 } named ? named : "xdg-open";
        try
        {
            using var started = Process.Start(new ProcessStartInfo(browser, [url])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            Screen.Say("writ: no browser could be started; open the address yourself.");
        }
    }
}

/// <summary>What a provider says of itself (OpenID Connect Discovery), as far as it is needed.</summary>
/// <param name="NamesItself">Its answers name it (RFC 9207), so that one without a name is none of its.</param>
sealed record ProviderPlaces(string Authorization, string Token, bool NamesItself);

/// <summary>The provider, by https and nothing else: no redirects, no cookies, bounded answers.</summary>
sealed class ProviderHttp(string issuer) : IDisposable
{
    const int AnswerMax = 1024 * 1024;

    readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
    })
    {
        MaxResponseContentBufferSize = AnswerMax,
        Timeout = TimeSpan.FromSeconds(30),
    };

    public ProviderPlaces Discover()
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get, Https($"{issuer.TrimEnd('/')}/.well-known/openid-configuration"));
        using var document = Send(request);
        var root = document.RootElement;
        if (Text(root, "issuer") != issuer)
            throw ProviderSignIn.Refused("the provider says that it is another one than the realm names");
        if (root.TryGetProperty("code_challenge_methods_supported", out var methods)
            && methods.ValueKind == JsonValueKind.Array
            && !methods.EnumerateArray().Any(m => m.ValueKind == JsonValueKind.String && m.GetString() == "S256"))
            throw ProviderSignIn.Refused("the provider does not know PKCE with S256");
        return new ProviderPlaces(
            Https(Text(root, "authorization_endpoint")).AbsoluteUri, Https(Text(root, "token_endpoint")).AbsoluteUri,
            root.TryGetProperty("authorization_response_iss_parameter_supported", out var names)
                && names.ValueKind == JsonValueKind.True);
    }

    /// <summary>The ID token that a code is worth.</summary>
    public string Exchange(string tokenEndpoint, Dictionary<string, string> form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, tokenEndpoint)
        {
            Content = new StringContent(
                ProviderSignIn.Encoded(form), System.Text.Encoding.ASCII, "application/x-www-form-urlencoded"),
        };
        using var document = Send(request);
        return Text(document.RootElement, "id_token")
            ?? throw ProviderSignIn.Refused("the provider gave no ID token");
    }

    public void Dispose() => _http.Dispose();

    JsonDocument Send(HttpRequestMessage request)
    {
        try
        {
            using var answer = _http.Send(request);
            using var body = answer.Content.ReadAsStream();
            var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            if (answer.IsSuccessStatusCode && document.RootElement.ValueKind == JsonValueKind.Object)
                return document;
            var error = document.RootElement.ValueKind == JsonValueKind.Object
                ? Text(document.RootElement, "error") : null;
            document.Dispose();
            throw ProviderSignIn.Refused(
                $"the provider answered {(int)answer.StatusCode} {Shell.VisibleText.Of(error ?? "")}".TrimEnd());
        }
        catch (JsonException)
        {
            throw ProviderSignIn.Refused("the provider's answer cannot be read");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            throw CliFaultException.Unreachable($"the provider {issuer} does not answer", e);
        }
    }

    static Uri Https(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps
            ? uri
            : throw ProviderSignIn.Refused("the provider names an address that is not https");

    static string? Text(JsonElement map, string name) =>
        map.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Writ.Leases;
using Writ.Server.Egress;

namespace Writ.Server.Leasing;

/// <summary>
/// Tokens of a service account of Kubernetes by TokenRequest, each bound to an empty Secret that is made for its lease:
/// when that is deleted, the API server takes the token no more.
/// </summary>
sealed class KubernetesBackend(CredentialBackend.Kubernetes profile, AdminAccount admin, TimeProvider time)
    : ICredentialBackend
{
    const string Label = "writ.dev/realm";
    const string Prefix = "w-";
    const string AccountPrefix = "w_";
    const int RealmCharacters = 7;
    const int PageSize = 500;
    const int PagesMax = 200;

    // The API server gives none that lives shorter; the object ends it before.
    const int SecondsLeast = 600;

    public async Task<IssuedCredential> Issue(string account, DateTimeOffset until, CancellationToken cancel)
    {
        using var http = Open();
        var uid = await MakeSecret(http, account, cancel);
        var seconds = Math.Max(SecondsLeast, (long)(until - time.GetUtcNow()).TotalSeconds);
        var answer = await http.Ask(
            HttpMethod.Post, $"{Namespaced}/serviceaccounts/{profile.ServiceAccount}/token", As, json =>
            {
                json.WriteString("apiVersion", "authentication.k8s.io/v1");
                json.WriteString("kind", "TokenRequest");
                json.WriteStartObject("spec");
                json.WriteStartArray("audiences");
                foreach (var audience in profile.Audiences)
                    json.WriteStringValue(audience);
                json.WriteEndArray();
                json.WriteNumber("expirationSeconds", seconds);
                json.WriteStartObject("boundObjectRef");
                json.WriteString("apiVersion", "v1");
                json.WriteString("kind", "Secret");
                json.WriteString("name", NameOf(account));
                json.WriteString("uid", uid);
                json.WriteEndObject();
                json.WriteEndObject();
            }, cancel);
        if (answer.TextAt("status", "token") is not { } token || !HeldCredential.IsSecret(token))
            throw http.Broken("gave no token");
        // A server may know of no binding; then the deletion of the object would end nothing.
        if (answer.TextAt("spec", "boundObjectRef", "uid") != uid)
            throw new BackendFaultException("lease.backend-unsafe", "Kubernetes did not bind the token to its object.");
        return new IssuedCredential(
            Fingerprints.Of(token),
            [
                new DeliveredFile(Delivery.KubeFile, JsonReading.Utf8(KubeConfig(token))),
                new DeliveredFile(Delivery.TokenFile, JsonReading.Utf8(token)),
            ],
            [token], Token: token);
    }

    /// <summary>A token ends as it was made.</summary>
    public Task Extend(string account, DateTimeOffset until, CancellationToken cancel) => Task.CompletedTask;

    public async Task<int> Revoke(string account, CancellationToken cancel)
    {
        using var http = Open();
        var reply = await http.Send(
            HttpMethod.Delete, $"{Namespaced}/secrets/{NameOf(account)}", As, null, null, cancel);
        return reply.IsSuccess || reply.Status == HttpStatusCode.NotFound ? 0 : throw http.Refused(reply.Status);
    }

    /// <summary>Each request shows the token anew.</summary>
    public Task<int> TerminateSessions(string account, CancellationToken cancel) => Task.FromResult(0);

    public async Task<ImmutableArray<string>> Enumerate(string prefix, CancellationToken cancel)
    {
        using var http = Open();
        var ours = Uri.EscapeDataString($"{Label}={RealmOf(prefix)}");
        var found = ImmutableArray.CreateBuilder<string>();
        var next = "";
        for (var page = 0; page < PagesMax; page++)
        {
            var answer = await http.Ask(
                HttpMethod.Get, string.Create(
                    CultureInfo.InvariantCulture, $"{Namespaced}/secrets?labelSelector={ours}&limit={PageSize}")
                    + (next.Length == 0 ? "" : $"&continue={Uri.EscapeDataString(next)}"), As, null, cancel);
            foreach (var item in answer.ItemsAt("items"))
                if (((JsonElement?)item).TextAt("metadata", "name") is { } name
                    && name.StartsWith(Prefix, StringComparison.Ordinal)
                    && AccountPrefix + name[Prefix.Length..] is var account
                    && account.StartsWith(prefix, StringComparison.Ordinal))
                    found.Add(account);
            if (answer.TextAt("metadata", "continue") is not { } more)
                return found.ToImmutable();
            next = more;
        }
        throw http.Broken("lists more than anybody made");
    }

    string Namespaced => $"/api/v1/namespaces/{profile.Namespace}";

    IEnumerable<(string, string)> As =>
        [("Authorization", $"Bearer {admin.Password}"), ("Accept", "application/json")];

    BackendHttp Open() => new("Kubernetes", profile.Url, admin.RootCertificates);

    // What was made in a call that failed is used on.
    async Task<string> MakeSecret(BackendHttp http, string account, CancellationToken cancel)
    {
        var name = NameOf(account);
        var reply = await http.Send(HttpMethod.Post, $"{Namespaced}/secrets", As, BackendHttp.JsonOf(json =>
        {
            json.WriteString("apiVersion", "v1");
            json.WriteString("kind", "Secret");
            json.WriteString("type", "Opaque");
            json.WriteStartObject("metadata");
            json.WriteString("name", name);
            json.WriteStartObject("labels");
            json.WriteString("app.kubernetes.io/managed-by", "writ");
            json.WriteString(Label, RealmOf(account));
            json.WriteEndObject();
            json.WriteEndObject();
        }), "application/json", cancel);
        if (reply.Status == HttpStatusCode.Conflict)
            reply = await http.Send(HttpMethod.Get, $"{Namespaced}/secrets/{name}", As, null, null, cancel);
        if (!reply.IsSuccess)
            throw http.Refused(reply.Status);
        return http.Read(reply).TextAt("metadata", "uid") ?? throw http.Broken("made an object without a uid");
    }

    static string NameOf(string account) => Prefix + account[AccountPrefix.Length..];

    // What every account of a realm begins with, without the '_' that a label may not begin or end with.
    static string RealmOf(string account) => account[AccountPrefix.Length..Math.Min(account.Length, RealmCharacters)];

    // JSON is YAML, and needs no rules for what is to be quoted.
    string KubeConfig(string token)
    {
        var roots = admin.RootCertificates is { } file
            ? Convert.ToBase64String(Encoding.UTF8.GetBytes(File.ReadAllText(file))) : null;
        return Encoding.UTF8.GetString(BackendHttp.JsonOf(json =>
        {
            json.WriteString("apiVersion", "v1");
            json.WriteString("kind", "Config");
            json.WriteString("current-context", "writ");
            Named(json, "clusters", "cluster", () =>
            {
                json.WriteString("server", profile.Url);
                if (roots is not null)
                    json.WriteString("certificate-authority-data", roots);
            });
            Named(json, "users", "user", () => json.WriteString("token", token));
            Named(json, "contexts", "context", () =>
            {
                json.WriteString("cluster", "writ");
                json.WriteString("user", "writ");
                json.WriteString("namespace", profile.Namespace);
            });
        }));
    }

    static void Named(Utf8JsonWriter json, string list, string kind, Action write)
    {
        json.WriteStartArray(list);
        json.WriteStartObject();
        json.WriteString("name", "writ");
        json.WriteStartObject(kind);
        write();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }
}

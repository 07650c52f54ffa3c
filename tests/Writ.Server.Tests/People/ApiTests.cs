using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Writ.Server.Endpoints;
using Writ.Wire;

namespace Writ.Server.Tests.PeoplePath;

public sealed class ApiTests
{
    static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    [Theory]
    [InlineData("/v1/logins", 70_000)]
    [InlineData("/v1/changes/preview", 10 * 1024 * 1024)]
    [InlineData("/v1/changes", 10 * 1024 * 1024)]
    public async Task A_body_over_its_limit_is_refused(string path, int bytes)
    {
        await using var realm = await PeopleRealm.Start();
        var ada = await realm.Founder();
        var body = Json(new string(' ', bytes));
        Assert.Equal("api.too-large", await Someone.CodeOf(ada.Send(HttpMethod.Post, path, body)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"person":"ada","code":null,"spki":"x","signature":"x"}""")]
    [InlineData("""{"person":"ADA","code":"x","spki":"x","signature":"x"}""")]
    [InlineData("""{"person":7,"code":"x","spki":"x","signature":"x"}""")]
    [InlineData("""{"person":"ada","code":"x","spki":"x","signature":"x","extra":1}""")]
    [InlineData("""{"person":"ada","code":"\ud800","spki":"x","signature":"x"}""")]
    public async Task A_body_that_is_not_what_the_api_describes_is_said_to_be_malformed(string body)
    {
        await using var realm = await PeopleRealm.Start();
        var size = realm.Actor.State.Now;
        var problem = await Someone.Problem(
            await new Someone(realm, "ada").Send(HttpMethod.Post, "/v1/enrol", Json(body)));
        Assert.Equal(("api.malformed", 400), (problem.Code, problem.Status));
        Assert.Equal(size, realm.Actor.State.Now);
    }

    [Theory]
    [InlineData("{\n  \"person\": 7,\n", "$.person (line 2, byte ")]
    [InlineData("{\n  \"person\": \"ada\",\n  \"code\": }\n", "$.code (line 3, byte ")]
    [InlineData("{\n  \"secret-of-mine\": 1\n}", "(line 2, byte ")]
    public async Task A_malformed_body_is_told_with_its_place_and_what_was_expected(string body, string place)
    {
        await using var realm = await PeopleRealm.Start();
        var problem = await Someone.Problem(
            await new Someone(realm, "ada").Send(HttpMethod.Post, "/v1/enrol", Json(body)));
        Assert.Contains(place, problem.Detail, StringComparison.Ordinal);
        Assert.Contains("EnrolRequest", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_endpoint_that_reads_a_body_survives_an_empty_object()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        // A sweep and a look are asked for without a word. Tokens are asked for with a form, and those who come from
        // elsewhere with a pass: RemoteTests.
        foreach (var line in AuthorizationTable.Lines.Where(
            l => l.Method == "POST" && l.Who is not (Who.AgentPeer or Who.RemoteAgent)
                && l.Route is not ("/v1/leases/sweep" or "/v1/findings/review" or "/v1/token")))
        {
            var path = line.Route.Replace("{id}", "x", StringComparison.Ordinal);
            var problem = await Someone.Problem(await ada.Send(HttpMethod.Post, path, Json("{}")));
            Assert.Equal((line.Route, "api.malformed"), (line.Route, problem.Code));
        }
    }

    [Fact]
    public async Task A_client_that_disconnects_while_it_waits_leaves_the_server_well()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        for (var i = 0; i < 10; i++)
        {
            using var client = new TcpClient("127.0.0.1", realm.Address.Port);
            // Half a body, then gone.
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /v1/changes/preview HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ada.Bearer}\r\n"
                + "Content-Length: 1000\r\n\r\n{\"files\":["));
        }
        Someone.Must(await ada.Send(HttpMethod.Get, "/v1/document"));
    }

    [Fact]
    public async Task The_description_has_every_address_for_people_and_says_what_it_does()
    {
        await using var realm = await PeopleRealm.Start();
        using var description = JsonDocument.Parse(await realm.Http.GetStringAsync("/openapi/v1.json"));
        var paths = description.RootElement.GetProperty("paths");
        foreach (var line in AuthorizationTable.Lines
            .Where(l => l.Who != Who.AgentPeer && l.Route.StartsWith("/v1/", StringComparison.Ordinal)))
        {
            var path = line.Route.Replace("{**path}", "{path}", StringComparison.Ordinal);
            Assert.True(paths.TryGetProperty(path, out var item), path);
            var operation = item.GetProperty(line.Method.ToLowerInvariant());
            Assert.NotEmpty(operation.GetProperty("summary").GetString()!);
            Assert.NotEmpty(operation.GetProperty("description").GetString()!);
            Assert.Equal(
                line.Route.Contains('{', StringComparison.Ordinal), operation.TryGetProperty("parameters", out var _));
            // Whoever can be refused is told so as problem details.
            if (line.Who == Who.Person)
                Assert.True(operation.GetProperty("responses").EnumerateObject().Any(r =>
                    r.Value.TryGetProperty("content", out var content)
                    && content.TryGetProperty("application/problem+json", out _)), path);
        }
        Assert.True(description.RootElement.GetProperty("components").GetProperty("schemas").GetProperty("Problem")
            .GetProperty("properties").TryGetProperty("code", out _));
        Assert.DoesNotContain(paths.EnumerateObject(), p => p.Name.StartsWith("/v1/agent/", StringComparison.Ordinal));
        var schemas = description.RootElement.GetProperty("components").GetProperty("schemas");
        var person = schemas.GetProperty("InviteRequest").GetProperty("properties").GetProperty("person");
        if (person.TryGetProperty("$ref", out var reference))
            person = schemas.GetProperty(reference.GetString()!.Split('/')[^1]);
        Assert.Equal("string", person.GetProperty("type").GetString());
    }

    [Fact]
    public async Task The_published_ledger_is_served_and_nothing_beside_it()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var ledger = await ada.Get("/v1/ledger", ApiJson.Default.LedgerView);
        Assert.StartsWith("writ.test/realm\n", ledger.Checkpoint, StringComparison.Ordinal);
        Assert.True(SpinWait.SpinUntil(
            () => realm.Http.GetAsync("/v1/ledger/tiles/checkpoint").GetAwaiter().GetResult().IsSuccessStatusCode,
            TimeSpan.FromSeconds(30)));
        foreach (var path in new[]
        {
            "..%2fkeys%2flog.key", "tile/..%2f..%2fkeys", "tile", "tile//0", "x", "tile/0/.p",
        })
            Assert.Equal("ledger.unknown-tile", await Someone.CodeOf(realm.Http.GetAsync($"/v1/ledger/tiles/{path}")));
        // What a client would tidy up before sending is sent as it is.
        foreach (var path in new[] { "tile/../../keys/log.key", "../keys/log.key", "tile/..%2f..%2fkeys%2flog.key" })
            Assert.DoesNotContain("PRIVATE", await Raw(realm, $"/v1/ledger/tiles/{path}"), StringComparison.Ordinal);
    }

    static async Task<string> Raw(PeopleRealm realm, string path)
    {
        using var client = new TcpClient("127.0.0.1", realm.Address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(client.GetStream());
        var answer = await reader.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 404", answer, StringComparison.Ordinal);
        return answer;
    }

    [Fact]
    public async Task Doctor_finds_what_is_weak()
    {
        await using var realm = await PeopleRealm.Start();
        var ada = await realm.Founder();
        var findings = (await ada.Get("/v1/doctor", ApiJson.Default.DoctorView)).Findings;
        foreach (var code in new[]
        {
            "host.containment", "host.same-uid", "realm.one-person", "storage.permissions", "ledger.no-witness",
            "host.sqlite", "host.libcrypto",
        })
            Assert.Contains(findings, f => f.Code == code);
        Assert.Equal("weak", findings.Single(f => f.Code == "realm.one-person").Level);
        Assert.All(findings, f => Assert.Equal(f.Level == "ok", f.Next is null));
    }
}

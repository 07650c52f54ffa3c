using System.Collections.Immutable;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Writ.Server.Callers;
using Writ.Server.Endpoints;
using Writ.Server.Sequencer;
using Writ.Server.Tests.Storage;

namespace Writ.Server.Tests.PeoplePath;

public sealed class AuthorizationTests
{

    static string Filled(string route) => route.Replace("{id}", "x", StringComparison.Ordinal)
        .Replace("{**path}", "checkpoint", StringComparison.Ordinal).Replace("{client}", "x", StringComparison.Ordinal)
        .Replace("{documentName}", "v1", StringComparison.Ordinal);

    [Fact]
    public async Task Every_endpoint_has_a_line_and_every_line_an_endpoint()
    {
        await using var realm = await PeopleRealm.Start();
        var endpoints = ((IEndpointRouteBuilder)realm.App).DataSources.SelectMany(s => s.Endpoints).ToList();
        Assert.Empty(AuthorizationTable.Disagreements(endpoints));
        Assert.NotEmpty(AuthorizationTable.Disagreements(endpoints.Skip(1)));
        Assert.All(AuthorizationTable.Lines, l => Assert.DoesNotContain(' ', l.Why));
    }

    [Fact]
    public async Task An_endpoint_without_a_line_keeps_the_server_from_starting()
    {
        using var folder = new TemporaryFolder();
        await Inception.Create(folder["data"],
            new InceptionOrder("Test", "writ.test/realm", new PersonId("ada"), "Ada"), TimeProvider.System,
            new IdSource());
        await using var app = PeopleRealm.Build(folder, TimeProvider.System, _ => { });
        PeopleRealm.MapMissingAgentEndpoints(app);
        app.MapGet("/v1/back-door", () => "open");
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => app.StartAsync());
        Assert.Contains("/v1/back-door", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agents_process_is_refused_at_every_address_for_people()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        realm.Agents.Note(Environment.ProcessId, 0);
        foreach (var line in AuthorizationTable.Lines)
            Assert.Equal("person.inside-session", await Someone.CodeOf(
                ada.Send(new HttpMethod(line.Method), Filled(line.Route))));
        Assert.Equal("person.inside-session", await Someone.CodeOf(ada.Send(HttpMethod.Get, "/v1/nothing")));
        realm.Agents.Pids.Clear();
        Someone.Must(await ada.Send(HttpMethod.Get, "/v1/document"));
    }

    [Fact]
    public async Task Without_a_login_only_what_is_for_anybody_answers()
    {
        await using var realm = await PeopleRealm.Start();
        var stranger = new Someone(realm, "eve");
        foreach (var line in AuthorizationTable.Lines.Where(l => l.Who is Who.Person or Who.Governance))
            Assert.Equal("person.not-logged-in", await Someone.CodeOf(
                stranger.Send(new HttpMethod(line.Method), Filled(line.Route))));
        foreach (var path in new[] { "/v1/health", "/v1/realm", "/openapi/v1.json" })
            Someone.Must(await stranger.Send(HttpMethod.Get, path));
        foreach (var line in AuthorizationTable.Lines.Where(l => l.Who == Who.AgentPeer))
            Assert.Equal("api.wrong-listener", await Someone.CodeOf(
                stranger.Send(new HttpMethod(line.Method), Filled(line.Route))));
        Assert.Equal("api.unknown", await Someone.CodeOf(stranger.Send(HttpMethod.Get, "/v1/nothing")));
        Assert.Equal("api.unknown", await Someone.CodeOf(stranger.Send(HttpMethod.Put, "/v1/document")));
    }

    [Fact]
    public async Task The_agents_socket_answers_nothing_that_is_for_people()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(realm.Socket), cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        { BaseAddress = new Uri("http://agents") };
        foreach (var line in AuthorizationTable.Lines.Where(l => l.Who != Who.AgentPeer))
        {
            var request = new HttpRequestMessage(new HttpMethod(line.Method), Filled(line.Route));
            request.Headers.Add("Authorization", $"Bearer {ada.Bearer}");
            Assert.Equal("api.wrong-listener", await Someone.CodeOf(http.SendAsync(request)));
        }
    }

    /// <summary>Real processes, the real /proc: a child that speaks HTTP by itself.</summary>
    [Theory]
    [InlineData("", 200)]
    [InlineData("WRIT_SESSION=ses-1", 403)]
    [InlineData("CLAUDECODE=1", 403)]
    public async Task A_process_started_inside_a_session_is_seen_for_what_it_is(string variable, int status)
    {
        await using var realm = await PeopleRealm.Start(
            b => b.Services.AddSingleton<IAgentProcesses, AgentProcesses>());
        // A grandchild without the variable descends from a child that has it.
        Assert.Equal(status, await Knock(realm, variable, "env -u WRIT_SESSION -u CLAUDECODE bash -c"));
    }

    [Fact]
    public async Task A_descendant_of_a_noted_process_is_inside_and_a_reused_number_is_not()
    {
        await using var realm = await PeopleRealm.Start(
            b => b.Services.AddSingleton<IAgentProcesses, AgentProcesses>());
        var agents = realm.App.Services.GetRequiredService<IAgentProcesses>();
        var self = new ProcessTable().Find(Environment.ProcessId)!.Value;
        agents.Note(self.Pid, self.StartTime - 1);
        Assert.Equal(200, await Knock(realm, "", "bash -c"));
        agents.Note(self.Pid, self.StartTime);
        Assert.Equal(403, await Knock(realm, "", "bash -c"));
    }

    [Fact]
    public void The_memory_of_agents_is_bounded()
    {
        var agents = new AgentProcesses(new ProcessTable());
        var self = new ProcessTable().Find(Environment.ProcessId)!.Value;
        agents.Note(self.Pid, self.StartTime);
        for (var i = 0; i < AgentProcesses.NotedMax + 10; i++)
            agents.Note(10_000_000 + i, 1);
        Assert.True(agents.IsInsideSession(self.Pid));
        Assert.True(agents.IsInsideSession(9_999_999), "a process nobody can look at is not trusted");
    }

    static async Task<int> Knock(PeopleRealm realm, string variable, string shell)
    {
        var script = $"exec 3<>/dev/tcp/127.0.0.1/{realm.Address.Port}; "
            + "printf 'GET /v1/realm HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' >&3; "
            + "read -r line <&3; echo $line";
        // The outer shell stays, so that the inner one has it as its parent.
        var start = new ProcessStartInfo("bash", ["-c", $"{shell} \"$1\"; true", "outer", script])
        {
            RedirectStandardOutput = true,
        };
        start.Environment.Remove("CLAUDECODE");
        start.Environment.Remove("WRIT_SESSION");
        if (variable.Length > 0)
            start.Environment.Add(variable.Split('=')[0], variable.Split('=')[1]);
        using var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}

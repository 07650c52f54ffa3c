using Microsoft.Extensions.DependencyInjection;
using Writ.Server.Endpoints;
using Writ.Wire;

namespace Writ.Server.Tests.PeoplePath;

public sealed class EventTests
{
    static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Whoever_watches_is_told_and_leaves_without_a_trace()
    {
        var (realm, ada, bob, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var streams = realm.App.Services.GetRequiredService<EventStreams>();
        using (var response = await bob.Send(HttpMethod.Get, "/v1/events"))
        {
            Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            Assert.Equal(": watching", await Line(reader));
            var session = await ada.Open();
            Assert.Equal("event: session", await Next(reader));
            Assert.StartsWith(
                $$"""data: {"id":"{{session}}","what":"session.opened","index":""", await Next(reader),
                StringComparison.Ordinal);
            PeopleRealm.Accepted(await realm.Ask(session, "req-1", "ls"));
            Assert.Equal("event: request", await Next(reader));
            Assert.Contains("\"what\":\"policy.approval\"", await Next(reader), StringComparison.Ordinal);
            Assert.Equal(1, streams.Count);
        }
        Assert.True(SpinWait.SpinUntil(() => streams.Count == 0, _patience));
        Someone.Must(await ada.Send(HttpMethod.Get, "/v1/document"));
    }

    [Fact]
    public async Task Streams_are_bounded_in_number()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var streams = realm.App.Services.GetRequiredService<EventStreams>();
        var held = Enumerable.Range(0, EventStreams.StreamsMax).Select(_ => streams.Open()!).ToList();
        Assert.Equal("api.too-many-listeners", await Someone.CodeOf(ada.Send(HttpMethod.Get, "/v1/events")));
        held.ForEach(streams.Close);
    }

    [Fact]
    public async Task A_watcher_who_does_not_keep_up_is_let_go()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var streams = realm.App.Services.GetRequiredService<EventStreams>();
        var slow = streams.Open()!;
        for (var i = 0; i <= EventStreams.WaitingMax; i++)
            await ada.Open("staging");
        Assert.True(SpinWait.SpinUntil(() => slow.Reader.Count == EventStreams.WaitingMax, _patience));
        while (slow.Reader.TryRead(out var _))
        {
        }
        await slow.Reader.Completion.WaitAsync(_patience);
        streams.Close(slow);
    }

    static async Task<string?> Line(StreamReader reader) => await reader.ReadLineAsync().WaitAsync(_patience);

    static async Task<string?> Next(StreamReader reader)
    {
        string? line;
        do
            line = await Line(reader);
        while (line is { Length: 0 } || line?.StartsWith(':') == true);
        return line;
    }
}

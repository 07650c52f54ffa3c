using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Writ.Foreign;
using Writ.Identity;
using Writ.Server.Foreign;
using Writ.Server.Tests.PeoplePath;

namespace Writ.Server.Tests.Foreign;

/// <summary>When an issuer is asked for its keys, what it may answer, and how long that is good.</summary>
public sealed class ForeignKeysTests
{
    const string First = """
        {"keys":[{"kty":"EC","crv":"P-256","kid":"first",
         "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}
        """;

    static readonly string _second = First.Replace("first", "second", StringComparison.Ordinal);

    [Fact]
    public async Task New_keys_are_found_and_old_ones_end()
    {
        await using var server = await KeyServer.Start();
        server.Keys = First;
        var (keys, clock, issuer) = Of(server);
        Assert.Equal(["first"], await Kids(keys, issuer, "first"));
        Assert.Equal(["first"], await Kids(keys, issuer, "second"));
        Assert.Equal(1, server.Asked);
        server.Keys = _second;
        clock.Advance(ForeignKeys.AskedEvery);
        Assert.Equal(["first"], await Kids(keys, issuer, "first"));
        Assert.Equal(1, server.Asked);
        Assert.Equal(["second"], await Kids(keys, issuer, "second"));
        Assert.Equal(2, server.Asked);
        clock.Advance(ForeignKeys.FreshFor);
        await Kids(keys, issuer, "second");
        Assert.Equal(3, server.Asked);
    }

    [Fact]
    public async Task Who_does_not_answer_is_believed_for_an_hour_and_asked_once_a_minute()
    {
        await using var server = await KeyServer.Start();
        server.Keys = First;
        var (keys, clock, issuer) = Of(server);
        await Kids(keys, issuer, "first");
        server.Status = 503;
        clock.Advance(ForeignKeys.FreshFor);
        for (var turn = 0; turn < 5; turn++)
            Assert.Equal(["first"], await Kids(keys, issuer, "first"));
        Assert.Equal(2, server.Asked);
        clock.Advance(ForeignKeys.GoodFor - ForeignKeys.FreshFor);
        Assert.Null(await keys.Of(issuer, "first", TestContext.Current.CancellationToken));
        server.Status = 200;
        clock.Advance(ForeignKeys.AskedEvery);
        Assert.Equal(["first"], await Kids(keys, issuer, "first"));
    }

    public static TheoryData<int, string> Answers => new()
    {
        { 404, First },
        { 302, First },
        { 206, First },
        { 200, "" },
        { 200, "<html>" },
        { 200, "[]" },
        { 200, """{"keys":{}}""" },
        { 200, """{"keys":[7]}""" },
        { 200, """{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}""" },
        { 200, """{"keys":[],"keys":[]}""" },
        { 200, "{\"keys\":[" + new string(' ', KeySet.BytesMax) + "]}" },
        { 200, "{\"keys\":[" + string.Join(',', Enumerable.Repeat("{}", KeySet.KeysMax + 1)) + "]}" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task What_is_no_key_set_is_nothing(int status, string body)
    {
        await using var server = await KeyServer.Start();
        (server.Status, server.Keys) = (status, body);
        var (keys, _, issuer) = Of(server);
        Assert.Null(await keys.Of(issuer, null, TestContext.Current.CancellationToken));
        Assert.Equal(1, server.Asked);
    }

    [Fact]
    public async Task Whose_certificate_nobody_knows_is_not_asked()
    {
        await using var server = await KeyServer.Start();
        server.Keys = First;
        using var usual = KeyFetcher.Usual();
        Assert.Null(await usual.Fetch(new Uri(server.Url + "/jwks"), TestContext.Current.CancellationToken));
        Assert.Null(await usual.Fetch(
            new Uri(server.Url.Replace("https", "http", StringComparison.Ordinal)),
            TestContext.Current.CancellationToken));
        Assert.Equal(0, server.Asked);
    }

    [Fact]
    public async Task Many_at_once_ask_once()
    {
        await using var server = await KeyServer.Start();
        server.Keys = First;
        var (keys, _, issuer) = Of(server);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Kids(keys, issuer, $"kid-{i}")));
        Assert.Equal(1, server.Asked);
    }

    // Else a stranger who comes once a minute and leaves at once keeps everybody out.
    [Fact]
    public async Task Who_asks_and_goes_away_takes_nothing_from_those_who_stay()
    {
        await using var server = await KeyServer.Start();
        server.Keys = First;
        var (answers, gone) = (new TaskCompletionSource(), new CancellationTokenSource());
        using var _ = gone;
        server.Answers = answers.Task;
        var (keys, _, issuer) = Of(server);
        var stranger = keys.Of(issuer, "none", gone.Token);
        while (server.Asked == 0)
            await Task.Yield();
        var caller = Kids(keys, issuer, "first");
        await gone.CancelAsync();
        answers.SetResult();
        Assert.Equal(["first"], await caller);
        Assert.Equal(1, server.Asked);
        await Task.WhenAny(stranger);
    }

    static (ForeignKeys Keys, MovableClock Clock, TrustedIssuer Issuer) Of(KeyServer server)
    {
        var clock = new MovableClock();
        return (
            new ForeignKeys(server.Fetcher(), clock, NullLogger<ForeignKeys>.Instance), clock,
            new TrustedIssuer(
                "ci", ForeignKind.Ci, "https://ci.test", "writ", ["ES256"], 15, [], KeysUrl: server.Url + "/jwks"));
    }

    static async Task<ImmutableArray<string>> Kids(ForeignKeys keys, TrustedIssuer issuer, string kid) =>
        [.. (await keys.Of(issuer, kid, TestContext.Current.CancellationToken))!.Value.Select(k => k.Kid!)];
}

using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Writ.Client;
using Writ.Testing;
using Writ.Wire;

namespace Writ.Tests.Cli;

/// <summary>What the client writes and reads without the serializer is what the serializer writes and reads.</summary>
public sealed class QuickJsonTests
{
    static readonly string[] _pieces =
    [
        "plain", "two words", "\"", "\\", "/", "'", "<script>", "&amp;", "+", "`", "\0", "\u0001", "\b", "\t", "\n",
        "\r", "\u001b[2K", "\u007f", "\u0085", "\u00a0", "é", "ß", "\u200b", "\u200d", "\u2028", "\u2029", "\u202e",
        "\u2066", "\ufeff", "\ufffd", "\uffff", "\ue000", "中文", "\U0001F600", "\U000E0001", "\ud800", "\udc00x",
        "\\u0041", "{\"a\":[1]}", "]},", "\u0041\u0301",
    ];

    static readonly Gen<string> _texts = Gen.Frequency(
        (2, Gen.ArrayOf(Gen.Elements(_pieces)).Select(string.Concat)),
        (2, ArbMap.Default.GeneratorFor<string>().Select(s => s ?? "")),
        (1, Gen.Choose(0, char.MaxValue).Select(c => ((char)c).ToString())),
        (1, Gen.Elements(_pieces).SelectMany(p => Gen.Choose(1_000, 60_000).Select(
            n => string.Concat(Enumerable.Repeat(p, n / p.Length))))));

    static readonly Gen<(SessionId? Session, string Cwd, ImmutableArray<string> Argv, string? Terminal)> _questions =
        from session in Gen.Elements<SessionId?>(null, new SessionId("ses-1"), new SessionId("a/b.c-d_e"))
        from cwd in _texts
        from argv in Gen.ArrayOf(_texts)
        from terminal in Gen.OneOf(Gen.Constant<string?>(null), _texts.Select(string? (t) => t))
        select (session, cwd, argv.ToImmutableArray(), terminal);

    [Fact, Slow]
    public void A_question_is_written_as_the_serializer_writes_it()
    {
        var longest = 0;
        Prop.ForAll(_questions.ToArbitrary(), question =>
        {
            var (session, cwd, argv, terminal) = question;
            var whole = JsonSerializer.SerializeToUtf8Bytes(
                new SubmitRequest(session, cwd, argv, Line: null, terminal, IdempotencyKey: null),
                ApiJson.Default.SubmitRequest);
            longest = Math.Max(longest, whole.Length);
            Assert.Equal(Text(whole), Text(QuickJson.Submit(session, cwd, argv, terminal)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
        Assert.True(longest > 100_000, "big arguments are among them");
    }

    [Fact]
    public void A_hooks_answer_is_read_as_the_serializer_reads_it()
    {
        var answers =
            from exit in Gen.Choose(-1, 3)
            from stdout in _texts
            from stderr in _texts
            select new HookAnswer(exit, stdout, stderr);
        Prop.ForAll(answers.ToArbitrary(), answer =>
        {
            var bytes = JsonSerializer.SerializeToUtf8Bytes(answer, ApiJson.Default.HookAnswer);
            Assert.Equal(
                JsonSerializer.Deserialize(bytes, ApiJson.Default.HookAnswer), QuickJson.HookAnswer(bytes));
            // Nothing that was cut off is taken for whole.
            Assert.Null(QuickJson.HookAnswer(bytes.AsSpan(0, bytes.Length - 1)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"exit":0,"stdout":"a"}""")]
    [InlineData("""{"exit":0,"stdout":"a","stderr":null}""")]
    [InlineData("""{"exit":"0","stdout":"a","stderr":""}""")]
    [InlineData("""{"exit":0.5,"stdout":"a","stderr":""}""")]
    [InlineData("""{"exit":4294967296,"stdout":"a","stderr":""}""")]
    [InlineData("""{"exit":0,"stdout":["a"],"stderr":""}""")]
    [InlineData("""{"exit":2,"stdout":"a","stderr":"","exit":0}""")]
    [InlineData("""{"exit":0,"stdout":"a","stderr":""} {}""")]
    [InlineData("{\"exit\":0,\"stdout\":\"a\",\"stderr\":\"\",\"more\":\"")]
    [InlineData("""{"exit":0,"stdout":"\ud800","stderr":""}""")]
    public void What_is_no_whole_answer_is_none(string document) =>
        Assert.Null(QuickJson.HookAnswer(Encoding.UTF8.GetBytes(document)));

    [Fact]
    public void What_a_newer_control_plane_says_beside_the_answer_is_passed_over() =>
        Assert.Equal(
            new HookAnswer(2, "a", "b"),
            QuickJson.HookAnswer("""{"new":{"exit":0},"exit":2,"stdout":"a","stderr":"b","more":[1]}"""u8));

    [Fact]
    public void Every_character_is_written_as_the_serializer_writes_it()
    {
        for (var first = 0; first <= char.MaxValue; first += 256)
        {
            // Alone, so that none makes a pair with its neighbour; and as the pair that it may begin.
            var argv = Enumerable.Range(first, 256)
                .SelectMany(c => new[] { $"{(char)c}", $"{(char)c}\udc00", $"a{(char)c}z" }).ToImmutableArray();
            var whole = JsonSerializer.SerializeToUtf8Bytes(
                new SubmitRequest(Session: null, "/", argv, null, null, null), ApiJson.Default.SubmitRequest);
            Assert.Equal(Text(whole), Text(QuickJson.Submit(session: null, "/", argv, terminal: null)));
        }
    }

    [Fact, Slow]
    public void A_view_is_ready_when_the_serializer_reads_it_as_ready()
    {
        var ready = 0;
        for (var seed = 0u; seed < 2_000; seed++)
        {
            var samples = new Samples(seed, new Dictionary<Type, object[]> { [typeof(string)] = [.. Names] });
            var view = (RequestView)samples.Of(typeof(RequestView));
            var id = QuickJson.ReadyRequest(JsonSerializer.SerializeToUtf8Bytes(view, ApiJson.Default.RequestView));
            Assert.Equal(view.State == "ready" ? view.Request.Id : (RequestId?)null, id);
            ready += id is null ? 0 : 1;
        }
        Assert.InRange(ready, 100, 1_900);
    }

    [Fact, Slow]
    public void What_is_no_whole_view_is_never_ready_for_another_request_than_the_serializer_reads()
    {
        var view = (RequestView)new Samples(7, new Dictionary<Type, object[]> { [typeof(string)] = ["ready"] })
            .Of(typeof(RequestView));
        var whole = JsonSerializer.SerializeToUtf8Bytes(view, ApiJson.Default.RequestView);
        Assert.NotNull(QuickJson.ReadyRequest(whole));
        var random = new System.Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var damaged = whole.ToArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            if (i % 3 == 0)
                damaged = damaged[..random.Next(damaged.Length)];
            if (QuickJson.ReadyRequest(damaged) is { } id && Read(damaged) is { } read)
                Assert.Equal((read.State, read.Request.Id), ("ready", id));
        }
        foreach (var text in (string[])["", "null", "[]", "1", "{}", "{\"state\":\"ready\"}",
            "{\"state\":\"ready\",\"request\":null}", "{\"state\":\"ready\",\"request\":{\"id\":7}}",
            "{\"state\":\"ready\",\"request\":{\"id\":\"../x y\"}}",
            "{\"state\":[\"ready\"],\"request\":{\"id\":\"r\"}}"])
            Assert.Null(QuickJson.ReadyRequest(Encoding.UTF8.GetBytes(text)));
    }

    static string[] Names => ["ready", "ready", "waiting", "closed", "r", "\"ready\"", "state", "request", "id", ""];

    static RequestView? Read(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ApiJson.Default.RequestView);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return null;
        }
    }

    static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}

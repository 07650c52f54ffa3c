using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Writ.Client;
using Writ.Requests;
using Writ.Testing;
using Writ.Wire;

namespace Writ.Tests.Cli;

/// <summary>What the client writes and reads without the serializer says what the serializer would.</summary>
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

    static readonly Gen<SubmitRequest> _questions =
        from session in Gen.Elements<SessionId?>(null, new SessionId("ses-1"), new SessionId("a/b.c-d_e"))
        from cwd in _texts
        from argv in Gen.ArrayOf(_texts)
        from terminal in Gen.OneOf(Gen.Constant<string?>(null), _texts.Select(string? (t) => t))
        select new SubmitRequest(session, cwd, argv.ToImmutableArray(), Line: null, terminal, IdempotencyKey: null);

    [Fact, Slow]
    public void A_question_says_what_the_serializer_writes()
    {
        var longest = 0;
        Prop.ForAll(_questions.ToArbitrary(), question => longest = Math.Max(longest, SaysTheSame(question)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(300));
        Assert.True(longest > 100_000, "big arguments are among them");
    }

    [Fact]
    public void Every_member_of_a_question_says_what_the_serializer_writes()
    {
        var texts = new Dictionary<Type, object[]> { [typeof(string)] = [.. Names] };
        for (var seed = 0u; seed < 500; seed++)
            SaysTheSame((SubmitRequest)new Samples(seed, texts).Of(typeof(SubmitRequest)));
    }

    [Fact]
    public void Every_character_says_what_the_serializer_writes()
    {
        for (var first = 0; first <= char.MaxValue; first += 256)
        {
            // Alone, so that none makes a pair with its neighbour; and as the pair that it may begin.
            var argv = Enumerable.Range(first, 256)
                .SelectMany(c => new[] { $"{(char)c}", $"{(char)c}\udc00", $"a{(char)c}z" }).ToImmutableArray();
            SaysTheSame(new SubmitRequest(Session: null, "/", argv, null, null, null));
        }
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

    [Fact, Slow]
    public void A_request_says_what_the_serializer_reads()
    {
        var (blocked, gated) = (0, 0);
        for (var seed = 0u; seed < 2_000; seed++)
        {
            var samples = new Samples(seed, new Dictionary<Type, object[]> { [typeof(string)] = [.. Names] });
            var view = (RequestView)samples.Of(typeof(RequestView));
            var document = JsonSerializer.SerializeToUtf8Bytes(view, ApiJson.Default.RequestView);
            var answer = QuickJson.Request(document);
            if (!IdRules.IsWellFormed(view.Request.Id.Value))
            {
                Assert.Null(answer);
                continue;
            }
            Assert.NotNull(answer);
            Assert.Equal(
                (view.Request.Id, view.State, view.Code, view.Action, view.ExpiresAt),
                (answer.Id, answer.State, answer.Code, answer.Action, answer.ExpiresAt));
            Assert.Equal(document, answer.Document.ToArray());
            Assert.Equal((view.Verdict?.Code, view.Verdict?.Why), (answer.Verdict?.Code, answer.Verdict?.Why));
            Assert.Equal(view.Verdict?.Kind == VerdictKind.Blocked, answer.Verdict?.IsBlocked ?? false);
            Assert.Equal(view.Verdict?.Gates.ToArray(), answer.Verdict?.Gates.ToArray());
            blocked += answer.Verdict is { IsBlocked: true } ? 1 : 0;
            gated += answer.Verdict is { Gates.IsEmpty: false } ? 1 : 0;
        }
        Assert.True(blocked > 20 && gated > 20, $"{blocked} are blocked, {gated} have gates");
    }

    [Fact]
    public void A_problem_says_what_the_serializer_reads()
    {
        var texts = new Dictionary<Type, object[]> { [typeof(string)] = [.. Names] };
        for (var seed = 0u; seed < 500; seed++)
        {
            var problem = (Problem)new Samples(seed, texts).Of(typeof(Problem));
            var document = JsonSerializer.SerializeToUtf8Bytes(problem, ApiJson.Default.Problem);
            Assert.Equal(problem, QuickJson.Problem(document));
            Assert.Null(QuickJson.Problem(document.AsMemory(0, document.Length - 1)));
        }
    }

    [Fact, Slow]
    public void A_damaged_request_is_never_read_as_another_than_the_serializer_reads()
    {
        var view = (RequestView)new Samples(7, new Dictionary<Type, object[]> { [typeof(string)] = ["ready"] })
            .Of(typeof(RequestView));
        var whole = JsonSerializer.SerializeToUtf8Bytes(view, ApiJson.Default.RequestView);
        Assert.NotNull(QuickJson.Request(whole));
        var random = new System.Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var damaged = whole.ToArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            if (i % 3 == 0)
                damaged = damaged[..random.Next(damaged.Length)];
            if (QuickJson.Request(damaged) is { } answer && Read(damaged) is { } read)
                Assert.Equal((read.State, read.Request.Id), (answer.State, answer.Id));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("{}")]
    [InlineData("""{"state":"ready"}""")]
    [InlineData("""{"state":"ready","request":null}""")]
    [InlineData("""{"state":"ready","request":{"id":7}}""")]
    [InlineData("""{"state":"ready","request":{"id":"../x y"}}""")]
    [InlineData("""{"state":["ready"],"request":{"id":"r"}}""")]
    [InlineData("""{"state":null,"request":{"id":"r"}}""")]
    [InlineData("""{"state":"ready","request":{"id":"r"},"expiresAt":"soon"}""")]
    [InlineData("""{"state":"ready","request":{"id":"r"},"expiresAt":7}""")]
    [InlineData("""{"state":"ready","request":{"id":"r"},"verdict":{"kind":"Blocked"}}""")]
    [InlineData("""{"state":"ready","request":{"id":"\ud800"}}""")]
    [InlineData("""{"state":"ready","request":{"id":"r"}} {}""")]
    public void What_is_no_request_is_none(string document) =>
        Assert.Null(QuickJson.Request(Encoding.UTF8.GetBytes(document)));

    /// <summary>The length of what was written.</summary>
    static int SaysTheSame(SubmitRequest question)
    {
        var written = QuickJson.Submit(question);
        using var whole = JsonDocument.Parse(
            JsonSerializer.SerializeToUtf8Bytes(question, ApiJson.Default.SubmitRequest));
        using var quick = JsonDocument.Parse(written);
        Assert.True(JsonElement.DeepEquals(whole.RootElement, quick.RootElement), Encoding.UTF8.GetString(written));
        return written.Length;
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
}

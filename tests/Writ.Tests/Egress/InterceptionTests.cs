using System.Collections.Immutable;
using System.Text;
using Writ.Egress;
using Writ.Requests;

namespace Writ.Tests.Egress;

/// <summary>What may be asked with a credential that is added, what is agreed to, and how an answer is read.</summary>
public sealed class InterceptionTests
{
    static readonly EgressCredential _api =
        new(null, "api", CredentialForm.Bearer, null, null, ["GET", "POST"], ["/v1/one", "/v1/many/*"]);

    static readonly EgressGrant _grant = new("a.example", 443, Credential: _api);

    [Theory]
    [InlineData("GET", "/v1/one", true)]
    [InlineData("POST", "/v1/many/", true)]
    [InlineData("GET", "/v1/many/x/y", true)]
    [InlineData("DELETE", "/v1/one", false)]
    [InlineData("get", "/v1/one", false)]
    [InlineData("GET", "/v1/one/", false)]
    [InlineData("GET", "/v1/ones", false)]
    [InlineData("GET", "/v1/many", false)]
    [InlineData("GET", "/v1/manyx", false)]
    [InlineData("GET", "/V1/one", false)]
    [InlineData("GET", "//v1/one", false)]
    public void A_credential_is_for_its_methods_and_paths(string method, string path, bool covers) =>
        Assert.Equal(covers, _api.Covers(method, path));

    public static TheoryData<EgressGrant, bool> Grants => new()
    {
        { _grant, true },
        { _grant with { Intercept = Interception.Always }, true },
        { new("a.example", 443, Intercept: Interception.Always), true },
        { new("*.a.example", 443, Intercept: Interception.Always), true },
        { new("a.example", 443, Intercept: Interception.Never), true },
        { _grant with { Intercept = Interception.Never }, false },
        { _grant with { Plain = true }, false },
        { _grant with { Host = "*.a.example" }, false },
        { Of(_api with { File = null }), false },
        { Of(_api with { Profile = "p" }), false },
        { Of(_api with { File = "../api" }), false },
        { Of(_api with { As = CredentialForm.Header }), false },
        { Of(_api with { As = CredentialForm.Header, Header = "X-Api-Key" }), true },
        { Of(_api with { As = CredentialForm.Header, Header = "Host" }), false },
        { Of(_api with { As = CredentialForm.Header, Header = "content-length" }), false },
        { Of(_api with { As = CredentialForm.Header, Header = "X Y" }), false },
        { Of(_api with { As = CredentialForm.Header, Header = "X\r\nY" }), false },
        { Of(_api with { As = CredentialForm.Basic, User = "x-access-token" }), true },
        { Of(_api with { As = CredentialForm.Basic, User = "a:b" }), false },
        { Of(_api with { User = "x" }), false },
        { Of(_api with { Methods = [] }), false },
        { Of(_api with { Methods = ["get"] }), false },
        { Of(_api with { Methods = ["CONNECT"] }), false },
        { Of(_api with { Paths = [] }), false },
        { Of(_api with { Paths = ["v1"] }), false },
        { Of(_api with { Paths = ["/*"] }), true },
        { Of(_api with { Paths = ["/a*"] }), false },
        { Of(_api with { Paths = ["/*/a"] }), false },
        { Of(_api with { Paths = ["/a/../b"] }), false },
        { Of(_api with { Paths = ["/a%61"] }), false },
        { Of(_api with { Paths = ["/a?b"] }), false },
        { Of(_api with { Paths = [.. Enumerable.Range(0, EgressCredential.RulesMax).Select(i => $"/{i}")] }), false },
    };

    static EgressGrant Of(EgressCredential credential) => _grant with { Credential = credential };

    [Theory]
    [MemberData(nameof(Grants))]
    public void A_grant_says_what_it_can_mean(EgressGrant grant, bool isGood) =>
        Assert.Equal(isGood, grant.Problem() is null);

    [Theory]
    [InlineData("/v1/caf%C3%A9", false)]
    [InlineData("/a%20b", false)]
    [InlineData("/%61dmin", true)]
    [InlineData("/%2561", true)]
    [InlineData("/a%2", true)]
    [InlineData("/a%zz", true)]
    [InlineData("/a%7E", true)]
    public void Codes_for_characters_that_need_none_are_refused(string path, bool refused) =>
        Assert.Equal(refused, HttpTarget.Recoded(path) is not null);

    [Fact]
    public void What_is_agreed_to_is_all_that_a_grant_says()
    {
        var bare = new EgressGrant("b.example", 443, Intercept: Interception.Always);
        var bound = InterceptionRules.Bound([_grant, bare], name => name == "api" ? "sha256:x" : "?");
        ImmutableArray<Variable> environment = [new(InterceptionRules.Variable, bound)];
        Assert.True(InterceptionRules.Agreed(environment, _grant, out var print));
        Assert.Equal("sha256:x", print);
        Assert.True(InterceptionRules.Agreed(environment, bare, out print));
        Assert.Null(print);
        foreach (var other in (EgressGrant[])[
            _grant with { Port = 444 }, Of(_api with { Paths = ["/*"] }), Of(_api with { File = "apis" }),
            _grant with { Private = true }, bare with { Host = "c.example" }, bare with { Credential = _api }])
            Assert.False(InterceptionRules.Agreed(environment, other, out _), other.ToString());
        Assert.False(InterceptionRules.Agreed([], _grant, out _));
    }

    [Theory]
    [InlineData("Authorization", true)]
    [InlineData("authorization", true)]
    [InlineData("Cookie", true)]
    [InlineData("X-Api-Key", true)]
    [InlineData("x_api_key", true)]
    [InlineData("X_Own", true)]
    [InlineData("Accept-Encoding", true)]
    [InlineData("Accept", false)]
    public void A_request_s_own_words_of_who_sends_it_give_way(string name, bool gives) =>
        Assert.Equal(gives, new AddedField("X-Own", "v").Displaces(new HttpField(name, "x")));

    [Fact]
    public void What_is_added_stands_last_whatever_the_client_calls_its_connection_s_own()
    {
        var (head, _) = HttpHead.Parse(
            "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: X-Own, keep-alive\r\nX-Own: mine\r\nAccept: "u8
                + "*/*\r\n\r\n"u8);
        Assert.Equal(
            "GET /p HTTP/1.1\r\nHost: a.example\r\nAccept: */*\r\nAccept-Encoding: identity\r\nX-Own: ours\r\n"
                + "Connection: close\r\n\r\n",
            Encoding.ASCII.GetString(head!.Render(
                "/p", new EgressDestination("a.example", 443), encrypted: true, new AddedField("X-Own", "ours"))));
    }

    [Theory]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", AnswerBody.Length)]
    [InlineData("GET", "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\n", AnswerBody.Length)]
    [InlineData("GET", "HTTP/1.0 200 OK\r\n\r\n", AnswerBody.Close)]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", AnswerBody.Chunked)]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", AnswerBody.None)]
    [InlineData("GET", "HTTP/1.1 204 None\r\n\r\n", AnswerBody.None)]
    [InlineData("GET", "HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\n", AnswerBody.None)]
    [InlineData("GET", "HTTP/1.1 100 Continue\r\n\r\n", AnswerBody.None)]
    [InlineData("GET", "HTTP/1.1 101 Switching\r\n\r\n", null)]
    [InlineData("GET", "HTTP/1.1 99 No\r\n\r\n", null)]
    [InlineData("GET", "HTTP/1.1 2000 No\r\n\r\n", null)]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", null)]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", null)]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5,5\r\n\r\n", null)]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", null)]
    [InlineData("GET", "HTTP/1.1 200 OK\r\n folded: x\r\n\r\n", null)]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nX : y\r\n\r\n", null)]
    [InlineData("GET", "HTTP/1.1 200 OK\nX: y\r\n\r\n", null)]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", null)]
    [InlineData("GET", "HTTP/2 200\r\n\r\n", null)]
    public void An_answer_has_one_reading_or_none(string method, string text, AnswerBody? body)
    {
        var (answer, problem) = HttpAnswer.Parse(Encoding.Latin1.GetBytes(text), method);
        Assert.Equal(body, answer?.Body);
        Assert.Equal(body is null, problem is not null);
    }

    [Fact]
    public void An_answer_gives_no_other_credential_out_where_one_was_added()
    {
        var (answer, _) = HttpAnswer.Parse(
            "HTTP/1.1 200 s3cret\r\nSet-Cookie: a=b\r\nX: s3cret\r\nAlt-Svc: h2\r\nKeep-Alive: x\r\nContent-Length: "u8
                + "1\r\n\r\n"u8,
            "GET");
        Func<string, string> masked = t => t.Replace("s3cret", "[masked]", StringComparison.Ordinal);
        Assert.Equal(
            "HTTP/1.1 200 [masked]\r\nX: [masked]\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n",
            Encoding.ASCII.GetString(answer!.Render(keepsOpen: true, hides: true, masked)));
        Assert.Contains("Set-Cookie: a=b", Encoding.ASCII.GetString(
            answer.Render(keepsOpen: false, hides: false, t => t)), StringComparison.Ordinal);
    }
}

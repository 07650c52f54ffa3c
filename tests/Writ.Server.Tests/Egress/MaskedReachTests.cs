using Writ.Egress;
using Writ.Runs.Recordings;
using Writ.Server.Egress;

namespace Writ.Server.Tests.Egress;

/// <summary>Secrets that a run knows are in no record of what it reached, in whatever form they were put there.
/// </summary>
public sealed class MaskedReachTests
{
    const string Secret = "Sk-Live/2b8e41d7c09f56a3";

    static KnownSecrets Known()
    {
        var known = new KnownSecrets();
        Assert.True(known.TryAdd(Secret));
        return known;
    }

    [Theory]
    [InlineData("/v1/Sk-Live/2b8e41d7c09f56a3/x", "/v1/[masked]/x")]
    [InlineData("/v1/Sk-Live%2F2b8e41d7c09f56a3", "/v1/[masked]")]
    [InlineData("/v1/%53k-Live%2f2b8e41d7c09f56a3", "/v1/[masked]")]
    [InlineData("/v1/U2stTGl2ZS8yYjhlNDFkN2MwOWY1NmEz", "/v1/[masked]")]
    [InlineData("/v1/%2e%2e/x", "/v1/%2e%2e/x")]
    public void A_path_says_that_something_was_there(string path, string kept)
    {
        var masked = MaskedReach.Of(Record("site.test", path), Known());
        Assert.Equal((kept, $"GET http://site.test{kept} is not for this run."), (masked.Path, masked.Why));
        var attempt = new EgressAttempt(
            EgressVia.Http, new EgressDestination("site.test", 80), "GET", path, Encrypted: false);
        Assert.Equal($"http://site.test:80{kept}", MaskedReach.Of(attempt, Known()).Url);
    }

    [Fact]
    public void A_name_is_compared_in_lower_case_and_masked_so()
    {
        var known = new KnownSecrets();
        Assert.True(known.TryAdd("2B8E41D7C09F56A3"));
        Assert.Equal("x[masked].test", MaskedReach.Of(Record("x2b8e41d7c09f56a3.test", "/"), known).Host);
    }

    [Fact]
    public void Nothing_of_a_secret_is_left_where_a_long_path_is_cut()
    {
        var masked = MaskedReach.Of(Record("site.test", $"/{new string('a', 245)}{Secret}/more"), Known());
        Assert.DoesNotContain("Sk-", masked.Path, StringComparison.Ordinal);
        Assert.EndsWith("…", masked.Path, StringComparison.Ordinal);
        Assert.Equal(257, masked.Path!.Length);
    }

    static EgressRecord Record(string host, string path) => new(
        0, 0, 0, EgressVia.Http, host, 80, "GET", path, false, null, EgressEnd.Refused, "net.blocked", null,
        $"GET http://{host}{path} is not for this run.", 0, 0);
}

using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Writ.Changes;
using Writ.People;
using Writ.Realms;
using Writ.Wire;

namespace Writ.Tests.Foreign;

/// <summary>Nothing about whose word is taken changes unseen, or by one person.</summary>
public sealed class ForeignDiffTests
{
    static readonly RealmDocument _whole = ForeignGiven.With(Given.Document) with
    {
        TrustedIssuers = [ForeignGiven.Build with { Reusable = true }, ForeignGiven.Workloads with
        {
            Keys = null, KeysUrl = "https://partner.test/bundle",
        }],
        SignIn = new SignInProvider(
            "https://idp.test", "writ", ["RS256"], [new ProviderSubject(new PersonId("alice"), "sub-1")],
            [new ProviderGroup(new TeamId("sre"), "oncall")], "groups", ForeignGiven.Keys, "https://idp.test/k",
            StepUp: true, Acr: "phr"),
    };

    [Fact]
    public void Every_part_that_differs_is_shown_and_needs_a_second_person()
    {
        var text = ChangeQuery.Text(_whole);
        var root = (JsonObject)JsonNode.Parse(text)!;
        var looked = 0;
        foreach (var part in (string[])["trustedIssuers", "signIn"])
            foreach (var path in Leaves(root[part]!, [part]))
            {
                var changed = (JsonObject)JsonNode.Parse(text)!;
                Change(changed, path);
                var other = System.Text.Json.JsonSerializer.Deserialize(
                    changed.ToJsonString(), WireJson.Default.RealmDocument)!;
                var differences = DocumentDiff.Between(_whole, other);
                Assert.True(!differences.IsEmpty && differences.All(d => d.Guarded), string.Join('/', path));
                looked++;
            }
        Assert.True(looked > 40, $"only {looked} parts were changed");
    }

    [Fact]
    public void What_goes_away_is_a_difference_too()
    {
        Assert.Contains(DocumentDiff.Between(_whole, _whole with { SignIn = null }), d => d.Path == "signIn/stepUp");
        Assert.Contains(
            DocumentDiff.Between(_whole, _whole with { TrustedIssuers = null }),
            d => d.Path == "trustedIssuer/ci/admits" && d.Before!.StartsWith(
                "claude for carol where repository=acme/shop and ref=refs/heads/main", StringComparison.Ordinal));
    }

    static IEnumerable<object[]> Leaves(JsonNode node, object[] at) => node switch
    {
        JsonObject map => map.SelectMany(m => Leaves(m.Value!, [.. at, m.Key])),
        JsonArray list => list.SelectMany((n, i) => Leaves(n!, [.. at, i])),
        _ => [at],
    };

    static void Change(JsonNode root, object[] path)
    {
        var at = root;
        foreach (var step in path[..^1])
            at = step is int index ? at[index]! : at[(string)step]!;
        JsonNode value = path[^1] is int last ? at[last]! : at[(string)path[^1]]!;
        JsonNode instead = value.GetValueKind() switch
        {
            System.Text.Json.JsonValueKind.True => false,
            System.Text.Json.JsonValueKind.Number => value.GetValue<int>() + 1,
            _ when path[^1] is "kind" => "Kubernetes",
            _ => value.GetValue<string>() + "x",
        };
        if (path[^1] is int position)
            at[position] = instead;
        else
            at[(string)path[^1]] = instead;
    }
}

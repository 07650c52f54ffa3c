using System.Collections.Immutable;
using Writ.Foreign;
using Writ.People;

namespace Writ.Documents;

/// <summary>What a realm directory says of foreign issuers.</summary>
static class ForeignFields
{
    // A build's token lives five or ten minutes, an hour is what clusters give.
    const int LifeMinutesUsual = 60;

    /// <summary>One of <c>trustedIssuers: [{id, kind, issuer, audience, algorithms, keys | keysUrl, lifeMinutes,
    /// reusable, admits}]</c>.</summary>
    public static TrustedIssuer Issuer(YamlFields f, FaultList faults) => new(
        f.Text("id"), f.Word<ForeignKind>("kind"), f.Text("issuer"), f.Text("audience"),
        f.Has("algorithms") ? f.Texts("algorithms") : ["RS256", "ES256"], f.Number("lifeMinutes", LifeMinutesUsual),
        [.. f.Items("admits").Select(node => Admits(node, faults))], f.OptionalText("keys"),
        f.OptionalText("keysUrl"), f.Has("reusable") && f.Flag("reusable") ? true : null);

    /// <summary><c>signIn: {issuer, clientId, keys | keysUrl, algorithms, people, groups, groupsClaim, stepUp, acr}</c>
    /// of a realm.</summary>
    public static SignInProvider SignIn(YamlFields f, FaultList faults)
    {
        var provider = new SignInProvider(
            f.Text("issuer"), f.Text("clientId"), f.Has("algorithms") ? f.Texts("algorithms") : ["RS256", "ES256"],
            [.. Pairs(f, "people", faults).Select(p => new ProviderSubject(new PersonId(p.Name), p.Value))],
            [.. Pairs(f, "groups", faults).Select(p => new ProviderGroup(new TeamId(p.Name), p.Value))],
            f.OptionalText("groupsClaim") ?? "groups", f.OptionalText("keys"), f.OptionalText("keysUrl"),
            f.Has("stepUp") && f.Flag("stepUp") ? true : null, f.OptionalText("acr"));
        f.NothingElse();
        return provider;
    }

    static Admission Admits(YamlNode node, FaultList faults)
    {
        var f = new YamlFields(node, "an admission", faults);
        var admission = new Admission(
            f.Id<AgentId>("agent"), f.Id<PersonId>("sponsor"),
            [.. Pairs(f, "where", faults).Select(p => new ClaimCondition(p.Name, p.Value))],
            f.Has("actsFor") ? f.Ids<AgentId>("actsFor") : null);
        f.NothingElse();
        return admission;
    }

    // 'NAME=VALUE' each, so that nothing of it depends on how YAML reads a value.
    static ImmutableArray<(string Name, string Value)> Pairs(YamlFields f, string key, FaultList faults)
    {
        var pairs = ImmutableArray.CreateBuilder<(string, string)>();
        foreach (var text in f.Texts(key))
            if (text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at)
                pairs.Add((text[..at], text[(at + 1)..]));
            else
                faults.Add(f.PlaceOf(key), "realm.bad-value", $"Each of {key} is written NAME=VALUE.");
        return pairs.ToImmutable();
    }
}

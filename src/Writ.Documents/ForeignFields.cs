using System.Collections.Immutable;
using Writ.Foreign;

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

    // 'NAME=VALUE' each, so that nothing of it depends on how YAML reads a value.
    static Admission Admits(YamlNode node, FaultList faults)
    {
        var f = new YamlFields(node, "an admission", faults);
        var where = ImmutableArray.CreateBuilder<ClaimCondition>();
        foreach (var text in f.Texts("where"))
            if (text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at)
                where.Add(new ClaimCondition(text[..at], text[(at + 1)..]));
            else
                faults.Add(f.PlaceOf("where"), "realm.bad-value", "Each of where is written NAME=VALUE.");
        var admission = new Admission(
            f.Id<AgentId>("agent"), f.Id<PersonId>("sponsor"), where.ToImmutable(),
            f.Has("actsFor") ? f.Ids<AgentId>("actsFor") : null);
        f.NothingElse();
        return admission;
    }
}

using System.Collections.Immutable;
using Writ.Findings;

namespace Writ.Documents;

/// <summary>What documents say of findings.</summary>
static class FindingFields
{
    /// <summary><c>findings: {unusedDays, adminDays, issuerDays, deviceDays}</c> of a realm.</summary>
    public static FindingTerms Terms(YamlFields f)
    {
        var terms = new FindingTerms(Days("unusedDays"), Days("adminDays"), Days("issuerDays"), Days("deviceDays"));
        f.NothingElse();
        return terms;

        int? Days(string key) => f.Has(key) ? f.Number(key) : null;
    }

    /// <summary>A list of kinds, by their words.</summary>
    public static ImmutableArray<FindingKind> Kinds(YamlFields f, string key, FaultList faults)
    {
        var kinds = ImmutableArray.CreateBuilder<FindingKind>();
        foreach (var (word, node) in f.Texts(key).Zip(f.Items(key)))
            if (FindingKinds.Of(word) is { } kind)
                kinds.Add(kind);
            else
                faults.Add(node.Place, "realm.bad-value",
                    $"A kind of findings is {string.Join(", ", FindingKinds.Words)}.");
        return kinds.ToImmutable();
    }
}

using System.Collections.Immutable;

namespace Writ.Server.Reading;

/// <summary>The entries of the ledger that tell of a finding: its own, and those of what it names.</summary>
static class FindingEvidence
{
    const int EntriesMax = 50;
    const int EachMax = 10;

    /// <param name="evidence">What the finding names: <c>session/ID</c>, <c>request/ID</c>, <c>run/ID</c>,
    /// <c>change/ID</c>.</param>
    public static ImmutableArray<long> Of(DerivedIndex index, FindingId finding, ImmutableArray<string> evidence)
    {
        var entries = new SortedSet<long>(index.EntriesAbout($"finding/{finding}").Take(EntriesMax));
        foreach (var name in evidence)
            entries.UnionWith(EntriesOf(index, name).Take(EachMax));
        return [.. entries.Take(EntriesMax)];
    }

    static long[] EntriesOf(DerivedIndex index, string name) => name.Split('/', 2) switch
    {
        ["session", var id] => index.OpeningOf(new SessionId(id)) is { } opened ? [opened] : [],
        ["request", var id] => index.EntriesOf(new RequestId(id)),
        ["run", var id] => index.RequestOf(new RunId(id)) is { } request ? index.EntriesOf(request) : [],
        ["change", _] => index.EntriesAbout(name),
        _ => [],
    };
}

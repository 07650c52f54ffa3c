using Writ.Policies;
using Writ.Requests;
using Writ.Testing;

namespace Writ.Tests.Shell;

/// <summary>The policies that come with Writ, ready to be asked about lines.</summary>
static class ShippedBundle
{
    static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    static readonly Lazy<Explanation> _ready = new(Read);

    public static Explained Ask(string line) => _ready.Value.Ask(line, Explanation.WorkTree, Now);

    public static VerdictKind Verdict(string line) => Ask(line).Verdict.Kind;

    static Explanation Read()
    {
        var folder = Path.Combine(SharedData.RepositoryRoot, "policies");
        var source = new PolicySource([.. Directory.EnumerateFiles(folder, "*.cedar")
            .Select(f => new PolicyFile(Path.GetFileName(f), File.ReadAllText(f)))]);
        var (ready, faults) = Explanation.Of(source, Now, Explanation.WorkTree);
        Assert.Empty(faults);
        return ready!;
    }
}

using Writ.Cli.Arguments;
using Writ.Policies;
using Writ.Sessions;
using Writ.Shell;

namespace Writ.Cli.Commands;

/// <summary>The bundle, compiled once, and where the lines that are asked about would run.</summary>
sealed class ExplainAsking
{
    readonly Explanation _bundle;
    readonly string? _workTree;
    readonly ContentOrigins _content;
    readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

    public ExplainAsking(Typed typed, PolicySource source)
    {
        _workTree = typed.Value("--work-tree");
        if (_workTree is not null && !_workTree.StartsWith('/'))
            throw typed.Misused("a directory is absolute");
        if (typed.Value("--provenance") is { } words)
            _content = Provenance.From(words.Split(',')) ?? throw typed.Misused(
                $"--provenance is a list of {Provenance.Words(Provenance.All)}, with commas between");
        var (made, faults) = Explanation.Of(source, _now, Explanation.WorkTree);
        _bundle = made ?? throw CliFaultException.Error(
            faults[0].Code, string.Join("; ", faults.Select(f => $"{f.Path}: {f.Why}")));
    }

    /// <param name="cwd">Absolute, or null for the work tree.</param>
    public Explained Ask(string line, string? cwd)
    {
        var directory = Paths.Normalize("/", cwd ?? _workTree ?? Explanation.WorkTree);
        return _bundle.Ask(line, directory, _workTree ?? Tree(directory), _now, _content);
    }

    // A question from elsewhere is one of a session there, but '/' or '/home' are nobody's work tree.
    static string Tree(string directory) =>
        Paths.IsWithin(Explanation.WorkTree, directory) || directory.Count(c => c == '/') < 2
            ? Explanation.WorkTree
            : directory;
}

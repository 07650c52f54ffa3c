using Writ.Requests;
using Writ.Sessions;
using Writ.Shell.Knowledge;

namespace Writ.Shell;

/// <summary>
/// Facts that were established lately. They follow from a request, the terms of its session and what is known of
/// programs alone, to establish them is most of the work of a verdict, and each is wanted again: when the request is
/// carried out, and because agents repeat themselves. This saves time and is never asked what is true: what it does
/// not hold is established.
/// </summary>
static class RecentFacts
{
    /// <summary>How many are kept, each in the one place that its request falls to.</summary>
    const int PlacesMax = 1_024;

    /// <summary>Longest command that is kept, with its directory, in UTF-16 units: all of them together are some
    /// megabytes at most.</summary>
    const int CommandMax = 1_024;

    const int EffectsMax = 32;

    static readonly Known?[] _places = new Known?[PlacesMax];

    public static RequestFacts Of(Request request, SessionTerms terms, ProgramKnowledge programs)
    {
        var made = new Ingredients(
            request.Ask, terms, request.Cwd, request.Executable, request.OutsidePath, RequestFacts.HomeOf(request),
            request.Files, programs);
        ref var place = ref _places[unchecked((uint)made.GetHashCode()) % PlacesMax];
        if (Volatile.Read(ref place) is { } known && known.Made.Equals(made))
            return known.Facts;
        var facts = RequestFacts.OfCommand(request, terms, programs);
        if (facts.Line.Length + made.Cwd.Length <= CommandMax && facts.Effects.Length <= EffectsMax)
            Volatile.Write(ref place, new Known(made, facts));
        return facts;
    }

    sealed record Known(Ingredients Made, RequestFacts Facts);

    /// <summary>Everything that the facts of a command are made of: two that are equal have the same facts.</summary>
    readonly struct Ingredients(
        Ask ask, SessionTerms terms, string cwd, string? executable, bool outsidePath, string? home,
        ImmutableArray<FileFact>? files, ProgramKnowledge programs)
        : IEquatable<Ingredients>
    {
        readonly Ask _ask = ask;
        readonly SessionTerms _terms = terms;
        readonly string? _executable = executable;
        readonly bool _outsidePath = outsidePath;
        readonly string? _home = home;
        readonly ImmutableArray<FileFact>? _files = files;
        readonly ProgramKnowledge _programs = programs;

        public string Cwd { get; } = cwd;

        public bool Equals(Ingredients other) =>
            ReferenceEquals(_terms, other._terms) && Cwd == other.Cwd && _executable == other._executable
            && _outsidePath == other._outsidePath && _home == other._home
            && ReferenceEquals(_programs, other._programs) && IsSame(_files, other._files)
            && (ReferenceEquals(_ask, other._ask) || IsSame(_ask, other._ask));

        public override bool Equals(object? obj) => obj is Ingredients other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(_terms.Id);
            hash.Add(Cwd);
            if (_ask is Ask.Exec exec)
                foreach (var argument in exec.Argv)
                    hash.Add(argument);
            else if (_ask is Ask.ShellLine shell)
                hash.Add(shell.Line);
            return hash.ToHashCode();
        }

        static bool IsSame(ImmutableArray<FileFact>? known, ImmutableArray<FileFact>? other) =>
            known is { } files ? other is { } others && files.SequenceEqual(others) : other is null;

        static bool IsSame(Ask known, Ask other) => (known, other) switch
        {
            (Ask.Exec a, Ask.Exec b) => a.Argv.AsSpan().SequenceEqual(b.Argv.AsSpan()),
            (Ask.ShellLine a, Ask.ShellLine b) => a.Line == b.Line,
            _ => false,
        };
    }
}

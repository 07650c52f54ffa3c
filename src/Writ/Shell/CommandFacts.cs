using Writ.Shell.Knowledge;
using Writ.Shell.Resolving;

namespace Writ.Shell;

/// <summary>
/// One command that a request would run, as policies are asked about it: a rule about a program holds wherever the
/// program stands in a line, and behind whatever wrapper.
/// </summary>
/// <param name="Program">The last name of the program; empty when it is not known.</param>
/// <param name="Arguments">The arguments that are known.</param>
/// <param name="Line">The command by itself, as a shell would read it.</param>
/// <param name="IsKnown">False when an argument or the program is not known.</param>
/// <param name="Verbs">The verbs of its own effects.</param>
public sealed record CommandFacts(
    string Program, ImmutableArray<string> Arguments, string Line, bool IsKnown, ImmutableArray<string> Verbs)
{
    /// <summary>All of a line, each once.</summary>
    /// <param name="whole">The request's own line; a command that is all of it is left out.</param>
    /// <param name="isExec">Whether the request runs one program; then that program is the request itself.</param>
    public static ImmutableArray<CommandFacts> Of(JudgedLine judged, string whole, bool isExec) =>
    [
        .. judged.Commands.Where(c => !c.Command.Arguments.IsEmpty).Select(Of)
            .Where(c => !isExec || c.Line != whole).DistinctBy(c => (c.Program, c.Line)),
    ];

    static CommandFacts Of(JudgedCommand judged)
    {
        var words = judged.Command.Arguments;
        return new CommandFacts(
            words[0].Value is { } program ? Paths.Name(program) : "",
            [.. words.Skip(1).Select(w => w.Value).OfType<string>()],
            string.Join(' ', words.Select(Written)),
            judged.Unknown.IsEmpty && words.All(w => w.Value is not null),
            [.. judged.Effects.Select(e => e.Verb).Distinct(StringComparer.Ordinal)]);
    }

    static string Written(ResolvedArgument word) => word.Value is { } value ? VisibleText.Command([value]) : word.Text;
}

using System.Text;
using Writ.Holds;
using Writ.Requests;
using Writ.Sessions;
using Writ.Shell.Knowledge;
using Writ.Shell.Resolving;
using Writ.Shell.Syntax;

namespace Writ.Shell;

/// <summary>One effect of one command, before it is said on which targets.</summary>
public sealed record AccountEffect(string Verb, string Object, EffectScope? Scope = null);

/// <summary>
/// One command of a request as people are shown it: in one canonical spelling, whole, with what it would do and what is
/// not known of it. It is worked out from the request alone, so whoever shows it can do so for themselves.
/// </summary>
/// <param name="Shown">As a shell would read it back; what is not known stands in <c>&lt;?...?&gt;</c>.</param>
/// <param name="Argv">The words; null where one is not known.</param>
/// <param name="Via">What runs it, outermost first.</param>
/// <param name="Certainty"><c>exact</c>, <c>superset</c> or <c>unknown</c>.</param>
/// <param name="Places">Where it stands: <c>conditional</c>, <c>loop</c>, <c>background</c>, ...</param>
/// <param name="Directory">Where it runs; null when that is not known.</param>
/// <param name="Overlay">The realm's own file that says what the program does; null when that comes with
/// Writ.</param>
public sealed record CommandAccount(
    string Shown, ImmutableArray<string?> Argv, ImmutableArray<string> Via, string Certainty,
    ImmutableArray<string> Places, string? Directory, ImmutableArray<AccountEffect> Effects,
    ImmutableArray<Unresolved> Unresolved, string? Overlay = null)
{
    /// <summary>Of every command of a request; empty for what is no command.</summary>
    public static ImmutableArray<CommandAccount> Of(Request request, SessionTerms terms, ProgramKnowledge known) =>
        request.Hold is null
            ? RequestFacts.Of(request, terms, known).Judged is { } judged ? Of(judged) : []
            : [.. HoldRules.Facts(request, terms, known).SelectMany(f => Held(f.Facts))];

    // What stays inside the run's own scratch space is no effect there.
    static IEnumerable<CommandAccount> Held(RequestFacts facts) => facts.Judged is { } judged
        ? Of(judged).Select(c => c with
        {
            Effects = [.. c.Effects.Where(e => facts.Effects.Any(f => f.Verb == e.Verb && f.Object == e.Object))],
        })
        : [];

    /// <summary>Of every command that the line may run, in its order.</summary>
    public static ImmutableArray<CommandAccount> Of(JudgedLine line) => [.. line.Commands.Select(Of)];

    static CommandAccount Of(JudgedCommand judged)
    {
        var command = judged.Command;
        return new CommandAccount(
            Spell(command),
            [.. command.Arguments.Select(a => a.Value)],
            command.Via,
            command.Certainty.ToString().ToLowerInvariant(),
            [.. Enum.GetValues<CommandPlace>().Where(p => p != 0 && command.Place.HasFlag(p))
                .Select(p => p.ToString().ToLowerInvariant())],
            command.Directory,
            [.. judged.Effects.Select(e => new AccountEffect(e.Verb, e.Object, e.Scope))],
            [.. judged.Unknown.Select(u => new Unresolved(u.Where, u.Why))],
            judged.Overlay);
    }

    static string Spell(ResolvedCommand command)
    {
        var text = new StringBuilder();
        foreach (var assignment in command.Assignments)
            Add(assignment.Name + "=" + (assignment.Value is { } value ? Quoted(value) : "<??>"));
        foreach (var argument in command.Arguments)
            Add(Word(argument));
        foreach (var redirection in command.Redirections)
            Add(Spell(redirection));
        return text.ToString();

        void Add(string word)
        {
            if (text.Length > 0)
                text.Append(' ');
            text.Append(word);
        }
    }

    // A document is shown as the text that it gives.
    static string Spell(ResolvedRedirection redirection)
    {
        var number = redirection.Descriptor?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "";
        return redirection.Operator is RedirectionOperator.HereDocument or RedirectionOperator.HereDocumentTabless
            or RedirectionOperator.HereString
            ? $"{number}<<< {(redirection.Text is { } text ? Quoted(text) : $"<?{redirection.Target.Text}?>")}"
            : number + Sign(redirection.Operator) + Word(redirection.Target);
    }

    static string Sign(RedirectionOperator kind) => kind switch
    {
        RedirectionOperator.Read => "< ",
        RedirectionOperator.Write => "> ",
        RedirectionOperator.WriteForced => ">| ",
        RedirectionOperator.Append => ">> ",
        RedirectionOperator.ReadWrite => "<> ",
        RedirectionOperator.WriteBoth => "&> ",
        RedirectionOperator.AppendBoth => "&>> ",
        RedirectionOperator.DuplicateInput => "<&",
        _ => ">&",
    };

    static string Word(ResolvedArgument word) =>
        word.Value is { } value ? Quoted(value) : $"<?{word.Text}{(word.IsMany ? "..." : "")}?>";

    static string Quoted(string value) => VisibleText.Command([value]);
}

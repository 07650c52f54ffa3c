using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Writ.Policies;
using Writ.Requests;

namespace Writ.Cli.Commands;

/// <summary>One line to explain, as <c>writ explain --jsonl</c> reads it.</summary>
sealed record ExplainQuestion(string? Id, string? Command, string? Cwd);

/// <summary>One command of a line. A word that is not known is null.</summary>
sealed record ExplainedCommand(
    ImmutableArray<string?> Argv,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Program,
    ImmutableArray<string> Via, string Certainty);

sealed record ExplainedEffect(string Verb, string Object);

sealed record ExplainedDoubt(string Where, string Why);

/// <summary>What the bundle says of one line, and what the line was taken for.</summary>
/// <param name="Verdict"><c>automatic</c>, <c>approval</c> or <c>blocked</c>.</param>
sealed record ExplainedLine(
    string? Id, string Verdict, ImmutableArray<string> Reasons, ImmutableArray<ExplainedCommand> Commands,
    ImmutableArray<ExplainedEffect> Effects, ImmutableArray<ExplainedDoubt> Unresolved)
{
    public static ExplainedLine Of(string? id, Explained explained)
    {
        var verdict = explained.Verdict;
        return new ExplainedLine(
            id,
            verdict.Kind.ToString().ToLowerInvariant(),
            verdict.Kind == VerdictKind.Approval
                ? [.. verdict.Gates.Select(g => $"{g.Policy}: {g.Reason}")]
                : [$"{verdict.Code}: {verdict.Why}"],
            [.. explained.Line.Commands.Where(c => !c.Command.Arguments.IsEmpty).Select(c => new ExplainedCommand(
                [.. c.Command.Arguments.Select(a => a.Value)], c.Command.Program, c.Command.Via,
                c.Command.Certainty.ToString().ToLowerInvariant()))],
            [.. verdict.Effects.Select(e => new ExplainedEffect(e.Verb, e.Object)).Distinct()],
            [.. verdict.Unresolved.Select(u => new ExplainedDoubt(u.Where, u.Why))]);
    }
}

using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Writ.Policies;
using Writ.Requests;

namespace Writ.Cli.Commands;

/// <summary>One command of a line. A word that is not known is null.</summary>
sealed record ExplainedCommand(
    ImmutableArray<string?> Argv,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Program,
    ImmutableArray<string> Via, string Certainty);

sealed record ExplainedEffect(string Verb, string Object);

sealed record ExplainedDoubt(string Where, string Why);

/// <summary>Why a line of the input is no question.</summary>
/// <param name="Line">Its number, from 1.</param>
sealed record ExplainFault(string Code, int Line, string Why);

/// <summary>What the bundle says of one line, and what the line was taken for.</summary>
/// <param name="Id">As it was asked; null when none was given.</param>
/// <param name="Verdict"><c>automatic</c>, <c>approval</c> or <c>blocked</c>.</param>
/// <param name="Error">Null when the line was a question.</param>
sealed record ExplainedLine(
    JsonElement? Id, string Verdict, ImmutableArray<string> Reasons, ImmutableArray<ExplainedCommand> Commands,
    ImmutableArray<ExplainedEffect> Effects, ImmutableArray<ExplainedDoubt> Unresolved,
    ExplainFault? Error = null)
{
    /// <summary>Whoever looks at the verdict alone must not take what was not understood for harmless.</summary>
    public static ExplainedLine Not(JsonElement? id, ExplainFault error) => new(
        id, "blocked", [$"{error.Code}: line {error.Line} of the input: {error.Why}"], [], [],
        [new ExplainedDoubt($"line {error.Line}", error.Why)], error);

    public static ExplainedLine Of(JsonElement? id, Explained explained)
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

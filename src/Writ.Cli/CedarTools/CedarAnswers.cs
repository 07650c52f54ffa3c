using System.Collections.Immutable;
using Writ.Cedar;

namespace Writ.Cli.CedarTools;

/// <summary>What <c>writ cedar authorize --json</c> prints.</summary>
/// <param name="Errors">The policies that could not be evaluated; they do not count.</param>
sealed record CedarDecision(string Decision, ImmutableArray<string> Reasons, ImmutableArray<CedarProblem> Errors);

/// <summary>What <c>check</c> and <c>validate</c> print with <c>--json</c>.</summary>
sealed record CedarCheck(bool Valid, ImmutableArray<CedarProblem> Errors, ImmutableArray<CedarProblem> Warnings);

/// <summary>One thing that is wrong, where that is known.</summary>
sealed record CedarProblem(
    string? Code, string Message, string? Policy, string? File, int? Line, int? Column, string? Hint = null)
{
    public static CedarProblem Of(ParseError error) => Placed(
        error.Code, error.Message, null, error.FileName, error.Position, null);

    public static CedarProblem Of(PolicyError error) => Placed(
        null, error.Error.Message, error.Policy.Id, error.Policy.FileName, error.Error.Position, null);

    public static CedarProblem Of(ValidationFinding finding) => Placed(
        finding.Code, finding.Message, finding.PolicyId, finding.FileName, finding.Position, finding.Hint);

    static CedarProblem Placed(
        string? code, string message, string? policy, string? file, SourcePosition position, string? hint) =>
        position.IsKnown
            ? new CedarProblem(code, message, policy, file, position.Line, position.Column, hint)
            : new CedarProblem(code, message, policy, file, null, null, hint);
}

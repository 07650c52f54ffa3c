using Writ.Shell.Syntax;

namespace Writ.Shell.Resolving;

/// <summary>Whether every shell that is called <c>sh</c> reads a text as bash does: nothing in it is of bash
/// alone.</summary>
static class PortableShell
{
    public static bool IsPortable(ParsedScript parsed) =>
        parsed.Outcome == ParseOutcome.Parsed && !SyntaxWalk.All(parsed.Script).Any(IsOfBash);

    static bool IsOfBash(SyntaxNode node) => node switch
    {
        ArithmeticCommand or ConditionalCommand or ArithmeticForCommand or CoprocessCommand => true,
        ForCommand { IsSelect: true } => true,
        // Whether the word `function` was written is not kept, and other shells take it for a command.
        FunctionDefinition => true,
        PipelineStage { PipesErrors: true } => true,
        Pipeline { Timing: not PipelineTiming.None } => true,
        CaseClause { Ending: not CaseEnding.Break } => true,
        Assignment assignment => assignment.IsAppending || assignment.Subscript is not null,
        Redirection redirection => redirection.DescriptorVariable is not null || redirection.Operator
            is RedirectionOperator.WriteBoth or RedirectionOperator.AppendBoth or RedirectionOperator.HereString
            || IsFile(redirection),
        AnsiQuotedPart or ProcessSubstitutionPart or ArrayPart => true,
        BracePart or BraceRangePart or ExtendedGlobPart => true,
        DoubleQuotedPart { IsTranslated: true } => true,
        ArithmeticPart { IsBracketed: true } => true,
        UnknownExpansionPart => true,
        ParameterPart parameter => parameter.IsIndirect || parameter.Subscript is not null || parameter.Operator
            is ParameterOperator.Replace or ParameterOperator.Substring or ParameterOperator.UpperCase
            or ParameterOperator.LowerCase or ParameterOperator.ToggleCase or ParameterOperator.Transform
            or ParameterOperator.Names,
        _ => false,
    };

    static bool IsFile(Redirection redirection) => redirection.Operator == RedirectionOperator.DuplicateOutput
        && !(redirection.Target.ConstantValue is { } target && (target == "-" || target.All(char.IsAsciiDigit)));
}

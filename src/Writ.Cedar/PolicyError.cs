namespace Writ.Cedar;

/// <summary>
/// A policy whose scope matched and whose condition could not be evaluated. Cedar leaves such a policy out; whether an
/// error in a forbid should weigh more is for the caller, who sees the policy's effect here.
/// </summary>
public readonly record struct PolicyError(Policy Policy, EvaluationError Error)
{
    public override string ToString() => $"{Policy.Id}: {Error}";
}

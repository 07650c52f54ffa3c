using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// Gathers the findings of one validation. The same thing found again (in another kind of request) is one finding; one
/// too many becomes an error of its own.
/// </summary>
sealed class FindingCollector(ValidationBudget budget)
{
    // Its texts are made each time, also when it is the same again.
    const int StepsPerFinding = 50;

    readonly List<ValidationFinding> _errors = [];
    readonly List<ValidationFinding> _warnings = [];
    readonly HashSet<ValidationFinding> _seen = [];
    int _count;
    string _policyId = "";
    SourceText _source = new("", null);

    /// <summary>Whether there is no room for more, and so no use in looking for more.</summary>
    public bool IsFull { get; private set; }

    public void Begin(string policyId, SourceText source)
    {
        _policyId = policyId;
        _source = source;
        _seen.Clear();
    }

    public void Error(string code, SourcePosition position, string message, string? hint = null) =>
        Add(_errors, code, position, message, hint);

    public void Warn(string code, SourcePosition position, string message, string? hint = null) =>
        Add(_warnings, code, position, message, hint);

    /// <summary>The findings since the last call, in the order of the text.</summary>
    public (ImmutableArray<ValidationFinding> Errors, ImmutableArray<ValidationFinding> Warnings) Take()
    {
        var taken = (InOrder(_errors), InOrder(_warnings));
        _errors.Clear();
        _warnings.Clear();
        return taken;
    }

    void Add(List<ValidationFinding> into, string code, SourcePosition position, string message, string? hint)
    {
        budget.Spend(StepsPerFinding);
        if (IsFull)
            return;
        var finding = new ValidationFinding(code, _policyId, position, message, hint, _source.FileName);
        if (!_seen.Add(finding))
            return;
        into.Add(position.IsKnown ? finding with { Excerpt = _source.ExcerptAt(position.Offset) } : finding);
        if (++_count < CedarLimits.FindingsMax)
            return;
        IsFull = true;
        var limit = FormattableString.Invariant(
            $"more than {CedarLimits.FindingsMax} findings; the others are left out");
        _errors.Add(new ValidationFinding(ValidationCodes.Limit, _policyId, position, limit, null, _source.FileName));
    }

    static ImmutableArray<ValidationFinding> InOrder(List<ValidationFinding> findings) =>
        [.. findings.OrderBy(finding => finding.Position.Offset)];
}

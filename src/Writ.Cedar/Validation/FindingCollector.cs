using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// Gathers the findings of one validation. The same thing found again (in another kind of request) is one finding; one
/// too many becomes an error of its own.
/// </summary>
sealed class FindingCollector
{
    readonly List<ValidationFinding> _errors = [];
    readonly List<ValidationFinding> _warnings = [];
    readonly HashSet<ValidationFinding> _seen = [];
    bool _isFull;
    string _policyId = "";
    string? _fileName;

    public void Begin(string policyId, string? fileName)
    {
        _policyId = policyId;
        _fileName = fileName;
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
        if (_isFull)
            return;
        var finding = new ValidationFinding(code, _policyId, position, message, hint, _fileName);
        if (!_seen.Add(finding))
            return;
        into.Add(finding);
        Count++;
        if (Count < CedarLimits.FindingsMax)
            return;
        _isFull = true;
        var limit = FormattableString.Invariant($"more than {CedarLimits.FindingsMax} findings; the others are left out");
        _errors.Add(new ValidationFinding(ValidationCodes.Limit, _policyId, default, limit, null, _fileName));
    }

    int Count { get; set; }

    static ImmutableArray<ValidationFinding> InOrder(List<ValidationFinding> findings) =>
        [.. findings.OrderBy(finding => finding.Position.Offset)];
}

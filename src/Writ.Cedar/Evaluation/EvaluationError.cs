namespace Writ.Cedar;

/// <summary>
/// Why a policy's condition has no value for a request. Made on the hot path, so the message is only put together when
/// somebody reads it. It quotes attribute names and entity ids of the request.
/// </summary>
public sealed class EvaluationError
{
    readonly object? _first;
    readonly object? _second;

    internal EvaluationError(EvaluationFault fault, SourcePosition position, object? first, object? second)
    {
        Fault = fault;
        Position = position;
        _first = first;
        _second = second;
    }

    public EvaluationFault Fault { get; }

    /// <summary>The operator, access or call that failed, in the policy's text.</summary>
    public SourcePosition Position { get; }

    public string Message => Fault switch
    {
        EvaluationFault.Type => $"expected a value of type {_first}, found one of type {((Value)_second!).TypeName}",
        EvaluationFault.Overflow => $"'{_first}' leaves the range of 64-bit integers",
        EvaluationFault.MissingAttribute => $"{Owner(_second)} has no attribute '{_first}'",
        EvaluationFault.MissingTag => $"{Owner(_second)} has no tag '{_first}'",
        EvaluationFault.MissingEntity => $"entity {_first} does not exist",
        EvaluationFault.Extension => $"'{_first}' cannot be computed of {_second}",
        _ => $"'{_first}' is called with {_second} argument(s)",
    };

    public override string ToString() => $"{Position}: {Message}";

    static string Owner(object? value) => value is EntityUid uid ? $"entity {uid}" : "the record";
}

using System.Diagnostics.CodeAnalysis;

namespace Writ.Cedar;

/// <summary>What reading something gave: a value, or at least one error and no value.</summary>
public sealed class ParseResult<T>
    where T : class
{
    readonly T? _value;

    public ParseResult(T value)
    {
        _value = value;
        Errors = [];
    }

    public ParseResult(IReadOnlyList<ParseError> errors)
    {
        if (errors.Count == 0)
            throw new InvalidOperationException("a failed result without an error");
        Errors = errors;
    }

    /// <summary>Empty exactly when there is a value.</summary>
    public IReadOnlyList<ParseError> Errors { get; }

    public bool Succeeded => _value is not null;

    /// <summary>The value; asking a failed result for it is a bug of the caller and throws.</summary>
    public T Value => _value ?? throw new InvalidOperationException(Errors[0].ToString());

    public bool TryGetValue([NotNullWhen(true)] out T? value)
    {
        value = _value;
        return value is not null;
    }
}

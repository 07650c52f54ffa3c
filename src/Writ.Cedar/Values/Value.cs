using System.Text;

namespace Writ.Cedar;

/// <summary>
/// A value of the Cedar language: one of the closed family <see cref="CedarBool"/>, <see cref="CedarLong"/>,
/// <see cref="CedarString"/>, <see cref="EntityUid"/>, <see cref="CedarSet"/>, <see cref="CedarRecord"/>,
/// <see cref="CedarDecimal"/>, <see cref="CedarIp"/>, <see cref="CedarDatetime"/>, <see cref="CedarDuration"/>.
/// Immutable; equality is Cedar's <c>==</c>, under which values of different types are different.
/// </summary>
public abstract class Value : IEquatable<Value>
{
    private protected Value()
    {
    }

    /// <summary>The Cedar name of the type, as error messages show it.</summary>
    public abstract string TypeName { get; }

    public abstract bool Equals(Value? other);

    public override bool Equals(object? obj) => Equals(obj as Value);

    public abstract override int GetHashCode();

    /// <summary>The value as a Cedar expression, with invisible and bidirectional characters escaped.</summary>
    public sealed override string ToString()
    {
        var text = new StringBuilder();
        Write(text);
        return text.ToString();
    }

    internal abstract void Write(StringBuilder text);

    /// <summary>
    /// A hash of both halves of a number. The framework's own folds them without a secret, so that whoever writes a
    /// context could make a set whose elements all collide.
    /// </summary>
    private protected static int Hash(int type, long number) =>
        HashCode.Combine(type, unchecked((int)number), unchecked((int)(number >> 32)));
}

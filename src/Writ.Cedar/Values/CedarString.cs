using System.Text;

namespace Writ.Cedar;

/// <summary>A Cedar String: Unicode scalars, compared exactly, without normalisation or culture.</summary>
public sealed class CedarString(string value) : Value
{
    public string Value { get; } = value;

    public override string TypeName => "string";

    public override bool Equals(Value? other) => other is CedarString text && text.Value == Value;

    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    internal override void Write(StringBuilder text) => Escapes.Quote(text, Value);
}

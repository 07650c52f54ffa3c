using System.Globalization;
using System.Text;

namespace Writ.Cedar;

/// <summary>A Cedar Long: a 64-bit signed integer. It never passes through a floating point number.</summary>
public sealed class CedarLong(long value) : Value
{
    public long Value { get; } = value;

    public override string TypeName => "long";

    public override bool Equals(Value? other) => other is CedarLong number && number.Value == Value;

    public override int GetHashCode() => Hash(0, Value);

    internal override void Write(StringBuilder text) => text.Append(CultureInfo.InvariantCulture, $"{Value}");
}

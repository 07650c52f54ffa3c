using System.Text;

namespace Writ.Cedar;

/// <summary>A Cedar Bool. There are only two instances.</summary>
public sealed class CedarBool : Value
{
    CedarBool(bool value) => Value = value;

    public static CedarBool True { get; } = new(true);

    public static CedarBool False { get; } = new(false);

    public bool Value { get; }

    public override string TypeName => "bool";

    public static CedarBool Of(bool value) => value ? True : False;

    public override bool Equals(Value? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => Value ? 1 : 2;

    internal override void Write(StringBuilder text) => text.Append(Value ? "true" : "false");
}

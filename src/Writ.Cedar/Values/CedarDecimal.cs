using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Writ.Cedar;

/// <summary>A Cedar decimal: a 64-bit count of ten-thousandths, with one to four digits after the point.</summary>
public sealed class CedarDecimal(long tenThousandths) : Value
{
    const int Scale = 10_000;

    public long TenThousandths { get; } = tenThousandths;

    public override string TypeName => "decimal";

    public static bool TryParse(string text, [NotNullWhen(true)] out CedarDecimal? value)
    {
        value = null;
        var negative = text.StartsWith('-');
        var digits = text.AsSpan(negative ? 1 : 0);
        var point = digits.IndexOf('.');
        if (point < 0 || !Digits.TryRead(digits[..point], out var whole))
            return false;
        var fraction = digits[(point + 1)..];
        if (fraction.Length is 0 or > 4 || !Digits.TryRead(fraction, out var parts))
            return false;
        for (var i = fraction.Length; i < 4; i++)
            parts *= 10;
        if (!Digits.TrySign(whole * Scale + parts, negative, out var result))
            return false;
        value = new CedarDecimal(result);
        return true;
    }

    public override bool Equals(Value? other) =>
        other is CedarDecimal number && number.TenThousandths == TenThousandths;

    public override int GetHashCode() => Hash(1, TenThousandths);

    internal override void Write(StringBuilder text)
    {
        var magnitude = Int128.Abs(TenThousandths);
        text.Append("decimal(\"").Append(TenThousandths < 0 ? "-" : "")
            .Append(CultureInfo.InvariantCulture, $"{magnitude / Scale}.{(int)(magnitude % Scale):D4}").Append("\")");
    }
}

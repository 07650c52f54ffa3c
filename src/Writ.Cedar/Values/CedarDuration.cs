using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Writ.Cedar;

/// <summary>
/// A Cedar duration (RFC 80): a 64-bit count of milliseconds, written as quantities with the units d, h, m, s and ms,
/// largest first, each at most once, with one optional minus in front.
/// </summary>
public sealed class CedarDuration(long milliseconds) : Value
{
    static readonly (string Unit, long Milliseconds)[] Units =
        [("d", CedarDatetime.DayMilliseconds), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

    public long Milliseconds { get; } = milliseconds;

    public override string TypeName => "duration";

    public static bool TryParse(string text, [NotNullWhen(true)] out CedarDuration? value)
    {
        value = null;
        var negative = text.StartsWith('-');
        var rest = text.AsSpan(negative ? 1 : 0);
        if (rest.IsEmpty)
            return false;
        Int128 total = 0;
        var nextUnit = 0;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits < 1 || !Digits.TryRead(rest[..digits], out var quantity))
                return false;
            rest = rest[digits..];
            var unitLength = rest.StartsWith("ms") ? 2 : 1;
            while (nextUnit < Units.Length && !rest[..unitLength].SequenceEqual(Units[nextUnit].Unit))
                nextUnit++;
            if (nextUnit == Units.Length)
                return false;
            total += quantity * Units[nextUnit++].Milliseconds;
            rest = rest[unitLength..];
        }
        if (!Digits.TrySign(total, negative, out var result))
            return false;
        value = new CedarDuration(result);
        return true;
    }

    public override bool Equals(Value? other) => other is CedarDuration time && time.Milliseconds == Milliseconds;

    public override int GetHashCode() => Hash(3, Milliseconds);

    internal override void Write(StringBuilder text) =>
        text.Append(CultureInfo.InvariantCulture, $"duration(\"{Milliseconds}ms\")");
}

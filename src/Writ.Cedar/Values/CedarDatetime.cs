using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Writ.Cedar;

/// <summary>
/// A Cedar datetime (RFC 80): a 64-bit count of milliseconds since the Unix epoch, leap seconds not counted. Five text
/// forms are accepted: a date, and a date with time, with or without milliseconds, in UTC (<c>Z</c>) or with an offset.
/// </summary>
public sealed class CedarDatetime(long milliseconds) : Value
{
    internal const long DayMilliseconds = 86_400_000;

    /// <summary>Milliseconds since 1970-01-01T00:00:00Z.</summary>
    public long Milliseconds { get; } = milliseconds;

    public override string TypeName => "datetime";

    public static CedarDatetime Of(DateTimeOffset time) => new(time.ToUnixTimeMilliseconds());

    public static bool TryParse(string text, [NotNullWhen(true)] out CedarDatetime? value)
    {
        value = null;
        if (!TryParseDate(text, out var milliseconds))
            return false;
        if (text.Length > 10)
        {
            if (!TryParseTime(text.AsSpan(10), out var ofDay))
                return false;
            milliseconds += ofDay;
        }
        value = new CedarDatetime(milliseconds);
        return true;
    }

    public override bool Equals(Value? other) => other is CedarDatetime time && time.Milliseconds == Milliseconds;

    public override int GetHashCode() => Hash(2, Milliseconds);

    internal override void Write(StringBuilder text)
    {
        text.Append("datetime(\"1970-01-01\").offset(");
        new CedarDuration(Milliseconds).Write(text);
        text.Append(')');
    }

    /// <summary>Midnight of this day; nothing when that is before the earliest datetime.</summary>
    internal CedarDatetime? ToDate()
    {
        var midnight = (Int128)Milliseconds - OfDay();
        return midnight < long.MinValue ? null : new CedarDatetime((long)midnight);
    }

    internal CedarDuration ToTime() => new(OfDay());

    // Never negative, also before the epoch.
    long OfDay()
    {
        var rest = Milliseconds % DayMilliseconds;
        return rest < 0 ? rest + DayMilliseconds : rest;
    }

    static bool TryParseDate(ReadOnlySpan<char> text, out long milliseconds)
    {
        milliseconds = 0;
        if (!Digits.TryReadFixed(text, 0, 4, out var year) || !Digits.TryReadFixed(text, 5, 2, out var month)
            || !Digits.TryReadFixed(text, 8, 2, out var day) || text[4] != '-' || text[7] != '-')
            return false;
        // Year 0 exists here, and repeats the calendar of the year 400.
        var calendarYear = year == 0 ? 400 : year;
        if (month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(calendarYear, month))
            return false;
        var epoch = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
        var days = new DateOnly(calendarYear, month, day).DayNumber - epoch;
        const int DaysIn400Years = 146_097;
        milliseconds = (days - (year == 0 ? DaysIn400Years : 0)) * DayMilliseconds;
        return true;
    }

    /// <summary>Reads what follows the date: <c>Thh:mm:ss[.SSS](Z|(+|-)hhmm)</c>.</summary>
    static bool TryParseTime(ReadOnlySpan<char> text, out long milliseconds)
    {
        milliseconds = 0;
        if (!Digits.TryReadFixed(text, 1, 2, out var hour) || !Digits.TryReadFixed(text, 4, 2, out var minute)
            || !Digits.TryReadFixed(text, 7, 2, out var second) || text[0] != 'T' || text[3] != ':' || text[6] != ':'
            || hour > 23 || minute > 59 || second > 59)
            return false;
        var rest = text[9..];
        var thousandths = 0;
        if (rest.StartsWith("."))
        {
            if (!Digits.TryReadFixed(rest, 1, 3, out thousandths))
                return false;
            rest = rest[4..];
        }
        milliseconds = (hour * 3600 + minute * 60 + second) * 1000L + thousandths;
        if (rest.SequenceEqual("Z"))
            return true;
        if (rest.Length != 5 || rest[0] is not ('+' or '-') || !Digits.TryReadFixed(rest, 1, 2, out var offsetHours)
            || !Digits.TryReadFixed(rest, 3, 2, out var offsetMinutes) || offsetHours > 23 || offsetMinutes > 59)
            return false;
        var offset = (offsetHours * 60 + offsetMinutes) * 60_000L;
        milliseconds -= rest[0] == '+' ? offset : -offset;
        return true;
    }
}

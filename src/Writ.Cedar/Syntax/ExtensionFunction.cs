namespace Writ.Cedar;

/// <summary>The functions and methods of Cedar's extension types.</summary>
enum ExtensionFunction
{
    Decimal,
    Ip,
    Datetime,
    Duration,
    LessThan,
    LessThanOrEqual,
    GreaterThan,
    GreaterThanOrEqual,
    IsIpv4,
    IsIpv6,
    IsLoopback,
    IsMulticast,
    IsInRange,
    Offset,
    DurationSince,
    ToDate,
    ToTime,
    ToMilliseconds,
    ToSeconds,
    ToMinutes,
    ToHours,
    ToDays,
}

static class ExtensionFunctions
{
    static readonly string[] Spellings =
    [
        "decimal", "ip", "datetime", "duration",
        "lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual",
        "isIpv4", "isIpv6", "isLoopback", "isMulticast", "isInRange",
        "offset", "durationSince", "toDate", "toTime",
        "toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays",
    ];

    public static string Spelling(ExtensionFunction function) => Spellings[(int)function];

    public static ExtensionFunction? Find(ReadOnlySpan<char> spelling)
    {
        for (var i = 0; i < Spellings.Length; i++)
            if (spelling.SequenceEqual(Spellings[i]))
                return (ExtensionFunction)i;
        return null;
    }

    /// <summary>Whether it makes a value from a text and is called by name; the others are methods.</summary>
    public static bool IsConstructor(ExtensionFunction function) => function <= ExtensionFunction.Duration;

    /// <summary>Arguments with the receiver; for <c>isInRange</c>, the least number.</summary>
    public static int Arity(ExtensionFunction function) => function switch
    {
        ExtensionFunction.LessThan or ExtensionFunction.LessThanOrEqual or ExtensionFunction.GreaterThan
            or ExtensionFunction.GreaterThanOrEqual or ExtensionFunction.IsInRange or ExtensionFunction.Offset
            or ExtensionFunction.DurationSince => 2,
        _ => 1,
    };
}

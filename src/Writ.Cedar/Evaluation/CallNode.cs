using System.Diagnostics;

namespace Writ.Cedar;

/// <summary>A call of an extension function with the right number of arguments.</summary>
sealed class CallNode(ExtensionFunction function, Node[] arguments, SourcePosition position) : Node(position)
{
    public override Value? Evaluate(Frame frame)
    {
        if (arguments[0].Evaluate(frame) is not { } first)
            return null;
        if (arguments.Length == 1)
            return Report(frame, ExtensionCall.Apply(function, first, null), first);
        if (arguments[1].Evaluate(frame) is not { } second)
            return null;
        return arguments.Length == 2
            ? Report(frame, ExtensionCall.Apply(function, first, second), first)
            : IsInAnyRange(frame, first, second);
    }

    // Only isInRange takes more than two; every range is type-checked, also behind a match.
    Value? IsInAnyRange(Frame frame, Value address, Value firstRange)
    {
        var found = false;
        for (var i = 1; i < arguments.Length; i++)
        {
            var range = i == 1 ? firstRange : arguments[i].Evaluate(frame);
            if (range is null)
                return null;
            var result = ExtensionCall.Apply(function, address, range);
            if (result.Value is null)
                return Report(frame, result, address);
            found |= ReferenceEquals(result.Value, CedarBool.True);
        }
        return CedarBool.Of(found);
    }

    Value? Report(Frame frame, ExtensionCall result, Value first)
    {
        if (result.Value is not null)
            return result.Value;
        if (result.Expected is null)
            return frame.Fail(EvaluationFault.Extension, Position, ExtensionFunctions.Spelling(function), first);
        return frame.Fail(EvaluationFault.Type, Position, result.Expected, result.Offender);
    }
}

/// <summary>
/// What an extension function gives: a value, or a type that was expected and the value that was not of it, or (nothing
/// set) a failure of the function itself. Also used for the <c>__extn</c> calls of JSON.
/// </summary>
readonly record struct ExtensionCall(Value? Value, string? Expected = null, Value? Offender = null)
{
    /// <summary>Calls with the right number of arguments; the second is missing for functions of one.</summary>
    public static ExtensionCall Apply(ExtensionFunction function, Value first, Value? second) => function switch
    {
        <= ExtensionFunction.Duration => Construct(function, first),
        <= ExtensionFunction.GreaterThanOrEqual => CompareDecimals(function, first, second!),
        <= ExtensionFunction.IsInRange => AskIp(function, first, second),
        <= ExtensionFunction.ToTime => OnDatetime(function, first, second),
        _ => OnDuration(function, first),
    };

    static ExtensionCall Construct(ExtensionFunction function, Value argument)
    {
        if (argument is not CedarString { Value: var text })
            return new ExtensionCall(null, "string", argument);
        return function switch
        {
            ExtensionFunction.Decimal => new(CedarDecimal.TryParse(text, out var number) ? number : null),
            ExtensionFunction.Ip => new(CedarIp.TryParse(text, out var ip) ? ip : null),
            ExtensionFunction.Datetime => new(CedarDatetime.TryParse(text, out var time) ? time : null),
            _ => new(CedarDuration.TryParse(text, out var duration) ? duration : null),
        };
    }

    static ExtensionCall CompareDecimals(ExtensionFunction function, Value first, Value second)
    {
        if (first is not CedarDecimal { TenThousandths: var left })
            return new ExtensionCall(null, "decimal", first);
        if (second is not CedarDecimal { TenThousandths: var right })
            return new ExtensionCall(null, "decimal", second);
        return new(CedarBool.Of(function switch
        {
            ExtensionFunction.LessThan => left < right,
            ExtensionFunction.LessThanOrEqual => left <= right,
            ExtensionFunction.GreaterThan => left > right,
            _ => left >= right,
        }));
    }

    static ExtensionCall AskIp(ExtensionFunction function, Value first, Value? second)
    {
        if (first is not CedarIp ip)
            return new ExtensionCall(null, "ipaddr", first);
        if (function == ExtensionFunction.IsInRange)
            return second is CedarIp range
                ? new(CedarBool.Of(ip.IsInRange(range)))
                : new ExtensionCall(null, "ipaddr", second);
        return new(CedarBool.Of(function switch
        {
            ExtensionFunction.IsIpv4 => !ip.IsV6,
            ExtensionFunction.IsIpv6 => ip.IsV6,
            ExtensionFunction.IsLoopback => ip.IsLoopback,
            _ => ip.IsMulticast,
        }));
    }

    static ExtensionCall OnDatetime(ExtensionFunction function, Value first, Value? second)
    {
        if (first is not CedarDatetime time)
            return new ExtensionCall(null, "datetime", first);
        switch (function)
        {
            case ExtensionFunction.Offset:
                if (second is not CedarDuration by)
                    return new ExtensionCall(null, "duration", second);
                return new(Fits((Int128)time.Milliseconds + by.Milliseconds, out var later)
                    ? new CedarDatetime(later)
                    : null);
            case ExtensionFunction.DurationSince:
                if (second is not CedarDatetime since)
                    return new ExtensionCall(null, "datetime", second);
                return new(Fits((Int128)time.Milliseconds - since.Milliseconds, out var between)
                    ? new CedarDuration(between)
                    : null);
            case ExtensionFunction.ToDate:
                return new(time.ToDate());
            case ExtensionFunction.ToTime:
                return new(time.ToTime());
            default:
                throw new UnreachableException(function.ToString());
        }
    }

    static ExtensionCall OnDuration(ExtensionFunction function, Value first)
    {
        if (first is not CedarDuration { Milliseconds: var milliseconds })
            return new ExtensionCall(null, "duration", first);
        // Cedar cuts towards zero.
        return new(new CedarLong(milliseconds / (function switch
        {
            ExtensionFunction.ToMilliseconds => 1,
            ExtensionFunction.ToSeconds => 1000,
            ExtensionFunction.ToMinutes => 60_000,
            ExtensionFunction.ToHours => 3_600_000,
            _ => CedarDatetime.DayMilliseconds,
        })));
    }

    static bool Fits(Int128 exact, out long number)
    {
        var fits = exact >= long.MinValue && exact <= long.MaxValue;
        number = fits ? (long)exact : 0;
        return fits;
    }
}

using System.Collections.Immutable;
using System.Diagnostics;

namespace Writ.Cedar;

/// <summary>What an extension function takes, the receiver first, and gives.</summary>
readonly record struct ExtensionSignature(ImmutableArray<WantedType> Wanted, CedarType Result)
{
    static readonly ExtensionSignature[] All = [.. Enum.GetValues<ExtensionFunction>().Select(Make)];

    public static ExtensionSignature Of(ExtensionFunction function) => All[(int)function];

    static ExtensionSignature Make(ExtensionFunction function)
    {
        var (@decimal, ip) = (WantedType.Exactly(CedarType.Decimal), WantedType.Exactly(CedarType.Ip));
        var (datetime, duration) = (WantedType.Exactly(CedarType.Datetime), WantedType.Exactly(CedarType.Duration));
        switch (function)
        {
            case ExtensionFunction.Decimal:
                return new([WantedType.String], CedarType.Decimal);
            case ExtensionFunction.Ip:
                return new([WantedType.String], CedarType.Ip);
            case ExtensionFunction.Datetime:
                return new([WantedType.String], CedarType.Datetime);
            case ExtensionFunction.Duration:
                return new([WantedType.String], CedarType.Duration);
            case ExtensionFunction.LessThan:
            case ExtensionFunction.LessThanOrEqual:
            case ExtensionFunction.GreaterThan:
            case ExtensionFunction.GreaterThanOrEqual:
                return new([@decimal, @decimal], CedarType.AnyBool);
            case ExtensionFunction.IsIpv4:
            case ExtensionFunction.IsIpv6:
            case ExtensionFunction.IsLoopback:
            case ExtensionFunction.IsMulticast:
                return new([ip], CedarType.AnyBool);
            case ExtensionFunction.IsInRange:
                return new([ip, ip], CedarType.AnyBool);
            case ExtensionFunction.Offset:
                return new([datetime, duration], CedarType.Datetime);
            case ExtensionFunction.DurationSince:
                return new([datetime, datetime], CedarType.Duration);
            case ExtensionFunction.ToDate:
                return new([datetime], CedarType.Datetime);
            case ExtensionFunction.ToTime:
                return new([datetime], CedarType.Duration);
            case ExtensionFunction.ToMilliseconds:
            case ExtensionFunction.ToSeconds:
            case ExtensionFunction.ToMinutes:
            case ExtensionFunction.ToHours:
            case ExtensionFunction.ToDays:
                return new([duration], CedarType.Long);
            default:
                throw new UnreachableException(function.ToString());
        }
    }
}

using System.Globalization;
using Writ.Shell.Syntax;

namespace Writ.Shell.Resolving;

/// <summary>What a parameter expansion gives, when that is known.</summary>
static class ParameterValue
{
    /// <summary>False: not known. Null: the variable is not set.</summary>
    public static bool TryGet(ParameterPart parameter, ShellState state, out string? value)
    {
        value = null;
        if (parameter.IsIndirect)
            return false;
        if (parameter.Subscript is not null)
            return TryGetElement(parameter, state, out value);
        // An unknown variable with an alternative is likely one that is set.
        if (state.IsGuess && parameter.Operator == ParameterOperator.Alternate)
            return TryGetWord(parameter.Argument!, state, out value);
        var isKnown = TryGetPlain(parameter.Name, state, out value);
        if (!isKnown && parameter.Operator is not (ParameterOperator.None or ParameterOperator.Default))
            return false;
        switch (parameter.Operator)
        {
            case ParameterOperator.None:
                return isKnown;
            case ParameterOperator.Length:
                value = (value ?? "").Length.ToString(CultureInfo.InvariantCulture);
                return true;
            case ParameterOperator.Default or ParameterOperator.Assign:
                if (!isKnown)
                    return false;
                return IsMissing(parameter, value) ? TryGetWord(parameter.Argument!, state, out value) : true;
            case ParameterOperator.Alternate:
                if (!IsMissing(parameter, value))
                    return TryGetWord(parameter.Argument!, state, out value);
                value = "";
                return true;
            case ParameterOperator.Require:
                return !IsMissing(parameter, value);
            case ParameterOperator.Substring:
                return TryGetSubstring(parameter, state, ref value);
            case ParameterOperator.UpperCase or ParameterOperator.LowerCase:
                return TryChangeCase(parameter, ref value);
            case ParameterOperator.RemovePrefix or ParameterOperator.RemoveSuffix or ParameterOperator.Replace:
                return TryCut(parameter, state, ref value);
            default:
                return false;
        }
    }

    /// <summary>Whether the expansion is for sure the word of <c>:-</c> or <c>:+</c>, whose own quotes count.</summary>
    public static bool IsWord(ParameterPart parameter, ShellState state)
    {
        if (parameter.IsIndirect || parameter.Subscript is not null
            || parameter.Operator is not (ParameterOperator.Default or ParameterOperator.Alternate))
            return false;
        var isAlternate = parameter.Operator == ParameterOperator.Alternate;
        if (state.IsGuess && isAlternate)
            return true;
        return TryGetPlain(parameter.Name, state, out var value) && IsMissing(parameter, value) != isAlternate;
    }

    static bool TryGetElement(ParameterPart parameter, ShellState state, out string? value)
    {
        value = null;
        if (parameter.Operator != ParameterOperator.None || state.Array(parameter.Name) is not { } elements
            || !TryGetNumber(parameter.Subscript!, state, out var index) || elements.Any(e => e.IsMany))
            return false;
        index = index < 0 ? elements.Length + index : index;
        value = index >= 0 && index < elements.Length ? elements[(int)index].Value : null;
        return index < 0 || index >= elements.Length || value is not null;
    }

    static bool IsMissing(ParameterPart parameter, string? value) =>
        value is null || (value.Length == 0 && parameter.OperatorText[0] == ':');

    static bool TryGetWord(Word word, ShellState state, out string? value)
    {
        value = WordExpansion.Text(word, state).Value;
        return value is not null;
    }

    static bool TryGetPlain(string name, ShellState state, out string? value)
    {
        value = null;
        if (name == "#" && state.Positions is { } all && all.All(p => !p.IsMany))
        {
            value = all.Length.ToString(CultureInfo.InvariantCulture);
            return true;
        }
        if (name is "*" or "@" && state.Positions is { } joined && joined.All(p => p.Value is not null))
        {
            value = string.Join(' ', joined.Select(p => p.Value));
            return state.SplitsAsUsual;
        }
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var position) && position > 0)
        {
            if (state.Positions is not { } positions || positions.Take(position).Any(p => p.IsMany))
                return false;
            value = position <= positions.Length ? positions[position - 1].Value : null;
            return position > positions.Length || value is not null;
        }
        if (name == "0")
            return state.TryGet(name, out value) && value is not null;
        return char.IsAsciiLetter(name[0]) || name[0] == '_' ? state.TryGet(name, out value) : false;
    }

    static bool TryGetSubstring(ParameterPart parameter, ShellState state, ref string? value)
    {
        var text = value ?? "";
        if (!TryGetNumber(parameter.Argument!, state, out var offset))
            return false;
        long length = text.Length;
        if (parameter.SecondArgument is not null && !TryGetNumber(parameter.SecondArgument, state, out length))
            return false;
        var start = offset < 0 ? text.Length + offset : offset;
        if (start < 0 || start > text.Length)
        {
            value = "";
            return true;
        }
        var end = length < 0 ? text.Length + length : Math.Min(text.Length, start + length);
        value = end < start ? "" : text[(int)start..(int)end];
        return true;
    }

    static bool TryGetNumber(Word word, ShellState state, out long number) => long.TryParse(
        ArithmeticValue.Of(WordExpansion.Text(word, state).Value),
        NumberStyles.AllowLeadingSign,
        CultureInfo.InvariantCulture,
        out number);

    static bool TryChangeCase(ParameterPart parameter, ref string? value)
    {
        if (parameter.Argument is { Parts.IsEmpty: false } || value is null)
            return value is null;
        var isUpper = parameter.Operator == ParameterOperator.UpperCase;
        var count = parameter.OperatorText.Length == 2 ? value.Length : Math.Min(1, value.Length);
        value = (isUpper ? value[..count].ToUpperInvariant() : value[..count].ToLowerInvariant()) + value[count..];
        return true;
    }

    // Only with patterns that are plain text.
    static bool TryCut(ParameterPart parameter, ShellState state, ref string? value)
    {
        value ??= "";
        var isPlain = parameter.Argument!.Parts.All(p => p.ConstantValue is not null);
        if (!isPlain || parameter.Argument.ConstantValue is not { } pattern)
            return false;
        switch (parameter.OperatorText)
        {
            case "#" or "##":
                value = value.StartsWith(pattern, StringComparison.Ordinal) ? value[pattern.Length..] : value;
                return true;
            case "%" or "%%":
                value = value.EndsWith(pattern, StringComparison.Ordinal) ? value[..^pattern.Length] : value;
                return true;
            case "/" or "//" when pattern.Length > 0:
                var with = "";
                if (parameter.SecondArgument is { } second)
                {
                    if (WordExpansion.Text(second, state).Value is not { } text
                        || text.Contains('&', StringComparison.Ordinal))
                        return false;
                    with = text;
                }
                var at = value.IndexOf(pattern, StringComparison.Ordinal);
                if (parameter.OperatorText == "//")
                    value = value.Replace(pattern, with, StringComparison.Ordinal);
                else if (at >= 0)
                    value = string.Concat(value.AsSpan(0, at), with, value.AsSpan(at + pattern.Length));
                return value.Length <= ResolveLimits.TextCharsMax;
            default:
                return false;
        }
    }
}

using System.Globalization;

namespace Writ.Shell.Resolving;

/// <summary>The value of an arithmetic expression of numbers, sums and products; anything else is not known.</summary>
static class ArithmeticValue
{
    const int TermsMax = 100;

    public static string? Of(string? expression)
    {
        if (expression is null || expression.Length > ResolveLimits.TextCharsMax)
            return null;
        var position = 0;
        var terms = 0;
        return TrySum(expression.AsSpan(), ref position, ref terms, out var value) && position == expression.Length
            ? value.ToString(CultureInfo.InvariantCulture)
            : null;
    }

    /// <summary>Digits, with a sign and blanks around them, or nothing: as an expression it is a number.</summary>
    public static bool IsNumber(string text)
    {
        var digits = text.AsSpan().Trim().TrimStart("+-");
        return digits.IndexOfAnyExceptInRange('0', '9') < 0;
    }

    static bool TrySum(ReadOnlySpan<char> text, ref int position, ref int terms, out long value)
    {
        if (!TryProduct(text, ref position, ref terms, out value))
            return false;
        while (position < text.Length && text[position] is '+' or '-')
        {
            var isPlus = text[position++] == '+';
            if (!TryProduct(text, ref position, ref terms, out var next))
                return false;
            value = unchecked(isPlus ? value + next : value - next);
        }
        return true;
    }

    static bool TryProduct(ReadOnlySpan<char> text, ref int position, ref int terms, out long value)
    {
        if (!TryTerm(text, ref position, ref terms, out value))
            return false;
        while (position < text.Length && text[position] == '*' && !text[position..].StartsWith("**"))
        {
            position++;
            if (!TryTerm(text, ref position, ref terms, out var next))
                return false;
            value = unchecked(value * next);
        }
        return true;
    }

    static bool TryTerm(ReadOnlySpan<char> text, ref int position, ref int terms, out long value)
    {
        value = 0;
        SkipBlanks(text, ref position);
        if (++terms > TermsMax || position >= text.Length)
            return false;
        if (text[position] == '(')
        {
            position++;
            if (!TrySum(text, ref position, ref terms, out value) || position >= text.Length || text[position] != ')')
                return false;
            position++;
            SkipBlanks(text, ref position);
            return true;
        }
        var start = position;
        if (text[position] == '-')
            position++;
        while (position < text.Length && char.IsAsciiDigit(text[position]))
            position++;
        var digits = text[start..position];
        // A leading zero means octal, a letter another base or a variable.
        if (digits.TrimStart('-').Length > 1 && digits.TrimStart('-')[0] == '0')
            return false;
        if (!long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value))
            return false;
        SkipBlanks(text, ref position);
        return true;
    }

    static void SkipBlanks(ReadOnlySpan<char> text, ref int position)
    {
        while (position < text.Length && char.IsWhiteSpace(text[position]))
            position++;
    }
}

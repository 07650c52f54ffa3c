using System.Collections.Immutable;
using System.Text;
using Writ.Shell.Syntax;

namespace Writ.Shell.Tests.Syntax;

/// <summary>A word as bash keeps it: <c>$'..'</c> replaced, the commands inside of it printed anew.</summary>
static class BashWords
{
    public static string Text(Word word) => Text(word.Parts);

    public static string Text(ImmutableArray<WordPart> parts) => Text(parts, isQuoted: false);

    static string Text(ImmutableArray<WordPart> parts, bool isQuoted)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
            text.Append(Text(part, isQuoted));
        return text.ToString();
    }

    static string Text(WordPart part, bool isQuoted) => part switch
    {
        AnsiQuotedPart ansi when isQuoted => Guarded(ansi.Text),
        AnsiQuotedPart ansi => SingleQuoted(Guarded(ansi.Text)),
        DoubleQuotedPart quoted => $"\"{Text(quoted.Parts, isQuoted: true)}\"",
        ExtendedGlobPart glob => Raw(glob),
        BracePart brace => $"{{{string.Join(',', brace.Alternatives.Select(a => Text(a)))}}}",
        ArithmeticPart { IsBracketed: true } arithmetic => $"$[{Text(arithmetic.Parts)}]",
        ArithmeticPart arithmetic => $"$(({Text(arithmetic.Parts)}))",
        ArrayPart array => $"({string.Join(' ', array.Elements.Select(Element))})",
        ParameterPart { IsBraced: true } parameter => Braced(parameter, isQuoted),
        UnknownExpansionPart unknown => Joined(unknown.Raw),
        CommandSubstitutionPart { Backquoted: { } raw } =>
            $"`{Joined(raw)}`",
        CommandSubstitutionPart or ProcessSubstitutionPart when Raw(part).AsSpan(1).StartsWith("((") => Raw(part),
        CommandSubstitutionPart { Body: { } body } => $"$({Spaced(BashText.OfSubstitution(body))})",
        ProcessSubstitutionPart { Body: { } body } substitution =>
            $"{(substitution.IsOutput ? '>' : '<')}({Spaced(BashText.OfSubstitution(body))})",
        _ => ShellPrinter.Print(part),
    };

    [ThreadStatic]
    static string? _source;

    [ThreadStatic]
    static bool _isOlder;

    /// <summary>The vectors come from bash 5.3; the bash of this machine is 5.2 and prints a few things
    /// otherwise.</summary>
    public static bool IsNewest
    {
        get => !_isOlder;
        set => _isOlder = !value;
    }

    /// <summary>The source that spans are of; what bash has only counted brackets in, it keeps as written.</summary>
    public static string Source { set => _source = value; }

    static string Raw(WordPart part) => Joined(_source![part.Span.Start..part.Span.End]);

    // Line continuations taken out; a quoted backslash at the end of a line is none.
    static string Joined(string text)
    {
        var joined = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var isPair = text[i] == '\\' && i + 1 < text.Length;
            if (!isPair || text[i + 1] != '\n')
                joined.Append(text, i, isPair ? 2 : 1);
            i += isPair ? 1 : 0;
        }
        return joined.ToString();
    }

    // Bash marks two characters that it uses itself.
    static string Guarded(string text) => !IsNewest ? text : text
        .Replace("\u0001", "\u0001\u0001", StringComparison.Ordinal)
        .Replace("\u007f", "\u0001\u007f", StringComparison.Ordinal);

    static string Spaced(string text) => text.StartsWith('(') ? " " + text : text;

    static string Element(ArrayElement element) =>
        (element.Subscript is null ? "" : $"[{Text(element.Subscript)}]{(element.IsAppending ? "+=" : "=")}")
        + Text(element.Value);

    static string Braced(ParameterPart parameter, bool isQuoted)
    {
        // Only these are sure to keep quotes inside of double quotes.
        isQuoted &= parameter.Operator is not (ParameterOperator.RemovePrefix or ParameterOperator.RemoveSuffix
            or ParameterOperator.Replace or ParameterOperator.UpperCase or ParameterOperator.LowerCase);
        var isLength = parameter.Operator == ParameterOperator.Length;
        var text = new StringBuilder("${");
        text.Append(isLength ? "#" : parameter.IsIndirect || parameter.Operator == ParameterOperator.Names ? "!" : "");
        text.Append(parameter.Name);
        if (parameter.Subscript is not null)
            text.Append('[').Append(Text(parameter.Subscript)).Append(']');
        text.Append(isLength ? "" : parameter.OperatorText);
        text.Append(parameter.Argument is null ? "" : Text(parameter.Argument.Parts, isQuoted));
        if (parameter.SecondArgument is not null)
            text.Append(parameter.Operator == ParameterOperator.Substring ? ':' : '/')
                .Append(Text(parameter.SecondArgument.Parts, isQuoted));
        return text.Append('}').ToString();
    }

    public static string SingleQuoted(string text) =>
        text == "'" ? "\\'" : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    public static string Assignment(Assignment assignment) =>
        assignment.Name
        + (assignment.Subscript is null ? "" : $"[{Text(assignment.Subscript)}]")
        + (assignment.IsAppending ? "+=" : "=")
        + Text(assignment.Value);
}

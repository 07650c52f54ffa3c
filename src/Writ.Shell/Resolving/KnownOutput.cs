using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Writ.Shell.Syntax;

namespace Writ.Shell.Resolving;

/// <summary>What a command puts out, when that follows from the line alone: <c>echo</c>, <c>printf</c>, a here-document
/// through <c>cat</c>, and the decoders that hide commands.</summary>
static class KnownOutput
{
    /// <summary>Of the commands in a substitution; null when it is not known.</summary>
    public static string? Of(CommandList body, ShellState state)
    {
        if (body.Items is not [{ Links: [var link], Terminator: ListTerminator.None }] || link.Pipeline.IsNegated)
            return body.Items.IsEmpty ? "" : null;
        string? text = null;
        for (var i = 0; i < link.Pipeline.Stages.Length; i++)
        {
            text = Of(link.Pipeline.Stages[i].Command, state, text, isFirst: i == 0);
            if (text is null)
                return null;
        }
        return text;
    }

    /// <summary>Of one command, with what stands on its input.</summary>
    public static string? Of(Command command, ShellState state, string? input, bool isFirst)
    {
        if (command is not SimpleCommand { Assignments.IsEmpty: true, Words.IsEmpty: false } simple)
            return null;
        foreach (var redirection in simple.Redirections)
        {
            if (redirection.Operator is not (RedirectionOperator.HereDocument
                or RedirectionOperator.HereDocumentTabless or RedirectionOperator.HereString))
                return null;
            input = HereText(redirection, state);
        }
        var arguments = simple.Words.SelectMany(w => WordExpansion.Arguments(w, state)).ToList();
        if (arguments.Exists(a => a.Value is null) || arguments.Count == 0)
            return null;
        var program = ShellPath.BaseName(arguments[0].Value!);
        if (state.Functions.ContainsKey(program))
            return null;
        var given = arguments.Skip(1).Select(a => a.Value!).ToImmutableArray();
        var text = program switch
        {
            "echo" => Echo(given),
            "printf" => Printf(given),
            ":" or "true" => "",
            "command" or "which" when state.IsGuess && given is ["-v", _] or [_] => given[^1],
            _ when input is null || (isFirst && simple.Redirections.IsEmpty) => null,
            "cat" when given.IsEmpty || given is ["-"] => input,
            "tee" when !given.Any(g => g.StartsWith('-')) => input,
            "base64" when given is ["-d"] or ["-D"] or ["--decode"] or ["-di"] or ["-id"] => Base64(input),
            "rev" when given.IsEmpty => Reverse(input),
            "tr" when given is [var from, var to] => Translate(input, from, to),
            "xxd" when given is ["-r", "-p"] or ["-p", "-r"] or ["-rp"] or ["-pr"] => Hexadecimal(input),
            _ => null,
        };
        return text?.Length > ResolveLimits.TextCharsMax ? null : text;
    }

    /// <summary>What a here-document or here-string gives.</summary>
    public static string? HereText(Redirection redirection, ShellState state) => redirection.Document is { } document
        ? WordExpansion.Quoted(document.Parts, state).Value
        : WordExpansion.Text(redirection.Target, state).Value is { } text ? text + "\n" : null;

    static string? Echo(ImmutableArray<string> arguments)
    {
        var first = 0;
        var endsLine = true;
        var escapes = false;
        for (; first < arguments.Length && arguments[first] is ['-', .. { Length: > 0 } letters]
            && letters.AsSpan().IndexOfAnyExcept("neE") < 0; first++)
        {
            endsLine &= !letters.Contains('n', StringComparison.Ordinal);
            if (letters.AsSpan().IndexOfAny("eE") >= 0)
                escapes = letters.LastIndexOf('e') > letters.LastIndexOf('E');
        }
        var text = string.Join(' ', arguments[first..]);
        if (escapes)
            text = Unescape(text);
        return text is null ? null : endsLine ? text + "\n" : text;
    }

    /// <summary>Of <c>printf</c> with these arguments, the format first.</summary>
    public static string? Printf(ImmutableArray<ResolvedArgument> arguments) =>
        arguments.All(a => a.Value is not null) ? Printf([.. arguments.Select(a => a.Value!)]) : null;

    // `%s`, `%d`, `%b` and plain text; the format is used again while there are arguments.
    static string? Printf(ImmutableArray<string> arguments)
    {
        if (arguments is ["--", ..])
            arguments = arguments[1..];
        if (arguments.IsEmpty || arguments[0].StartsWith('-') || Unescape(arguments[0]) is not { } format)
            return null;
        var text = new StringBuilder();
        var next = 1;
        do
        {
            for (var i = 0; i < format.Length; i++)
            {
                if (format[i] != '%')
                {
                    text.Append(format[i]);
                    continue;
                }
                if (++i == format.Length || format[i] is not ('s' or 'd' or 'b' or '%'))
                    return null;
                if (format[i] == '%')
                {
                    text.Append('%');
                    continue;
                }
                var argument = next < arguments.Length ? arguments[next] : format[i] == 'd' ? "0" : "";
                next++;
                if (format[i] == 'b' && Unescape(argument) is not { } plain)
                    return null;
                else if (format[i] == 'b')
                    argument = Unescape(argument)!;
                else if (format[i] == 'd' && !long.TryParse(argument, CultureInfo.InvariantCulture, out _))
                    return null;
                text.Append(argument);
            }
            if (text.Length > ResolveLimits.TextCharsMax)
                return null;
        }
        while (next < arguments.Length && next > 1);
        return text.ToString();
    }

    // The escapes of `echo -e` and `printf` are those of `$'...'`, but for octal numbers with a leading zero.
    static string? Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        if (text.Contains("\\c", StringComparison.Ordinal) || text.Contains("\\0", StringComparison.Ordinal))
            return null;
        var decoded = AnsiQuoting.Decode(text, out var isExact);
        return isExact ? decoded : null;
    }

    static string? Base64(string text)
    {
        var letters = text.Replace("\n", "", StringComparison.Ordinal);
        var bytes = new byte[letters.Length];
        return Convert.TryFromBase64String(letters, bytes, out var count) ? Text(bytes.AsSpan(0, count)) : null;
    }

    static string? Hexadecimal(string text)
    {
        var digits = string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
        return digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit) ? Text(Convert.FromHexString(digits)) : null;
    }

    static string? Text(ReadOnlySpan<byte> bytes) =>
        System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;

    static string? Reverse(string text) => text.AsSpan().IndexOfAnyInRange('\u0080', '\uffff') >= 0
        ? null
        : string.Concat(text.Split('\n').Select(l => new string([.. l.Reverse()]) + "\n"))[..^1];

    // Sets of single characters and ranges only.
    static string? Translate(string text, string from, string to)
    {
        if (Set(from) is not { Length: > 0 } old || Set(to) is not { Length: > 0 } with)
            return null;
        var changed = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            var at = old.LastIndexOf(c);
            changed.Append(at < 0 ? c : with[Math.Min(at, with.Length - 1)]);
        }
        return changed.ToString();
    }

    static string? Set(string text)
    {
        if (text.AsSpan().IndexOfAny("\\[]=:") >= 0)
            return null;
        var set = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 2 >= text.Length || text[i + 1] != '-')
            {
                set.Append(text[i]);
                continue;
            }
            for (var c = text[i]; c <= text[i + 2] && c < 128; c++)
                set.Append(c);
            i += 2;
        }
        return set.ToString();
    }
}

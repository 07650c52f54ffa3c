using System.Collections.Immutable;

namespace Writ.Shell.Resolving;

/// <summary>The arguments of builtins that name a variable. What is not known there may be <c>a[$(...)]</c>, which
/// bash evaluates.</summary>
static class NamedVariables
{
    public static bool IsDeclaring(string name) =>
        name is "declare" or "typeset" or "export" or "local" or "readonly";

    public static bool IsNaming(string name) => IsDeclaring(name)
        || name is "unset" or "read" or "printf" or "test" or "[" or "mapfile" or "readarray" or "getopts" or "wait";

    public static IEnumerable<ResolvedArgument> In(
        string name, ImmutableArray<ResolvedArgument> arguments) => name switch
        {
            "declare" or "typeset" or "export" or "local" or "readonly" => Declared(arguments),
            "unset" => arguments.Skip(1).Where(a => a.Value is not ['-', _, ..]),
            "read" => Operands(arguments, "adinNptu", 'a'),
            "mapfile" or "readarray" => Operands(arguments, "cCdnOsu", '\0'),
            "printf" => arguments is [_, { Value: ['-', 'v', ..] }, ..] ? Behind(arguments, "-v") : Written(arguments),
            "wait" => Behind(arguments, "-p"),
            "getopts" => arguments.Skip(2).Take(1),
            _ => Tested(arguments),
        };

    // The name alone where it is known.
    static IEnumerable<ResolvedArgument> Declared(ImmutableArray<ResolvedArgument> arguments)
    {
        foreach (var argument in arguments.Skip(1))
        {
            var text = argument.Value ?? argument.Prefix;
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                yield return ResolvedArgument.Known(text[..equals]);
            else if (text is not ['-' or '+', ..])
                yield return argument;
        }
    }

    // Letters of options that need a value; that of `naming` is a name.
    static IEnumerable<ResolvedArgument> Operands(
        ImmutableArray<ResolvedArgument> arguments, string valued, char naming)
    {
        var i = 1;
        for (; i < arguments.Length && (arguments[i].Value ?? arguments[i].Prefix) is ['-', _, ..] option; i++)
        {
            if (option == "--")
            {
                i++;
                break;
            }
            var at = option.AsSpan(1).IndexOfAny(valued) + 1;
            if (at == 0)
                continue;
            var isNaming = option[at] == naming;
            if (at + 1 < option.Length || arguments[i].Value is null)
            {
                if (isNaming)
                    yield return arguments[i].Value is null
                        ? arguments[i]
                        : ResolvedArgument.Known(option[(at + 1)..]);
                continue;
            }
            if (++i < arguments.Length && isNaming)
                yield return arguments[i];
        }
        for (; i < arguments.Length; i++)
            yield return arguments[i];
    }

    static IEnumerable<ResolvedArgument> Behind(ImmutableArray<ResolvedArgument> arguments, string option)
    {
        for (var i = 1; i < arguments.Length; i++)
            if (arguments[i].Value == option)
            {
                if (i + 1 < arguments.Length)
                    yield return arguments[i + 1];
            }
            else if ((arguments[i].Value ?? arguments[i].Prefix) is { Length: > 2 } text
                && text.StartsWith(option, StringComparison.Ordinal))
            {
                yield return arguments[i].Value is null ? arguments[i] : ResolvedArgument.Known(text[2..]);
            }
    }

    // `%n` of a format stores into the variable that the argument names.
    static IEnumerable<ResolvedArgument> Written(ImmutableArray<ResolvedArgument> arguments) =>
        arguments.Length > 2 && arguments[1].Value is { } format && format.Contains('n', StringComparison.Ordinal)
            && HasStore(format)
            ? arguments.Skip(2)
            : [];

    static bool HasStore(string format)
    {
        for (var i = format.IndexOf('%', StringComparison.Ordinal); i >= 0 && i + 1 < format.Length;)
        {
            var end = i + 1;
            while (end < format.Length && "-+ #0123456789.*hlLjzt".Contains(format[end], StringComparison.Ordinal))
                end++;
            if (end < format.Length && format[end] == 'n')
                return true;
            i = end + 1 < format.Length ? format.IndexOf('%', end + 1) : -1;
        }
        return false;
    }

    // Behind `-v` and `-R`. What may be several words, or stands where an operator does, may be one of them.
    static IEnumerable<ResolvedArgument> Tested(ImmutableArray<ResolvedArgument> arguments)
    {
        for (var i = 1; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            if (argument.Value is "-v" or "-R" && i + 1 < arguments.Length)
                yield return arguments[i + 1];
            else if (argument.Value is null && argument.IsMany && argument.Prefix.Length == 0
                && !GlobText.IsGlob(argument))
                yield return argument;
        }
        var operands = arguments.Length - (arguments[^1].Value == "]" ? 2 : 1);
        if (operands == 2 && arguments[1].Value is null)
            yield return arguments[1];
    }
}

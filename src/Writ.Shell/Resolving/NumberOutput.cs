using System.Buffers;
using System.Collections.Immutable;
using Writ.Shell.Syntax;

namespace Writ.Shell.Resolving;

/// <summary>Which unknown values are numbers for sure, so that arithmetic on them runs nothing: bash evaluates a value
/// as an expression, and runs what stands in a subscript of it.</summary>
static class NumberOutput
{
    // Options of grep with which it puts out a count and nothing else.
    static readonly SearchValues<char> _countLetters = SearchValues.Create("ciwvxEFPs");

    /// <summary>True when the part becomes digits, or what the environment had before the line.</summary>
    public static bool IsNumber(WordPart part, ShellState state) => part switch
    {
        ArithmeticPart => true,
        ParameterPart parameter => IsNumber(parameter, state),
        CommandSubstitutionPart { Body: { } body } => IsNumber(body, state),
        DoubleQuotedPart { Parts: [var only] } => IsNumber(only, state),
        _ => false,
    };

    /// <summary>The same of a whole word, text of digits included.</summary>
    public static bool IsNumber(Word word, ShellState state) => IsNumber(WordExpansion.Text(word, state));

    /// <summary>The same of a variable, and of all elements of one.</summary>
    public static bool IsNumber(string name, ShellState state) =>
        state.Array(name) is { } elements ? elements.All(IsNumber) : state.IsNumber(name);

    static bool IsNumber(ParameterPart parameter, ShellState state)
    {
        if (parameter.IsIndirect)
            return false;
        if (parameter.Operator == ParameterOperator.Length || parameter.Name is "#" or "?" or "$" or "!")
            return parameter.Operator is ParameterOperator.Length or ParameterOperator.None;
        return parameter.Operator switch
        {
            ParameterOperator.None or ParameterOperator.Require => IsPlainNumber(parameter, state),
            // Parts of a number are digits.
            ParameterOperator.RemovePrefix or ParameterOperator.RemoveSuffix or ParameterOperator.Substring =>
                IsPlainNumber(parameter, state),
            ParameterOperator.Default or ParameterOperator.Assign or ParameterOperator.Alternate =>
                IsPlainNumber(parameter, state)
                    && parameter.Argument!.ConstantValue is { } word && ArithmeticValue.IsNumber(word),
            _ => false,
        };
    }

    static bool IsPlainNumber(ParameterPart parameter, ShellState state)
    {
        if (parameter.Name is "@" or "*" || char.IsAsciiDigit(parameter.Name[0]))
            return parameter.Name != "0" && (state.ArePositionsGiven
                || (state.Positions is { } positions && positions.All(IsNumber)));
        if (!char.IsAsciiLetter(parameter.Name[0]) && parameter.Name[0] != '_')
            return false;
        return IsNumber(parameter.Name, state);
    }

    /// <summary>The same of a word that has been expanded.</summary>
    public static bool IsNumber(ResolvedArgument argument) =>
        argument.Arithmetic is { } text && ArithmeticValue.IsNumber(text);

    static bool IsNumber(CommandList body, ShellState state)
    {
        if (body.Items is not [{ Links: [var link], Terminator: ListTerminator.None }])
            return false;
        var isNumber = false;
        for (var i = 0; i < link.Pipeline.Stages.Length; i++)
        {
            if (link.Pipeline.Stages[i].Command is not SimpleCommand
                { Assignments.IsEmpty: true, Words.IsEmpty: false } command)
                return false;
            var words = command.Words.SelectMany(w => Arguments(w, state)).ToImmutableArray();
            if (words.IsEmpty || words[0].Value is not { } program || state.Functions.ContainsKey(program)
                || command.Redirections.Any(
                    r => r.Descriptor == 2 && r.Operator == RedirectionOperator.DuplicateOutput))
                return false;
            isNumber = PutsOutNumbers(program, words[1..], isNumber);
        }
        return isNumber;
    }

    // What substitutions inside of a word give is not asked again: each level would double the work.
    static List<ResolvedArgument> Arguments(Word word, ShellState state) =>
        word.ConstantValue is { } text ? [ResolvedArgument.Known(text)]
        : SyntaxWalk.All(word).Any(n => n is CommandSubstitutionPart or ProcessSubstitutionPart)
            ? [ResolvedArgument.Unknown("$( )", isMany: true)]
            : WordExpansion.Arguments(word, state);

    // Lines of digits and nothing else, whatever is read; `isFed` when that is such lines already.
    static bool PutsOutNumbers(string program, ImmutableArray<ResolvedArgument> words, bool isFed)
    {
        var leading = words.TakeWhile(w => w.Value is ['-', _, ..]).Count();
        var options = string.Concat(words[..leading].Select(w => w.Value![1..]));
        switch (program)
        {
            case "wc":
                return words is [{ Value: "-l" or "-w" or "-c" or "-m" or "--lines" or "--words" or "--bytes" }];
            case "nproc":
                return words.All(w => w.Value is not null);
            case "id":
                return words is [{ Value: "-u" or "-g" }];
            case "grep" or "egrep" or "fgrep" or "zgrep":
                // Of several files their names come too.
                return options.Contains('c', StringComparison.Ordinal) && words[leading..].All(IsOperand)
                    && options.AsSpan().IndexOfAnyExcept(_countLetters) < 0
                    && words.All(w => !w.IsMany) && words.Count(w => w.Value is not ['-', _, ..]) is 1 or 2;
            case "date":
                return words is [{ Value: ['+', .. { } format] }] && IsOfDigits(format)
                    || words is [{ Value: "-u" }, { Value: ['+', .. { } other] }] && IsOfDigits(other);
            case "stat":
                return words is [{ Value: "-c" },
                {
                    Value: "%s" or "%Y" or "%X" or "%Z" or "%u" or "%g" or "%i" or "%h"
                    or "%a" or "%b" or "%B"
                }, ..]
                    && words[2..].All(IsOperand);
            case "git":
                return words.Any(w => w.Value is "rev-list") && words.Any(w => w.Value is "--count")
                    && words.All(w => w.Value is not (['-', '-', 'l' or 'f' or 'p' or 'o', ..]));
            case "seq":
                return words.All(w => w.Value is not ['-', 'f' or 's' or '-' or 'w', ..] && IsNumber(w));
            case "pgrep":
                return words.Any(w => w.Value is "-c" or "--count");
            case "tput":
                return words is [{ Value: "cols" or "lines" or "colors" }];
            case "awk" or "gawk" or "mawk":
                return words is [{ Value: "END{print NR}" or "END {print NR}" or "END { print NR }" }, ..]
                    && words[1..].All(IsOperand);
            case "sed":
                return words is [{ Value: "-n" }, { Value: "$=" }, ..] && words[2..].All(IsOperand);
            case "jq":
                return options.AsSpan().IndexOfAnyExcept("rcseM") < 0
                    && words.FirstOrDefault(w => w.Value is not ['-', ..])?.Value is { } filter
                    && (filter == "length" || filter.EndsWith("| length", StringComparison.Ordinal)
                        || filter.EndsWith("|length", StringComparison.Ordinal))
                    && !filter.Contains('#', StringComparison.Ordinal) && words[leading..].All(IsOperand);
            case "printf":
                return words is [{ Value: "%d" or "%s" or "%d\\n" or "%s\\n" or "%i" }, var number]
                    && (words[0].Value![1] != 's' || IsNumber(number));
            case "echo":
                return words is [var said] && IsNumber(said);
            case "tr":
                return isFed && words is [{ Value: "-d" }, _];
            case "cat" or "sort" or "uniq" or "head" or "tail" or "xargs":
                return isFed && words.All(w => w.Value is ['-', not '-', ..])
                    && options.AsSpan().IndexOfAny("cIo") < 0;
            default:
                return false;
        }
    }

    static bool IsOperand(ResolvedArgument word) => (word.Value ?? word.Prefix) is [not '-', ..];

    static bool IsOfDigits(string format)
    {
        for (var i = 0; i < format.Length; i++)
            if (!char.IsAsciiDigit(format[i])
                && (format[i] != '%' || ++i == format.Length
                    || !"sYmdHMSNjuwVUWGyIk".Contains(format[i], StringComparison.Ordinal)))
                return false;
        return true;
    }
}

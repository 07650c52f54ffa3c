using System.Collections.Immutable;
using System.Globalization;
using Writ.Shell;

namespace Writ.Cli.Arguments;

/// <summary>What was typed after a command's name, checked against its rule.</summary>
sealed class Typed
{
    readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);
    readonly List<string> _operands = [];

    Typed(CommandRule rule) => Rule = rule;

    public CommandRule Rule { get; }

    public string? Operand => _operands.FirstOrDefault();

    public IReadOnlyList<string> Operands => _operands;

    public bool Json => Has("--json");

    public bool Has(string option) => _values.ContainsKey(option);

    public string? Value(string option) => _values.TryGetValue(option, out var values) ? values[^1] : null;

    public ImmutableArray<string> Values(string option) =>
        _values.TryGetValue(option, out var values) ? [.. values] : [];

    public string Required(string option) => Value(option) is { Length: > 0 } value
        ? value
        : throw Misused($"{option} is missing");

    /// <summary>The operand of a command whose rule demands one.</summary>
    public string RequiredOperand => Operand ?? throw Misused($"{Rule.Operand?.Name ?? "an operand"} is missing");

    /// <summary>The operand as an identifier: nothing else is ever put into an address or a signed text.</summary>
    public T Id<T>()
        where T : struct, IId<T> => AsId<T>(RequiredOperand);

    public T AsId<T>(string text)
        where T : struct, IId<T> => IdRules.IsWellFormed(text)
            ? T.Of(text)
            : throw Misused($"'{VisibleText.Of(text)}' is not an identifier");

    public int? Number(string option) => Value(option) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw Misused($"{option} needs a whole number");

    public CliFaultException Misused(string what) => CliFaultException.Usage($"{what}; see: writ {Rule.Name} --help");

    /// <summary>Reads the words after the command's name.</summary>
    /// <exception cref="CliFaultException">They do not fit the rule.</exception>
    public static Typed Parse(CommandRule rule, ReadOnlySpan<string> words)
    {
        var typed = new Typed(rule);
        var optionsEnded = false;
        for (var i = 0; i < words.Length; i++)
        {
            var word = words[i];
            if (!optionsEnded && word == "--")
            {
                optionsEnded = true;
            }
            else if (optionsEnded || word is "-" || !word.StartsWith('-'))
            {
                if (typed._operands.Count >= (rule.Operand?.Most ?? 0))
                    throw typed.Misused($"'{VisibleText.Of(word)}' is one word too many");
                typed._operands.Add(word);
            }
            else
            {
                i += typed.TakeOption(word, i + 1 < words.Length ? words[i + 1] : null);
            }
        }
        if (rule.Operand is { Required: true } operand && typed.Operand is null && !typed.Has("--help"))
            throw typed.Misused($"{operand.Name} is missing");
        return typed;
    }

    // Answers how many further words belong to the option.
    int TakeOption(string word, string? next)
    {
        var equals = word.StartsWith("--", StringComparison.Ordinal) ? word.IndexOf('=', StringComparison.Ordinal) : -1;
        var name = equals < 0 ? word : word[..equals];
        var option = Rule.Find(name) ?? throw Misused($"there is no option '{VisibleText.Of(name)}'");
        if (_values.ContainsKey(option.Name) && !option.Repeats)
            throw Misused($"{option.Name} is given twice");
        if (!_values.TryGetValue(option.Name, out var values))
            _values.Add(option.Name, values = []);
        if (option.Value is null)
        {
            if (equals >= 0)
                throw Misused($"{option.Name} takes no value");
            values.Add("");
            return 0;
        }
        if (equals >= 0)
        {
            values.Add(word[(equals + 1)..]);
            return 0;
        }
        values.Add(next ?? throw Misused($"{option.Name} needs {option.Value}"));
        return 1;
    }
}

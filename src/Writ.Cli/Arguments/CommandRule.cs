using System.Collections.Immutable;

namespace Writ.Cli.Arguments;

/// <summary>One option of a command, as help, completion and the parser all know it.</summary>
/// <param name="Value">What its value is called; null for a switch.</param>
sealed record OptionRule(string Name, string? Value, string Help, bool Repeats = false, string? Short = null);

/// <summary>The word a command may take besides its options, or the few words.</summary>
sealed record OperandRule(string Name, bool Required = true, int Most = 1);

/// <summary>One command: its words, what it takes, how it is explained, and what it does.</summary>
/// <param name="Name">One or two words: <c>apply</c>, <c>session open</c>.</param>
/// <param name="Run">Answers the exit status.</param>
sealed record CommandRule(
    string Name, string Summary, OperandRule? Operand, ImmutableArray<OptionRule> Options,
    ImmutableArray<string> Examples, Func<Typed, int> Run)
{
    /// <summary>The options every command has.</summary>
    public static ImmutableArray<OptionRule> Common { get; } =
    [
        new("--json", null, "print the answer as JSON"),
        new("--url", "URL", "where the control plane listens (WRIT_URL, config.json)"),
        new("--as", "PERSON", "act as this person (WRIT_PERSON, config.json)"),
        new("--passphrase-file", "FILE", "read the key's passphrase from here (WRIT_PASSPHRASE_FILE)"),
        new("--color", "WHEN", "auto, always or never (NO_COLOR is honoured)"),
        new("--help", null, "say how this command is used", Short: "-h"),
    ];

    public IEnumerable<OptionRule> AllOptions => Options.Concat(Common);

    public OptionRule? Find(string written) => AllOptions.FirstOrDefault(o => o.Name == written || o.Short == written);
}

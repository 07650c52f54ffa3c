using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Writ.Shell.Knowledge;

/// <summary>How a program reads its words. Member 0 reads none as an option.</summary>
public enum OptionStyle
{
    /// <summary>There are no options; every word is an operand.</summary>
    None,

    /// <summary>Options and operands mix; long options may be abbreviated; letters are bundled.</summary>
    Gnu,

    /// <summary>As <see cref="Gnu"/>, but the first operand ends the options.</summary>
    Posix,

    /// <summary>Options and operands mix; nothing is abbreviated; letters are bundled.</summary>
    Exact,

    /// <summary>As <see cref="Exact"/>, and a long option that is not listed is a text, as what follows it
    /// is.</summary>
    Open,

    /// <summary>Long options have one dash; nothing is abbreviated or bundled.</summary>
    Words,
}

/// <summary>Whether an option has a value.</summary>
public enum OptionArity
{
    /// <summary>The next word, or what is attached.</summary>
    Needs,

    /// <summary>The next two words; the role is the second's.</summary>
    Two,

    /// <summary>Only what is attached.</summary>
    May,

    /// <summary>All words up to <c>;</c> or <c>+</c>: a command.</summary>
    Command,

    None,
}

/// <summary>One option with all its spellings.</summary>
/// <param name="Names">With their dashes; the first stands for all.</param>
/// <param name="Arity">Whether it has a value; one that may have it has it attached.</param>
/// <param name="Role">Of the value.</param>
/// <param name="IsDangerous">Its presence alone makes the command unresolved.</param>
public sealed record OptionSpec(ImmutableArray<string> Names, OptionArity Arity, WordRole Role, bool IsDangerous)
{
    /// <summary>The program prints a page about itself, and does nothing else.</summary>
    public bool IsHelp { get; init; }
}

/// <summary>One place of an operand.</summary>
public readonly record struct OperandSpec(WordRole Role, bool Repeats);

/// <summary>An effect as data state it.</summary>
/// <param name="Object">With <c>{words}</c>, <c>{*}</c>, <c>{1}</c>, <c>{--option}</c> or <c>{1|.}</c> in it; an
/// effect of what is not given does not hold.</param>
public sealed record EffectSpec(string Verb, string Object, EffectReach Reach);

/// <summary>An option, with the values that count; none: any.</summary>
public sealed record OptionTest(string Name, ImmutableArray<string> Values);

/// <summary>What further holds when a command has an option, or an operand of some shape. All rules that apply
/// do.</summary>
/// <param name="If">Any of these options is given; empty: always.</param>
/// <param name="And">Any of these is given as well; empty: always.</param>
/// <param name="Not">None of these is.</param>
/// <param name="Operands">By number from 1, or 0 for any: patterns of which one matches.</param>
/// <param name="Unless">As <paramref name="Operands"/>; the rule does not apply when any of these matches.</param>
/// <param name="Count">Least and most operands; null: any number.</param>
/// <param name="Roles">Replace the roles of the operands.</param>
/// <param name="Effects">Added.</param>
/// <param name="IsKnown">Words that are not known do not match <paramref name="Operands"/>.</param>
/// <param name="IsInstead">The effects of the node itself do not hold.</param>
/// <param name="Unresolved">Why the command is not understood; null: it is.</param>
/// <param name="Input">What the program does with its standard input, which it reads; null: it does not, or it is only
/// data to it.</param>
public sealed record NodeRule(
    ImmutableArray<OptionTest> If,
    ImmutableArray<OptionTest> And,
    ImmutableArray<OptionTest> Not,
    ImmutableArray<(int Number, ImmutableArray<string> Patterns)> Operands,
    ImmutableArray<(int Number, ImmutableArray<string> Patterns)> Unless,
    (int Least, int Most)? Count,
    ImmutableArray<OperandSpec>? Roles,
    ImmutableArray<EffectSpec> Effects,
    bool IsInstead,
    bool IsKnown,
    string? Unresolved,
    WordRole? Input = null);

/// <summary>What is known of a program, or of one of its sub-commands.</summary>
public sealed record ProgramNode(
    string Name,
    OptionStyle Style,
    FrozenDictionary<string, OptionSpec> Options,
    ImmutableArray<OptionSpec> Global,
    ImmutableArray<OperandSpec> Operands,
    ImmutableArray<EffectSpec> Effects,
    ImmutableArray<EffectSpec> Bare,
    ImmutableArray<NodeRule> Rules,
    FrozenDictionary<string, ProgramNode> Subs,
    ImmutableHashSet<string> Variables,
    bool TakesLetters,
    bool IsLocal,
    bool IsThrough,
    string? Unresolved)
{
    /// <summary>Which part of a platform its effects on targets are on; null for none.</summary>
    public ScopeSpec? Scope { get; init; }

    /// <summary>True when a name that matches a pattern could be an option that does more than read further
    /// files.</summary>
    public bool MayHarm(string pattern)
    {
        // `*.csv`: a point is no letter of an option, so that it can only stand in an option's value.
        var wild = pattern.AsSpan().LastIndexOfAny("*?[]");
        var ending = pattern[(wild + 1)..];
        if (!ending.Contains('.', StringComparison.Ordinal))
            return _mayHarm;
        return Options.Values.Any(o => IsHeavy(o) && o.Arity is OptionArity.Needs or OptionArity.May or OptionArity.Two)
            || Rules.Any(r => IsHeavy(r) && r.If.Any(t => CanEnd(t, ending)));
    }

    readonly bool _mayHarm = Options.Values.Any(IsHeavy) || Rules.Any(r => !r.If.IsEmpty && IsHeavy(r));

    bool CanEnd(OptionTest test, string ending) => Options.TryGetValue(test.Name, out var option)
        && option.Arity != OptionArity.None
        && (test.Values.IsEmpty || test.Values.Any(
            v => v.EndsWith('*') || v.EndsWith(ending, StringComparison.Ordinal)));

    static bool IsHeavy(OptionSpec option) => option.IsDangerous || option.Arity == OptionArity.Command
        || IsHeavy(option.Role);

    static bool IsHeavy(WordRole role) => role is not (WordRole.Text or WordRole.Pattern
        or WordRole.Names or WordRole.Reads or WordRole.Lists or WordRole.Jq);

    static bool IsHeavy(NodeRule rule) => rule.Unresolved is not null
        || rule.Effects.Any(e => !e.Verb.EndsWith(".read", StringComparison.Ordinal) || e.Verb == KnownVerbs.SecretRead)
        || (rule.Roles is { } roles && roles.Any(r => IsHeavy(r.Role)));

    /// <summary>True when some option does more than change how the program shows or counts; a word that may be any
    /// option then is not understood.</summary>
    public bool HasStakes { get; } = Options.Values.Any(
        o => o.IsDangerous || o.Role is not (WordRole.Text or WordRole.Pattern or WordRole.Names)
            || o.Arity == OptionArity.Command)
        || Rules.Any(r => !r.If.IsEmpty || !r.Not.IsEmpty);
}

/// <summary>A command with what must be found in it, kept beside the data.</summary>
/// <param name="Effects">All of them, as <c>VERB OBJECT</c>; null: not compared.</param>
public sealed record KnowledgeTest(ImmutableArray<string> Argv, ImmutableArray<string>? Effects, bool IsUnresolved);

/// <summary>One program of a file.</summary>
public sealed record KnownProgram(ProgramNode Node, ImmutableArray<KnowledgeTest> Tests, string File);

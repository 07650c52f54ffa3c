using System.Collections.Immutable;
using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>The words of a command, told apart as the program itself would: options with their values, operands,
/// sub-commands.</summary>
sealed class WordReading
{
    /// <summary>Words of one command that are looked at.</summary>
    public const int WordsMax = 4_000;

    // Words that are not understood, before the rest is not looked at.
    const int RefusalsMax = 16;

    readonly ImmutableArray<ResolvedArgument> _words;
    int _at = 1;
    bool _isEnded;

    WordReading(ImmutableArray<ResolvedArgument> words, ProgramNode node)
    {
        _words = words;
        Node = node;
    }

    /// <summary>The program, or the innermost sub-command that is named.</summary>
    public ProgramNode Node { get; private set; }

    public List<(OptionSpec Option, ResolvedArgument? Value)> Options { get; } = [];

    public List<ResolvedArgument> Operands { get; } = [];

    public List<UnknownPart> Unknown { get; } = [];

    /// <summary>The words after the program, as people read them.</summary>
    public string Words => string.Join(' ', _words.Skip(1).Select(w => w.Value ?? w.Text));

    /// <summary>True when the words after the options are another command, which is judged by itself.</summary>
    public bool IsThrough { get; private set; }

    public static WordReading Read(ImmutableArray<ResolvedArgument> words, ProgramNode program)
    {
        var reading = new WordReading(words, program);
        if (words.Length > WordsMax)
            reading.Refuse(program.Name, $"more than {WordsMax} words");
        else
            reading.ReadAll();
        return reading;
    }

    void Refuse(string where, string why) => Unknown.Add(new UnknownPart(where, why));

    void ReadAll()
    {
        // `tar xzf FILE`: the first word may be letters without a dash.
        if (Node.TakesLetters && _words.Length > 1 && _words[1].Value is [not '-', ..] letters)
        {
            _at++;
            if (!TryReadLetters("-" + letters, valuesFollow: true))
                Refuse(letters, $"'{Node.Name}' has no such options in the knowledge base");
        }
        // What is not understood makes the command unresolved; what else it does is read all the same.
        while (_at < _words.Length && Unknown.Count < RefusalsMax)
        {
            var word = _words[_at++];
            if (_isEnded || Node.Style == OptionStyle.None || IsSurelyNoOption(word))
                ReadOperand(word);
            else if (word.Value is not { } text)
                ReadUnknown(word);
            else if (text == "--")
                EndOptions();
            else if (!TryReadOption(text) && !(Node.Style == OptionStyle.Open && IsPlainLong(text)))
                Refuse(text, $"'{Node.Name}' has no such option in the knowledge base");
        }
    }

    bool IsSurelyNoOption(ResolvedArgument word) => word.Value is { } text
        ? (text.Length < 2 || text[0] is not ('-' or '+'))
            && !(Node.Style == OptionStyle.Words && Node.Options.ContainsKey(NameOf(text)))
        : word.Prefix.Length > 0 && word.Prefix[0] is not ('-' or '+');

    static bool IsPlainLong(string text) => text.StartsWith("--", StringComparison.Ordinal) && text.Length > 3
        && char.IsAsciiLetter(text[2]) && !text.Contains("file://", StringComparison.Ordinal)
        && !text.Contains("fileb://", StringComparison.Ordinal) && !text.Contains('@', StringComparison.Ordinal);

    void EndOptions()
    {
        _isEnded = true;
        if (Node.Options.TryGetValue("--", out var end))
            Options.Add((end, null));
    }

    // It may be an option, a value or nothing.
    void ReadUnknown(ResolvedArgument word)
    {
        if (TryReadPrefixed(word))
            return;
        if (Node.Subs.Count > 0)
        {
            Refuse(word.Text, "it may be a sub-command or an option, and is not known");
            return;
        }
        // One word, or the names of files: an option among them can do no more than the program's options can.
        var isName = !word.IsMany || GlobText.IsGlob(word) || FoundFiles.IsListed(word);
        if (isName ? Node.MayHarm(GlobText.IsGlob(word) ? word.Text : "*") : Node.HasStakes)
            Refuse(word.Text, "it may be an option, and is not known");
        ReadOperand(word);
    }

    // `--include=*.cs`: whatever it becomes, it is this option.
    bool TryReadPrefixed(ResolvedArgument word)
    {
        var equals = word.Prefix.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0 || (word.IsMany && !GlobText.IsGlob(word)) || Node.Style == OptionStyle.None
            || !Node.Options.TryGetValue(word.Prefix[..equals], out var option)
            || option.Arity is not (OptionArity.Needs or OptionArity.May))
            return false;
        var at = word.Text.IndexOf('=', StringComparison.Ordinal);
        Options.Add((option, new ResolvedArgument(
            null, word.Prefix[(equals + 1)..], word.IsMany, at < 0 ? word.Text : word.Text[(at + 1)..])));
        return true;
    }

    void ReadOperand(ResolvedArgument word)
    {
        if (Node.IsThrough)
        {
            IsThrough = true;
            Operands.AddRange(_words[(_at - 1)..]);
            _at = _words.Length;
            return;
        }
        if (Node.Subs.Count > 0 && Operands.Count == 0)
        {
            if (word.Value is { } name && Node.Subs.TryGetValue(name, out var sub))
            {
                Node = sub;
                return;
            }
            if (Node.Operands.IsEmpty)
            {
                Refuse(word.Value ?? word.Text, $"'{Node.Name}' has no such sub-command in the knowledge base");
                return;
            }
        }
        Operands.Add(word);
        if (Node.Style == OptionStyle.Posix)
            _isEnded = true;
    }

    bool TryReadOption(string text)
    {
        if (Node.Style == OptionStyle.Words)
            return TryReadLong(text, mayAbbreviate: false) || (text[0] == '+' && TryOperand(text));
        if (text.StartsWith("--", StringComparison.Ordinal))
            return TryReadLong(text, Node.Style is OptionStyle.Gnu or OptionStyle.Posix);
        // `+x` is an option of few programs and an operand of the others.
        if (text[0] == '+' && !Node.Options.Keys.Any(k => k[0] == '+'))
            return TryOperand(text);
        if (text.Skip(1).All(char.IsAsciiDigit) && Node.Options.TryGetValue("-#", out var number))
        {
            Options.Add((number, null));
            return true;
        }
        // A whole word with one dash, where there is one: `-exec`, `-lh`.
        if (text.Length > 2 && Node.Options.ContainsKey(NameOf(text)))
            return TryReadLong(text, mayAbbreviate: false);
        return TryReadLetters(text);
    }

    bool TryOperand(string text)
    {
        ReadOperand(ResolvedArgument.Known(text));
        return true;
    }

    static string NameOf(string text) =>
        text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? text[..at] : text;

    bool TryReadLong(string text, bool mayAbbreviate)
    {
        var name = NameOf(text);
        if (!Node.Options.TryGetValue(name, out var option))
        {
            if (!mayAbbreviate)
                return false;
            var meant = Node.Options.Where(o => o.Key.StartsWith(name, StringComparison.Ordinal))
                .Select(o => o.Value).Distinct().ToArray();
            if (meant.Length != 1)
                return false;
            option = meant[0];
        }
        if (option.Arity == OptionArity.Command)
            return TryReadCommand(option);
        ResolvedArgument? value = name.Length < text.Length ? ResolvedArgument.Known(text[(name.Length + 1)..]) : null;
        if (value is not null && option.Arity == OptionArity.None)
            return TryFlagValue(option, value);
        if (value is null && option.Arity is OptionArity.Needs or OptionArity.Two && !TryTake(option, out value))
            return true;
        Options.Add((option, value));
        return true;
    }

    // The command is judged by itself.
    bool TryReadCommand(OptionSpec option)
    {
        var from = _at;
        while (_at < _words.Length && _words[_at].Value is not ";"
            && !(_words[_at].Value is "+" && _at > from && _words[_at - 1].Text == "{}"))
            _at++;
        Options.Add((option, null));
        IsThrough |= _at > from;
        _at++;
        return true;
    }

    // `--flag=true` is how programs in Go write a flag; in others it is a mistake that they refuse.
    bool TryFlagValue(OptionSpec option, ResolvedArgument value)
    {
        if (value.Value is not ("true" or "false"))
            return false;
        if (value.Value == "true")
            Options.Add((option, value));
        return true;
    }

    bool TryReadLetters(string text, bool valuesFollow = false)
    {
        var letters = Node.Options.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var i = 1; i < text.Length; i++)
        {
            if (!letters.TryGetValue([text[0], text[i]], out var option))
                return false;
            if (option.Arity == OptionArity.Command)
                return TryReadCommand(option);
            ResolvedArgument? value = null;
            if (option.Arity != OptionArity.None && i + 1 < text.Length && !valuesFollow)
                value = ResolvedArgument.Known(text[(i + 1)..]);
            else if (option.Arity is OptionArity.Needs or OptionArity.Two && !TryTake(option, out value))
                return true;
            Options.Add((option, value));
            if (option.Arity != OptionArity.None && !valuesFollow)
                return true;
        }
        return true;
    }

    // False: something was said about it, and there is nothing to record.
    bool TryTake(OptionSpec option, out ResolvedArgument? value)
    {
        value = null;
        if (option.Arity == OptionArity.Two)
            _at++;
        if (_at >= _words.Length)
        {
            Refuse(option.Names[0], $"'{Node.Name}' needs a value for it");
            return false;
        }
        value = _words[_at++];
        if (!value.IsMany || GlobText.IsGlob(value))
            return true;
        Refuse(value.Text, $"the value of {option.Names[0]} may be any number of words");
        return true;
    }
}

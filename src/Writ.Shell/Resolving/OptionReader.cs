using System.Collections.Immutable;

namespace Writ.Shell.Resolving;

/// <summary>Reads the options of a program by its grammar, to find the command it runs.</summary>
sealed class OptionReader
{
    readonly ImmutableArray<ResolvedArgument> _arguments;
    readonly ProgramGrammar _grammar;

    OptionReader(ImmutableArray<ResolvedArgument> arguments, ProgramGrammar grammar)
    {
        _arguments = arguments;
        _grammar = grammar;
    }

    /// <summary>Where the command begins; the number of arguments when there is none.</summary>
    public int Rest { get; private set; }

    /// <summary>The options that have a value, or none, by their letter or long name.</summary>
    public List<(string Name, ResolvedArgument? Value)> Options { get; } = [];

    /// <summary>Assignments before the command.</summary>
    public List<ResolvedAssignment> Assignments { get; } = [];

    /// <summary>The operands before the command.</summary>
    public List<ResolvedArgument> Operands { get; } = [];

    /// <summary>Reads from an index on; null when an argument before the command is not known, or no option of the
    /// grammar.</summary>
    public static OptionReader? Read(
        ImmutableArray<ResolvedArgument> arguments, int from, ProgramGrammar grammar)
    {
        var reader = new OptionReader(arguments, grammar) { Rest = from };
        if (!reader.TryReadOptions(isAfterOperands: false))
            return null;
        if (grammar.TakesAssignments)
            reader.ReadAssignments();
        for (var i = 0; i < grammar.Operands && reader.Rest < arguments.Length; i++)
        {
            if (arguments[reader.Rest].IsMany)
                return null;
            reader.Operands.Add(arguments[reader.Rest++]);
        }
        // `ssh` takes options after the host as well.
        return grammar.Rest != RestKind.RemoteCode || reader.TryReadOptions(isAfterOperands: true) ? reader : null;
    }

    bool TryReadOptions(bool isAfterOperands)
    {
        while (Rest < _arguments.Length)
        {
            if (_arguments[Rest].Value is not { } text)
                // What is certainly no option, and one argument, is where the command begins.
                return isAfterOperands || _arguments[Rest] is { IsMany: false, Prefix: [not '-', ..] };
            if (text == "--")
            {
                Rest++;
                return true;
            }
            if (text.Length < 2 || text[0] != '-')
            {
                // `su -` and `env -` take a dash alone as an option.
                if (text == "-" && _grammar.Name is "env" or "su" or "runuser")
                {
                    Rest++;
                    continue;
                }
                // What runs nothing but the value of an option takes options anywhere.
                if (_grammar.Rest == RestKind.None)
                {
                    Rest++;
                    continue;
                }
                return true;
            }
            Rest++;
            if (!(text.StartsWith("--", StringComparison.Ordinal) ? TryReadLong(text) : TryReadShorts(text)))
                return false;
        }
        return true;
    }

    bool TryReadLong(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var given = equals < 0 ? text[2..] : text[2..equals];
        var names = _grammar.Longs.ContainsKey(given)
            ? [given]
            : _grammar.Longs.Keys.Where(n => n.StartsWith(given, StringComparison.Ordinal)).ToArray();
        if (names.Length != 1)
            return false;
        var kind = _grammar.Longs[names[0]];
        ResolvedArgument? value = equals < 0 ? null : ResolvedArgument.Known(text[(equals + 1)..]);
        if (value is null && kind == ProgramGrammar.NeedsValue && !TryTake(out value))
            return false;
        Options.Add((names[0], value));
        return true;
    }

    bool TryReadShorts(string text)
    {
        for (var i = 1; i < text.Length; i++)
        {
            if (!_grammar.Shorts.TryGetValue(text[i], out var kind))
                return false;
            ResolvedArgument? value = null;
            if (kind != ProgramGrammar.NoValue && i + 1 < text.Length)
                value = ResolvedArgument.Known(text[(i + 1)..]);
            else if (kind == ProgramGrammar.NeedsValue && !TryTake(out value))
                return false;
            Options.Add((text[i].ToString(), value));
            if (kind != ProgramGrammar.NoValue)
                return true;
        }
        return true;
    }

    bool TryTake(out ResolvedArgument? value)
    {
        value = Rest < _arguments.Length ? _arguments[Rest] : null;
        if (value is null or { IsMany: true })
            return value is null;
        Rest++;
        return true;
    }

    void ReadAssignments()
    {
        while (Rest < _arguments.Length)
        {
            var text = _arguments[Rest].Value ?? _arguments[Rest].Prefix;
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || text.AsSpan(0, equals).Contains('/'))
                return;
            Assignments.Add(new ResolvedAssignment(
                text[..equals], _arguments[Rest].Value is null ? null : text[(equals + 1)..]));
            Rest++;
        }
    }
}

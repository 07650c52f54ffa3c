using System.Collections.Immutable;

namespace Writ.Shell.Resolving;

/// <summary>What a program does with the words after its options.</summary>
enum RestKind
{
    /// <summary>It does not run them.</summary>
    None,

    /// <summary>They are a command.</summary>
    Command,

    /// <summary>They are a command that further arguments come to.</summary>
    CommandWithMore,

    /// <summary>Joined by blanks they are code for a shell.</summary>
    Code,

    /// <summary>They are code for a shell on another machine.</summary>
    RemoteCode,
}

/// <summary>The options of a program that runs another one: as much as it takes to find where the other
/// begins.</summary>
/// <param name="Name">As it is called, with the sub-command if it has one.</param>
/// <param name="Shorts">Letters, each followed by <c>:</c> when it takes a value, <c>::</c> when a value may be
/// attached.</param>
/// <param name="Longs">Names, with <c>=</c> when a value follows, <c>=?</c> when one may be attached.</param>
/// <param name="Operands">Words before the command that are not the command.</param>
/// <param name="Rest">What the words after them are.</param>
/// <param name="TakesAssignments"><c>NAME=VALUE</c> may stand before the command.</param>
/// <param name="CodeOptions">Options whose value is code for a shell.</param>
sealed record ProgramGrammar(
    string Name,
    ImmutableDictionary<char, int> Shorts,
    ImmutableDictionary<string, int> Longs,
    int Operands,
    RestKind Rest,
    bool TakesAssignments,
    ImmutableHashSet<string> CodeOptions)
{
    public const int NoValue = 0;
    public const int NeedsValue = 1;
    public const int MayHaveValue = 2;

    /// <summary>Reads one line of the table: six fields separated by <c>|</c>.</summary>
    public static ProgramGrammar Read(string line)
    {
        var fields = line.Split('|', StringSplitOptions.TrimEntries);
        var shorts = ImmutableDictionary.CreateBuilder<char, int>();
        for (var i = 0; i < fields[1].Length; i++)
        {
            var letter = fields[1][i];
            var colons = 0;
            for (; i + 1 < fields[1].Length && fields[1][i + 1] == ':'; i++)
                colons++;
            shorts[letter] = colons;
        }
        var longs = ImmutableDictionary.CreateBuilder<string, int>();
        foreach (var name in fields[2].Split(',', StringSplitOptions.RemoveEmptyEntries))
            longs[name.TrimEnd('?').TrimEnd('=')] = name.EndsWith('?') ? MayHaveValue
                : name.EndsWith('=') ? NeedsValue
                : NoValue;
        var words = fields[4].Split(' ');
        return new ProgramGrammar(
            fields[0],
            shorts.ToImmutable(),
            longs.ToImmutable(),
            int.Parse(fields[3], System.Globalization.CultureInfo.InvariantCulture),
            words[0] switch
            {
                "command" => RestKind.Command,
                "more" => RestKind.CommandWithMore,
                "code" => RestKind.Code,
                "remote" => RestKind.RemoteCode,
                _ => RestKind.None,
            },
            words.Contains("assigns"),
            [.. fields[5].Split(',', StringSplitOptions.RemoveEmptyEntries)]);
    }
}

using System.Collections.Frozen;
using System.Collections.Immutable;
using Writ.Shell.Syntax;

namespace Writ.Shell.Resolving;

/// <summary>What is known of the shell at one point of the line.</summary>
sealed class ShellState
{
    // What the shell sets by itself, whatever was assigned.
    static readonly FrozenSet<string> _ofTheShell = new[]
    {
        "_", "COLUMNS", "COMP_CWORD", "COMP_LINE", "COMP_WORDS", "COPROC", "DIRSTACK", "EPOCHREALTIME", "EPOCHSECONDS",
        "EUID", "FUNCNAME", "GROUPS", "HISTCMD", "HOSTNAME", "HOSTTYPE", "IFS", "LINENO", "LINES", "MACHTYPE",
        "MAPFILE", "OLDPWD", "OPTARG", "OPTERR", "OPTIND", "OSTYPE", "PATH", "PIPESTATUS", "PPID", "PS1", "PS2", "PS3",
        "PS4", "PWD", "RANDOM", "REPLY", "SECONDS", "SHELL", "SHELLOPTS", "SHLVL", "SRANDOM", "TERM", "UID",
    }.ToFrozenSet(StringComparer.Ordinal);

    // Numbers among them, and what they fill with text of others.
    static readonly FrozenSet<string> _numbersOfTheShell = new[]
    {
        "BASHPID", "BASH_LINENO", "BASH_SUBSHELL", "BASH_VERSINFO", "COLUMNS", "COMP_CWORD", "EPOCHREALTIME",
        "EPOCHSECONDS", "EUID", "GROUPS", "HISTCMD", "LINENO", "LINES", "OPTERR", "OPTIND", "PIPESTATUS", "PPID",
        "RANDOM", "SECONDS", "SHLVL", "SRANDOM", "UID",
    }.ToFrozenSet(StringComparer.Ordinal);

    static readonly FrozenSet<string> _textsOfTheShell = new[]
    {
        "_", "COMP_LINE", "COMP_WORDS", "DIRSTACK", "FUNCNAME", "MAPFILE", "OLDPWD", "OPTARG", "PWD", "REPLY",
    }.ToFrozenSet(StringComparer.Ordinal);

    ImmutableDictionary<string, string?> _variables;
    ImmutableDictionary<string, ImmutableArray<ResolvedArgument>> _arrays;
    ImmutableHashSet<string> _readOnly = [];

    // Variables of the line whose value is not known and surely a number, and those whose subscripts are texts.
    ImmutableHashSet<string> _numbers = [];
    ImmutableHashSet<string> _associative = [];

    // A variable that the line has not set may hold anything, not just what the environment had.
    bool _areOthersForeign;
    bool _arePositionsSet;

    // Variables that hold a name which a pattern matches, and those that hold what commands put out.
    ImmutableDictionary<string, ResolvedArgument> _patterns = ImmutableDictionary<string, ResolvedArgument>.Empty;
    ImmutableDictionary<string, (int From, int To)> _sources = ImmutableDictionary<string, (int From, int To)>.Empty;

    ShellState(
        ImmutableDictionary<string, string?> variables,
        ImmutableDictionary<string, ImmutableArray<ResolvedArgument>> arrays,
        ImmutableDictionary<string, FunctionDefinition> functions,
        ImmutableArray<ResolvedArgument>? positions,
        string? directory,
        bool areVariablesComplete)
    {
        _variables = variables;
        _arrays = arrays;
        Functions = functions;
        _positions = positions;
        Directory = directory;
        AreVariablesComplete = areVariablesComplete;
    }

    public ShellState(ResolveOptions options)
        : this(
            options.Variables!,
            ImmutableDictionary<string, ImmutableArray<ResolvedArgument>>.Empty,
            ImmutableDictionary<string, FunctionDefinition>.Empty,
            null,
            options.Directory,
            options.AreVariablesComplete)
    {
    }

    public ImmutableDictionary<string, FunctionDefinition> Functions { get; set; }

    /// <summary>The positional parameters; null when they are not known.</summary>
    public ImmutableArray<ResolvedArgument>? Positions
    {
        get => _positions;
        set
        {
            _positions = value;
            _arePositionsSet = true;
        }
    }

    ImmutableArray<ResolvedArgument>? _positions;

    /// <summary>The positional parameters are those the line was started with: nothing in it has set them.</summary>
    public bool ArePositionsGiven => !_arePositionsSet && _positions is null;

    public string? Directory { get; set; }

    /// <summary>Where the shell is if the last change of the directory did not fail, and <see cref="Directory"/> is not
    /// known therefore.</summary>
    public string? TriedDirectory { get; set; }

    public bool AreVariablesComplete { get; private set; }

    /// <summary>Nothing said so far has changed how words are split.</summary>
    public bool SplitsAsUsual => !_variables.ContainsKey("IFS");

    /// <summary>The shell, or the loop or function in it, may have ended before this point.</summary>
    public bool MayHaveEnded { get; set; }

    /// <summary>What is likely, not known, is looked for: variables that are not known are not set.</summary>
    public bool IsGuess { get; private init; }

    public ShellState Copy() => new(_variables, _arrays, Functions, _positions, Directory, AreVariablesComplete)
    {
        _numbers = _numbers,
        _associative = _associative,
        _areOthersForeign = _areOthersForeign,
        _arePositionsSet = _arePositionsSet,
        MayHaveEnded = MayHaveEnded,
        IsGuess = IsGuess,
        TriedDirectory = TriedDirectory,
        _readOnly = _readOnly,
        _patterns = _patterns,
        _sources = _sources,
    };

    /// <summary>The same shell if no variable were set but the known ones, and no position.</summary>
    public ShellState Guess() => new(
        _variables.RemoveRange(_variables.Where(v => v.Value is null && v.Key != "IFS").Select(v => v.Key)),
        _arrays, Functions, Positions ?? [], Directory, areVariablesComplete: true)
    {
        IsGuess = true,
        _numbers = _numbers,
        _associative = _associative,
        _areOthersForeign = _areOthersForeign,
        _arePositionsSet = true,
        _readOnly = _readOnly,
        _sources = _sources,
    };

    /// <summary>Whether the value is known; null then means that the variable is not set.</summary>
    public bool TryGet(string name, out string? value)
    {
        if (name == "PWD" && Directory is not null && !_variables.ContainsKey(name))
        {
            value = Directory;
            return true;
        }
        if (_ofTheShell.Contains(name) || name.StartsWith("BASH", StringComparison.Ordinal))
        {
            value = null;
            return false;
        }
        if (_variables.TryGetValue(name, out value))
            return value is not null;
        return AreVariablesComplete;
    }

    /// <summary>True for what the line itself has set, to whatever value.</summary>
    public bool IsOwn(string name) => _variables.ContainsKey(name);

    /// <summary>Null: something not known. What cannot be assigned again is not known when it is.</summary>
    public void Set(string name, string? value)
    {
        _variables = _variables.SetItem(name, _readOnly.Contains(name) ? null : value);
        _arrays = _arrays.Remove(name);
        _patterns = _patterns.Remove(name);
        _sources = _sources.Remove(name);
        _numbers = _numbers.Remove(name);
    }

    /// <summary>It holds a number, which one is not known.</summary>
    public void SetNumber(string name)
    {
        Set(name, null);
        _numbers = _numbers.Add(name);
    }

    /// <summary>The value is not known any more; what was a number stays one.</summary>
    public void ForgetValue(string name)
    {
        if (IsNumber(name))
            SetNumber(name);
        else
            Set(name, null);
    }

    /// <summary>True when arithmetic on it runs nothing: it is a number, or what the environment had.</summary>
    public bool IsNumber(string name) => _variables.TryGetValue(name, out var value)
        ? !_arrays.ContainsKey(name) && (value is null ? _numbers.Contains(name) : ArithmeticValue.IsNumber(value))
        : _numbersOfTheShell.Contains(name)
            || !(_areOthersForeign || _textsOfTheShell.Contains(name)
                || name.StartsWith("BASH", StringComparison.Ordinal));

    /// <summary>Subscripts of it are texts, which no arithmetic is done on.</summary>
    public bool IsAssociative(string name) => _associative.Contains(name);

    /// <summary>Only what was nothing before can become one for sure.</summary>
    public void SetAssociative(string name)
    {
        if (IsOwn(name))
            return;
        Set(name, null);
        _associative = _associative.Add(name);
    }

    /// <summary>It may be any kind of variable from now on.</summary>
    public void Unset(string name)
    {
        Set(name, null);
        _associative = _associative.Remove(name);
    }

    /// <summary>The pattern that the value is a match of; null when it is not known to be one.</summary>
    public ResolvedArgument? Pattern(string name) => _patterns.GetValueOrDefault(name);

    public void SetPattern(string name, ResolvedArgument pattern)
    {
        Set(name, null);
        if (!_readOnly.Contains(name))
            _patterns = _patterns.SetItem(name, pattern);
    }

    /// <summary>The commands, by number, whose output the value is made of; empty when there are none.</summary>
    public (int From, int To) Source(string name) => _sources.GetValueOrDefault(name);

    public void SetSource(string name, int from, int to)
    {
        if (to > from)
            _sources = _sources.SetItem(name, (from, to));
    }

    /// <summary>Assignments to it fail from now on.</summary>
    public void Protect(string name) => _readOnly = _readOnly.Add(name);

    public ImmutableArray<ResolvedArgument>? Array(string name) =>
        _arrays.TryGetValue(name, out var elements) ? elements : null;

    public void SetArray(string name, ImmutableArray<ResolvedArgument> elements)
    {
        if (_readOnly.Contains(name))
            return;
        _variables = _variables.SetItem(name, elements.IsEmpty ? null : elements[0].Value);
        _arrays = _arrays.SetItem(name, elements);
        _numbers = _numbers.Remove(name);
    }

    public void ForgetVariables()
    {
        _variables = _variables.Clear().SetItem("IFS", null);
        _arrays = _arrays.Clear();
        _patterns = _patterns.Clear();
        _numbers = [];
        _associative = [];
        _areOthersForeign = true;
        AreVariablesComplete = false;
    }

    // A number on both sides stays one.
    void JoinVariable(string name, ShellState other)
    {
        _numbers = IsNumber(name) && other.IsNumber(name) ? _numbers.Add(name) : _numbers.Remove(name);
        _variables = _variables.SetItem(name, null);
    }

    /// <summary>Afterwards only what both know alike is known.</summary>
    public void Join(ShellState other)
    {
        foreach (var (name, value) in other._variables)
            if (!_variables.TryGetValue(name, out var own) || own != value)
                JoinVariable(name, other);
        foreach (var (name, value) in _variables)
            if (!other._variables.TryGetValue(name, out var theirs) || theirs != value)
                JoinVariable(name, other);
        foreach (var name in _numbers)
            if (!other.IsNumber(name))
                _numbers = _numbers.Remove(name);
        _arrays = _arrays.RemoveRange(_arrays
            .Where(a => !other._arrays.TryGetValue(a.Key, out var theirs) || theirs != a.Value).Select(a => a.Key));
        Functions = Functions.AddRange(other.Functions.Where(f => !Functions.ContainsKey(f.Key)));
        foreach (var (name, pattern) in _patterns)
            if (other._patterns.GetValueOrDefault(name) != pattern)
                _patterns = _patterns.Remove(name);
        foreach (var (name, source) in other._sources)
            _sources = _sources.SetItem(name, _sources.TryGetValue(name, out var own)
                ? (Math.Min(own.From, source.From), Math.Max(own.To, source.To))
                : source);
        if (Directory != other.Directory)
        {
            TriedDirectory ??= other.Directory ?? Directory;
            Directory = null;
        }
        _associative = _associative.Intersect(other._associative);
        _areOthersForeign |= other._areOthersForeign;
        if (_positions != other._positions)
            Positions = null;
        _arePositionsSet |= other._arePositionsSet;
        AreVariablesComplete &= other.AreVariablesComplete;
        MayHaveEnded |= other.MayHaveEnded;
        _readOnly = _readOnly.Union(other._readOnly);
    }
}

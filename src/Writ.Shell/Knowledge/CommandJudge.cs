using System.Collections.Immutable;
using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>Judges one command by what is known of its program. Whatever is not known makes it unresolved.</summary>
public sealed class CommandJudge
{
    /// <summary>Effects that one command may have.</summary>
    public const int EffectsMax = 1_000;

    readonly List<ProgramEffect> _effects = [];
    readonly List<UnknownPart> _unknown = [];
    readonly List<InnerLine> _lines = [];
    readonly WordReading _reading;
    readonly CommandInput _input;
    PathView _paths;
    bool _isThrough;

    CommandJudge(WordReading reading, PathView paths, CommandInput input)
    {
        _reading = reading;
        _paths = paths;
        _input = input;
    }

    /// <summary>What a command with these words would do.</summary>
    /// <param name="words">The program first.</param>
    /// <param name="input">Its standard input.</param>
    public static CommandJudgement Judge(
        ProgramKnowledge known, ImmutableArray<ResolvedArgument> words, PathView paths, CommandInput input = default)
    {
        if (words[0].Value is not { } written)
            return Unknown(words[0].Text, "which program runs is not known");
        var name = ShellPath.BaseName(written);
        if (known.Find(name) is not { } program)
            return Unknown(name, "this program is not in the knowledge base");
        var reading = WordReading.Read(words, program);
        var judge = new CommandJudge(reading, paths, input);
        judge.JudgeAll();
        return new CommandJudgement(
            judge._effects.Count <= EffectsMax
                ? Different.Of(judge._effects)
                : [.. judge._effects.Distinct().Take(EffectsMax)],
            [.. judge._unknown],
            judge._isThrough,
            [.. judge._lines]);
    }

    static CommandJudgement Unknown(string where, string why) =>
        new([ProgramEffect.Of(KnownVerbs.Unknown, where)], [new UnknownPart(where, why)], IsThrough: false, []);

    void JudgeAll()
    {
        _unknown.AddRange(_reading.Unknown);
        var node = _reading.Node;
        if (_unknown.Count == 0 && _reading.Options.Exists(o => o.Option.IsHelp))
            return;
        if (node.Unresolved is { } reason)
            _unknown.Add(new UnknownPart(node.Name, reason));
        foreach (var (option, value) in _reading.Options)
            if (option.Role == WordRole.Directory && value is not null)
                Enter(value);
        var rules = node.Rules.Where(Applies).ToArray();
        foreach (var (option, value) in _reading.Options)
        {
            if (option.IsDangerous)
                _unknown.Add(new UnknownPart(
                    $"{node.Name} {option.Names[0]}", "this option runs or changes what is not looked into"));
            if (value is not null)
                Add(option.Role, value);
        }
        if (node.IsLocal && !_paths.IsInRoot)
            _unknown.Add(new UnknownPart(
                node.Name, "it obeys the files of a folder that is not known, or not in the work tree"));
        _isThrough = _reading.IsThrough && !Array.Exists(rules, r => r.IsInstead);
        if (!_reading.IsThrough || !node.IsThrough || (!_isThrough && Array.Exists(rules, r => r.Roles is not null)))
            JudgeOperands(Array.FindLast(rules, r => r.Roles is not null)?.Roles ?? node.Operands);
        if (!Array.Exists(rules, r => r.IsInstead))
        {
            if (_reading.Operands.Count == 0 && !_reading.IsThrough)
                State(node.Bare);
            State(node.Effects);
        }
        foreach (var rule in rules)
        {
            State(rule.Effects);
            if (rule.Unresolved is { } why)
                _unknown.Add(new UnknownPart(node.Name, why));
        }
        if (Array.FindLast(rules, r => r.Input is not null)?.Input is { } role)
            ReadInput(role);
        if (_unknown.Count > 0 && _effects.Count == 0)
            _effects.Add(ProgramEffect.Of(KnownVerbs.Unknown, node.Name));
        if (node.Scope is { } spec)
            Place(spec.Of(_reading, _input.Environment));
        if (_effects.Count > EffectsMax)
            _unknown.Add(new UnknownPart(node.Name, $"more than {EffectsMax} effects"));
    }

    // What it does on targets, it does there.
    void Place(EffectScope scope)
    {
        for (var i = 0; i < _effects.Count; i++)
            if (_effects[i].Reach == EffectReach.Target)
                _effects[i] = _effects[i] with { Scope = scope };
    }

    // What it reads is code to it.
    void ReadInput(WordRole role)
    {
        if (_input.Text is { } text)
        {
            AddInner(role, ResolvedArgument.Known(text), isInput: true);
            return;
        }
        Add(KnownVerbs.CodeRun, _input.File ?? _reading.Words);
        _unknown.Add(_input.File is { } file
            ? new UnknownPart(file, "what is in this file is not known; it is run as code")
            : new UnknownPart(_reading.Node.Name, "it runs what it reads, and what it reads is not known"));
    }

    void AddInner(WordRole role, ResolvedArgument word, bool isInput) => InnerCode.Judge(
        role, word, _reading.Node.Name, isInput, new InnerFindings(_paths, _effects, _unknown, _lines));

    // Paths are seen from there; a folder that is not known makes every relative one unknown.
    void Enter(ResolvedArgument folder) => _paths = _paths with
    {
        Directory = folder.Value is { } path && (path.StartsWith('/') || _paths.Directory is not null)
            ? ShellPath.Combine(_paths.Directory ?? "/", path)
            : null,
    };

    bool Applies(NodeRule rule)
    {
        var count = _reading.Operands.Count;
        return (rule.If.IsEmpty || rule.If.Any(IsGiven)) && (rule.And.IsEmpty || rule.And.Any(IsGiven))
            && !rule.Not.Any(IsGiven)
            && (rule.Count is not var (least, most) || (count >= least && count <= most))
            && rule.Operands.All(o => HasOperand(rule, o)) && !rule.Unless.Any(o => HasOperand(rule, o));
    }

    bool HasOperand(NodeRule rule, (int Number, ImmutableArray<string> Patterns) test) => test.Number == 0
        ? _reading.Operands.Any(w => Matches(rule, w, test.Patterns))
        : test.Number <= _reading.Operands.Count
            && Matches(rule, _reading.Operands[test.Number - 1], test.Patterns);

    static bool Matches(NodeRule rule, ResolvedArgument word, ImmutableArray<string> patterns) =>
        (word.Value is not null || !rule.IsKnown) && MayMatch(word, patterns);

    bool IsGiven(OptionTest test) => _reading.Options.Exists(o => o.Option.Names[0] == test.Name
        && (test.Values.IsEmpty || (o.Value is not null && MayMatch(o.Value, test.Values))));

    // What is not known may be anything.
    static bool MayMatch(ResolvedArgument word, ImmutableArray<string> patterns) =>
        word.Value is not { } text
            ? patterns.Any(p => MayBegin(p, word.Prefix))
            : patterns.Any(p => p == "''" ? text.Length == 0 : GlobText.IsMatch(p, text));

    // What begins in another way than the pattern does cannot match it.
    static bool MayBegin(string pattern, string prefix)
    {
        var length = pattern.AsSpan().IndexOfAny('*', '?') is >= 0 and var wild ? wild : pattern.Length;
        length = Math.Min(length, prefix.Length);
        return pattern == "''" ? prefix.Length == 0 : pattern.AsSpan(0, length).SequenceEqual(prefix.AsSpan(0, length));
    }

    void JudgeOperands(ImmutableArray<OperandSpec> specs)
    {
        var operands = _reading.Operands;
        // `source... target`: what comes after the word that repeats is counted from the end.
        var repeating = specs.IndexOf(specs.FirstOrDefault(s => s.Repeats));
        if (specs.IsEmpty || !specs.Any(s => s.Repeats))
            repeating = -1;
        var after = repeating < 0 ? 0 : specs.Length - repeating - 1;
        for (var i = 0; i < operands.Count; i++)
        {
            var fromEnd = operands.Count - i;
            int at;
            if (repeating < 0 || i < repeating)
                at = i;
            else if (fromEnd <= after)
                at = specs.Length - fromEnd;
            else
                at = repeating;
            if (at >= specs.Length)
                _unknown.Add(new UnknownPart(
                    operands[i].Text, $"'{_reading.Node.Name}' has no place for it in the knowledge base"));
            else
                AddOperand(specs[at].Role, operands[i]);
        }
    }

    void AddOperand(WordRole role, ResolvedArgument word)
    {
        if (role == WordRole.Reads && _reading.Node.Name != "head"
            && word.Value is "/dev/zero" or "/dev/urandom" or "/dev/random" or "/dev/full")
            _unknown.Add(new UnknownPart(word.Text, "it never ends"));
        Add(role, word);
    }

    void Add(string verb, string effectObject) => _effects.Add(ProgramEffect.Of(verb, effectObject));

    void Add(WordRole role, ResolvedArgument word)
    {
        var shown = word.Value ?? word.Text;
        switch (role)
        {
            case WordRole.Text or WordRole.Directory:
                break;
            case WordRole.Pattern when SeeksSecret(shown):
            case WordRole.Names when PathKinds.SeeksSecret(shown):
                Add(KnownVerbs.SecretRead, $"search for {shown}");
                break;
            case WordRole.Pattern or WordRole.Names:
                break;
            case WordRole.Runs:
                Add(KnownVerbs.CodeRun, shown);
                _unknown.Add(new UnknownPart(shown, "what it runs is not looked into"));
                break;
            case WordRole.Code or WordRole.Script:
                Add(KnownVerbs.CodeRun, shown);
                if (role == WordRole.Code && word.Value is { } code)
                    CodeHints.Add(code, _paths, _effects);
                if (role == WordRole.Script && PathKinds.LooksSecret(_paths.Seen(shown) ?? shown))
                    Add(KnownVerbs.SecretRead, shown);
                break;
            case WordRole.Reads or WordRole.Lists or WordRole.Writes or WordRole.Empties or WordRole.Deletes
                or WordRole.Purges or WordRole.Unpacks:
                // Many programs take an address where they take a file.
                if (IsAddress(shown))
                    Add(KnownVerbs.NetConnect, shown);
                _paths.Add(role, word, _effects, _unknown);
                break;
            case WordRole.ReadsAt or WordRole.ReadsNamed:
                AddAttached(role, word);
                break;
            case WordRole.Url or WordRole.Host:
                AddAddress(role, word);
                break;
            case WordRole.RemoteReads or WordRole.RemoteWrites or WordRole.RemoteUnpacks:
                AddRemote(role, word);
                break;
            case WordRole.Plan:
                _paths.Add(WordRole.Reads, word, _effects, _unknown);
                AddPlan(word);
                break;
            case WordRole.Package:
                Add(KnownVerbs.PackageInstall, shown);
                break;
            case WordRole.Revision:
                AddRevision(word);
                break;
            case WordRole.Setting:
                AddSetting(word);
                break;
            case WordRole.Secret:
                Add(KnownVerbs.SecretRead, shown);
                break;
            case WordRole.Signals:
                Add(KnownVerbs.ProcessSignal, shown);
                break;
            default:
                AddInner(role, word, isInput: false);
                break;
        }
    }

    // A saved plan does what is in it, and nothing that the line says.
    void AddPlan(ResolvedArgument word)
    {
        var path = word.Value is { } text && (_paths.Directory is not null || text.StartsWith('/'))
            ? ShellPath.Combine(_paths.Directory ?? "/", text)
            : null;
        var plan = path is null ? null : _paths.Plans.GetValueOrDefault(path);
        var shown = word.Value ?? word.Text;
        if (plan?.Doubt is not null || plan is null)
        {
            Add("infra.write", shown);
            Add("infra.delete", shown);
            _unknown.Add(new UnknownPart(shown, plan is null
                ? "what this plan changes is not known"
                : $"what this plan changes is not known for sure: {plan.Doubt}"));
        }
        if (plan is null)
            return;
        Add("infra.read", shown);
        if (plan.RunsCode)
            Add(KnownVerbs.CodeRun, $"provisioners of {shown}");
        foreach (var change in plan.Changes)
        {
            if (change.Action is "delete" or "replace")
                Add("infra.delete", change.Address);
            if (change.Action is not "delete")
                Add("infra.write", change.Address);
        }
    }

    // A file may have the shape of an address.
    void AddAddress(WordRole role, ResolvedArgument word)
    {
        var shown = word.Value ?? word.Text;
        Add(KnownVerbs.NetConnect, shown);
        if (role == WordRole.Url && shown.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
            _paths.Add(
                WordRole.Reads, ResolvedArgument.Known("/" + shown["file:".Length..].TrimStart('/')), _effects,
                _unknown);
    }

    static bool IsAddress(string text)
    {
        var at = text.IndexOf("://", StringComparison.Ordinal);
        return at > 0 && char.IsAsciiLetter(text[0]) && !text.StartsWith("file:", StringComparison.OrdinalIgnoreCase)
            && text.AsSpan(0, at).IndexOfAnyExcept(_schemeLetters) < 0;
    }

    static readonly System.Buffers.SearchValues<char> _schemeLetters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");

    // `@FILE`, `NAME=@FILE`, `NAME=<FILE`, `NAME@FILE`.
    void AddAttached(WordRole role, ResolvedArgument word)
    {
        if (word.Value is not { } text)
        {
            _paths.Add(WordRole.Reads, word, _effects, _unknown);
            return;
        }
        var at = text.StartsWith('@') ? 1 : Math.Max(
            text.IndexOf("=@", StringComparison.Ordinal), text.IndexOf("=<", StringComparison.Ordinal)) + 2;
        if (role == WordRole.ReadsNamed && at == 1 && !text.StartsWith('@'))
            at = text.IndexOf('@', StringComparison.Ordinal) + 1;
        if (at > 1 || text.StartsWith('@'))
            _paths.Add(WordRole.Reads, ResolvedArgument.Known(text[at..].Split(';')[0]), _effects, _unknown);
    }

    // A setting of git that only changes what is shown; any other may name a program.
    void AddSetting(ResolvedArgument word)
    {
        var name = (word.Value ?? "").Split('=')[0];
        if (_plainSettings.Any(s => GlobText.IsMatch(s, name.ToLowerInvariant())))
            return;
        Add(KnownVerbs.CodeRun, word.Value ?? word.Text);
        _unknown.Add(new UnknownPart(word.Value ?? word.Text, "what it runs is not looked into"));
    }

    static readonly ImmutableArray<string> _plainSettings =
    [
        .. ("color.* advice.* column.* user.name user.email core.quotepath core.abbrev core.pager=cat log.date "
            + "log.decorate log.follow diff.renames diff.renamelimit diff.algorithm diff.mnemonicprefix diff.noprefix "
            + "diff.colormoved diff.context status.* init.defaultbranch gc.auto merge.conflictstyle "
            + "commit.gpgsign tag.gpgsign branch.sort tag.sort grep.linenumber grep.patterntype blame.date "
            + "pull.ff pull.rebase rebase.autosquash push.default submodule.recurse")
            .Split(' '),
    ];

    // What somebody who looks for credentials would search for.
    static bool SeeksSecret(string text) =>
        text.Contains("AKIA", StringComparison.Ordinal) || text.Contains("PRIVATE KEY", StringComparison.Ordinal)
        || text.Contains("ghp_", StringComparison.Ordinal) || text.Contains("xox", StringComparison.Ordinal)
        || text.Contains("aws_secret", StringComparison.OrdinalIgnoreCase)
        || text.Contains("sk_live", StringComparison.Ordinal);

    void AddRemote(WordRole role, ResolvedArgument word)
    {
        var text = word.Value ?? word.Text;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (colon > 0 && (slash < 0 || colon < slash))
            Add(KnownVerbs.NetConnect, text);
        else
            _paths.Add(
                role switch
                {
                    WordRole.RemoteReads => WordRole.Reads,
                    WordRole.RemoteUnpacks => WordRole.Unpacks,
                    _ => WordRole.Writes,
                },
                word, _effects, _unknown);
    }

    // 'HEAD:.env' names a file as well as '.env' does.
    void AddRevision(ResolvedArgument word)
    {
        if (word.Value is not { } text)
            return;
        var path = text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..];
        if (PathKinds.LooksSecret(path))
            Add(KnownVerbs.SecretRead, text);
    }

    void State(ImmutableArray<EffectSpec> effects)
    {
        foreach (var effect in effects)
            if (effect.Object == "{*}")
                foreach (var operand in _reading.Operands)
                    State(effect, operand);
            else if (Placeholder(effect.Object) is { } whole)
                State(effect, Given(whole));
            else if (Filled(effect.Object) is { } filled)
                _effects.Add(new ProgramEffect(effect.Verb, Seen(effect.Verb, filled), effect.Reach));
    }

    // What data state as a path of their own is seen from where the command runs.
    string Seen(string verb, string filled) =>
        verb.StartsWith("fs.", StringComparison.Ordinal) && !filled.Contains(' ', StringComparison.Ordinal)
            ? _paths.Seen(filled) ?? filled
            : filled;

    void State(EffectSpec effect, ResolvedArgument? given)
    {
        if (given is null)
            return;
        if (effect.Verb == KnownVerbs.CodePlant && effect.Object != "{words}")
        {
            _paths.AddPlanted(given, _effects);
            return;
        }
        WordRole? role = effect.Verb switch
        {
            KnownVerbs.FsRead => WordRole.Reads,
            KnownVerbs.FsWrite => WordRole.Writes,
            KnownVerbs.FsDelete => WordRole.Deletes,
            KnownVerbs.FsPurge => WordRole.Purges,
            _ => null,
        };
        if (role is { } touches && effect.Object != "{words}")
            _paths.Add(touches, given, _effects, _unknown);
        else
            _effects.Add(new ProgramEffect(effect.Verb, given.Value ?? given.Text, effect.Reach));
    }

    // The name in `{name}`, when that is all there is.
    static string? Placeholder(string text) =>
        text is ['{', .., '}'] && text.IndexOf('}', StringComparison.Ordinal) == text.Length - 1 ? text[1..^1] : null;

    // `NAME|DEFAULT`; null when it is not given and there is no default.
    ResolvedArgument? Given(string placeholder)
    {
        var bar = placeholder.IndexOf('|', StringComparison.Ordinal);
        var name = bar < 0 ? placeholder : placeholder[..bar];
        if (name == "words")
            return ResolvedArgument.Known(_reading.Words);
        if (int.TryParse(name, System.Globalization.CultureInfo.InvariantCulture, out var number))
        {
            if (number > 0 && number <= _reading.Operands.Count)
                return _reading.Operands[number - 1];
        }
        else if (_reading.Options.FindLast(o => o.Option.Names.Contains(name)) is { Option: not null } found)
        {
            return found.Value;
        }
        return bar < 0 ? null : ResolvedArgument.Known(placeholder[(bar + 1)..]);
    }

    // Null when something it names is not given.
    string? Filled(string text)
    {
        for (var from = 0; text.IndexOf('{', from) is >= 0 and var open;)
        {
            var close = text.IndexOf('}', open);
            if (close < 0)
                return text;
            if (Given(text[(open + 1)..close]) is not { } given)
                return null;
            var value = given.Value ?? given.Text;
            text = string.Concat(text.AsSpan(0, open), value, text.AsSpan(close + 1));
            from = open + value.Length;
        }
        return text;
    }
}

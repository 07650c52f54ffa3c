using System.Collections.Immutable;
using Writ.Shell.Resolving;
using Writ.Shell.Syntax;

namespace Writ.Shell.Knowledge;

/// <summary>Judges a whole line: what each of its commands would do, and what flows between them.</summary>
public sealed class LineJudge
{
    /// <summary>Effects of one line that are kept; beyond them it is not understood.</summary>
    public const int EffectsMax = 2_000;

    /// <summary>How deep lines of shell are followed that stand in the code of other programs.</summary>
    const int InnerDepthMax = 3;

    const int NoCommand = -1;

    // Each is looked up among all commands; whoever shows one more has shown enough.
    const int SecretsMax = 100;

    static readonly ImmutableDictionary<string, string> _unknownHome =
        ImmutableDictionary<string, string>.Empty.Add("HOME", PathView.UnknownHome);

    readonly ProgramKnowledge _known;
    readonly LineCircumstances _circumstances;
    readonly ResolvedLine _line;
    readonly int _depth;
    readonly JudgedCommand?[] _commands;
    readonly List<JudgedCommand> _inner = [];
    readonly List<UnknownPart> _unknown = [];
    readonly List<ProgramEffect> _effects = [];

    // Secrets of the environment, and which command shows them.
    readonly (string Name, int Reader)[] _secrets;

    LineJudge(ProgramKnowledge known, LineCircumstances circumstances, ResolvedLine line, int depth)
    {
        _depth = depth;
        _commands = new JudgedCommand?[line.Commands.Length];
        _known = known;
        _circumstances = circumstances;
        _line = line;
        _secrets = line.Reads.IsEmpty ? [] : [.. line.Reads
            .Where(r => EnvironmentNames.IsSecret(r.Name)).Distinct().Take(SecretsMax)
            .Select(r => (r.Name, Reader(r)))];
    }

    /// <summary>Judges a line of shell.</summary>
    public static JudgedLine Judge(ProgramKnowledge known, string line, LineCircumstances circumstances) =>
        Judge(known, line, circumstances, circumstances.Directory, depth: 0);

    static JudgedLine Judge(
        ProgramKnowledge known, string line, LineCircumstances circumstances, string directory, int depth)
    {
        var options = new ResolveOptions
        {
            Directory = directory,
            Variables = circumstances.Home is { } home
                ? ImmutableDictionary<string, string>.Empty.Add("HOME", home)
                : _unknownHome,
        };
        var parsed = ShellParser.Parse(line);
        var judge = new LineJudge(known, circumstances, ShellResolver.Resolve(line, parsed, options), depth);
        if (line.Contains("((", StringComparison.Ordinal) && MalformedArithmetic.Find(parsed.Script) is { } malformed)
            judge._unknown.Add(malformed);
        judge.JudgeAll(line);
        return new JudgedLine(
            [.. judge._commands.OfType<JudgedCommand>(), .. judge._inner], Different.Of(judge._effects),
            Different.Of(judge._unknown));
    }

    /// <summary>Judges a program with its arguments, as they are.</summary>
    public static JudgedLine Judge(
        ProgramKnowledge known, ImmutableArray<string> argv, LineCircumstances circumstances) =>
        Judge(known, string.Join(' ', argv.Select(Quoted)), circumstances);

    static string Quoted(string word) => "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    void JudgeAll(string line)
    {
        foreach (var part in _line.Unresolved)
        {
            _unknown.Add(new UnknownPart(Excerpt(line, part), part.What));
            _effects.Add(ProgramEffect.Of(
                part.Code is UnresolvedCodes.Code or UnresolvedCodes.Script ? KnownVerbs.CodeRun : KnownVerbs.Unknown,
                part.File ?? part.What));
        }
        var isIdle = UncalledFunctions();
        for (var i = 0; i < _line.Commands.Length; i++)
        {
            if (isIdle(_line.Commands[i]))
                continue;
            var judged = JudgeCommand(i);
            _commands[i] = judged;
            _unknown.AddRange(judged.Unknown);
            _effects.AddRange(judged.Effects);
        }
        AddSecrets(NoCommand, _effects);
        AddFetchedCode();
        if (_effects.Count > EffectsMax)
        {
            _effects.RemoveRange(EffectsMax, _effects.Count - EffectsMax);
            _unknown.Add(new UnknownPart("line", $"more than {EffectsMax} effects"));
        }
    }

    // The body of a function that nothing calls does not run. What is not known may call it.
    Func<ResolvedCommand, bool> UncalledFunctions()
    {
        if (!_line.Commands.Any(static c => (c.Place & CommandPlace.Function) != 0))
            return static _ => false;
        var words = _line.Commands.SelectMany(c => c.Arguments).ToArray();
        var mayCall = !_line.Unresolved.IsEmpty || words.Any(w => w.Value is null)
            || _line.Commands.Any(
                c => c.Program is "eval" or "export" or "declare" or "typeset" or "trap" or "complete");
        if (mayCall)
            return _ => false;
        return c => (c.Place & CommandPlace.Function) != 0 && !c.Via.Any(
            v => v.StartsWith("function ", StringComparison.Ordinal));
    }

    static string Excerpt(string line, UnresolvedPart part)
    {
        const int CharsMax = 80;
        var from = Math.Clamp(part.Span.Start, 0, line.Length);
        var to = Math.Clamp(part.Span.End, from, line.Length);
        return to - from is 0 or > CharsMax ? "line" : line[from..to];
    }

    JudgedCommand JudgeCommand(int index)
    {
        var command = _line.Commands[index];
        var effects = new List<ProgramEffect>();
        var unknown = new List<UnknownPart>();
        var paths = new PathView(_circumstances.Directory, command.Directory, _circumstances.Root)
        {
            Plans = _circumstances.Plans,
            Tried = command.TriedDirectory,
        };
        ImmutableHashSet<string> variables = [];
        if (!command.Arguments.IsEmpty)
            variables = JudgeWords(index, paths, effects, unknown);
        if (command.Program is "yes" && (command.Place & CommandPlace.Pipeline) == 0)
            unknown.Add(new UnknownPart("yes", "it goes on without end"));
        JudgeAssignments(command, variables, effects, unknown);
        if (command.Program is not ("[" or "test"))
            AddSecrets(index, effects);
        foreach (var redirection in command.Redirections)
            RedirectionEffects.Add(redirection, IsSilent(command), paths, effects, unknown);
        return new JudgedCommand(command, Different.Of(effects), Different.Of(unknown))
        {
            Overlay = command.Program is { } program ? OverlayOf(ShellPath.BaseName(program)) : null,
        };
    }

    string? OverlayOf(string program) => _known.OverlayOf(program) is var (file, replaces)
        ? replaces ? $"{file}, in place of what Writ knows" : file
        : null;

    void AddSecrets(int command, List<ProgramEffect> effects)
    {
        foreach (var (name, reader) in _secrets)
            if (reader == command)
                effects.Add(ProgramEffect.Of(KnownVerbs.SecretRead, "$" + name));
    }

    // The command whose word it is part of, as in `echo $TOKEN`; there is none for the words of a loop.
    int Reader(VariableRead read)
    {
        var (found, length) = (NoCommand, int.MaxValue);
        for (var i = 0; i < _line.Commands.Length; i++)
        {
            var span = _line.Commands[i].Span;
            if (span.Start <= read.Span.Start && read.Span.End <= span.End && span.End - span.Start < length)
                (found, length) = (i, span.End - span.Start);
        }
        return found;
    }

    // It puts nothing out, so that a file it is directed to is emptied.
    static bool IsSilent(ResolvedCommand command) => command.Program is ":" or "true"
        || (command.Arguments.IsEmpty && command.Assignments.IsEmpty)
        || (command.Program is "cat" && command.Arguments is [_, { Value: "/dev/null" }]);

    ImmutableHashSet<string> JudgeWords(
        int index, PathView paths, List<ProgramEffect> effects, List<UnknownPart> unknown)
    {
        var command = _line.Commands[index];
        if (command.Program is { } program)
        {
            if (IsFunction(index, program))
                return [];
            if (IsForeign(program, paths))
            {
                effects.Add(ProgramEffect.Of(KnownVerbs.CodeRun, program));
                unknown.Add(new UnknownPart(program, "the program is not one that the system provides"));
                return [];
            }
        }
        unknown.AddRange(Disguises.Find(command.Arguments));
        var words = FoundFiles.In(_line, index, command.Arguments);
        var judgement = CommandJudge.Judge(_known, words, paths, InputOf(command));
        effects.AddRange(judgement.Effects);
        unknown.AddRange(judgement.Unknown);
        foreach (var inner in judgement.Lines)
            JudgeInner(command, inner, unknown);
        if (judgement.IsThrough && !RunsAnother(index))
        {
            effects.Add(ProgramEffect.Of(KnownVerbs.CodeRun, command.Program ?? ""));
            unknown.Add(new UnknownPart(command.Program ?? "", "the command that it runs was not found"));
        }
        return command.Program is { } name && _known.Find(ShellPath.BaseName(name)) is { } node ? node.Variables : [];
    }

    // The last redirection of standard input is the one that counts.
    static CommandInput InputOf(ResolvedCommand command)
    {
        var last = command.Redirections.LastOrDefault(r => r.Operator == RedirectionOperator.Read
            && r.Descriptor is null or 0);
        var file = command.Input is null ? last?.Target.Value ?? last?.Target.Text : null;
        return new CommandInput(command.Input, file, command.Assignments);
    }

    // A program hands a line to a shell: `\!` of psql, `.shell` of sqlite3.
    void JudgeInner(ResolvedCommand command, InnerLine inner, List<UnknownPart> unknown)
    {
        if (_depth >= InnerDepthMax || command.Directory is not { } directory)
        {
            unknown.Add(new UnknownPart(inner.Line, "where this line runs is not known, or it is too deep"));
            return;
        }
        var judged = Judge(_known, inner.Line, _circumstances, directory, _depth + 1);
        _effects.AddRange(judged.Effects);
        _unknown.AddRange(judged.Unknown);
        foreach (var found in judged.Commands)
            _inner.Add(found with
            {
                Command = found.Command with
                {
                    Via = [.. command.Via, inner.Via, .. found.Command.Via],
                    Certainty = found.Command.Certainty == Certainty.Exact
                        ? command.Certainty
                        : found.Command.Certainty,
                    Span = command.Span,
                },
            });
    }

    // A program named with a slash is that file, not the one the system knows by this name.
    bool IsForeign(string program, PathView paths)
    {
        if (!program.Contains('/', StringComparison.Ordinal))
            return false;
        return paths.Seen(program) is not { } seen
            || ShellPath.Combine(_circumstances.Directory, seen) != seen
            || !LineCircumstances.SystemFolders.Any(f => seen.StartsWith(f, StringComparison.Ordinal));
    }

    // Its body has been resolved at this very place.
    bool IsFunction(int index, string name) => Below(index).Any(v => v == $"function {name}");

    bool RunsAnother(int index) => Below(index).Any();

    // What the commands after this one run through, where it is this one's.
    IEnumerable<string> Below(int index)
    {
        var via = _line.Commands[index].Via;
        var name = _line.Commands[index].Program is { } program ? ShellPath.BaseName(program) : "";
        for (var i = index + 1; i < _line.Commands.Length; i++)
        {
            var other = _line.Commands[i].Via;
            // What it runs follows it at once.
            if (other.Length <= via.Length || !other.AsSpan()[..via.Length].SequenceEqual(via.AsSpan()))
                yield break;
            if (other[via.Length] is var next && (next == $"function {name}" || next == name
                    || next.StartsWith(name + " ", StringComparison.Ordinal)))
                yield return next;
        }
    }

    static void JudgeAssignments(
        ResolvedCommand command, ImmutableHashSet<string> variables, List<ProgramEffect> effects,
        List<UnknownPart> unknown)
    {
        foreach (var assignment in command.Assignments)
            // To `read` it says how a line is split, and nothing else.
            if (assignment.Name == "IFS" && command.Program is "read")
                continue;
            else if (command.Arguments.IsEmpty
                ? EnvironmentNames.IsTelling(assignment.Name)
                : !EnvironmentNames.IsHarmless(assignment.Name, assignment.Value)
                    && !(variables.Contains(assignment.Name) && assignment.Value is { } v
                        && EnvironmentNames.IsPlain(v)))
                Refuse(assignment.Name);
        if (command.Program is "export" or "declare" or "typeset" or "readonly" or "local")
            foreach (var word in command.Arguments.Skip(1))
            {
                var text = word.Value ?? word.Prefix;
                var equals = text.IndexOf('=', StringComparison.Ordinal);
                var name = equals < 0 ? text : text[..equals].TrimEnd('+');
                if (name.StartsWith('-'))
                    continue;
                if (name.Length == 0 || (command.Program == "export" && equals >= 0
                    ? !EnvironmentNames.IsHarmless(name, word.Value?[(equals + 1)..])
                    : EnvironmentNames.IsTelling(name)))
                    Refuse(name.Length == 0 ? word.Text : name);
            }

        void Refuse(string name)
        {
            effects.Add(ProgramEffect.Of(KnownVerbs.CodeRun, name));
            unknown.Add(new UnknownPart(name, "this variable may change what programs do"));
        }
    }

    // What comes from the network and is run: through pipes, substitutions and files.
    void AddFetchedCode()
    {
        var reached = new bool[_commands.Length];
        for (var i = 0; i < _commands.Length; i++)
            reached[i] = _commands[i] is { } command && command.Effects.Any(e => e.Verb == KnownVerbs.NetConnect);
        if (!reached.Contains(true))
            return;
        var sources = (bool[])reached.Clone();
        var isFed = new bool[reached.Length];
        for (var again = true; again;)
        {
            again = false;
            foreach (var flow in _line.Flows)
                if (reached[flow.From] && !reached[flow.To])
                    reached[flow.To] = again = true;
        }
        foreach (var flow in _line.Flows)
            isFed[flow.To] |= reached[flow.From];
        for (var i = 0; i < _commands.Length; i++)
            if (reached[i] && (!sources[i] || isFed[i]) && RunsCode(i))
                _effects.Add(ProgramEffect.Of(KnownVerbs.CodeFetch, _line.Commands[i].Program ?? "code"));
    }

    bool RunsCode(int index) => _commands[index] is { } judged
        && (judged.Command.Certainty == Certainty.Unknown
            || judged.Command.Program is "eval" or "source" or "." or "xargs" or "bash" or "sh"
            || judged.Effects.Any(e => e.Verb == KnownVerbs.CodeRun));
}

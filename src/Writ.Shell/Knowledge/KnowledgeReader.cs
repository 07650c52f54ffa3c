using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Writ.Shell.Knowledge;

/// <summary>Reads the format of <c>docs/knowledge-base.md</c>. A word it does not know is a fault: data that are not
/// understood must not make a program look harmless.</summary>
sealed class KnowledgeReader
{
    const int DepthMax = 24;

    readonly string _file;
    readonly IReadOnlySet<string>? _verbs;
    readonly Dictionary<string, string[]> _sets = new(StringComparer.Ordinal);
    string _program = "";

    KnowledgeReader(string file, IReadOnlySet<string>? verbs)
    {
        _file = file;
        _verbs = verbs;
    }

    /// <param name="verbs">The verbs that effects may have; null: any.</param>
    public static ImmutableArray<KnownProgram> Read(
        string file, ReadOnlyMemory<byte> json, IReadOnlySet<string>? verbs)
    {
        var reader = new KnowledgeReader(file, verbs);
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions
            {
                MaxDepth = DepthMax,
                CommentHandling = JsonCommentHandling.Disallow,
            });
            return [.. reader.Programs(document.RootElement)];
        }
        catch (JsonException broken)
        {
            throw new KnowledgeException(file, broken);
        }
        catch (Exception broken) when (broken is InvalidOperationException or KeyNotFoundException or FormatException
            or OverflowException or ArgumentException or IndexOutOfRangeException)
        {
            throw new KnowledgeException(
                file, reader._program, $"a value has another type or form than the format says ({broken.Message})");
        }
    }

    IEnumerable<KnownProgram> Programs(JsonElement root)
    {
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name is "$schema" or "note")
                continue;
            if (property.Name == "sets")
            {
                foreach (var set in property.Value.EnumerateObject())
                    _sets.Add("@" + set.Name, [.. Words(set.Value)]);
                continue;
            }
            if (property.Name != "programs")
                throw Fault("the file", $"'{property.Name}' is not a part of it");
            foreach (var program in property.Value.EnumerateObject())
                foreach (var name in program.Name.Split(','))
                    yield return Program(name.Trim(), program.Value);
        }
    }

    KnownProgram Program(string name, JsonElement element)
    {
        _program = name;
        return new KnownProgram(Node(name, element, OptionStyle.Gnu, [], []), Tests(name, element), _file);
    }

    ProgramNode Node(
        string name, JsonElement element, OptionStyle style, ImmutableArray<OptionSpec> inherited,
        ImmutableHashSet<string> variables, bool isLocal = false, string[]? help = null,
        ScopeSpec? scope = null)
    {
        foreach (var property in element.EnumerateObject())
            if (property.Name is not ("style" or "options" or "global" or "operands" or "effects" or "bare" or "rules"
                or "subs" or "variables" or "help" or "letters" or "local" or "through" or "unresolved" or "tests"
                or "scope"
                or "note"))
                throw Fault(name, $"'{property.Name}' is not a part of a program");
        if (element.EnumerateObject().DistinctBy(p => p.Name).Count() != element.EnumerateObject().Count())
            throw Fault(name, "a part comes twice");
        if (element.TryGetProperty("style", out var written))
            style = Style(name, written.GetString()!);
        ImmutableArray<OptionSpec> global = [.. inherited, .. Options(name, element, "global")];
        var options = new Dictionary<string, OptionSpec>(StringComparer.Ordinal);
        foreach (var option in global.Concat(Options(name, element, "options")))
            foreach (var spelling in option.Names)
                options[spelling] = option;
        // What prints its own page and does nothing else.
        if (element.TryGetProperty("help", out var pages))
            help = [.. Words(pages)];
        foreach (var page in help ?? [])
            if (!options.TryGetValue(page, out var own) || own.Names.Any(n => n is "--help" or "-help" or "--version"))
                options[page] = new OptionSpec([page], OptionArity.None, WordRole.Text, false) { IsHelp = true };
        if (element.TryGetProperty("variables", out var named))
            variables = variables.Union(named.GetString()!.Split(' '));
        if (element.TryGetProperty("scope", out var part))
            scope = Scope(name, part, options);
        var subs = new Dictionary<string, ProgramNode>(StringComparer.Ordinal);
        if (element.TryGetProperty("subs", out var children))
            foreach (var child in children.EnumerateObject())
                foreach (var sub in child.Name.Split(','))
                    if (!subs.TryAdd(sub, Node($"{name} {sub}", child.Value, style, global, variables, isLocal
                        || (element.TryGetProperty("local", out var here) && here.GetBoolean()), help, scope)))
                        throw Fault(name, $"the sub-command '{sub}' comes twice");
        return new ProgramNode(
            name,
            style,
            options.ToFrozenDictionary(StringComparer.Ordinal),
            global,
            Operands(name, element),
            Effects(name, element, "effects"),
            Effects(name, element, "bare"),
            element.TryGetProperty("rules", out var rules)
                ? [.. rules.EnumerateArray().Select(r => Rule(name, r, options))]
                : [],
            subs.ToFrozenDictionary(StringComparer.Ordinal),
            variables,
            element.TryGetProperty("letters", out var letters) && letters.GetBoolean(),
            (element.TryGetProperty("local", out var local) && local.GetBoolean()) || isLocal,
            element.TryGetProperty("through", out var through) && through.GetBoolean(),
            element.TryGetProperty("unresolved", out var why) ? why.GetString() : null)
        {
            Scope = scope,
        };
    }

    // {"platform": NAME, FIELD: "--option -A=* $VARIABLE"}
    ScopeSpec Scope(string name, JsonElement element, Dictionary<string, OptionSpec> options)
    {
        var fields = ImmutableArray.CreateBuilder<(string, ImmutableArray<string>)>();
        foreach (var property in element.EnumerateObject().Where(p => p.Name != "platform"))
        {
            if (!ScopeSpec.Names.Contains(property.Name))
                throw Fault(name, $"'{property.Name}' is not a part of a scope");
            var sources = Words(property.Value).ToImmutableArray();
            foreach (var source in sources)
                if (source is not ['$', _, ..] && !options.ContainsKey(source.Split('=')[0]))
                    throw Fault(name, $"its scope names '{source}', which is none of its options");
            fields.Add((property.Name, sources));
        }
        return new ScopeSpec(element.GetProperty("platform").GetString()!, fields.ToImmutable());
    }

    // A text, or a list of texts, with words between blanks.
    static IEnumerable<string> Words(JsonElement element) => element.ValueKind == JsonValueKind.String
        ? element.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        : element.EnumerateArray().SelectMany(Words);

    IEnumerable<OptionSpec> Options(string name, JsonElement element, string part) =>
        element.TryGetProperty(part, out var options)
            ? Words(options).SelectMany(w => w[0] == '@' ? Set(name, w) : [w]).Select(w => Option(name, w))
            : [];

    string[] Set(string program, string name) =>
        _sets.TryGetValue(name, out var set) ? set : throw Fault(program, $"there is no set '{name}' before it");

    // NAME{,NAME}[=ROLE|=?ROLE][!]
    OptionSpec Option(string program, string text)
    {
        var isDangerous = text.Length > 1 && text.EndsWith('!');
        var rest = isDangerous ? text[..^1] : text;
        var arity = OptionArity.None;
        var role = WordRole.Text;
        if (rest.IndexOf('=', StringComparison.Ordinal) is > 0 and var at)
        {
            var value = rest[(at + 1)..];
            arity = value switch
            {
                ";" => OptionArity.Command,
                ['?', ..] => OptionArity.May,
                ['=', ..] => OptionArity.Two,
                _ => OptionArity.Needs,
            };
            var named = value.TrimStart('?', ';', '=');
            role = named.Length == 0 ? WordRole.Text : Role(program, named);
            rest = rest[..at];
        }
        ImmutableArray<string> names = rest == "," ? [rest] : [.. rest.Split(',')];
        if (names.Any(n => n.Length == 0))
            throw Fault(program, $"'{text}' is no option");
        return new OptionSpec(names, arity, role, isDangerous);
    }

    ImmutableArray<OperandSpec> Operands(string name, JsonElement element) =>
        element.TryGetProperty("operands", out var operands)
            ? [.. Words(operands).Select(w => new OperandSpec(
                Role(name, w.EndsWith("...", StringComparison.Ordinal) ? w[..^3] : w),
                w.EndsWith("...", StringComparison.Ordinal)))]
            : [];

    ImmutableArray<EffectSpec> Effects(string name, JsonElement element, string part)
    {
        if (!element.TryGetProperty(part, out var effects))
            return [];
        return [.. effects.EnumerateArray().Select(e => Effect(name, e.GetString()!))];
    }

    // VERB[@target|@files] OBJECT
    EffectSpec Effect(string program, string text)
    {
        var blank = text.IndexOf(' ', StringComparison.Ordinal);
        var verb = blank < 0 ? text : text[..blank];
        var at = verb.IndexOf('@', StringComparison.Ordinal);
        var reach = at < 0 ? (EffectReach?)null : verb[(at + 1)..] switch
        {
            "target" => EffectReach.Target,
            "files" => EffectReach.Files,
            _ => throw Fault(program, $"'{text}' reaches neither target nor files"),
        };
        verb = at < 0 ? verb : verb[..at];
        if (_verbs?.Contains(verb) == false)
            throw Fault(program, $"'{verb}' is no verb of effects");
        return new EffectSpec(
            verb, blank < 0 ? "{words}" : text[(blank + 1)..], reach ?? ProgramEffect.UsualReach(verb));
    }

    NodeRule Rule(string name, JsonElement element, Dictionary<string, OptionSpec> options)
    {
        foreach (var property in element.EnumerateObject())
            if (property.Name is not ("if" or "and" or "not" or "when" or "unless" or "count"
                or "operands" or "effects" or "instead" or "known" or "input"
                or "unresolved" or "note"))
                throw Fault(name, $"'{property.Name}' is not a part of a rule");
        return new NodeRule(
            Tests(name, element, "if", options),
            Tests(name, element, "and", options),
            Tests(name, element, "not", options),
            Patterns(element, "when"),
            Patterns(element, "unless"),
            element.TryGetProperty("count", out var count) ? Count(count) : null,
            element.TryGetProperty("operands", out _) ? Operands(name, element) : null,
            Effects(name, element, "effects"),
            element.TryGetProperty("instead", out var instead) && instead.GetBoolean(),
            element.TryGetProperty("known", out var known) && known.GetBoolean(),
            element.TryGetProperty("unresolved", out var why) ? why.GetString() : null,
            element.TryGetProperty("input", out var input) ? Role(name, input.GetString()!) : null);
    }

    static ImmutableArray<(int Number, ImmutableArray<string> Patterns)> Patterns(JsonElement element, string part) =>
        element.TryGetProperty(part, out var patterns)
            ? [.. patterns.EnumerateObject().Select(w => (
                w.Name == "*" ? 0 : int.Parse(w.Name, CultureInfo.InvariantCulture),
                Words(w.Value).ToImmutableArray()))]
            : [];

    static (int, int) Count(JsonElement count) =>
        count.ValueKind == JsonValueKind.Number
            ? (count.GetInt32(), count.GetInt32())
            : (count[0].GetInt32(), count[1].ValueKind == JsonValueKind.Null ? int.MaxValue : count[1].GetInt32());

    ImmutableArray<OptionTest> Tests(
        string name, JsonElement element, string part, Dictionary<string, OptionSpec> options)
    {
        if (!element.TryGetProperty(part, out var tests))
            return [];
        return [.. Words(tests).Select(word =>
        {
            var at = word.IndexOf('=', StringComparison.Ordinal);
            var option = at < 0 ? word : word[..at];
            if (!options.TryGetValue(option, out var spec))
                throw Fault(name, $"a rule names '{option}', which is none of its options");
            return new OptionTest(spec.Names[0], at < 0 ? [] : [.. word[(at + 1)..].Split('|')]);
        })];
    }

    ImmutableArray<KnowledgeTest> Tests(string name, JsonElement element)
    {
        if (!element.TryGetProperty("tests", out var tests))
            return [];
        return [.. tests.EnumerateArray().Select(t => new KnowledgeTest(
            [.. t.GetProperty("argv").EnumerateArray().Select(a => a.GetString()!)],
            t.TryGetProperty("effects", out var effects)
                ? [.. effects.EnumerateArray().Select(e => e.GetString()!)]
                : null,
            t.TryGetProperty("unresolved", out var unresolved) && unresolved.GetBoolean()))
            .Where(t => t.Argv[0] == name)];
    }

    OptionStyle Style(string program, string text) => text switch
    {
        "none" => OptionStyle.None,
        "gnu" => OptionStyle.Gnu,
        "posix" => OptionStyle.Posix,
        "exact" => OptionStyle.Exact,
        "open" => OptionStyle.Open,
        "words" => OptionStyle.Words,
        _ => throw Fault(program, $"'{text}' is no style"),
    };

    WordRole Role(string program, string text) => text switch
    {
        "runs" => WordRole.Runs,
        "code" => WordRole.Code,
        "script" => WordRole.Script,
        "text" => WordRole.Text,
        "pattern" => WordRole.Pattern,
        "names" => WordRole.Names,
        "reads" => WordRole.Reads,
        "reads-at" => WordRole.ReadsAt,
        "reads-named" => WordRole.ReadsNamed,
        "lists" => WordRole.Lists,
        "writes" => WordRole.Writes,
        "unpacks" => WordRole.Unpacks,
        "empties" => WordRole.Empties,
        "deletes" => WordRole.Deletes,
        "purges" => WordRole.Purges,
        "directory" => WordRole.Directory,
        "url" => WordRole.Url,
        "host" => WordRole.Host,
        "remote-reads" => WordRole.RemoteReads,
        "remote-writes" => WordRole.RemoteWrites,
        "remote-unpacks" => WordRole.RemoteUnpacks,
        "package" => WordRole.Package,
        "revision" => WordRole.Revision,
        "setting" => WordRole.Setting,
        "sql" => WordRole.Sql,
        "output" => WordRole.Output,
        "plan" => WordRole.Plan,
        "secret" => WordRole.Secret,
        "signals" => WordRole.Signals,
        "sed" => WordRole.Sed,
        "awk" => WordRole.Awk,
        "jq" => WordRole.Jq,
        _ => throw Fault(program, $"'{text}' is no role"),
    };

    KnowledgeException Fault(string where, string what) => new(_file, where, what);
}

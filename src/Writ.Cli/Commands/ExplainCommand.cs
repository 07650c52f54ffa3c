using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Writ.Cli.Arguments;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Policies;
using Writ.Requests;
using Writ.Shell;

namespace Writ.Cli.Commands;

/// <summary>Says what a line would do and what a bundle makes of it, with no control plane: nothing is asked and
/// nothing is run.</summary>
static class ExplainCommand
{
    /// <summary>Bytes of one line of <c>--jsonl</c>.</summary>
    const int QuestionBytesMax = 1024 * 1024;

    public static int Run(Typed typed)
    {
        if (typed.Has("--jsonl") == typed.Operand is not null)
            throw typed.Misused("either LINE or --jsonl is needed, and not both");
        var bundles = new Bundles(typed, Sources(typed));
        if (typed.Has("--jsonl"))
            return Lines(bundles, typed);
        var explained = bundles.Ask(typed.Operand!, typed.Value("--cwd"));
        if (typed.Json)
            Screen.PrintJson(ExplainedLine.Of(null, explained), CliJson.Default.ExplainedLine);
        else
            Screen.Show(Page(typed.Operand!, explained), asMessage: false);
        return explained.Verdict.Kind switch
        {
            VerdictKind.Automatic => Exits.Ok,
            VerdictKind.Approval => Exits.Pending,
            _ => Exits.Blocked,
        };
    }

    static int Lines(Bundles bundles, Typed typed)
    {
        var number = 0;
        foreach (var line in Input())
        {
            number++;
            if (line.Length == 0)
                continue;
            ExplainQuestion? question;
            try
            {
                question = JsonSerializer.Deserialize(line, CliJson.Default.ExplainQuestion);
            }
            catch (JsonException)
            {
                question = null;
            }
            if (question is not { Command: { } command })
                throw typed.Misused($"line {number} of the input is not {{\"id\":..., \"command\":...}}");
            Screen.PrintJson(
                ExplainedLine.Of(question.Id, bundles.Ask(command, question.Cwd)), CliJson.Default.ExplainedLine);
        }
        return Exits.Ok;
    }

    static IEnumerable<string> Input()
    {
        var pending = new List<byte>();
        var buffer = new byte[64 * 1024];
        for (int count; (count = Screen.Input.Read(buffer)) > 0;)
            for (var i = 0; i < count; i++)
                if (buffer[i] == '\n')
                {
                    yield return Encoding.UTF8.GetString([.. pending]);
                    pending.Clear();
                }
                else if (pending.Count < QuestionBytesMax)
                {
                    pending.Add(buffer[i]);
                }
                else
                {
                    throw CliFaultException.Usage($"a line of the input is over {QuestionBytesMax} bytes");
                }
        if (pending.Count > 0)
            yield return Encoding.UTF8.GetString([.. pending]);
    }

    static PolicySource Sources(Typed typed)
    {
        if (typed.Value("--policy") is { } folder)
            return new PolicySource([.. Directory.EnumerateFiles(folder, "*.cedar")
                .Select(f => new PolicyFile(Path.GetFileName(f), File.ReadAllText(f)))]);
        var assembly = typeof(ExplainCommand).Assembly;
        return new PolicySource([.. assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith("policies/", StringComparison.Ordinal))
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
                return new PolicyFile(name["policies/".Length..], reader.ReadToEnd());
            })]);
    }

    static Page Page(string line, Explained explained)
    {
        var answer = ExplainedLine.Of(null, explained);
        var page = new Page().Quote(line, strong: true);
        _ = explained.Verdict.Kind switch
        {
            VerdictKind.Automatic => page.Good(answer.Verdict),
            VerdictKind.Approval => page.Warning(answer.Verdict),
            _ => page.Bad(answer.Verdict),
        };
        foreach (var reason in answer.Reasons)
            page.Text($"  {reason}");
        foreach (var (command, judged) in answer.Commands.Zip(
            explained.Line.Commands.Where(c => !c.Command.Arguments.IsEmpty)))
        {
            var via = command.Via.IsEmpty ? "" : $" (through {string.Join(", ", command.Via)}; {command.Certainty})";
            page.Text(string.Join(' ', command.Argv.Select(a => a ?? "?")) + via);
            foreach (var effect in judged.Effects)
                page.Text($"    {effect.Verb} {effect.Object}");
        }
        foreach (var doubt in answer.Unresolved)
            page.Warning($"not understood: {doubt.Where}: {doubt.Why}");
        return page;
    }

    /// <summary>The bundle in the work trees that the questions come from.</summary>
    sealed class Bundles(Typed typed, PolicySource source)
    {
        readonly Dictionary<string, Explanation> _byTree = new(StringComparer.Ordinal);
        readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

        public Explained Ask(string line, string? cwd)
        {
            var directory = cwd ?? typed.Value("--work-tree") ?? Explanation.WorkTree;
            if (!directory.StartsWith('/'))
                throw typed.Misused("a directory is absolute");
            directory = Paths.Normalize("/", directory);
            var tree = typed.Value("--work-tree") ?? Tree(directory);
            if (!_byTree.TryGetValue(tree, out var ready))
            {
                (var made, var faults) = Explanation.Of(source, _now, tree);
                ready = made ?? throw CliFaultException.Error(
                    faults[0].Code, string.Join("; ", faults.Select(f => $"{f.Path}: {f.Why}")));
                _byTree[tree] = ready;
            }
            return ready.Ask(line, directory, _now);
        }

        // A question from elsewhere is one of a session there, but '/' or '/home' are nobody's work tree.
        static string Tree(string directory) =>
            Paths.IsWithin(Explanation.WorkTree, directory) || directory.Count(c => c == '/') < 2
                ? Explanation.WorkTree
                : directory;
    }
}

using Writ.Runs;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Cli.Screens;

/// <summary>The programs of one run, each under the one that started it, with what was decided.</summary>
static class ExecutionTree
{
    const int CommandMax = 160;
    const int DepthMax = 12;

    public static void Show(Page page, ExecutionsView view)
    {
        page.Blank().Heading("What it started");
        page.Field("programs", $"{view.Count}: " + string.Join(", ", view.Tallies.Select(Counted)));
        var depths = new Dictionary<int, int>();
        foreach (var record in Ordered(view))
        {
            var depth = record.Parent is { } parent && depths.TryGetValue(parent, out var above) ? above + 1 : 0;
            depths[record.Number] = depth;
            var line = $"  {new string(' ', 2 * Math.Min(depth, DepthMax))}{Command(record)}";
            if (record.End == ExecutionEnd.Started)
                page.Text($"{line}  [{Decided(record)}]");
            else if (record.End is ExecutionEnd.Denied or ExecutionEnd.Killed)
                page.Bad($"{line}  {Word(record.End)}: {Visible(record.Why ?? "")} [{Decided(record)}]");
            else
                page.Warning($"{line}  {Word(record.End)} [{Decided(record)}]");
        }
        if (view.Missing > 0)
            page.Text($"  and {view.Missing} more");
    }

    // Each right after the one it came of, those of one parent in their order.
    static IEnumerable<ExecutionRecord> Ordered(ExecutionsView view)
    {
        var known = view.Shown.Select(r => r.Number).ToHashSet();
        var children = view.Shown.ToLookup(r => r.Parent is { } parent && known.Contains(parent) ? parent : -1);
        var waiting = new Stack<ExecutionRecord>(children[-1].Reverse());
        while (waiting.TryPop(out var record))
        {
            yield return record;
            foreach (var child in children[record.Number].Reverse())
                waiting.Push(child);
        }
    }

    static string Command(ExecutionRecord record)
    {
        var program = record.Program;
        var text = program.Origin == ExecutableOrigin.System || program.Argv.IsEmpty
            ? VisibleText.Command(program.Argv)
            : VisibleText.Command([program.Executable, .. program.Argv[1..]]);
        var visible = Visible(text);
        return visible.Length <= CommandMax ? visible : visible[..CommandMax] + "…";
    }

    static string Counted(ExecutionTally tally) =>
        $"{tally.Count} {Word(tally.End)} ({tally.Code}{(tally.Rule is { } rule ? $", rule {Visible(rule)}" : "")})";

    static string Decided(ExecutionRecord record) => record.Code
        + (record.End != ExecutionEnd.Started && record.Rule is { } rule ? $", rule {Visible(rule)}" : "")
        + (record.Held is { } held ? $", waited as {held}" : "");

    static string Visible(string text) => VisibleText.Of(text);

    static string Word(ExecutionEnd end) => end switch
    {
        ExecutionEnd.Started => "started",
        ExecutionEnd.Denied => "denied",
        ExecutionEnd.Killed => "killed",
        ExecutionEnd.Failed => "could not start",
        _ => "gone before it started",
    };
}

using System.Collections.Immutable;

namespace Writ.Cli.Screens;

/// <summary>The lines by which two texts differ, with three lines around each difference, as <c>diff -u</c> would.</summary>
static class LineDifference
{
    const int Around = 3;

    /// <summary>Beyond this many cells the table of common lines costs too much, and the middle is shown replaced.</summary>
    const long CellsMax = 4_000_000;

    /// <summary>Adds the difference to a page; nothing when the texts are equal.</summary>
    public static void Append(Page page, string name, string? before, string? after)
    {
        if (before == after)
            return;
        page.Difference('-', $"-- {(before is null ? "/dev/null" : name)}");
        page.Difference('+', $"++ {(after is null ? "/dev/null" : name)}");
        var steps = Steps(Lines(before), Lines(after));
        var shown = new bool[steps.Length];
        for (var i = 0; i < steps.Length; i++)
            if (steps[i].Sign != ' ')
                for (var near = Math.Max(0, i - Around); near <= Math.Min(steps.Length - 1, i + Around); near++)
                    shown[near] = true;
        var (old, now) = (1, 1);
        for (var i = 0; i < steps.Length; i++)
        {
            if (shown[i])
            {
                if (i == 0 || !shown[i - 1])
                    page.Text($"@@ -{old} +{now} @@");
                page.Difference(steps[i].Sign, steps[i].Line);
            }
            old += steps[i].Sign != '+' ? 1 : 0;
            now += steps[i].Sign != '-' ? 1 : 0;
        }
    }

    static string[] Lines(string? text) =>
        string.IsNullOrEmpty(text) ? [] : (text.EndsWith('\n') ? text[..^1] : text).Split('\n');

    static ImmutableArray<(char Sign, string Line)> Steps(string[] old, string[] now)
    {
        var (head, tail) = (0, 0);
        while (head < old.Length && head < now.Length && old[head] == now[head])
            head++;
        while (tail < old.Length - head && tail < now.Length - head && old[^(tail + 1)] == now[^(tail + 1)])
            tail++;
        return
        [
            .. old[..head].Select(l => (' ', l)),
            .. Middle(old[head..^tail], now[head..^tail]),
            .. old[^tail..].Select(l => (' ', l)),
        ];
    }

    static IEnumerable<(char Sign, string Line)> Middle(string[] old, string[] now)
    {
        var (i, j) = (0, 0);
        if ((long)old.Length * now.Length <= CellsMax)
        {
            var common = CommonTails(old, now);
            while (i < old.Length && j < now.Length)
                if (old[i] == now[j])
                {
                    yield return (' ', old[i++]);
                    j++;
                }
                else if (common[i + 1, j] >= common[i, j + 1])
                    yield return ('-', old[i++]);
                else
                    yield return ('+', now[j++]);
        }
        while (i < old.Length)
            yield return ('-', old[i++]);
        while (j < now.Length)
            yield return ('+', now[j++]);
    }

    static int[,] CommonTails(string[] old, string[] now)
    {
        var common = new int[old.Length + 1, now.Length + 1];
        for (var i = old.Length - 1; i >= 0; i--)
            for (var j = now.Length - 1; j >= 0; j--)
                common[i, j] = old[i] == now[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        return common;
    }
}

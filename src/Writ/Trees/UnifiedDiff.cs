using System.Globalization;
using System.Text;

namespace Writ.Trees;

/// <summary>
/// The lines by which two texts differ, in the form of <c>diff -u</c>, as one hunk with its surroundings.
/// </summary>
public static class UnifiedDiff
{
    const int Context = 3;

    /// <summary>Larger texts are shown as wholly replaced: the table below grows with their product.</summary>
    const int LinesMax = 2_000;

    /// <summary>Empty when the texts are equal.</summary>
    public static string Of(string name, string? before, string after)
    {
        if (before == after)
            return "";
        var old = Lines(before ?? "");
        var now = Lines(after);
        // What is equal at both ends is not compared any further.
        var head = 0;
        while (head < old.Length && head < now.Length && old[head] == now[head])
            head++;
        var tail = 0;
        while (tail < old.Length - head && tail < now.Length - head && old[^(tail + 1)] == now[^(tail + 1)])
            tail++;
        var start = Math.Max(0, head - Context);
        var trail = Math.Min(Context, tail);
        var text = new StringBuilder();
        text.Append("--- ").Append(before is null ? "/dev/null" : name).Append('\n').Append("+++ ").Append(name)
            .Append('\n');
        text.Append(CultureInfo.InvariantCulture,
            $"@@ -{(old.Length == 0 ? 0 : start + 1)},{old.Length - tail + trail - start} "
                + $"+{start + 1},{now.Length - tail + trail - start} @@\n");
        foreach (var line in old.AsSpan(start, head - start))
            text.Append(' ').Append(line).Append('\n');
        AppendMiddle(text, old[head..(old.Length - tail)], now[head..(now.Length - tail)]);
        foreach (var line in old.AsSpan(old.Length - tail, trail))
            text.Append(' ').Append(line).Append('\n');
        return text.ToString();
    }

    static string[] Lines(string text) =>
        text.Length == 0 ? [] : (text.EndsWith('\n') ? text[..^1] : text).Split('\n');

    static void AppendMiddle(StringBuilder text, string[] old, string[] now)
    {
        var (i, j) = (0, 0);
        if (old.Length <= LinesMax && now.Length <= LinesMax)
        {
            var common = CommonTails(old, now);
            while (i < old.Length && j < now.Length)
            {
                if (old[i] == now[j])
                {
                    text.Append(' ').Append(old[i++]).Append('\n');
                    j++;
                }
                else if (common[i + 1, j] >= common[i, j + 1])
                    text.Append('-').Append(old[i++]).Append('\n');
                else
                    text.Append('+').Append(now[j++]).Append('\n');
            }
        }
        while (i < old.Length)
            text.Append('-').Append(old[i++]).Append('\n');
        while (j < now.Length)
            text.Append('+').Append(now[j++]).Append('\n');
    }

    /// <summary>How many lines the rests of both texts have in common, for every pair of rests.</summary>
    static int[,] CommonTails(string[] old, string[] now)
    {
        var common = new int[old.Length + 1, now.Length + 1];
        for (var i = old.Length - 1; i >= 0; i--)
            for (var j = now.Length - 1; j >= 0; j--)
                common[i, j] = old[i] == now[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j
                    + 1]);
        return common;
    }
}

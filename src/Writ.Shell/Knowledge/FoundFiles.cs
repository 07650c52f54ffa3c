using System.Collections.Immutable;
using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>
/// Words that stand for files which another command of the line finds: those of <c>find -exec</c>, and of
/// <c>xargs</c> behind a command that lists files. They are patterns below the folders that were looked through.
/// </summary>
static class FoundFiles
{
    const string Everything = "**";

    public static ImmutableArray<ResolvedArgument> In(
        ResolvedLine line, int index, ImmutableArray<ResolvedArgument> words)
    {
        var command = line.Commands[index];
        if (command.Via.IsEmpty || !words.Any(w => w.Value is null && IsPlace(w)))
            return words;
        if (command.Via[^1].StartsWith("find ", StringComparison.Ordinal)
            && Before(line, index, "find") is { } find)
            return Replaced(words, Patterns(find.Arguments));
        if (command.Via[^1] == "xargs" && Source(line, index) is { } source)
            return Replaced(words, source);
        return words;
    }

    /// <summary>True for a word whose names come from a list of files, and may begin with a dash.</summary>
    public static bool IsListed(ResolvedArgument word) => word.Value is null && word.Text == Everything;

    static bool IsPlace(ResolvedArgument word) => word.Text is "{}" or "the lines xargs reads";

    static ImmutableArray<ResolvedArgument> Replaced(
        ImmutableArray<ResolvedArgument> words, ImmutableArray<string> patterns) =>
        [.. words.SelectMany(w => w.Value is null && IsPlace(w)
            ? patterns.Select(p => new ResolvedArgument(null, p == Everything ? "" : p[..1], IsMany: true, p))
            : [w])];

    static ResolvedCommand? Before(ResolvedLine line, int index, string program)
    {
        var via = line.Commands[index].Via[..^1];
        for (var i = index - 1; i >= 0; i--)
            if (line.Commands[i].Program is { } name && ShellPath.BaseName(name) == program
                && line.Commands[i].Via.AsSpan().SequenceEqual(via.AsSpan()))
                return line.Commands[i];
        return null;
    }

    // Each folder with each pattern of names; without one, everything below.
    static ImmutableArray<string> Patterns(ImmutableArray<ResolvedArgument> find)
    {
        var folders = find.Skip(1).TakeWhile(a => a.Value is { Length: > 0 } v && v[0] is not ('-' or '(' or '!'))
            .Select(a => a.Value!.TrimEnd('/')).DefaultIfEmpty(".").ToArray();
        var names = new List<string>();
        for (var i = 1; i + 1 < find.Length; i++)
            if (find[i].Value is "-name" or "-iname")
                names.Add(find[i + 1].Value is { Length: > 0 } name && !name.Contains('/') ? name : Everything);
        // With a negation or an alternative a name says little of what is found.
        if (names.Count == 0 || find.Any(a => a.Value is "!" or "-not" or "-o" or "-or" or null))
            names = [Everything];
        return [.. folders.SelectMany(f => names, (f, n) => $"{(f.Length == 0 ? "/" : f + "/")}{n}")];
    }

    static ImmutableArray<string>? Source(ResolvedLine line, int index)
    {
        if (Before(line, index, "xargs") is not { } xargs)
            return null;
        var at = line.Commands.IndexOf(xargs);
        for (var hops = 0; hops < 8; hops++)
        {
            var flow = line.Flows.FirstOrDefault(
                f => f.To == at && f.Kind == FlowKind.Pipe, new CommandFlow(-1, -1, 0));
            if (flow.From < 0)
                return null;
            var source = line.Commands[flow.From];
            switch (source.Program)
            {
                case "find":
                    return Patterns(source.Arguments);
                // Names as they are given, and those in folders without them.
                case "ls" when source.Arguments.Skip(1).All(a => a.Value is not null || GlobText.IsGlob(a)):
                    return [.. source.Arguments.Skip(1).Where(a => a.Value is null or not ['-', ..])
                        .Select(a => a.Value ?? a.Text), Everything];
                // These pass some of the names on.
                case "sort" or "head" or "tail" or "uniq" or "grep" when !source.Arguments.Any(
                    a => a.Value is null or "-l" or "-r" or "-rl" or "-o"):
                    at = flow.From;
                    break;
                case "git" when source.Arguments.Any(a => a.Value is "ls-files")
                    || source.Arguments.Any(a => a.Value is "--name-only"):
                case "rg" when source.Arguments.Any(a => a.Value is "-l" or "--files" or "--files-with-matches"):
                case "grep" when source.Arguments.Any(a => a.Value is "-l" or "-rl" or "-rln" or "-rlE" or "-lr"):
                    return IsInside(source.Arguments) ? [Everything] : null;
                default:
                    return null;
            }
        }
        return null;
    }

    // Nothing it is given leads out of the working directory.
    static bool IsInside(ImmutableArray<ResolvedArgument> words) => words.All(
        w => w.Value is { } text && !text.StartsWith('/') && !text.StartsWith('~')
            && !text.StartsWith("-C", StringComparison.Ordinal)
            && !text.Contains("..", StringComparison.Ordinal));
}

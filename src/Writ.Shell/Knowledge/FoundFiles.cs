using System.Collections.Immutable;
using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>
/// Words that stand for files which another command of the line finds: those of <c>find -exec</c>, and of
/// <c>xargs</c> behind a command that lists files. They are patterns below the folders that were looked through.
/// </summary>
static class FoundFiles
{
    public static ImmutableArray<ResolvedArgument> In(
        ResolvedLine line, int index, ImmutableArray<ResolvedArgument> words)
    {
        var command = line.Commands[index];
        if (words.Any(IsSubstitution))
            return Substituted(line, index, words);
        if (command.Via.IsEmpty || !words.Any(w => w.Value is null && IsPlace(w)))
            return words;
        if (command.Via[^1].StartsWith("find ", StringComparison.Ordinal)
            && Before(line, index, "find") is { } find)
            return Replaced(words, ListedFiles.Found(find.Arguments));
        if (command.Via[^1] == "xargs" && Source(line, index) is { } source)
            return Replaced(words, source);
        return words;
    }

    /// <summary>True for a word whose names come from a list of files, and may begin with a dash.</summary>
    public static bool IsListed(ResolvedArgument word) => word.Value is null && word.Text == ListedFiles.Everything;

    static bool IsPlace(ResolvedArgument word) => word.Text is "{}" or "the lines xargs reads";

    static ImmutableArray<ResolvedArgument> Replaced(
        ImmutableArray<ResolvedArgument> words, ImmutableArray<string> patterns) =>
        [.. words.SelectMany(w => w.Value is null && IsPlace(w)
            ? patterns.Select(ListedFiles.Word)
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

    static ImmutableArray<string>? Source(ResolvedLine line, int index)
    {
        if (Before(line, index, "xargs") is not { } xargs)
            return null;
        var at = line.Commands.IndexOf(xargs);
        return ListedFiles.Feeding(line.Flows, at) is { } from ? ListedFiles.Of(line.Commands, line.Flows, from) : null;
    }

    // `wc -l $(git ls-files)`: the last command of the substitution is the one that puts out the names.
    static ImmutableArray<ResolvedArgument> Substituted(
        ResolvedLine line, int index, ImmutableArray<ResolvedArgument> words)
    {
        if (words.Count(IsSubstitution) != 1)
            return words;
        var inside = line.Flows.Where(f => f.To == index && f.Kind == FlowKind.Substitution)
            .Select(f => f.From).ToHashSet();
        if (inside.Count == 0)
            return words;
        // Nothing but this one pipeline puts anything out.
        var last = inside.Max();
        for (int? at = last; at is { } one && inside.Remove(one);)
            at = ListedFiles.Feeding(line.Flows, one);
        if (inside.Count > 0 || ListedFiles.Of(line.Commands, line.Flows, last) is not { } patterns)
            return words;
        return [.. words.SelectMany(w => IsSubstitution(w) ? patterns.Select(ListedFiles.Word) : [w])];
    }

    static bool IsSubstitution(ResolvedArgument word) => word.Value is null && word.IsMany && word.Prefix.Length == 0
        && word.Text is ['$', '(', not '(', .., ')'] or ['`', .., '`'];
}

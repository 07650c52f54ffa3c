using System.Collections.Immutable;
using Writ.Shell.Syntax;

namespace Writ.Shell.Resolving;

/// <summary>Which files the names stand for that a command puts out, as patterns below the folders that it looks
/// through.</summary>
static class ListedFiles
{
    /// <summary>Any name below the working directory.</summary>
    public const string Everything = "**";

    const int HopsMax = 8;

    /// <summary>A word that one of the names takes the place of.</summary>
    public static ResolvedArgument Word(string pattern) =>
        new(null, pattern == Everything ? "" : pattern[..1], IsMany: true, pattern);

    /// <summary>True for a list of commands that is one pipeline of plain commands.</summary>
    public static bool IsPlain(CommandList? body) => body?.Items is [{ Links: [var link] }]
        && link.Pipeline.Stages.All(s => s.Command is SimpleCommand);

    /// <summary>The one command whose output this one reads; null when there is none, or several.</summary>
    public static int? Feeding(IReadOnlyList<CommandFlow> flows, int to)
    {
        int? found = null;
        foreach (var flow in flows)
            if (flow.To == to && flow.Kind == FlowKind.Pipe)
            {
                if (found is not null)
                    return null;
                found = flow.From;
            }
        return found;
    }

    /// <summary>Of the command with this number; null when it does not list files, or not only files below.</summary>
    public static ImmutableArray<string>? Of(
        IReadOnlyList<ResolvedCommand> commands, IReadOnlyList<CommandFlow> flows, int at)
    {
        for (var hops = 0; hops < HopsMax; hops++)
        {
            var source = commands[at];
            switch (source.Program)
            {
                // It puts out something else than names.
                case "find" when source.Arguments.Any(a => a.Value is "-exec" or "-execdir" or "-ok" or "-okdir"
                    or "-printf" or "-ls"):
                    return null;
                case "find":
                    return Found(source.Arguments);
                // Names as they are given, and those in folders without them.
                case "ls" when source.Arguments.Skip(1).All(a => a.Value is not null || GlobText.IsGlob(a)):
                    return [.. source.Arguments.Skip(1).Where(a => a.Value is null or not ['-', ..])
                        .Select(a => a.Value ?? a.Text), Everything];
                // These pass some of the names on.
                case "sort" or "head" or "tail" or "uniq" or "grep" when !source.Arguments.Any(
                    a => a.Value is null or "-l" or "-r" or "-rl" or "-o"):
                    if (Feeding(flows, at) is not { } from)
                        return null;
                    at = from;
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

    /// <summary>What <c>find</c> finds: each folder with each pattern of names; without one, everything
    /// below.</summary>
    public static ImmutableArray<string> Found(ImmutableArray<ResolvedArgument> find)
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

    // Nothing it is given leads out of the working directory.
    static bool IsInside(ImmutableArray<ResolvedArgument> words) => words.All(
        w => w.Value is { } text && !text.StartsWith('/') && !text.StartsWith('~')
            && !text.StartsWith("-C", StringComparison.Ordinal)
            && !text.Contains("..", StringComparison.Ordinal));
}

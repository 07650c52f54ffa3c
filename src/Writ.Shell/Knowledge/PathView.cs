using System.Collections.Immutable;
using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>Paths as one command sees them, and what touching them means.</summary>
/// <param name="Start">The absolute directory in which the line starts.</param>
/// <param name="Directory">The one in which the command runs; null when it is not known.</param>
/// <param name="Root">The work tree.</param>
public sealed record PathView(string Start, string? Directory, string Root)
{
    public PathView(string start, string? directory) : this(start, directory, start)
    {
    }

    /// <summary>What is in saved plans, by their absolute paths.</summary>
    public ImmutableDictionary<string, PlanFact> Plans { get; init; } = ImmutableDictionary<string, PlanFact>.Empty;

    /// <summary>Where the command runs if the change of directory before it did not fail; null when nothing is known of
    /// it.</summary>
    public string? Tried { get; init; }

    /// <summary>The command runs in the work tree; a folder that is not known is not in it.</summary>
    public bool IsInRoot => Directory is { } here
        && (here == Root || here.StartsWith(Root.TrimEnd('/') + "/", StringComparison.Ordinal));

    /// <summary>Stands for a home directory that is not known; it cannot be a real one.</summary>
    public const string UnknownHome = "/~";

    /// <summary>The path as it is recorded: as written when it is seen from where the line starts, otherwise absolute;
    /// null when it depends on a directory that is not known.</summary>
    public string? Seen(string path)
    {
        if (path.StartsWith(UnknownHome, StringComparison.Ordinal))
            return ShellPath.Combine("/", path)[1..];
        if (path.StartsWith('/') || Directory == Start)
            return path;
        return Directory is null ? null : ShellPath.Combine(Directory, path);
    }

    internal void Add(WordRole role, ResolvedArgument word, List<ProgramEffect> effects, List<UnknownPart> unknown)
    {
        var verb = role switch
        {
            WordRole.Reads or WordRole.Lists => KnownVerbs.FsRead,
            WordRole.Writes or WordRole.Empties or WordRole.Unpacks => KnownVerbs.FsWrite,
            WordRole.Deletes => KnownVerbs.FsDelete,
            _ => KnownVerbs.FsPurge,
        };
        var isGlob = GlobText.IsGlob(word);
        if ((word.Value ?? (isGlob ? word.Text : null)) is not { } text)
        {
            // The output of a substitution, which has been judged where it runs.
            if (word.Prefix.StartsWith("/dev/fd/", StringComparison.Ordinal))
                return;
            effects.Add(ProgramEffect.Of(verb, word.Text));
            if (PathKinds.LooksSecret(word.Text.Trim('"')))
                effects.Add(ProgramEffect.Of(KnownVerbs.SecretRead, word.Text));
            if (role != WordRole.Lists)
                unknown.Add(new UnknownPart(word.Text, "which file is meant is not known"));
            return;
        }
        if (role is WordRole.Deletes or WordRole.Purges && text.StartsWith("/dev/", StringComparison.Ordinal))
        {
            AddKnown(role, verb, text, isGlob, effects);
            return;
        }
        if (text is "-" or "/dev/null" or "/dev/stdin" or "/dev/stdout" or "/dev/stderr" or "/dev/tty"
            || text.StartsWith("/dev/fd/", StringComparison.Ordinal))
            return;
        var path = Seen(text);
        if (path is null)
        {
            effects.Add(ProgramEffect.Of(verb, text));
            if (role == WordRole.Lists)
                return;
            unknown.Add(new UnknownPart(text, "in which directory it is looked for is not known"));
            AddKnown(role, verb, Tried is null ? text : ShellPath.Combine(Tried, text), isGlob, effects);
            return;
        }
        AddKnown(role, verb, path, isGlob, effects);
    }

    /// <summary>A folder into which files go whose names are not in the line: hooks may be among them.</summary>
    internal void AddPlanted(ResolvedArgument folder, List<ProgramEffect> effects)
    {
        if (folder.Value is not { } text || Seen(text) is not { } path
            || ShellPath.Combine(Directory ?? Start, path) is var absolute
                && (IsAboveHooks(absolute) || PathKinds.IsPlanted(absolute)))
            effects.Add(ProgramEffect.Of(KnownVerbs.CodePlant, folder.Value ?? folder.Text));
    }

    void AddKnown(WordRole role, string verb, string path, bool isGlob, List<ProgramEffect> effects)
    {
        // What a build makes again is no loss; a file of data, or many files, are.
        var isRebuilt = PathKinds.IsRebuilt(path) && !path.Contains("..", StringComparison.Ordinal);
        if (role == WordRole.Purges && isRebuilt)
            verb = KnownVerbs.FsDelete;
        // A descriptor may be opened for later output.
        if (role == WordRole.Empties && !isRebuilt)
            verb = KnownVerbs.FsPurge;
        if (role == WordRole.Deletes && !isRebuilt && !PathKinds.IsPassing(path) && (isGlob || PathKinds.IsData(path)))
            verb = KnownVerbs.FsPurge;
        effects.Add(ProgramEffect.Of(verb, path));
        var absolute = ShellPath.Combine(Directory ?? Start, path);
        if (role is not WordRole.Lists
            && ((isGlob ? PathKinds.MayNameSecret(absolute) : PathKinds.LooksSecret(absolute))
                || (role == WordRole.Reads && IsAboveSecrets(path, absolute))))
            effects.Add(ProgramEffect.Of(KnownVerbs.SecretRead, path));
        if (role is WordRole.Writes or WordRole.Empties && IsDevice(absolute))
            effects.Add(ProgramEffect.Of(KnownVerbs.FsPurge, path));
        // Hooks, or the files of a build server, may be among what is put there.
        if (role == WordRole.Unpacks && IsAboveHooks(absolute))
            effects.Add(ProgramEffect.Of(KnownVerbs.CodePlant, path));
        if (role is WordRole.Writes or WordRole.Unpacks or WordRole.Empties or WordRole.Deletes or WordRole.Purges
            && PathKinds.IsPlanted(absolute))
            effects.Add(ProgramEffect.Of(KnownVerbs.CodePlant, path));
    }

    bool IsAboveHooks(string absolute) => Root == absolute
        || Root.StartsWith(absolute.TrimEnd('/') + "/", StringComparison.Ordinal)
        || !absolute.StartsWith(Root.TrimEnd('/') + "/", StringComparison.Ordinal);

    static bool IsDevice(string path) => path.StartsWith("/dev/", StringComparison.Ordinal)
        && _devices.Any(d => path.StartsWith(d, StringComparison.Ordinal));

    static readonly string[] _devices =
    [
        "/dev/sd", "/dev/hd", "/dev/vd", "/dev/xvd", "/dev/nvme", "/dev/mmcblk", "/dev/mapper/", "/dev/disk/",
        "/dev/dm-", "/dev/md", "/dev/loop", "/dev/mem", "/dev/kmem",
    ];

    // To read one of these folders is to read all that is in it.
    static bool IsAboveSecrets(string path, string absolute) =>
        path is "~" || absolute is "/" or "/root" or "/home" or "/etc" or "/var" or "/proc" or "/run" or "/mnt"
            || (path.StartsWith('~') && path is "~/" or "~/.config" or "~/.config/" or "~/." or "~/..")
            || (absolute.StartsWith("/home/", StringComparison.Ordinal) && absolute.LastIndexOf('/') == "/home".Length);
}

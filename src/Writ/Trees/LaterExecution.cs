using System.Text.Json;
using Writ.Shell.Knowledge;

namespace Writ.Trees;

/// <summary>
/// Paths that other programs run, load or obey by themselves, later and outside of any sandbox: hooks, shell start
/// files, editor and assistant settings, pipelines. What a person starts by its name (a make target, a script) is not
/// among them: they see in the list that it changed. The list is the one by which commands are judged; inside of a
/// repository's own folder only what git does not merely store counts, or every commit would need a person.
/// </summary>
public static class LaterExecution
{
    // What git writes there in its ordinary work and never runs or obeys.
    static readonly ImmutableHashSet<string> _gitFiles =
    [
        "HEAD", "ORIG_HEAD", "FETCH_HEAD", "MERGE_HEAD", "MERGE_MODE", "MERGE_MSG", "CHERRY_PICK_HEAD", "REVERT_HEAD",
        "AUTO_MERGE", "COMMIT_EDITMSG", "SQUASH_MSG", "packed-refs", "index", "description", "shallow",
    ];

    static readonly ImmutableHashSet<string> _gitFolders = ["objects", "refs", "logs"];

    // What installing packages runs of a package itself (docs.npmjs.com, "Life Cycle Operation Order"; pnpm and yarn
    // run the same).
    static readonly ImmutableArray<string> _installScripts =
        ["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare", "dependencies"];

    const string Manifest = "package.json";

    /// <param name="path">Below the work tree.</param>
    /// <param name="kind">What is there: a repository's folder itself is harmless, a file or link in its place is not.
    /// </param>
    public static bool Applies(string path, EntryKind kind)
    {
        var parts = path.Split('/');
        var git = Array.FindIndex(parts, p => p.Equals(".git", StringComparison.OrdinalIgnoreCase));
        return git < 0 ? PathKinds.IsPlanted(path)
            : git == parts.Length - 1 ? kind != EntryKind.Directory
            : InRepository(parts.AsSpan(git + 1), kind);
    }

    /// <summary>
    /// True for a folder in which git finds a repository, whatever its name is: a bare one, or one that was put there.
    /// </summary>
    /// <param name="has">Whether it has an entry of this name.</param>
    public static bool IsRepository(Func<string, bool> has) => has("HEAD") && has("objects") && has("refs");

    /// <summary>Why a path in a folder that git takes for a repository executes later, or null.</summary>
    /// <param name="inside">Below that folder.</param>
    public static string? InRepository(string inside, EntryKind kind) =>
        InRepository(inside.Split('/'), kind) ? "git runs or obeys it in this repository" : null;

    /// <summary>True for a file of which the content says whether it executes later.</summary>
    public static bool DependsOnContent(string path) =>
        path.AsSpan(path.LastIndexOf('/') + 1).Equals(Manifest, StringComparison.OrdinalIgnoreCase);

    /// <summary>Why such a file executes later; null when nothing of what does has changed.</summary>
    /// <param name="before">Null when there was none.</param>
    /// <param name="after">Null when it is no text, or too long to be looked at.</param>
    public static string? InContent(string? before, string? after)
    {
        if (after is null || Scripts(after) is not { } now)
            return "installing packages may run its scripts";
        var old = before is null ? null : Scripts(before);
        foreach (var name in _installScripts)
            if (now.TryGetValue(name, out var script) && old?.GetValueOrDefault(name) != script)
                return $"installing packages runs its '{name}' script";
        return null;
    }

    static bool InRepository(ReadOnlySpan<string> inside, EntryKind kind) => inside switch
    {
        // A link in their place leads to other attributes.
        ["info"] => kind != EntryKind.Directory,
        ["info", "exclude"] => false,
        [var name] => !_gitFiles.Contains(name) && !_gitFolders.Contains(name),
        [var folder, ..] => !_gitFolders.Contains(folder),
        _ => false,
    };

    // Null for what nobody can read as a manifest; what is no script of a string runs nothing.
    static ImmutableDictionary<string, string>? Scripts(string text)
    {
        try
        {
            using var manifest = JsonDocument.Parse(text);
            if (manifest.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            var scripts = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
            foreach (var member in manifest.RootElement.EnumerateObject())
                if (member.NameEquals("scripts") && member.Value.ValueKind == JsonValueKind.Object)
                    foreach (var script in member.Value.EnumerateObject())
                        scripts[script.Name] = script.Value.GetRawText();
            return scripts.ToImmutable();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

using Writ.Requests;
using Writ.Shell.Knowledge;
using Writ.Shell.Resolving;

namespace Writ.Shell;

/// <summary>
/// What a line would do behind links: to touch a link is to touch what it leads to. Where links lead is a fact that the
/// server found on disk, or follows from an <c>ln -s</c> earlier in the same line.
/// </summary>
static class LinkedEffects
{
    const string Everywhere = "/";

    /// <summary>The further effects, and where links lead nobody knows where.</summary>
    public static (ImmutableArray<ProgramEffect> Effects, ImmutableArray<Unresolved> Unresolved) Of(
        JudgedLine line, Request request)
    {
        var files = request.Files ?? [];
        var made = MadeHere(line, request.Cwd);
        if (files.IsEmpty && made.Count == 0)
            return ([], []);
        var found = new List<ProgramEffect>();
        foreach (var effect in line.Effects)
            foreach (var file in files)
                if (file.Real is { } real && Behind(effect, file.Path, real, request.Cwd) is { } path)
                    Add(found, effect, path);
        foreach (var (at, link, target) in made)
            for (var i = at + 1; i < line.Commands.Length; i++)
                foreach (var effect in line.Commands[i].Effects)
                    if (Behind(effect, link, target, request.Cwd) is { } path)
                        Add(found, effect, path);
        return (
            [.. found.Distinct()],
            [.. files.Where(f => f.Real is null).Select(f => new Unresolved(
                f.Path == Everywhere ? "links" : f.Path, "where the links on this path lead is not known"))]);
    }

    static void Add(List<ProgramEffect> found, ProgramEffect effect, string path)
    {
        found.Add(effect with { Object = path });
        if (effect.Verb == Verbs.FsRead && Paths.LooksSecret(path))
            found.Add(ProgramEffect.Of(Verbs.SecretRead, path));
        if (Verbs.IsWrite(effect.Verb) && PathKinds.IsPlanted(path))
            found.Add(ProgramEffect.Of(Verbs.CodePlant, path));
    }

    // Null when the effect is not on the link, on what lies below it, or on a pattern that may choose it.
    static string? Behind(ProgramEffect effect, string link, string target, string cwd)
    {
        if (link == target || !IsOfFiles(effect.Verb) || effect.Object.StartsWith('~') || effect.Object.Length == 0)
            return null;
        var path = Paths.Normalize(cwd, effect.Object);
        if (Paths.IsWithin(link, path))
            return Paths.Normalize("/", target + path[link.Length..]);
        if (path.AsSpan().IndexOfAny("*?[") < 0)
            return null;
        // As many parts of the pattern as the link has may choose it; what is left lies behind it.
        var end = 0;
        foreach (var _ in link.Where(c => c == '/'))
            if (end < path.Length)
                end = path.IndexOf('/', end + 1) is > 0 and var next ? next : path.Length;
        return GlobText.MayMatch(path[..end], link) ? Paths.Normalize("/", target + path[end..]) : null;
    }

    static bool IsOfFiles(string verb) => verb.StartsWith("fs.", StringComparison.Ordinal)
        || verb is Verbs.SecretRead or Verbs.CodePlant or Verbs.CodeRun;

    // `ln -s TARGET LINK`: what comes after it sees TARGET, also where LINK is a folder that the link is put into.
    static List<(int At, string Link, string Target)> MadeHere(JudgedLine line, string cwd)
    {
        var made = new List<(int, string, string)>();
        for (var i = 0; i < line.Commands.Length; i++)
        {
            var command = line.Commands[i].Command;
            if (command.Program is not { } program || Paths.Name(program) != "ln"
                || !command.Arguments.Any(a => a.Value is "--symbolic" or ['-', not '-', ..] and not null
                    && a.Value.Contains('s', StringComparison.Ordinal)))
                continue;
            var words = command.Arguments.Skip(1).Select(a => a.Value)
                .Where(v => v is not ['-', _, ..]).ToArray();
            var here = command.Directory ?? cwd;
            if (words is not [{ } first, ..] || words.Contains(null))
                continue;
            var link = words.Length > 1 ? words[^1]! : Paths.Name(first);
            var place = Paths.Normalize(here, link);
            foreach (var target in words.Length > 1 ? words[..^1] : words)
            {
                var folder = place.Length > 1 ? place[..Math.Max(1, place.LastIndexOf('/'))] : "/";
                made.Add((i, place, Paths.Normalize(folder, target!)));
                made.Add((i, Paths.Normalize(place, Paths.Name(target!)), Paths.Normalize(place, target!)));
            }
        }
        return made;
    }
}

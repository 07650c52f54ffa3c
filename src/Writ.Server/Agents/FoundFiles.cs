using System.Collections.Immutable;
using Writ.Linux;
using Writ.Requests;
using Writ.Sessions;
using Writ.Shell;
using Writ.Shell.Knowledge;
using Writ.Shell.Resolving;

namespace Writ.Server.Agents;

/// <summary>
/// What the paths of a command are on this disk, at this moment: where links lead, and what a script of the work tree
/// contains. Each count has a bound; beyond it the request says that it is not known.
/// </summary>
static class FoundFiles
{
    const int PathsMax = 128;
    const int DigestsMax = 16;
    const int NamesMax = 4_096;
    const int LinksMax = 64;
    const int CharsMax = 8_000;

    // Of these the answer would be of this process, not of the run.
    static readonly ImmutableArray<string> _own = ["/proc", "/dev", "/sys"];

    // Paths, in the order found; what is said once of a path holds.
    sealed class Found(string tree, ExecutableDigests digests)
    {
        readonly Dictionary<string, FileFact> _facts = new(StringComparer.Ordinal);
        int _digests;
        int _chars;

        public bool IsInTree(string real) => Paths.IsWithin(tree, real);

        public bool IsFull => _facts.Count >= RequestRules.FilesMax - 1 || _chars > CharsMax;

        public ImmutableArray<FileFact>? Facts(bool isWhole)
        {
            if (!isWhole || IsFull)
                _facts["/"] = new FileFact("/", null, null);
            return _facts.Count == 0
                ? null
                : [.. _facts.Values.OrderBy(f => f.Path, StringComparer.Ordinal)];
        }

        public void Add(FileFact plan)
        {
            if (IsFull)
                return;
            _facts[plan.Path] = plan;
            _chars += plan.Path.Length;
        }

        public void Add(string path, string? real, bool isCode)
        {
            if (IsFull || (_facts.TryGetValue(path, out var known) && !(isCode && known.Digest is null)))
                return;
            var digest = isCode && real is not null && Paths.IsWithin(tree, real) && _digests++ < DigestsMax
                ? digests.TryDigest(real)
                : null;
            if (real == path && digest is null)
                return;
            _facts[path] = new FileFact(path, real, digest);
            _chars += path.Length + (real?.Length ?? 0) + (digest?.Length ?? 0);
        }
    }

    /// <param name="tree">The work tree with its links followed.</param>
    public static ImmutableArray<FileFact>? Of(
        Request request, SessionTerms terms, string tree, ProgramKnowledge known, ExecutableDigests digests)
    {
        var found = new Found(tree, digests);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var facts = RequestFacts.Of(request, terms, known);
        var appliesPlans = facts.Judged?.Commands.Any(
            c => c.Command.Program is { } program && Paths.Name(program) is "terraform" or "tofu") == true;
        foreach (var effect in facts.Effects)
        {
            var isCode = effect.Verb == Verbs.CodeRun;
            if (!(isCode || effect.Verb.StartsWith("fs.", StringComparison.Ordinal)
                || effect.Verb is Verbs.SecretRead or Verbs.CodePlant)
                || effect.Object.Length == 0 || effect.Object[0] == '~' || effect.Object.Contains('\0')
                || !seen.Add($"{isCode} {effect.Object}"))
                continue;
            if (seen.Count > PathsMax)
                return found.Facts(isWhole: false);
            Look(found, request.Cwd, effect.Object, isCode, appliesPlans && effect.Verb == Verbs.FsRead);
        }
        return found.Facts(isWhole: true);
    }

    static void Look(Found found, string directory, string written, bool isCode, bool appliesPlans)
    {
        var path = Paths.Normalize(directory, written);
        if (_own.Any(o => Paths.IsWithin(o, path)))
            return;
        if (isCode)
        {
            // Code that is no file is told apart from a script by there being one.
            if (RealPaths.Resolve(directory, written) is { } script && Files.TryFacts(script) is { IsRegular: true })
                found.Add(path, script, isCode: true);
            return;
        }
        if (appliesPlans && RealPaths.Resolve(directory, written) is { } file && found.IsInTree(file)
            && PlanFiles.TryRead(path, file) is { } plan)
        {
            found.Add(plan);
            return;
        }
        var star = written.AsSpan().IndexOfAny("*?[");
        if (star < 0)
        {
            found.Add(path, RealPaths.Resolve(directory, written), isCode: false);
            return;
        }
        var slash = written.LastIndexOf('/', star);
        var folder = slash < 0 ? "." : slash == 0 ? "/" : written[..slash];
        var real = RealPaths.Resolve(directory, folder);
        found.Add(Paths.Normalize(directory, folder), real, isCode: false);
        if (real is not null)
            LookInto(found, Paths.Normalize(directory, folder), real, UpTo(path, Paths.Normalize(directory, folder)));
    }

    // The part of a pattern that chooses in this folder.
    static string UpTo(string pattern, string folder)
    {
        var from = folder.Length == 1 ? 1 : folder.Length + 1;
        var end = from < pattern.Length ? pattern.IndexOf('/', from) : -1;
        return end < 0 ? pattern : pattern[..end];
    }

    // The links that a pattern may choose in one folder.
    static void LookInto(Found found, string folder, string real, string pattern)
    {
        if (!Directory.Exists(real))
            return;
        var (names, links) = (0, 0);
        try
        {
            foreach (var entry in new DirectoryInfo(real).EnumerateFileSystemInfos())
            {
                if (++names > NamesMax || links > LinksMax)
                {
                    found.Add(folder + "/", null, isCode: false);
                    return;
                }
                if (entry.LinkTarget is null
                    || !GlobText.MayMatch(pattern, folder.TrimEnd('/') + "/" + entry.Name))
                    continue;
                links++;
                found.Add(folder.TrimEnd('/') + "/" + entry.Name, RealPaths.Resolve(real, entry.Name), isCode: false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            found.Add(folder + "/", null, isCode: false);
        }
    }
}

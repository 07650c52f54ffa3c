using System.Globalization;
using Writ.Linux;

namespace Writ.Server.Running;

/// <summary>
/// What a session's user is shown before anything is started as it: the work tree and the further paths as its own, at
/// their places, through folders that are closed to everybody else; and without namespaces a scratch space, a home and
/// a /proc of its own. The launcher's stage <c>own</c> does it.
/// </summary>
static class SessionQuarters
{
    /// <summary>The user's home without a sandbox around it.</summary>
    internal const string Home = "/home/agent";

    const int AnyoneSearches = 1;

    // What each sandbox has in memory too.
    static readonly string[] _scratch = ["/tmp", "/dev/shm", "/home"];

    /// <summary>Which of these folders the host has: those that a run without namespaces gets anew.</summary>
    internal static IEnumerable<string> Scratch => _scratch.Where(
        path => Files.TryFacts(path) is { IsDirectory: true } && SandboxLayout.RealPath(path) == path);

    /// <summary>The paths whose files are to be the user's, so that the outer of two comes first.</summary>
    internal static List<string> Mapped(RunPlan plan) =>
    [
        .. plan.ReadOnlyPaths.Append(plan.WorkTree).Distinct(StringComparer.Ordinal).OrderBy(path => path.Length),
    ];

    /// <param name="kept">What lies where nobody else can go, and where it is shown.</param>
    /// <param name="needed">Files of the host that the launcher reads afterwards.</param>
    /// <param name="etc">The generated part of /etc, for a run without a sandbox; else null.</param>
    internal static List<string> Steps(
        RunPlan plan, IEnumerable<(string From, string At)> kept, IEnumerable<string> needed, string? etc)
    {
        var mapped = Mapped(plan);
        string[] scratch = etc is null ? [] : [.. Scratch];
        var size = plan.Limits.ScratchBytesMax.ToString(CultureInfo.InvariantCulture);
        List<(string Kind, string What, string Place)> steps =
        [
            .. scratch.Select(path => ("scratch", size, path)),
            .. Closed(mapped, scratch).Select(path => ("room", "-", path)),
            .. scratch.Contains("/home") ? [("home", "-", Home)] : ((string, string, string)[])[],
            .. mapped.Select(
                path => (path == plan.WorkTree && plan.WorkTreeWritable ? "map" : "map-read", path, path)),
            .. kept.Select(pair => ("map", pair.From, pair.At)),
        ];
        if (etc is not null)
        {
            steps.AddRange(needed.Where(path => scratch.Any(s => SandboxLayout.IsWithin(path, s)))
                .Select(path => ("show", path, path)));
            steps.AddRange(EtcFiles.Names.Select(name => (Name: name, Place: $"/etc/{name}"))
                .Where(file => Files.TryFacts(file.Place) is { IsRegular: true }
                    && SandboxLayout.RealPath(file.Place) == file.Place)
                .Select(file => ("show", Path.Combine(etc, file.Name), file.Place)));
            steps.Add(("processes", "-", "/proc"));
        }
        return
        [
            steps.Count.ToString(CultureInfo.InvariantCulture),
            .. steps.SelectMany(step => (string[])[step.Kind, step.What, step.Place]),
        ];
    }

    // The outermost folder on the way to each path that others cannot pass: it is covered by one that they can, which
    // has nothing in it but that way.
    internal static IEnumerable<string> Closed(IEnumerable<string> paths, string[] covered) =>
        paths.Select(path => Above(path).FirstOrDefault(folder =>
                covered.Any(c => SandboxLayout.IsWithin(folder, c))
                || ((Files.TryFacts(folder)?.Mode ?? 0) & AnyoneSearches) == 0))
            .OfType<string>()
            .Where(folder => !covered.Any(c => SandboxLayout.IsWithin(folder, c)))
            .Distinct(StringComparer.Ordinal);

    static IEnumerable<string> Above(string path)
    {
        for (var slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
            yield return path[..slash];
    }
}

using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Writ.Findings;
using Writ.Linux;
using Writ.Shell;

namespace Writ.Server.Findings;

/// <summary>How far one search goes. What is beyond is said to be, and settles nothing.</summary>
/// <param name="Fresh">What was searched so lately is not searched again.</param>
/// <param name="FreshWhereRefused">The same, where a search decides whether something may be done.</param>
public sealed record SearchLimits(
    int Files, int FileBytes, long Bytes, int Depth, TimeSpan Time, TimeSpan Fresh, TimeSpan FreshWhereRefused)
{
    /// <summary>Names of one folder: its owner may have put millions there, and each takes memory.</summary>
    public int Names { get; init; } = 20_000;

    /// <summary>Nothing is searched.</summary>
    public static SearchLimits None { get; } = new(0, 0, 0, 0, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);

    public static SearchLimits Usual { get; } = new(
        5_000, 64 * 1024, 16L << 20, 16, TimeSpan.FromMilliseconds(700), TimeSpan.FromMinutes(10),
        TimeSpan.FromSeconds(15));
}

/// <summary>What a search found, and whether it looked at everything.</summary>
public sealed record Searched(ImmutableArray<SeenSecret> Secrets, bool Complete);

/// <summary>
/// Looks for secrets where an agent can read. The tree is somebody else's: nothing is followed, nothing of another
/// owner is read, and of what is found only place, shape and fingerprint leave this class.
/// </summary>
public sealed class SecretSearch(SecretPrints prints)
{
    const int PlaceMax = FindingDecider.PlaceMax;
    const int EnvironmentBytesMax = 256 * 1024;
    const int SampleBytes = 1_024;

    // Made by tools, and much: whatever is in there was fetched.
    static readonly ImmutableHashSet<string> _skipped =
        ["node_modules", "vendor", "target", "dist", "build", "bin", "obj", "__pycache__", ".venv", "venv", ".cache"];

    // In the home directory only these are looked at, wherever they lie in it.
    static readonly ImmutableArray<string> _atHome =
    [
        ".env", ".npmrc", ".pypirc", ".netrc", ".git-credentials", ".pgpass", ".my.cnf", ".vault-token",
        ".aws/credentials", ".config/gh/hosts.yml", ".docker/config.json", ".kube/config",
    ];

    /// <summary>A work tree, of this user.</summary>
    public Searched InTree(string path, int uid, SearchLimits limits)
    {
        var walk = new Walk(prints, uid, limits);
        try
        {
            using var top = TreeFolder.Open(path);
            if (top.TryFacts(".") is not { } facts || facts.OwnerUid != uid)
                return new Searched([], Complete: false);
            walk.Into(top);
        }
        catch (Exception e) when (e is LinuxFaultException or IOException or UnauthorizedAccessException)
        {
            walk.IsComplete = false;
        }
        return walk.Found();
    }

    /// <summary>The well-known places in the home of this user.</summary>
    public Searched AtHome(string home, int uid, SearchLimits limits)
    {
        var walk = new Walk(prints, uid, limits);
        try
        {
            using var top = TreeFolder.Open(home);
            foreach (var place in _atHome)
                walk.Alone(() => walk.AtHome(top, place));
        }
        catch (Exception e) when (e is LinuxFaultException or IOException or UnauthorizedAccessException)
        {
            walk.IsComplete = false;
        }
        return walk.Found();
    }

    /// <summary>The variables of a process, which is of this user.</summary>
    public Searched InEnvironment(int pid, int uid)
    {
        try
        {
            using var folder = TreeFolder.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}"));
            if (folder.TryFacts(".")?.OwnerUid != uid)
                return new Searched([], Complete: false);
            using var file = folder.TryRead("environ");
            if (file is null)
                return new Searched([], Complete: false);
            var found = ImmutableArray.CreateBuilder<SeenSecret>();
            foreach (var variable in Encoding.UTF8.GetString(Beginning(file, EnvironmentBytesMax))
                .Split('\0', StringSplitOptions.RemoveEmptyEntries))
                if (variable.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
                    && LeakShapes.InVariable(variable[..at], variable[(at + 1)..]) is { } secret
                    && found.Count < FindingDecider.SecretsMax)
                    found.Add(new SeenSecret(Shown(variable[..at]), secret.Shape, prints.Of(secret.Value)));
            return new Searched(found.ToImmutable(), Complete: true);
        }
        catch (Exception e) when (e is LinuxFaultException or IOException or UnauthorizedAccessException)
        {
            // Gone, or not ours to read.
            return new Searched([], Complete: false);
        }
    }

    // It may grow while it is read.
    static byte[] Beginning(Descriptor file, int most)
    {
        var bytes = new byte[most];
        var length = 0;
        while (length < most && file.Read(bytes.AsSpan(length)) is > 0 and var count)
            length += count;
        return bytes[..length];
    }

    static string Shown(string place)
    {
        var text = VisibleText.Of(place);
        return text.Length <= PlaceMax ? text : string.Concat("...", text.AsSpan(text.Length - PlaceMax + 3));
    }

    sealed class Walk(SecretPrints prints, int uid, SearchLimits limits)
    {
        readonly ImmutableArray<SeenSecret>.Builder _found = ImmutableArray.CreateBuilder<SeenSecret>();
        readonly long _began = Stopwatch.GetTimestamp();
        int _files;
        long _bytes;

        public bool IsComplete { get; set; } = true;

        public Searched Found() => new(_found.ToImmutable(), IsComplete);

        // Level by level, so that what lies near the top is seen first.
        public void Into(TreeFolder top)
        {
            var level = new List<string> { "" };
            for (var depth = 0; level.Count > 0; depth++)
            {
                var next = new List<string>();
                foreach (var path in level)
                {
                    if (IsOver())
                        return;
                    Alone(() =>
                    {
                        // Opened one at a time: a wide tree takes no descriptors.
                        using var folder = top.TryEnter(path);
                        if (folder is not null)
                            Folder(folder, path, next);
                    });
                }
                if (depth == limits.Depth && next.Count > 0)
                {
                    IsComplete = false;
                    return;
                }
                level = next;
            }
        }

        /// <summary>Whoever laid the tree out chooses what cannot be read, and must not choose by it what is not
        /// looked at.</summary>
        public void Alone(Action look)
        {
            try
            {
                look();
            }
            catch (Exception e) when (e is LinuxFaultException or IOException or UnauthorizedAccessException)
            {
                IsComplete = false;
            }
        }

        public void AtHome(TreeFolder home, string place)
        {
            var cut = place.LastIndexOf('/');
            using var folder = cut < 0 ? home.TryEnter("") : home.TryEnter(place[..cut]);
            if (folder is not null)
                Look(folder, place[(cut + 1)..], "~/" + place);
        }

        void Folder(TreeFolder folder, string path, List<string> next)
        {
            var names = folder.Names().Take(limits.Names + 1).ToList();
            IsComplete &= names.Count <= limits.Names;
            foreach (var name in names.Order(StringComparer.Ordinal))
            {
                if (IsOver())
                    return;
                Alone(() => Name(folder, name, path.Length == 0 ? name : $"{path}/{name}", next));
            }
        }

        void Name(TreeFolder folder, string name, string whole, List<string> next)
        {
            if (folder.TryFacts(name) is not { } facts)
                return;
            if (facts.IsDirectory && name == ".git")
            {
                // Addresses of remotes may hold passwords; the rest of it is packed.
                using var git = folder.TryEnter(name);
                if (git is not null)
                    Look(git, "config", $"{whole}/config");
            }
            else if (facts.IsDirectory && !_skipped.Contains(name))
                next.Add(whole);
            else if (facts.IsRegular)
                Look(folder, name, whole);
        }

        public void Look(TreeFolder folder, string name, string whole)
        {
            if (folder.TryFacts(name) is not { IsRegular: true } facts || facts.OwnerUid != uid || facts.Size == 0)
                return;
            if (facts.Size > limits.FileBytes && !LeakShapes.IsSettings(name))
                return;
            _files++;
            using var file = folder.TryRead(name);
            // Of what was opened, whatever has the name by now.
            if (file is null || Files.Facts(file) is not { IsRegular: true } opened || opened.OwnerUid != uid)
                return;
            var bytes = Beginning(file, limits.FileBytes);
            _bytes += bytes.Length;
            IsComplete &= bytes.Length < limits.FileBytes;
            if (bytes.AsSpan(0, Math.Min(SampleBytes, bytes.Length)).Contains((byte)0))
                return;
            foreach (var secret in LeakShapes.InFile(name, Encoding.UTF8.GetString(bytes)))
                if (_found.Count < FindingDecider.SecretsMax)
                    _found.Add(new SeenSecret(
                        Shown(string.Create(CultureInfo.InvariantCulture, $"{whole}:{secret.Line}")), secret.Shape,
                        prints.Of(secret.Value)));
                else
                    IsComplete = false;
        }

        bool IsOver()
        {
            if (_files < limits.Files && _bytes < limits.Bytes && Stopwatch.GetElapsedTime(_began) < limits.Time)
                return false;
            IsComplete = false;
            return true;
        }
    }
}

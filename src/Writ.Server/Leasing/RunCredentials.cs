using System.Collections.Immutable;
using Writ.Leases;
using Writ.Server.Egress;
using Writ.Server.Running;

namespace Writ.Server.Leasing;

/// <summary>The credentials of one run on their way into its sandbox.</summary>
sealed class RunCredentials : IRunCredentials, IAsyncDisposable
{
    readonly RunNamespace _processes = new();
    readonly List<(string Folder, LeaseDoor Door)> _doors = [];
    readonly List<(string Folder, LiveFolder Live)> _renewed = [];

    public ImmutableArray<SecretFile> Files { get; private set; } = [];

    public ImmutableArray<string> Secrets { get; private set; } = [];

    /// <summary>What never reaches the sandbox: the run's way out adds it to requests.</summary>
    public ImmutableArray<HeldCredential> Outside { get; private set; } = [];

    /// <summary>Keeps one from the sandbox; false where it cannot be added to requests.</summary>
    internal bool TryKeepOutside(string profile, IssuedCredential issued)
    {
        if (!HeldCredential.IsSecret(issued.Token))
            return false;
        Outside = Outside.Add(new HeldCredential(profile, issued.Token!, issued.Fingerprint, Roots: null));
        Secrets = [.. Secrets, .. issued.Secrets];
        return true;
    }

    internal void Add(
        string profile, IssuedCredential issued, ImmutableArray<LeaseDoor> doors, LiveFolder? renewed)
    {
        var folder = Delivery.FolderOf(profile);
        Secrets = [.. Secrets, .. issued.Secrets];
        _doors.AddRange(doors.Select(d => (folder, d)));
        if (renewed is not null)
            _renewed.Add((folder, renewed));
        else
            Files = [.. Files, .. issued.Files.Select(f => new SecretFile($"{folder}/{f.Name}", f.Content))];
    }

    public ImmutableArray<(string Outside, string Inside)> Open(string directory, int uid, int gid)
    {
        var opened = ImmutableArray.CreateBuilder<(string, string)>();
        foreach (var (folder, live) in _renewed)
            opened.Add((live.Open(directory, uid, gid), folder));
        foreach (var (folder, door) in _doors)
        {
            // Two profiles may name their sockets alike.
            var own = Directory.CreateDirectory(Path.Combine(directory, $"door-{opened.Count}")).FullName;
            Linux.Files.SetMode(own, 0x1C9);
            var outside = door.Open(own, uid, gid, _processes);
            opened.Add((outside, $"{folder}/{Path.GetFileName(outside)}"));
        }
        return opened.ToImmutable();
    }

    public void Begun(int firstPid) => _processes.Begun(firstPid);

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, door) in _doors)
            await door.DisposeAsync();
        foreach (var (_, live) in _renewed)
            live.Dispose();
    }
}

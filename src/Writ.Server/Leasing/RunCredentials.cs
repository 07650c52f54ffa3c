using System.Collections.Immutable;
using Writ.Leases;
using Writ.Server.Running;

namespace Writ.Server.Leasing;

/// <summary>The credentials of one run on their way into its sandbox.</summary>
sealed class RunCredentials : IRunCredentials, IAsyncDisposable
{
    readonly RunNamespace _processes = new();
    readonly List<(string Folder, LeaseDoor Door)> _doors = [];

    public ImmutableArray<SecretFile> Files { get; private set; } = [];

    public ImmutableArray<string> Secrets { get; private set; } = [];

    internal void Add(string profile, IssuedCredential issued, LeaseDoor? door)
    {
        var folder = Delivery.FolderOf(profile);
        Files = [.. Files, .. issued.Files.Select(f => new SecretFile($"{folder}/{f.Name}", f.Content))];
        Secrets = [.. Secrets, .. issued.Secrets];
        if (door is not null)
            _doors.Add((folder, door));
    }

    public ImmutableArray<(string Outside, string Inside)> Open(string directory, int uid, int gid)
    {
        var opened = ImmutableArray.CreateBuilder<(string, string)>();
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
    }
}

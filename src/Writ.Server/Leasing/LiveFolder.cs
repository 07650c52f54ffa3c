using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Writ.Linux;

namespace Writ.Server.Leasing;

/// <summary>
/// A folder in memory that a run sees and cannot write, whose files are replaced all at once while it goes on: each
/// name leads through <c>.now</c> to the set that holds, and that link is what changes.
/// </summary>
sealed class LiveFolder(ImmutableArray<DeliveredFile> first) : IDisposable
{
    const string Prefix = "writ-";
    const string Now = ".now";
    const int PassThrough = 0x1C9;
    const int OwnerReads = 0x100;
    const long Tmpfs = 0x0102_1994;
    const string SharedMemory = "/dev/shm";

    readonly Lock _gate = new();
    ImmutableArray<DeliveredFile> _files = first;
    string? _path;
    int _uid;
    int _gid;
    int _count;
    bool _isOver;

    /// <summary>Removes what daemons of this user have left that are no more.</summary>
    public static void RemoveLeftovers()
    {
        if (!Directory.Exists(SharedMemory))
            return;
        foreach (var path in Directory.EnumerateDirectories(SharedMemory, Prefix + "*"))
            try
            {
                // writ-PID-random; the folder of a process that lives is its own.
                if (Path.GetFileName(path).Split('-') is [_, var pid, _]
                    && int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                    && !Directory.Exists($"/proc/{pid}")
                    && Files.TryFacts(path)?.OwnerUid == ThisProcess.EffectiveUid)
                    Directory.Delete(path, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another daemon was faster.
            }
    }

    /// <summary>Has the files be somewhere, for one user; where that is outside of the sandbox. Nobody can guess the
    /// name.</summary>
    /// <param name="directory">Of the run's own; they are there where that is in memory.</param>
    /// <exception cref="IOException">There is no memory that files can be in, or the lease is over.</exception>
    public string Open(string directory, int uid, int gid)
    {
        var room = new[] { directory, SharedMemory }
            .FirstOrDefault(d => Files.TryMount(d) is { FileSystemMagic: Tmpfs, ReadOnly: false })
            ?? throw new IOException($"credentials that are renewed need a tmpfs at {SharedMemory}");
        lock (_gate)
        {
            if (_isOver || _path is not null)
                throw new IOException("the credentials are over before the run has begun");
            var path = Path.Combine(room, string.Create(CultureInfo.InvariantCulture,
                $"{Prefix}{ThisProcess.Pid}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}"));
            Directory.CreateDirectory(path);
            (_path, _uid, _gid) = (path, uid, gid);
            Files.SetMode(path, PassThrough);
            Put(path);
            foreach (var file in _files)
                File.CreateSymbolicLink(Path.Combine(path, file.Name), $"{Now}/{file.Name}");
            return path;
        }
    }

    /// <summary>Has the run find these instead, from one moment to the next. Their names stay the same.</summary>
    /// <exception cref="IOException">There is no room for them.</exception>
    public void Put(ImmutableArray<DeliveredFile> files)
    {
        lock (_gate)
        {
            _files = files;
            if (_path is not null && !_isOver)
                Put(_path);
        }
    }

    /// <summary>The run finds nothing more in it. What cannot be removed just now is tried again by whoever asks, and
    /// by the next daemon.</summary>
    public bool TryRemove()
    {
        lock (_gate)
            try
            {
                _isOver = true;
                if (_path is not null && Directory.Exists(_path))
                    Directory.Delete(_path, recursive: true);
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
    }

    public void Dispose() => TryRemove();

    void Put(string path)
    {
        var own = Path.Combine(path, NameOf(++_count));
        Directory.CreateDirectory(own);
        Files.SetMode(own, PassThrough);
        foreach (var file in _files)
        {
            var name = Path.Combine(own, file.Name);
            using (var made = new FileStream(name, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead,
            }))
                made.Write(file.Content.Span);
            Files.SetMode(name, OwnerReads);
            if (_uid != ThisProcess.EffectiveUid)
                Files.ChangeOwner(name, _uid, _gid);
        }
        var next = Path.Combine(path, ".next");
        // Of a turn that failed in between.
        File.Delete(next);
        File.CreateSymbolicLink(next, NameOf(_count));
        Files.Replace(next, Path.Combine(path, Now));
        if (_count > 1)
            Directory.Delete(Path.Combine(path, NameOf(_count - 1)), recursive: true);
    }

    static string NameOf(int set) => $".{set.ToString(CultureInfo.InvariantCulture)}";
}

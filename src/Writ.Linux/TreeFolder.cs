using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Writ.Linux;

/// <summary>What one name in a folder is; nothing of it was followed.</summary>
/// <param name="Mode">The permission bits with set-user, set-group and sticky.</param>
/// <param name="IsRemovalMark">An overlay's sign that what is below is gone.</param>
/// <param name="ChangedSeconds">When anything about it last changed, by the kernel's clock.</param>
/// <param name="Links">How many names it has.</param>
/// <param name="DiskBytes">What it takes of the disk; less than its size where it has holes.</param>
public readonly record struct NameFacts(
    bool IsDirectory, bool IsRegular, bool IsLink, bool IsRemovalMark, int Mode, long Size, int OwnerUid, int OwnerGid,
    long ChangedSeconds, long ChangedNanoseconds, long Links, long DiskBytes);

/// <summary>
/// One open folder of a tree that somebody else may have laid traps in. Names are single names; nothing is ever
/// followed, neither by the way to a folder nor at its end.
/// </summary>
public sealed unsafe class TreeFolder : IDisposable
{
    const int TargetBytesMax = 4_096;
    const int AttributesBytesMax = 64 * 1024;
    const int BlockBytes = 512;
    const int OpenFlags = LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_NOFOLLOW | LibC.O_CLOEXEC;

    static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    readonly Descriptor _folder;

    TreeFolder(Descriptor folder) => _folder = folder;

    /// <summary>A tree's top, by a path that is trusted.</summary>
    public static TreeFolder Open(string path)
    {
        using var native = NativeStrings.One(path);
        var number = LibC.open(native.First, OpenFlags, 0);
        return number < 0 ? throw LinuxFaultException.Last($"open {path}") : new TreeFolder(new Descriptor(number));
    }

    /// <summary>A folder below this one; null when a part of the way is missing, no folder, or a link.</summary>
    /// <param name="path">Relative, without <c>..</c>; empty for this folder again.</param>
    public TreeFolder? TryEnter(string path)
    {
        using var native = NativeStrings.One(path.Length == 0 ? "." : path);
        var how = new LibC.open_how
        {
            flags = LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_CLOEXEC,
            resolve = LibC.RESOLVE_BENEATH | LibC.RESOLVE_NO_SYMLINKS | LibC.RESOLVE_NO_MAGICLINKS
                | LibC.RESOLVE_NO_XDEV,
        };
        var number = LibC.syscall_openat2(
            LibC.SYS_openat2, _folder.Number, native.First, &how, (nuint)sizeof(LibC.open_how));
        if (number >= 0)
            return new TreeFolder(new Descriptor(checked((int)number)));
        return Marshal.GetLastPInvokeError() is LibC.ENOENT or LibC.ENOTDIR or LibC.ELOOP or LibC.EXDEV
            ? null
            : throw LinuxFaultException.Last($"openat2 {path}");
    }

    /// <summary>The names in it, in no order. One that is no text is replaced by what names nothing here.</summary>
    public IEnumerable<string> Names() =>
        Directory.EnumerateFileSystemEntries(InProc(".")).Select(path => Path.GetFileName(path)!);

    /// <summary>Null when there is no such name.</summary>
    public NameFacts? TryFacts(string name)
    {
        using var native = NativeStrings.One(name);
        LibC.stat_t stat;
        if (LibC.fstatat(_folder.Number, native.First, &stat, LibC.AT_SYMLINK_NOFOLLOW) != 0)
            return Marshal.GetLastPInvokeError() == LibC.ENOENT
                ? null
                : throw LinuxFaultException.Last($"fstatat {name}");
        var kind = stat.st_mode & LibC.S_IFMT;
        return new NameFacts(
            kind == LibC.S_IFDIR, kind == LibC.S_IFREG, kind == LibC.S_IFLNK,
            kind == LibC.S_IFCHR && stat.st_rdev == 0, (int)(stat.st_mode & 0xFFF), stat.st_size,
            unchecked((int)stat.st_uid), unchecked((int)stat.st_gid), stat.st_ctim.tv_sec, stat.st_ctim.tv_nsec,
            checked((long)stat.st_nlink), stat.st_blocks * BlockBytes);
    }

    /// <summary>Opens a file for reading; null when it is gone or became something that is not opened.</summary>
    public Descriptor? TryRead(string name)
    {
        using var native = NativeStrings.One(name);
        const int flags = LibC.O_RDONLY | LibC.O_NOFOLLOW | LibC.O_NONBLOCK | LibC.O_NOCTTY | LibC.O_CLOEXEC;
        var number = LibC.openat(_folder.Number, native.First, flags, 0);
        if (number >= 0)
            return new Descriptor(number);
        return Marshal.GetLastPInvokeError() is LibC.ENOENT or LibC.ELOOP
            ? null
            : throw LinuxFaultException.Last($"openat {name}");
    }

    /// <summary>What a link says; null when it is gone, none, or says what is no text.</summary>
    public string? TryTarget(string name)
    {
        using var native = NativeStrings.One(name);
        var target = stackalloc byte[TargetBytesMax];
        var length = LibC.readlinkat(_folder.Number, native.First, target, TargetBytesMax);
        if (length is < 0 or TargetBytesMax)
            return null;
        try
        {
            return _strict.GetString(target, checked((int)length));
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>True when an overlay's folder hides everything that is below it.</summary>
    public bool IsOpaque(string name)
    {
        using var path = NativeStrings.One(InProc(name));
        using var attribute = NativeStrings.One("user.overlay.opaque");
        byte value;
        return LibC.lgetxattr(path.First, attribute.First, &value, 1) == 1 && value == (byte)'y';
    }

    /// <summary>The names of its extended attributes; none where it is gone, or its file system has none.</summary>
    public ImmutableArray<string> Attributes(string name)
    {
        using var path = NativeStrings.One(InProc(name));
        var length = LibC.llistxattr(path.First, null, 0);
        if (length <= 0)
            return [];
        var names = new byte[AttributesBytesMax];
        fixed (byte* start = names)
            length = LibC.llistxattr(path.First, start, AttributesBytesMax);
        return length <= 0
            ? []
            : [.. Encoding.UTF8.GetString(names, 0, (int)length).Split('\0', StringSplitOptions.RemoveEmptyEntries)];
    }

    /// <summary>A new, empty file, open for writing, with exactly this mode; there was none of the name.</summary>
    public Descriptor Create(string name, int mode)
    {
        using var native = NativeStrings.One(name);
        const int flags = LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL | LibC.O_NOFOLLOW | LibC.O_CLOEXEC;
        var number = LibC.openat(_folder.Number, native.First, flags, 0x180);
        if (number < 0)
            throw LinuxFaultException.Last($"openat {name}");
        var file = new Descriptor(number);
        if (LibC.fchmod(number, (uint)mode) == 0)
            return file;
        using (file)
            throw LinuxFaultException.Last($"fchmod {name}");
    }

    public void MakeLink(string name, string target)
    {
        using var native = NativeStrings.One(name);
        using var text = NativeStrings.One(target);
        Check(LibC.symlinkat(text.First, _folder.Number, native.First), $"symlinkat {name}");
    }

    /// <summary>A new folder with exactly this mode.</summary>
    public void MakeFolder(string name, int mode)
    {
        using var native = NativeStrings.One(name);
        Check(LibC.mkdirat(_folder.Number, native.First, 0x1C0), $"mkdirat {name}");
        SetFolderMode(name, mode);
    }

    /// <summary>The mode of a folder; a link in its place is a fault.</summary>
    public void SetFolderMode(string name, int mode)
    {
        using var native = NativeStrings.One(name);
        var number = LibC.openat(_folder.Number, native.First, OpenFlags, 0);
        // Its owner may not read it, and may still say what may be done with it.
        var isClosed = number < 0 && Marshal.GetLastPInvokeError() == LibC.EACCES;
        if (isClosed)
            number = LibC.openat(_folder.Number, native.First, OpenFlags | LibC.O_PATH, 0);
        if (number < 0)
            throw LinuxFaultException.Last($"openat {name}");
        using var folder = new Descriptor(number);
        using var itself = NativeStrings.One(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{number}"));
        Check(
            isClosed ? LibC.chmod(itself.First, (uint)mode) : LibC.fchmod(number, (uint)mode), $"fchmod {name}");
    }

    /// <summary>Renames within this folder.</summary>
    /// <param name="replaces">Whether something of the new name may be replaced; else that is a fault.</param>
    public void Rename(string from, string to, bool replaces) => MoveTo(from, this, to, replaces);

    /// <summary>Moves a name to another folder of the same file system.</summary>
    public void MoveTo(string from, TreeFolder other, string to, bool replaces)
    {
        using var source = NativeStrings.One(from);
        using var target = NativeStrings.One(to);
        Check(
            LibC.renameat2(
                _folder.Number, source.First, other._folder.Number, target.First,
                replaces ? 0 : LibC.RENAME_NOREPLACE),
            $"renameat2 {to}");
    }

    /// <summary>Removes what is no folder.</summary>
    public void Remove(string name) => Unlink(name, 0);

    /// <summary>Removes an empty folder.</summary>
    public void RemoveFolder(string name) => Unlink(name, LibC.AT_REMOVEDIR);

    /// <summary>Makes what happened to the names in it durable.</summary>
    public void Sync() => Check(LibC.fsync(_folder.Number), "fsync");

    /// <summary>
    /// Whether one <see cref="SyncAll"/> makes durable everything that was written, as the kernel's own file systems
    /// do. Others (FUSE among them) may answer it and do nothing: with those every file is made durable by itself.
    /// </summary>
    public bool CanSyncAll
    {
        get
        {
            LibC.statfs_t facts;
            Check(LibC.fstatfs(_folder.Number, &facts), "fstatfs");
            return facts.f_type is LibC.EXT4_SUPER_MAGIC or LibC.XFS_SUPER_MAGIC or LibC.BTRFS_SUPER_MAGIC
                or LibC.F2FS_SUPER_MAGIC or LibC.TMPFS_MAGIC;
        }
    }

    /// <summary>
    /// Makes everything that was written to this folder's file system durable. It tells of what could not be written
    /// since this folder was opened, so that has to be before the writing.
    /// </summary>
    public void SyncAll() => Check(LibC.syncfs(_folder.Number), "syncfs");

    /// <summary>Which file stands at a name, and when anything about it last changed; null when none is.</summary>
    public FileStamp? TryStamp(string name)
    {
        using var native = NativeStrings.One(name);
        LibC.stat_t stat;
        return LibC.fstatat(_folder.Number, native.First, &stat, LibC.AT_SYMLINK_NOFOLLOW) == 0
            ? FileStamp.Of(stat)
            : Marshal.GetLastPInvokeError() == LibC.ENOENT
                ? null
                : throw LinuxFaultException.Last($"fstatat {name}");
    }

    public void Dispose() => _folder.Dispose();

    void Unlink(string name, int flags)
    {
        using var native = NativeStrings.One(name);
        Check(LibC.unlinkat(_folder.Number, native.First, flags), $"unlinkat {name}");
    }

    string InProc(string name) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_folder.Number}/{name}");

    static void Check(int result, string operation)
    {
        if (result != 0)
            throw LinuxFaultException.Last(operation);
    }
}

/// <summary>
/// Until it is disposed, this thread makes and opens files as another user, with that user's rights and no more: what
/// it must not reach it does not reach, whatever the way is made of. Only for root, and never across an await.
/// </summary>
public readonly ref struct FileIdentity
{
    readonly (nint Uid, nint Gid) _before;
    readonly bool _changes;

    FileIdentity((nint Uid, nint Gid) before)
    {
        _before = before;
        _changes = true;
    }

    /// <summary>Takes on the identity; where it is this process's own, nothing happens.</summary>
    public static FileIdentity Of(int uid, int gid)
    {
        if (ThisProcess.EffectiveUid != 0 || uid == 0)
            return default;
        var identity = new FileIdentity((
            ThisProcess.EffectiveUid, ThisProcess.EffectiveGid));
        _ = LibC.syscall_setfs(LibC.SYS_setfsgid, gid);
        _ = LibC.syscall_setfs(LibC.SYS_setfsuid, uid);
        // Each answers with what was before; asking for what does not exist changes nothing and tells what is.
        if (LibC.syscall_setfs(LibC.SYS_setfsuid, -1) == uid && LibC.syscall_setfs(LibC.SYS_setfsgid, -1) == gid)
            return identity;
        identity.Dispose();
        throw new LinuxFaultException("setfsuid did not hold", LibC.EPERM);
    }

    public void Dispose()
    {
        if (!_changes)
            return;
        _ = LibC.syscall_setfs(LibC.SYS_setfsuid, (int)_before.Uid);
        _ = LibC.syscall_setfs(LibC.SYS_setfsgid, (int)_before.Gid);
    }
}

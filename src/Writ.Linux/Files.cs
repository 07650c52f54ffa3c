using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Writ.Linux;

/// <summary>What one file is, from the descriptor or path it was asked on.</summary>
public readonly record struct FileFacts(
    bool IsDirectory, bool IsRegular, int OwnerUid, int OwnerGid, int Mode, long Size, ulong Device, ulong Inode);

/// <summary>A file's kind of mount, as far as running programs from it is concerned.</summary>
public readonly record struct MountFacts(bool ReadOnly, bool NoExec, long FileSystemMagic);

/// <summary>Opening and asking about files without the conveniences that follow links.</summary>
public static unsafe class Files
{
    const int PathBytesMax = 4_096;

    static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public const long Cgroup1Magic = LibC.CGROUP_SUPER_MAGIC;
    public const long Cgroup2Magic = LibC.CGROUP2_SUPER_MAGIC;

    /// <summary>Opens for reading; on failure null and the errno.</summary>
    public static Descriptor? TryOpenRead(string path, out int errno)
    {
        using var native = NativeStrings.One(path);
        var number = LibC.open(native.First, LibC.O_RDONLY | LibC.O_CLOEXEC | LibC.O_NOCTTY, 0);
        errno = number < 0 ? Marshal.GetLastPInvokeError() : 0;
        return number < 0 ? null : new Descriptor(number);
    }

    /// <summary>
    /// Opens a path below a directory for reading; neither symbolic links nor <c>..</c> lead out of it.
    /// </summary>
    public static Descriptor OpenBeneath(Descriptor directory, string relativePath)
    {
        using var native = NativeStrings.One(relativePath);
        var how = new LibC.open_how
        {
            flags = LibC.O_RDONLY | LibC.O_CLOEXEC | LibC.O_NOCTTY,
            resolve = LibC.RESOLVE_BENEATH | LibC.RESOLVE_NO_MAGICLINKS,
        };
        var number = LibC.syscall_openat2(
            LibC.SYS_openat2, directory.Number, native.First, &how, (nuint)sizeof(LibC.open_how));
        return number < 0
            ? throw LinuxFaultException.Last($"openat2 {relativePath}")
            : new Descriptor(checked((int)number));
    }

    /// <summary>What is at an absolute path, unopened; a symbolic link anywhere on the way is a fault.</summary>
    public static Descriptor OpenExact(string path)
    {
        using var native = NativeStrings.One(path);
        var how = new LibC.open_how
        {
            flags = LibC.O_PATH | LibC.O_CLOEXEC | LibC.O_NOFOLLOW,
            resolve = LibC.RESOLVE_NO_SYMLINKS,
        };
        var number = LibC.syscall_openat2(
            LibC.SYS_openat2, LibC.AT_FDCWD, native.First, &how, (nuint)sizeof(LibC.open_how));
        return number < 0
            ? throw LinuxFaultException.Last($"openat2 {path}")
            : new Descriptor(checked((int)number));
    }

    /// <summary>Makes an empty directory, or file, in a directory, with this mode whatever the mask.</summary>
    public static void Make(Descriptor directory, string name, bool asDirectory, int mode)
    {
        using var native = NativeStrings.One(name);
        if (asDirectory && LibC.mkdirat(directory.Number, native.First, 0) != 0)
            throw LinuxFaultException.Last($"mkdirat {name}");
        var kind = asDirectory ? LibC.O_DIRECTORY : LibC.O_CREAT | LibC.O_EXCL;
        var flags = LibC.O_NOFOLLOW | LibC.O_CLOEXEC | kind;
        using var made = new Descriptor(LibC.openat(directory.Number, native.First, flags, 0));
        if (made.IsInvalid || LibC.fchmod(made.Number, (uint)mode) != 0)
            throw LinuxFaultException.Last($"openat {name}");
    }

    /// <summary>Makes a symbolic link of this owner, which may lead nowhere.</summary>
    public static void MakeLink(string target, string path, int uid, int gid)
    {
        using var text = NativeStrings.One(target);
        using var native = NativeStrings.One(path);
        if (LibC.symlinkat(text.First, LibC.AT_FDCWD, native.First) != 0)
            throw LinuxFaultException.Last($"symlinkat {path}");
        if (LibC.lchown(native.First, (uint)uid, (uint)gid) != 0)
            throw LinuxFaultException.Last($"lchown {path}");
    }

    /// <summary>What a symbolic link says; null when there is none, or what it says is no text.</summary>
    [SkipLocalsInit]
    public static string? TryReadLink(string path)
    {
        using var native = NativeStrings.One(path);
        var target = stackalloc byte[PathBytesMax];
        var length = LibC.readlink(native.First, target, PathBytesMax);
        return length is < 0 or PathBytesMax ? null : TextOf(new ReadOnlySpan<byte>(target, checked((int)length)));
    }

    /// <summary>
    /// The path as the kernel walks it, with every link on the way resolved; null when there is nothing at its end, or
    /// the kernel has no one name for it.
    /// </summary>
    public static string? TryRealPath(string path)
    {
        using var native = NativeStrings.One(path);
        var number = LibC.open(native.First, LibC.O_PATH | LibC.O_CLOEXEC, 0);
        if (number < 0)
            return null;
        using var held = new Descriptor(number);
        var real = TryReadLink(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{number}"));
        // What the kernel appends to the name of what is gone, which a name may also end with by itself.
        return real is null || !real.StartsWith('/') || real.EndsWith(" (deleted)", StringComparison.Ordinal)
            ? null
            : real;
    }

    public static FileFacts Facts(Descriptor file)
    {
        LibC.stat_t stat;
        return LibC.fstat(file.Number, &stat) == 0 ? ToFacts(stat) : throw LinuxFaultException.Last("fstat");
    }

    /// <summary>Follows links; null when nothing is there.</summary>
    public static FileFacts? TryFacts(string path)
    {
        using var native = NativeStrings.One(path);
        LibC.stat_t stat;
        return LibC.stat(native.First, &stat) == 0 ? ToFacts(stat) : null;
    }

    public static MountFacts Mount(Descriptor file)
    {
        LibC.statfs_t facts;
        if (LibC.fstatfs(file.Number, &facts) != 0)
            throw LinuxFaultException.Last("fstatfs");
        return ToMount(facts);
    }

    /// <summary>The mount a path is on; null when there is no such path.</summary>
    public static MountFacts? TryMount(string path)
    {
        using var native = NativeStrings.One(path);
        LibC.statfs_t facts;
        return LibC.statfs(native.First, &facts) == 0 ? ToMount(facts) : null;
    }

    public static void SetMode(string path, int mode)
    {
        using var native = NativeStrings.One(path);
        if (LibC.chmod(native.First, (uint)mode) != 0)
            throw LinuxFaultException.Last($"chmod {path}");
    }

    public static void ChangeOwner(string path, int uid, int gid)
    {
        using var native = NativeStrings.One(path);
        if (LibC.chown(native.First, (uint)uid, (uint)gid) != 0)
            throw LinuxFaultException.Last($"chown {path}");
    }

    /// <summary>Puts a name in place of another, from one moment to the next; of links the links themselves.</summary>
    public static void Replace(string from, string to)
    {
        using var source = NativeStrings.One(from);
        using var target = NativeStrings.One(to);
        if (LibC.renameat2(LibC.AT_FDCWD, source.First, LibC.AT_FDCWD, target.First, 0) != 0)
            throw LinuxFaultException.Last($"renameat2 {to}");
    }

    /// <summary>
    /// Takes the exclusive advisory lock; false when somebody holds it. Closing the descriptor releases it.
    /// </summary>
    public static bool TryLock(Descriptor file)
    {
        if (LibC.flock(file.Number, LibC.LOCK_EX | LibC.LOCK_NB) == 0)
            return true;
        var errno = Marshal.GetLastPInvokeError();
        return errno == LibC.EAGAIN ? false : throw new LinuxFaultException("flock", errno);
    }

    static string? TextOf(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return _strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    static FileFacts ToFacts(LibC.stat_t stat) => new(
        (stat.st_mode & LibC.S_IFMT) == LibC.S_IFDIR,
        (stat.st_mode & LibC.S_IFMT) == LibC.S_IFREG,
        unchecked((int)stat.st_uid),
        unchecked((int)stat.st_gid),
        (int)(stat.st_mode & 0xFFF),
        stat.st_size,
        stat.st_dev,
        stat.st_ino);

    static MountFacts ToMount(LibC.statfs_t facts) => new(
        (facts.f_flags & LibC.ST_RDONLY) != 0, (facts.f_flags & LibC.ST_NOEXEC) != 0, facts.f_type);
}

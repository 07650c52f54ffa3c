using System.Runtime.InteropServices;

namespace Writ.Linux;

/// <summary>What a path may be used for under Landlock. The default is nothing.</summary>
public enum PathAccess
{
    None,
    ReadExecute,
    ReadOnly,
    ReadWrite,
    ReadWriteExecute,
    Devices,

    /// <summary>Read, and connect to what listens there.</summary>
    ReadConnect,
}

/// <summary>
/// A Landlock domain in the making (kernel documentation, userspace-api/landlock): everything not granted is refused,
/// and where the kernel knows how, signals and abstract sockets stay inside. Rights the kernel does not know are left
/// out, and <see cref="Abi"/> says which kernel that was.
/// </summary>
public sealed unsafe class LandlockRuleset : IDisposable
{
    const ulong Read = LibC.LANDLOCK_ACCESS_FS_READ_FILE | LibC.LANDLOCK_ACCESS_FS_READ_DIR;
    const ulong Everything = (LibC.LANDLOCK_ACCESS_FS_IOCTL_DEV << 1) - 1;

    // Sockets that were opened inside can be connected to in any case; this is about those that were not.
    const ulong Connect = LibC.LANDLOCK_ACCESS_FS_RESOLVE_UNIX;

    // The only rights the kernel accepts in a rule about something that is not a directory.
    const ulong OnFiles = LibC.LANDLOCK_ACCESS_FS_EXECUTE | LibC.LANDLOCK_ACCESS_FS_WRITE_FILE
        | LibC.LANDLOCK_ACCESS_FS_READ_FILE | LibC.LANDLOCK_ACCESS_FS_TRUNCATE | LibC.LANDLOCK_ACCESS_FS_IOCTL_DEV
        | Connect;

    /// <summary>The first version in which connecting by a path is a right.</summary>
    public const int ConnectAbi = 9;

    readonly Descriptor _ruleset;
    readonly ulong _handled;

    LandlockRuleset(Descriptor ruleset, ulong handled, int abi)
    {
        _ruleset = ruleset;
        _handled = handled;
        Abi = abi;
    }

    public int Abi { get; }

    /// <summary>The kernel's Landlock version; 0 when it has none or it is switched off.</summary>
    public static int SupportedAbi()
    {
        var abi = LibC.syscall_landlock_create_ruleset(
            LibC.SYS_landlock_create_ruleset, null, 0, LibC.LANDLOCK_CREATE_RULESET_VERSION);
        return abi < 0 ? 0 : checked((int)abi);
    }

    public static LandlockRuleset Create(bool denyTcp)
    {
        var abi = SupportedAbi();
        if (abi == 0)
            throw new LinuxFaultException("landlock is not available", LibC.EOPNOTSUPP);
        var handled = Everything | Connect;
        if (abi < ConnectAbi)
            handled &= ~Connect;
        if (abi < 5)
            handled &= ~LibC.LANDLOCK_ACCESS_FS_IOCTL_DEV;
        if (abi < 3)
            handled &= ~LibC.LANDLOCK_ACCESS_FS_TRUNCATE;
        if (abi < 2)
            handled &= ~LibC.LANDLOCK_ACCESS_FS_REFER;
        var attributes = new LibC.landlock_ruleset_attr
        {
            handled_access_fs = handled,
            handled_access_net = denyTcp && abi >= 4
                ? LibC.LANDLOCK_ACCESS_NET_BIND_TCP | LibC.LANDLOCK_ACCESS_NET_CONNECT_TCP
                : 0,
            scoped = abi >= 6 ? LibC.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LibC.LANDLOCK_SCOPE_SIGNAL : 0,
        };
        nuint size = abi >= 6 ? 24u : abi >= 4 ? 16u : 8u;
        var number = LibC.syscall_landlock_create_ruleset(LibC.SYS_landlock_create_ruleset, &attributes, size, 0);
        return number < 0
            ? throw LinuxFaultException.Last("landlock_create_ruleset")
            : new LandlockRuleset(new Descriptor(checked((int)number)), handled, abi);
    }

    /// <summary>Grants access to a path and, for a directory, everything beneath it. The path must exist.</summary>
    public void Grant(string path, PathAccess access)
    {
        using var native = NativeStrings.One(path);
        var number = LibC.open(native.First, LibC.O_PATH | LibC.O_CLOEXEC, 0);
        if (number < 0)
            throw LinuxFaultException.Last($"open {path}");
        using var parent = new Descriptor(number);
        var rights = Rights(access) & _handled;
        if (!Files.Facts(parent).IsDirectory)
            rights &= OnFiles;
        var rule = new LibC.landlock_path_beneath_attr { allowed_access = rights, parent_fd = number };
        if (LibC.syscall_landlock_add_rule(
            LibC.SYS_landlock_add_rule, _ruleset.Number, LibC.LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
            throw LinuxFaultException.Last($"landlock_add_rule {path}");
    }

    /// <summary>Restricts the calling thread for good; requires no_new_privs.</summary>
    public void RestrictSelf()
    {
        if (LibC.syscall_landlock_restrict_self(LibC.SYS_landlock_restrict_self, _ruleset.Number, 0) != 0)
            throw LinuxFaultException.Last("landlock_restrict_self");
    }

    public void Dispose() => _ruleset.Dispose();

    static ulong Rights(PathAccess access) => access switch
    {
        PathAccess.ReadExecute => Read | LibC.LANDLOCK_ACCESS_FS_EXECUTE,
        PathAccess.ReadOnly => Read,
        PathAccess.ReadWrite => Everything & ~LibC.LANDLOCK_ACCESS_FS_EXECUTE,
        PathAccess.ReadWriteExecute => Everything,
        PathAccess.Devices => Read | LibC.LANDLOCK_ACCESS_FS_WRITE_FILE | LibC.LANDLOCK_ACCESS_FS_TRUNCATE
            | LibC.LANDLOCK_ACCESS_FS_IOCTL_DEV,
        PathAccess.ReadConnect => Read | Connect,
        _ => 0,
    };
}

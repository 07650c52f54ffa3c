using System.Globalization;

namespace Writ.Linux;

/// <summary>Mounts in the mount namespace of this process, which others do not see.</summary>
public static unsafe class Mounting
{
    /// <summary>Leaves the mounts of the rest of the machine: what is mounted from now on is seen here alone.</summary>
    public static void LeaveShared()
    {
        if (LibC.unshare(LibC.CLONE_NEWNS) != 0)
            throw LinuxFaultException.Last("unshare(CLONE_NEWNS)");
        using var root = NativeStrings.One("/");
        if (LibC.mount(null, root.First, null, LibC.MS_REC | LibC.MS_SLAVE, null) != 0)
            throw LinuxFaultException.Last("mount(MS_SLAVE)");
    }

    /// <summary>Shows one directory at the place of another.</summary>
    public static void Bind(string source, string place)
    {
        using var from = NativeStrings.One(source);
        using var to = NativeStrings.One(place);
        if (LibC.mount(from.First, to.First, null, LibC.MS_BIND, null) != 0)
            throw LinuxFaultException.Last("mount(MS_BIND)");
    }

    /// <summary>
    /// Covers a directory with itself and a second layer that takes every change. Whoever mounts needs the right to
    /// mount and to pass over file modes in a user namespace.
    /// </summary>
    /// <param name="upper">Where the changes are kept; on the same file system as <paramref name="work"/>.</param>
    public static void Overlay(string directory, string upper, string work)
    {
        // Named by descriptor, so that no character of a path is read as an option.
        using var below = Open(directory);
        using var above = Open(upper);
        using var beside = Open(work);
        using var type = NativeStrings.One("overlay");
        using var at = NativeStrings.One(directory);
        using var options = NativeStrings.One(string.Create(
            CultureInfo.InvariantCulture,
            $"lowerdir=/proc/self/fd/{below.Number},upperdir=/proc/self/fd/{above.Number},"
            + $"workdir=/proc/self/fd/{beside.Number},userxattr"));
        if (LibC.mount(type.First, at.First, type.First, LibC.MS_NOSUID | LibC.MS_NODEV, options.First) != 0)
            throw LinuxFaultException.Last("mount(overlay)");
    }

    /// <summary>
    /// A copy of what is mounted at a path and below it, that is nowhere yet: <see cref="Place"/> puts it somewhere.
    /// No program in it runs with another user's rights, and no device in it opens. The path has no links in it.
    /// </summary>
    /// <param name="mapping">
    /// Whose files are whose in the copy (<see cref="IdMapping"/>); null leaves that as it is.
    /// </param>
    public static Descriptor Copy(string path, Descriptor? mapping, bool readOnly)
    {
        var copy = Clone(path, LibC.AT_RECURSIVE);
        using var nothing = NativeStrings.One("");
        var attributes = new LibC.mount_attr
        {
            attr_set = LibC.MOUNT_ATTR_NOSUID | LibC.MOUNT_ATTR_NODEV
                | (mapping is null ? 0 : LibC.MOUNT_ATTR_IDMAP) | (readOnly ? LibC.MOUNT_ATTR_RDONLY : 0),
            userns_fd = mapping is null ? 0 : (ulong)mapping.Number,
        };
        if (LibC.syscall_mount_setattr(
            LibC.SYS_mount_setattr, copy.Number, nothing.First, (uint)LibC.AT_EMPTY_PATH | LibC.AT_RECURSIVE,
            &attributes, (nuint)sizeof(LibC.mount_attr)) == 0)
            return copy;
        var fault = LinuxFaultException.Last($"mount_setattr {path}");
        copy.Dispose();
        throw fault;
    }

    /// <summary>The same of a folder of devices, which open, and without what is mounted below it.</summary>
    public static Descriptor CopyDevices(string path) => Clone(path, 0);

    static Descriptor Clone(string path, uint below)
    {
        using var found = Files.OpenExact(path);
        using var nothing = NativeStrings.One("");
        var number = LibC.syscall_open_tree(
            LibC.SYS_open_tree, found.Number, nothing.First,
            LibC.OPEN_TREE_CLONE | LibC.OPEN_TREE_CLOEXEC | below | (uint)LibC.AT_EMPTY_PATH);
        return number < 0 ? throw LinuxFaultException.Last($"open_tree {path}") : new Descriptor(checked((int)number));
    }

    /// <summary>
    /// A directory becomes the root, unchangeable, and nothing else is mounted any more than it and what is below it.
    /// </summary>
    public static void BecomeRoot(string directory)
    {
        ThisProcess.ChangeDirectory(directory);
        using var here = NativeStrings.One(".");
        if (LibC.mount(
            null, here.First, null,
            LibC.MS_REMOUNT | LibC.MS_BIND | LibC.MS_RDONLY | LibC.MS_NOSUID | LibC.MS_NODEV, null) != 0)
            throw LinuxFaultException.Last("mount(MS_REMOUNT)");
        // The old root is then mounted over the new one, and taken away from there.
        if (LibC.syscall_pivot_root(LibC.SYS_pivot_root, here.First, here.First) != 0)
            throw LinuxFaultException.Last("pivot_root");
        if (LibC.umount2(here.First, LibC.MNT_DETACH) != 0)
            throw LinuxFaultException.Last("umount2");
        ThisProcess.ChangeDirectory("/");
    }

    /// <summary>Puts a copy over what is at a path, which has no links in it.</summary>
    public static void Place(Descriptor copy, string path)
    {
        using var nothing = NativeStrings.One("");
        using var to = Files.OpenExact(path);
        if (LibC.syscall_move_mount(
            LibC.SYS_move_mount, copy.Number, nothing.First, to.Number, nothing.First,
            LibC.MOVE_MOUNT_F_EMPTY_PATH | LibC.MOVE_MOUNT_T_EMPTY_PATH) != 0)
            throw LinuxFaultException.Last($"move_mount {path}");
    }

    /// <summary>Covers a directory with an empty one in memory.</summary>
    public static void Empty(string directory, long bytesMax, int mode)
    {
        using var type = NativeStrings.One("tmpfs");
        using var at = NativeStrings.One(directory);
        using var options = NativeStrings.One(string.Create(
            CultureInfo.InvariantCulture, $"size={bytesMax},mode={Convert.ToString(mode, 8)}"));
        if (LibC.mount(type.First, at.First, type.First, LibC.MS_NOSUID | LibC.MS_NODEV, options.First) != 0)
            throw LinuxFaultException.Last($"mount(tmpfs) {directory}");
    }

    /// <summary>From now on /proc shows each user their own processes and no others.</summary>
    public static void HideProcesses()
    {
        using var type = NativeStrings.One("proc");
        using var at = NativeStrings.One("/proc");
        using var options = NativeStrings.One("hidepid=2");
        if (LibC.mount(
            type.First, at.First, type.First, LibC.MS_NOSUID | LibC.MS_NODEV | LibC.MS_NOEXEC, options.First) != 0)
            throw LinuxFaultException.Last("mount(proc)");
    }

    static Descriptor Open(string path)
    {
        using var native = NativeStrings.One(path);
        var number = LibC.open(native.First, LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_NOFOLLOW | LibC.O_CLOEXEC, 0);
        return number < 0 ? throw LinuxFaultException.Last($"open {path}") : new Descriptor(number);
    }
}

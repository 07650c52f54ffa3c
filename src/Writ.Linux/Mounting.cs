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

    static Descriptor Open(string path)
    {
        using var native = NativeStrings.One(path);
        var number = LibC.open(native.First, LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_NOFOLLOW | LibC.O_CLOEXEC, 0);
        return number < 0 ? throw LinuxFaultException.Last($"open {path}") : new Descriptor(number);
    }
}

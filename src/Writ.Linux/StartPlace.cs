using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Writ.Linux;

/// <summary>Among which mounts, and as whom, a program starts, where that is not as its starter is.</summary>
/// <param name="Mounts">A mount namespace; what starts there is at its root.</param>
/// <param name="Uid">Neither this nor the group is root.</param>
public sealed record StartPlace(Descriptor Mounts, int Uid, int Gid);

/// <summary>
/// Sends the calling thread, and it alone, to where it starts a program, and brings it back. Before Linux 6.12 whoever
/// is the same user, and sees this process, could signal the thread meanwhile: nobody gets there without namespaces.
/// </summary>
static unsafe class Elsewhere
{
    const int GroupsMax = 65_536;

    // The kernel's "leave it as it is".
    const nint Same = -1;

    // All that is needed there, found before: see Visit.
    struct Errand
    {
        internal delegate* unmanaged<nint, nint, nint, nint, nint> Call;
        internal delegate* unmanaged<
            int*, byte*, LibC.posix_spawn_file_actions_t*, LibC.posix_spawnattr_t*, byte**, byte**, int> Spawn;
        internal nint Mounts;
        internal nint HomeMounts;
        internal nint HomeRoot;
        internal nint HomeFolder;
        internal nint Uid;
        internal nint Gid;
        internal nint HomeUid;
        internal nint HomeGid;
        internal nint GroupCount;
        internal uint* Groups;
        internal byte* Here;
        internal int Pid;
        internal int Error;
        internal bool IsBack;
    }

    /// <summary>The number of what was started. The attributes must ask for the real user and group.</summary>
    internal static int Start(
        StartPlace place, byte* path, LibC.posix_spawn_file_actions_t* actions,
        LibC.posix_spawnattr_t* attributes, NativeStrings argv, NativeStrings environment)
    {
        if (place.Uid <= 0 || place.Gid <= 0)
            throw new LinuxFaultException("start as root elsewhere", LibC.EPERM);
        // A thread that shares its root with others cannot change its mounts.
        if (LibC.unshare(LibC.CLONE_FS) != 0)
            throw LinuxFaultException.Last("unshare(CLONE_FS)");
        // What the program would otherwise be given although it starts as somebody else.
        ThisProcess.ClearAmbientCapabilities();
        using var mounts = Open("/proc/thread-self/ns/mnt", LibC.O_RDONLY);
        using var root = Open("/", LibC.O_PATH | LibC.O_DIRECTORY);
        using var folder = Open(".", LibC.O_PATH | LibC.O_DIRECTORY);
        using var here = NativeStrings.One(".");
        uint uid, gid, other;
        if (LibC.getresuid(&uid, &other, &other) != 0 || LibC.getresgid(&gid, &other, &other) != 0)
            throw LinuxFaultException.Last("getresuid");
        var library = NativeLibrary.Load(LibC.libc);
        try
        {
            var groups = Groups();
            fixed (uint* list = groups)
            {
                Errand errand = new()
                {
                    Call = (delegate* unmanaged<nint, nint, nint, nint, nint>)
                        NativeLibrary.GetExport(library, "syscall"),
                    Spawn = (delegate* unmanaged<
                        int*, byte*, LibC.posix_spawn_file_actions_t*, LibC.posix_spawnattr_t*, byte**, byte**, int>)
                        NativeLibrary.GetExport(library, "posix_spawn"),
                    Mounts = place.Mounts.Number,
                    HomeMounts = mounts.Number,
                    HomeRoot = root.Number,
                    HomeFolder = folder.Number,
                    Uid = place.Uid,
                    Gid = place.Gid,
                    HomeUid = (nint)uid,
                    HomeGid = (nint)gid,
                    GroupCount = groups.Length,
                    Groups = list,
                    Here = here.First,
                };
                Visit(&errand, path, actions, attributes, argv.Vector, environment.Vector);
                if (!errand.IsBack)
                    // Whatever this thread did next would be done as somebody else, or to other files.
                    Environment.FailFast("a thread that started a program elsewhere did not come back");
                return errand.Error == 0
                    ? errand.Pid
                    : throw new LinuxFaultException("start a program elsewhere", errand.Error);
            }
        }
        finally
        {
            NativeLibrary.Free(library);
        }
    }

    // Nothing but system calls, from code that is compiled before: neither the runtime's own threads, which are like
    // the thread that starts them, nor a file that the runtime looks for may have to do with this place.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Visit(
        Errand* errand, byte* path, LibC.posix_spawn_file_actions_t* actions, LibC.posix_spawnattr_t* attributes,
        byte** argv, byte** environment)
    {
        var call = errand->Call;
        errand->Error = LibC.EPERM;
        if (call(LibC.SYS_setns, errand->Mounts, LibC.CLONE_NEWNS, 0) != 0)
        {
            errand->IsBack = true;
            return;
        }
        // Only the real ids: the child takes them on as its others, and by execve loses what root left it. This thread
        // stays able to come back.
        if (call(LibC.SYS_setgroups, 0, 0, 0) == 0
            && call(LibC.SYS_setresgid, errand->Gid, Same, Same) == 0
            && call(LibC.SYS_setresuid, errand->Uid, Same, Same) == 0)
        {
            int pid;
            errand->Error = errand->Spawn(&pid, path, actions, attributes, argv, environment);
            errand->Pid = pid;
        }
        var back = call(LibC.SYS_setresuid, errand->HomeUid, Same, Same);
        back |= call(LibC.SYS_setresgid, errand->HomeGid, Same, Same);
        back |= call(LibC.SYS_setgroups, errand->GroupCount, (nint)errand->Groups, 0);
        back |= call(LibC.SYS_setns, errand->HomeMounts, LibC.CLONE_NEWNS, 0);
        back |= call(LibC.SYS_fchdir, errand->HomeRoot, 0, 0);
        back |= call(LibC.SYS_chroot, (nint)errand->Here, 0, 0);
        back |= call(LibC.SYS_fchdir, errand->HomeFolder, 0, 0);
        errand->IsBack = back == 0;
    }

    static uint[] Groups()
    {
        var count = LibC.getgroups(0, null);
        if (count is < 0 or > GroupsMax)
            throw LinuxFaultException.Last("getgroups");
        var groups = new uint[count];
        fixed (uint* list = groups)
            return LibC.getgroups(count, list) == count ? groups : throw LinuxFaultException.Last("getgroups");
    }

    static Descriptor Open(string path, int flags)
    {
        using var native = NativeStrings.One(path);
        var number = LibC.open(native.First, flags | LibC.O_CLOEXEC, 0);
        return number < 0 ? throw LinuxFaultException.Last($"open {path}") : new Descriptor(number);
    }
}

using System.Runtime.InteropServices;

namespace Writ.Linux;

static unsafe partial class LibC
{
    internal const short POSIX_SPAWN_RESETIDS = 0x01;
    internal const short POSIX_SPAWN_SETSIGDEF = 0x04;
    internal const short POSIX_SPAWN_SETSIGMASK = 0x08;
    internal const short POSIX_SPAWN_SETSID = 0x80;

    [StructLayout(LayoutKind.Sequential, Size = 80)]
    internal struct posix_spawn_file_actions_t
    {
        ulong _opaque;
    }

    [StructLayout(LayoutKind.Sequential, Size = 336)]
    internal struct posix_spawnattr_t
    {
        ulong _opaque;
    }

    [LibraryImport(libc)]
    internal static partial int posix_spawn(
        int* pid, byte* path, posix_spawn_file_actions_t* actions, posix_spawnattr_t* attr, byte** argv, byte** envp);

    [LibraryImport(libc)]
    internal static partial int posix_spawn_file_actions_init(posix_spawn_file_actions_t* actions);

    [LibraryImport(libc)]
    internal static partial int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t* actions);

    [LibraryImport(libc)]
    internal static partial int posix_spawn_file_actions_adddup2(
        posix_spawn_file_actions_t* actions, int fd, int newfd);

    [LibraryImport(libc)]
    internal static partial int posix_spawn_file_actions_addchdir_np(
        posix_spawn_file_actions_t* actions, byte* path);

    [LibraryImport(libc)]
    internal static partial int posix_spawnattr_init(posix_spawnattr_t* attr);

    [LibraryImport(libc)]
    internal static partial int posix_spawnattr_destroy(posix_spawnattr_t* attr);

    [LibraryImport(libc)]
    internal static partial int posix_spawnattr_setflags(posix_spawnattr_t* attr, short flags);

    [LibraryImport(libc)]
    internal static partial int posix_spawnattr_setsigmask(posix_spawnattr_t* attr, sigset_t* sigmask);

    [LibraryImport(libc)]
    internal static partial int posix_spawnattr_setsigdefault(posix_spawnattr_t* attr, sigset_t* sigdefault);
}

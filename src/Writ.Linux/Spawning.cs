namespace Writ.Linux;

/// <summary>One line of a child's descriptor table: our descriptor, and the number it has in the child.</summary>
public readonly record struct ChildDescriptor(Descriptor Ours, int NumberInChild);

/// <summary>Starts programs with an exact descriptor table, an exact environment and default signals.</summary>
public static unsafe class Spawning
{
    /// <summary>
    /// Starts a program. Everything not in the table is closed in the child as far as it is close-on-exec here. The
    /// calling thread matters: a parent-death signal that the child asks for follows this thread, not this process.
    /// </summary>
    /// <param name="place">Where and as whom it starts; from a thread that is for this alone, by root.</param>
    public static ProcessHandle Start(
        string path,
        IReadOnlyList<string> argv,
        IReadOnlyList<string> environment,
        IReadOnlyList<ChildDescriptor> descriptors,
        bool newSession = false,
        string? workingDirectory = null,
        StartPlace? place = null)
    {
        using var nativePath = NativeStrings.One(path);
        using var nativeArgv = new NativeStrings(argv);
        using var nativeEnvironment = new NativeStrings(environment);
        using var nativeDirectory = NativeStrings.One(workingDirectory ?? "/");
        var copies = new List<Descriptor>();
        LibC.posix_spawn_file_actions_t actions;
        LibC.posix_spawnattr_t attributes;
        Check(LibC.posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init");
        Check(LibC.posix_spawnattr_init(&attributes), "posix_spawnattr_init");
        try
        {
            if (workingDirectory is not null)
                Check(LibC.posix_spawn_file_actions_addchdir_np(&actions, nativeDirectory.First), "addchdir");
            foreach (var entry in descriptors)
                Check(
                    LibC.posix_spawn_file_actions_adddup2(
                        &actions, ClearOf(entry.Ours, descriptors, copies).Number, entry.NumberInChild),
                    "posix_spawn_file_actions_adddup2");
            SetUp(&attributes, newSession, asRealUser: place is not null);
            int pid;
            if (place is not null)
                pid = Elsewhere.Start(place, nativePath.First, &actions, &attributes, nativeArgv, nativeEnvironment);
            else
                Check(
                    LibC.posix_spawn(
                        &pid, nativePath.First, &actions, &attributes, nativeArgv.Vector, nativeEnvironment.Vector),
                    $"posix_spawn {path}");
            // Not reaped yet, therefore the number still names this child.
            return ProcessHandle.TryOpen(pid) ?? throw new LinuxFaultException("pidfd_open", LibC.ESRCH);
        }
        finally
        {
            _ = LibC.posix_spawn_file_actions_destroy(&actions);
            _ = LibC.posix_spawnattr_destroy(&attributes);
            foreach (var copy in copies)
                copy.Dispose();
        }
    }

    // The table is applied line by line: a source whose number is also a target could be overwritten before its turn.
    static Descriptor ClearOf(
        Descriptor source, IReadOnlyList<ChildDescriptor> descriptors, List<Descriptor> copies)
    {
        var targetMax = descriptors.Max(entry => entry.NumberInChild);
        if (source.Number > targetMax)
            return source;
        copies.Add(source.DuplicateFrom(targetMax + 1));
        return copies[^1];
    }

    static void SetUp(LibC.posix_spawnattr_t* attributes, bool newSession, bool asRealUser)
    {
        LibC.sigset_t none;
        LibC.sigset_t all;
        _ = LibC.sigemptyset(&none);
        _ = LibC.sigfillset(&all);
        Check(LibC.posix_spawnattr_setsigmask(attributes, &none), "posix_spawnattr_setsigmask");
        Check(LibC.posix_spawnattr_setsigdefault(attributes, &all), "posix_spawnattr_setsigdefault");
        var flags = (short)(LibC.POSIX_SPAWN_SETSIGMASK | LibC.POSIX_SPAWN_SETSIGDEF
            | (newSession ? LibC.POSIX_SPAWN_SETSID : 0) | (asRealUser ? LibC.POSIX_SPAWN_RESETIDS : 0));
        Check(LibC.posix_spawnattr_setflags(attributes, flags), "posix_spawnattr_setflags");
    }

    static void Check(int error, string operation)
    {
        if (error != 0)
            throw new LinuxFaultException(operation, error);
    }
}

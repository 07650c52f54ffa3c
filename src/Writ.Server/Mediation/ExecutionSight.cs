using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Writ.Linux;
using Writ.Runs;

namespace Writ.Server.Mediation;

/// <summary>An attempt as it was read, with what is to be found when it has started.</summary>
/// <param name="CommandLine">The bytes of /proc/PID/cmdline then.</param>
/// <param name="Environment">Those of /proc/PID/environ, a variable each.</param>
/// <param name="Image">The file that runs then.</param>
sealed record SeenExecution(
    string Path, ImmutableArray<string> Argv, ExecutedProgram Program, ExecutableSight Image, byte[] CommandLine,
    List<byte[]> Environment)
{
    /// <summary>At most so many bytes of its stack are pointers and strings.</summary>
    internal int StackBytes
    {
        get
        {
            const int pointerBytes = 8;
            const int sparePointers = 4;
            const int nameBytesMax = 4_096;
            var bytes = CommandLine.Length + nameBytesMax
                + (pointerBytes * (Program.Argv.Length + Environment.Count + sparePointers));
            foreach (var variable in Environment)
                bytes += variable.Length + 1;
            return bytes;
        }
    }

    /// <summary>Whether this is what was seen before: the same file, untouched, with the same arguments and the same
    /// environment.</summary>
    internal bool IsSameAs(SeenExecution before) =>
        Path == before.Path && Image.Identity == before.Image.Identity && Program.Origin == before.Program.Origin
        && CommandLine.AsSpan().SequenceEqual(before.CommandLine) && Program.Name == before.Program.Name
        && Program.Cwd == before.Program.Cwd && Program.Script == before.Program.Script
        && Program.Loaders.AsSpan().SequenceEqual(before.Program.Loaders.AsSpan())
        && HasEnvironment(ExecutionSight.Terminated(before.Environment));

    /// <summary>Whether these bytes are its environment, each variable with its final NUL.</summary>
    internal bool HasEnvironment(ReadOnlySpan<byte> bytes)
    {
        foreach (var variable in Environment)
        {
            if (bytes.Length <= variable.Length || bytes[variable.Length] != 0 || !bytes.StartsWith(variable))
                return false;
            bytes = bytes[(variable.Length + 1)..];
        }
        return bytes.IsEmpty;
    }
}

/// <summary>What has started, read while it stands still.</summary>
/// <param name="CommandLine">Its arguments, each with its final NUL.</param>
sealed record StartedExecution(
    ExecutableSight Image, ExecutableOrigin Origin, byte[] CommandLine, ImmutableArray<string> Loaders, string Cwd)
{
    internal bool IsWhatWasDecided(SeenExecution seen) =>
        Image.Identity == seen.Image.Identity && Origin == seen.Program.Origin
        && CommandLine.AsSpan().SequenceEqual(seen.CommandLine)
        && Loaders.AsSpan().SequenceEqual(seen.Program.Loaders.AsSpan());

    internal ExecutedProgram Program(ImmutableArray<string> via) => new(
        Image.Path, Image.Path, Origin, ExecutionSight.Texts(CommandLine), Cwd, via, Loaders, Script: null);
}

/// <summary>
/// Reads what a thread asks to execute, as the kernel will understand it: the file in the caller's own view of the
/// file system, <c>#!</c> lines followed, arguments whole. Whatever cannot be read this way is answered with an error
/// of the call, never let through.
/// </summary>
/// <param name="workTree">The session's work tree.</param>
/// <param name="isolated">The run has a mount namespace, where what is the system's cannot be written.</param>
sealed class ExecutionSight(string workTree, bool isolated) : IDisposable
{
    const int ArgumentsMax = 4_096;
    const int VariablesMax = 8_192;
    const int BytesMax = 2 * 1024 * 1024;
    const int PathBytesMax = 4_095;
    const int HeadBytes = 256;
    const int InterpretersMax = 4;
    const int AnyExecute = 0x49;
    const int NativeMax = 1_024;
    const int StackBytesMax = 64 * 1024;

    const int BadAddress = 14;
    const int NameTooLong = 36;

    // Found to be programs of this machine, on mounts that cannot be written through.
    readonly HashSet<ExecutableIdentity> _native = [];
    readonly RunFiles _files = new(isolated);
    readonly ProcessMemory _memory = new();
    readonly byte[] _stack = new byte[StackBytesMax];

    /// <summary>Null, and the errno to answer with, when it is not to be decided about at all.</summary>
    internal SeenExecution? Read(in ExecCall call, ImmutableArray<string> via, out int errno)
    {
        _memory.Begin(call.Thread, [call.Path, call.Arguments, call.Environment]);
        var read = _memory.TryReadString(call.Path, PathBytesMax, out var path);
        errno = read == MemoryRead.TooLarge ? NameTooLong : BadAddress;
        if (read != MemoryRead.Read)
            return null;
        read = _memory.TryReadVector(call.Arguments, ArgumentsMax, BytesMax, out var argv);
        errno = read == MemoryRead.TooLarge ? Errno.TooManyArguments : BadAddress;
        // The kernel would invent an empty first argument; nothing honest starts without one.
        if (read != MemoryRead.Read || argv.Count == 0)
            return null;
        read = _memory.TryReadVector(call.Environment, VariablesMax, BytesMax, out var environment);
        errno = read == MemoryRead.TooLarge ? Errno.TooManyArguments : BadAddress;
        if (read != MemoryRead.Read)
            return null;
        var directory = ProcessSight.TryLink(call.Thread, "cwd") ?? "/";
        using var place = new ExecutionPlace(_files, call, path, directory);
        return Follow(place, argv, environment, via, out errno);
    }

    /// <summary>Whether the file that a call names lies in the work tree; false when that cannot be said.</summary>
    internal bool IsInTree(in ExecCall call)
    {
        _memory.Begin(call.Thread, [call.Path]);
        if (_memory.TryReadString(call.Path, PathBytesMax, out var path) != MemoryRead.Read)
            return false;
        using var place = new ExecutionPlace(_files, call, path, ProcessSight.TryLink(call.Thread, "cwd") ?? "/");
        return place.Look(out _) is { } found && Writ.Shell.Paths.IsWithin(workTree, found.Path);
    }

    /// <summary>
    /// Reads the digest of the program's file when it is asked to: null when that is not the same file any more. Null
    /// at once for a file without a name, which nobody could look at.
    /// </summary>
    internal Func<CancellationToken, string?>? FileOf(in ExecCall call, SeenExecution seen)
    {
        using var found = _files.TryFind(call.Thread, Encoding.UTF8.GetBytes(seen.Image.Path), out _);
        if (found is null || ProcessSight.TryStamp(found)?.Identity != seen.Image.Identity)
            return null;
        return ProcessSight.TryOpen(found) is { } file
            ? gone => ExecutionPlace.DigestOf(file, seen.Image.Identity, gone)
            : null;
    }

    /// <summary>The digest of what a process that stands still runs. Nobody can open its file for writing meanwhile,
    /// and who had it open when it started could not start it (execve(2), ETXTBSY).</summary>
    internal static string? DigestOfStarted(int process, ExecutableIdentity expected)
    {
        using var found = ProcessSight.TryFindBehind(process, "exe", out _);
        return found is not null && ProcessSight.TryOpen(found) is { } file
            ? ExecutionPlace.DigestOf(file, expected, CancellationToken.None)
            : null;
    }

    internal static byte[]? EnvironmentOf(int process) =>
        ProcessSight.TryRead(process, "environ", BytesMax + PathBytesMax);

    /// <summary>What has started, read while it stands still; null when that is not possible.</summary>
    internal StartedExecution? ReadStarted(int process, SeenExecution seen)
    {
        if (_files.TrySeeExecutable(process) is not { } image)
            return null;
        var (commandLine, loaders) = ReadStrings(process, seen);
        return loaders.IsDefault
            ? null
            : new StartedExecution(
                image, ExecutableOrigins.Of(image, workTree, isolated), commandLine, loaders,
                ProcessSight.TryLink(process, "cwd") ?? "/");
    }

    // From its stack, where that has room; else by way of /proc, which costs as much as all the rest.
    (byte[] CommandLine, ImmutableArray<string> Loaders) ReadStrings(int process, SeenExecution seen)
    {
        var expected = StartedStrings.ExtraBytes + seen.StackBytes;
        if (expected <= _stack.Length && StartedStrings.TryRead(
            process, _stack.AsSpan(0, expected), out var arguments, out var environment))
            return (
                arguments.SequenceEqual(seen.CommandLine) ? seen.CommandLine : arguments.ToArray(),
                seen.HasEnvironment(environment) ? seen.Program.Loaders : LoaderVariables.In(environment));
        var commandLine = ProcessSight.TryRead(process, "cmdline", BytesMax + PathBytesMax) ?? [];
        return (commandLine, EnvironmentOf(process) is { } bytes ? LoaderVariables.In(bytes) : default);
    }

    /// <summary>The caller that was read last was perhaps not the one that was meant.</summary>
    internal void Forget() => _files.Forget();

    public void Dispose() => _files.Dispose();

    SeenExecution? Follow(
        ExecutionPlace place, List<byte[]> argv, List<byte[]> environment, ImmutableArray<string> via, out int errno)
    {
        var loaders = LoaderVariables.In(environment);
        ImmutableArray<string> asked = [.. argv.Select(Encoding.UTF8.GetString)];
        string? askedPath = null;
        ExecutedScript? script = null;
        for (var depth = 0; depth <= InterpretersMax; depth++)
        {
            if (place.Look(out errno) is not { } image)
                return null;
            askedPath ??= image.Path;
            errno = Errno.AccessDenied;
            if (!image.IsRegular || (image.Mode & AnyExecute) == 0)
                return null;
            if (IsNative(place, image, out var head))
            {
                var origin = ExecutableOrigins.Of(image, workTree, isolated);
                script ??= ScriptOf(place, image, argv);
                var started = depth == 0 ? asked : [.. argv.Select(Encoding.UTF8.GetString)];
                var program = new ExecutedProgram(
                    place.Name, image.Path, origin, started, place.WorkingDirectory, via, loaders, script);
                return new SeenExecution(askedPath, asked, program, image, Terminated(argv), environment);
            }
            if (head is null)
                return null;
            errno = Errno.NotAProgram;
            if (!ProgramHead.TryInterpreter(head, out var interpreter, out var argument))
                return null;
            var kept = argument.Length == 0 ? 1 : 2;
            argv = argument.Length == 0
                ? [interpreter, place.KernelName, .. argv.Skip(1)]
                : [interpreter, argument, place.KernelName, .. argv.Skip(1)];
            script = script is null
                ? new ExecutedScript(
                    place.Name, ExecutableOrigins.Of(image, workTree, isolated), place.Digest(), kept)
                : script with { Index = script.Index + kept };
            place.MoveTo(interpreter);
        }
        errno = Errno.TooManyLinks;
        return null;
    }

    // Where no process of the run can write, a file that is the same has the same first bytes.
    bool IsNative(ExecutionPlace place, ExecutableSight image, out byte[]? head)
    {
        head = null;
        if (image.OnReadOnlyMount && _native.Contains(image.Identity))
            return true;
        head = place.Head(HeadBytes);
        if (head is null || !ProgramHead.IsNative(head))
            return false;
        if (_native.Count < NativeMax && image.OnReadOnlyMount)
            _native.Add(image.Identity);
        return true;
    }

    // An interpreter that is called with its script: what it runs is as much a part of the attempt as its own file.
    ExecutedScript? ScriptOf(ExecutionPlace place, ExecutableSight image, List<byte[]> argv)
    {
        var index = Interpreters.ScriptIndex(Writ.Shell.Paths.Name(image.Path), argv);
        if (index < 0)
            return null;
        using var script = place.Beside(argv[index]);
        return script.Look(out _) is { IsRegular: true } found
            ? new ExecutedScript(
                script.Name, ExecutableOrigins.Of(found, workTree, isolated), script.Digest(), index)
            : null;
    }

    internal static byte[] Terminated(List<byte[]> texts)
    {
        using var bytes = new MemoryStream();
        foreach (var text in texts)
        {
            bytes.Write(text);
            bytes.WriteByte(0);
        }
        return bytes.ToArray();
    }

    internal static ImmutableArray<string> Texts(ReadOnlySpan<byte> terminated)
    {
        var texts = ImmutableArray.CreateBuilder<string>();
        while (terminated.IndexOf((byte)0) is var end and >= 0 && texts.Count < ArgumentsMax)
        {
            texts.Add(Encoding.UTF8.GetString(terminated[..end]));
            terminated = terminated[(end + 1)..];
        }
        return texts.ToImmutable();
    }
}

/// <summary>One file that a waiting thread names, found from where it stands.</summary>
sealed class ExecutionPlace : IDisposable
{
    const int DigestBytesMax = 1024 * 1024;
    const int HashedAtOnce = 128 * 1024;
    const long HashedMax = 512L * 1024 * 1024;

    readonly RunFiles _files;
    readonly int _thread;
    readonly int _directory;
    readonly bool _isDescriptor;
    byte[] _path;
    Descriptor? _found;

    internal ExecutionPlace(RunFiles files, in ExecCall call, byte[] path, string workingDirectory)
    {
        _files = files;
        _thread = call.Thread;
        _directory = call.Directory;
        _isDescriptor = path.Length == 0 && (call.Flags & ExecCall.EmptyPath) != 0;
        _path = path;
        WorkingDirectory = workingDirectory;
    }

    ExecutionPlace(RunFiles files, int thread, byte[] path, string workingDirectory)
    {
        _files = files;
        _thread = thread;
        _directory = ExecCall.WorkingDirectory;
        _path = path;
        WorkingDirectory = workingDirectory;
    }

    internal string WorkingDirectory { get; }

    /// <summary>The absolute path by which it is named.</summary>
    internal string Name { get; private set; } = "";

    /// <summary>What the kernel calls the file when it hands it to an interpreter.</summary>
    internal byte[] KernelName => _isDescriptor
        ? Encoding.UTF8.GetBytes(Number($"/dev/fd/{_directory}"))
        : _directory == ExecCall.WorkingDirectory || _path is [(byte)'/', ..]
            ? _path
            : [.. Encoding.UTF8.GetBytes(Number($"/dev/fd/{_directory}/")), .. _path];

    internal ExecutableSight? Look(out int errno)
    {
        _found?.Dispose();
        _found = Find(out errno);
        if (_found is null)
            return null;
        if (_files.TrySee(_found) is { } sight)
        {
            if (_isDescriptor)
                Name = sight.Path;
            return sight;
        }
        errno = Errno.AccessDenied;
        return null;
    }

    /// <summary>The file's first bytes; null when they cannot be read.</summary>
    internal byte[]? Head(int bytes)
    {
        using var file = ProcessSight.TryOpen(_found!);
        var head = new byte[bytes];
        var count = file?.Read(head) ?? -1;
        return count < 0 ? null : head[..count];
    }

    internal string? Digest()
    {
        using var file = ProcessSight.TryOpen(_found!);
        try
        {
            return file is null ? null : ActionDigests.Executable(file.ReadToEnd(DigestBytesMax));
        }
        catch (LinuxFaultException)
        {
            return null;
        }
    }

    /// <summary>Of a whole file; null when it changed meanwhile, is larger than anybody's program, or nobody wants to
    /// know any more. Closes it.</summary>
    internal static string? DigestOf(Descriptor file, ExecutableIdentity expected, CancellationToken gone)
    {
        using (file)
        using (var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
        {
            if (expected.Size > HashedMax)
                return null;
            var buffer = new byte[HashedAtOnce];
            var count = 0;
            while (!gone.IsCancellationRequested && (count = file.Read(buffer)) > 0)
                hash.AppendData(buffer, 0, count);
            return count == 0 && !gone.IsCancellationRequested && ProcessSight.TryStamp(file)?.Identity == expected
                ? Convert.ToHexStringLower(hash.GetHashAndReset())
                : null;
        }
    }

    /// <summary>From a script on to its interpreter.</summary>
    internal void MoveTo(byte[] interpreter)
    {
        Invariant.Must(interpreter.Length > 0, "An interpreter has a name.");
        _path = interpreter;
    }

    /// <summary>Another file, as the program would find it.</summary>
    internal ExecutionPlace Beside(byte[] path) => new(_files, _thread, path, WorkingDirectory);

    public void Dispose() => _found?.Dispose();

    Descriptor? Find(out int errno)
    {
        errno = Errno.NotFound;
        if (_isDescriptor)
            return ProcessSight.TryFindBehind(_thread, Number($"fd/{_directory}"), out errno);
        if (_path.Length == 0)
            return null;
        var from = _path[0] == '/' || _directory == ExecCall.WorkingDirectory
            ? WorkingDirectory
            : ProcessSight.TryLink(_thread, Number($"fd/{_directory}"));
        if (from is null)
            return null;
        Name = Writ.Shell.Paths.Normalize(from, Encoding.UTF8.GetString(_path));
        if (OwnLink(Name) is { } link)
            return ProcessSight.TryFindBehind(_thread, link, out errno);
        byte[] absolute = _path[0] == '/' ? _path : [.. Encoding.UTF8.GetBytes(from + "/"), .. _path];
        return _files.TryFind(_thread, absolute, out errno);
    }

    // The links by which a process names itself lead elsewhere when somebody else follows them.
    static string? OwnLink(string path)
    {
        foreach (var self in (string[])["/proc/self/", "/proc/thread-self/", "/dev/"])
            if (path.StartsWith(self, StringComparison.Ordinal) && path[self.Length..] is var rest
                && (rest == "exe" ? self != "/dev/" : rest.StartsWith("fd/", StringComparison.Ordinal)
                    && int.TryParse(rest[3..], NumberStyles.None, CultureInfo.InvariantCulture, out _)))
                return rest;
        return null;
    }

    static string Number(FormattableString text) => FormattableString.Invariant(text);
}

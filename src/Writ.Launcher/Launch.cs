using System.Text;
using Writ.Linux;
using Writ.Runs;

namespace Writ.Launcher;

/// <summary>The launcher's steps, in the order in which they must happen.</summary>
static class Launch
{
    internal const int Refused = 126;
    internal const int NotFound = 127;

    const int KeyBytesMax = 4096;

    static ControlSocket? s_control;

    internal static int Run(int documentNumber, int controlNumber, string keyPath)
    {
        s_control = ControlSocket.Inherited(controlNumber);
        var key = ReadKey(keyPath);
        LaunchDocument? document;
        using (var file = Descriptor.Inherited(documentNumber))
        {
            if (key is not null && IsEmpty(file))
                Rehearse(key);
            document = LaunchDocument.Parse(file.ReadToEnd(LaunchDocument.BytesMax));
        }
        if (document is null)
            return Refuse("launch.document", "the launch document cannot be read");

        var order = OrderCheck.Open(document.Note, key, ThisProcess.UnixMilliseconds, out var refusal);
        if (order is null)
            return Refuse(refusal);
        if (!OrderCheck.CoversAction(order, document, out refusal))
            return Refuse(refusal);
        if (document.WithSecrets() is not { } environment)
            return Refuse("launch.document", "a secret has no place in the environment of the writ");
        using var executable = Files.TryOpenRead(document.Executable, out var errno);
        if (executable is null)
            return NotExecutable(document.Executable, errno);
        if (!OrderCheck.CoversExecutable(order, document, executable, out refusal))
            return Refuse(refusal);

        if (document.Reaches)
            Bridge.Open();
        var listener = Restrict(document);

        // Everything is in force. The runner learns which process this is, and answers only while it watches it. Where
        // it decides each execution, the one below is the first, and from here on nobody else can answer.
        if (!Handshake(listener))
            return Refuse("launch.runner-gone", "the runner did not answer");
        listener?.Dispose();
        errno = ThisProcess.Execute(document.Executable, document.Argv, environment);
        return NotExecutable(document.Executable, errno);
    }

    /// <summary>The stage outside of the sandbox: give up root for good and become the given program.</summary>
    internal static int RunAs(int uid, int gid, string program, string[] argv)
    {
        if (uid == 0 || gid == 0)
            return Refuse("launch.still-root", "this mode exists to give root up");
        ThisProcess.Become(uid, gid);
        ThisProcess.ResetSignals();
        var errno = ThisProcess.Execute(program, argv, []);
        return NotExecutable(program, errno);
    }

    /// <summary>
    /// As <see cref="RunAs"/>, but with directories that only root can reach shown at places that the user can.
    /// </summary>
    internal static int ShowAndRunAs(
        (string Directory, string Place)[] shown, int uid, int gid, string program, string[] argv)
    {
        Mounting.LeaveShared();
        foreach (var (directory, place) in shown)
            Mounting.Bind(directory, place);
        return RunAs(uid, gid, program, argv);
    }

    /// <summary>The pairs at the beginning of these words; null where there are not so many.</summary>
    internal static (string Directory, string Place)[]? Shown(string[] words, int count) =>
        count < 1 || count > words.Length / 2
            ? null
            : [.. words.Take(2 * count).Chunk(2).Select(pair => (pair[0], pair[1]))];

    /// <summary>
    /// The stage between two sandboxes: covers the work tree with a layer that takes its changes, gives up what
    /// mounting took, and becomes the given program.
    /// </summary>
    internal static int Cover(string tree, string upper, string work, string program, string[] argv)
    {
        Mounting.Overlay(tree, upper, work);
        // The inner sandbox does not start with capabilities that it did not ask for.
        ThisProcess.ClearAmbientCapabilities();
        ThisProcess.ResetSignals();
        return NotExecutable(program, ThisProcess.Execute(program, argv, []));
    }

    internal static void Report(string code, string why)
    {
        using var stderr = Descriptor.Standard(2);
        _ = stderr.Write(Encoding.UTF8.GetBytes($"writ-launch: {code}: {Printable(why)}\n"));
        // Best effort on a way that already ends in a refusal: the runner may be what is missing.
        try
        {
            s_control?.Send(Encoding.UTF8.GetBytes(LaunchSignals.NotRunPrefix + code));
        }
        catch (LinuxFaultException)
        {
            return;
        }
    }

    static Descriptor? Restrict(LaunchDocument document)
    {
        if (document.DiesWithParent)
            ThisProcess.DieWithParent();
        // The command leads a session and a process group of its own: signals to the group reach all of it and nothing
        // else, and no terminal is inherited.
        ThisProcess.StartSession();
        if (document.TakesTerminal)
        {
            using var terminal = Descriptor.Standard(0);
            ThisProcess.TakeControllingTerminal(terminal);
        }
        ThisProcess.ChangeDirectory(document.WorkingDirectory);
        // Not nought: that keeps no core file, but lets the kernel start the host's program for crashes.
        ThisProcess.Limit(ResourceLimit.CoreBytes, 1, 1);
        if (document.OpenFilesMax > 0)
            ThisProcess.Limit(ResourceLimit.OpenFiles, document.OpenFilesMax, document.OpenFilesMax);
        if (document.ProcessesMax > 0)
            ThisProcess.Limit(ResourceLimit.Processes, document.ProcessesMax, document.ProcessesMax);
        if (ThisProcess.EffectiveUid == 0 && !HasNamespaces(document))
            ThisProcess.DropCapabilities();
        ThisProcess.DenyNewPrivileges();
        if (document.Tier != "T0")
            RestrictPaths(document);
        ThisProcess.ResetSignals();
        ThisProcess.CloseOnExecFrom(3);
        return document.Tier == "T0" ? null : Filter(document);
    }

    // Last: the filter binds this process too, and its listener must not be lost on the way.
    static Descriptor? Filter(LaunchDocument document)
    {
        var program = SystemCallFilter.Build(
            HasNamespaces(document), document.Mediates ? Bpf.Notify : Bpf.Allow, isHeld: document.Tier == "T3");
        if (document.Mediates)
            return SeccompFilter.InstallWithListener(program);
        SeccompFilter.Install(program);
        return null;
    }

    static void RestrictPaths(LaunchDocument document)
    {
        using var ruleset = LandlockRuleset.Create(denyTcp: !HasNamespaces(document));
        foreach (var grant in document.Paths)
            ruleset.Grant(grant.Path, grant.Kind switch
            {
                PathGrantKind.ReadExecute => PathAccess.ReadExecute,
                PathGrantKind.ReadOnly => PathAccess.ReadOnly,
                PathGrantKind.ReadWrite => PathAccess.ReadWrite,
                PathGrantKind.ReadWriteExecute => PathAccess.ReadWriteExecute,
                PathGrantKind.Devices => PathAccess.Devices,
                PathGrantKind.ReadConnect => PathAccess.ReadConnect,
                _ => PathAccess.None,
            });
        ruleset.RestrictSelf();
    }

    static bool HasNamespaces(LaunchDocument document) => document.Tier is "T2" or "T3";

    static bool Handshake(Descriptor? listener)
    {
        var control = s_control!;
        control.Send(Encoding.UTF8.GetBytes(LaunchSignals.Ready), listener);
        Span<byte> answer = stackalloc byte[8];
        var message = control.Receive(answer);
        return answer[..message.Length].SequenceEqual(Encoding.UTF8.GetBytes(LaunchSignals.Go));
    }

    // In a sandbox that was built ahead there is time until the document comes. What will be done is done once for
    // nothing, so that its code and its libraries are in memory; but what of them is not needed any more is not.
    static void Rehearse(OrderKey key)
    {
        OrderNote.Rehearse(key);
        var document = new LaunchDocument
        {
            Note = "",
            Executable = "/",
            WorkingDirectory = "/",
            Argv = ["none"],
            Environment = ["NONE="],
            Tier = "T2",
            Paths = [new PathGrant(PathGrantKind.ReadOnly, "/")],
        };
        _ = LaunchDocument.Parse(document.Render());
        _ = ActionDigests.Argv(document.Argv);
        _ = ActionDigests.Environment(document.Environment);
        ContentDigest.Prepare();
        _ = SystemCallFilter.Build(hasNamespaces: true);
        LoadedLibraries.LetGo("libcrypto.", "libssl.");
    }

    static bool IsEmpty(Descriptor document)
    {
        Span<PollEntry> entry = [new PollEntry { Number = document.Number, WantsRead = true }];
        return !Polling.Wait(entry, 0);
    }

    static OrderKey? ReadKey(string path)
    {
        using var file = Files.TryOpenRead(path, out _);
        return file is null ? null : OrderKey.Parse(Encoding.UTF8.GetString(file.ReadToEnd(KeyBytesMax)));
    }

    static int NotExecutable(string path, int errno)
    {
        var missing = errno is Errno.NotFound or Errno.NotDirectory;
        Report(missing ? "launch.not-found" : "launch.not-executable", $"{path} (errno {errno})");
        return missing ? NotFound : Refused;
    }

    static int Refuse(string refusal)
    {
        var colon = refusal.IndexOf(':', StringComparison.Ordinal);
        return Refuse(refusal[..colon], refusal[(colon + 2)..]);
    }

    internal static int Refuse(string code, string why)
    {
        Report(code, why);
        return Refused;
    }

    // One line whatever the path contains: the terminal of whoever reads this is not for the command to write on.
    static string Printable(string text) =>
        string.Create(text.Length, text, static (to, from) =>
        {
            for (var i = 0; i < to.Length; i++)
                to[i] = from[i] is < ' ' or > '~' ? '?' : from[i];
        });
}

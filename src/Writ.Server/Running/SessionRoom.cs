using System.Globalization;
using System.Text;
using Writ.Linux;
using Writ.Runs;

namespace Writ.Server.Running;

/// <summary>
/// A mount namespace in which bubblewrap is started for a session's runs, kept while something of the session uses it:
/// all that their sandboxes have in common, put together once, and nothing else of the host. The launcher's stage
/// <c>room</c> makes it. What one run does to its sandbox is not seen in it.
/// </summary>
sealed class SessionRoom
{
    const int SaidBytesMax = 4096;
    const int InputNumber = 0;
    const int OutputNumber = 1;
    const int ErrorNumber = 2;
    static readonly TimeSpan MakingMax = TimeSpan.FromSeconds(10);

    readonly Lock _gate = new();
    int _users = 1;

    SessionRoom(RoomPlan plan, StartPlace place) => (Plan, Place) = (plan, place);

    internal RoomPlan Plan { get; }

    internal StartPlace Place { get; }

    /// <exception cref="LinuxFaultException">It cannot be made here; the text says why.</exception>
    internal static SessionRoom Make(RoomPlan plan, SessionStay stay)
    {
        var (hold, ready, error) = (Pipe.Create(), Pipe.Create(), Pipe.Create());
        using var holding = hold.Writer;
        using var reader = ready.Reader;
        using var saying = error.Reader;
        using var maker = Start(plan, stay, hold.Reader, ready.Writer, error.Writer);
        try
        {
            Span<PollEntry> entries = [new PollEntry { Number = reader.Number, WantsRead = true }];
            Span<byte> said = stackalloc byte[SaidBytesMax];
            if (!Polling.Wait(entries, (int)MakingMax.TotalMilliseconds))
                throw new LinuxFaultException("the session's room is not ready in time", Errno.Io);
            if (!said[..Math.Max(0, reader.Read(said))].SequenceEqual(Encoding.UTF8.GetBytes(LaunchSignals.Ready)))
            {
                saying.SetNonBlocking();
                var why = Encoding.UTF8.GetString(said[..Math.Max(0, saying.Read(said))]).Trim();
                throw new LinuxFaultException($"the session's room cannot be made ({why})", Errno.NotSupported);
            }
            // It stands there until it is let go of, so the number is its own.
            var mounts = Files.TryOpenRead(
                string.Create(CultureInfo.InvariantCulture, $"/proc/{maker.Pid}/ns/mnt"), out var errno)
                ?? throw new LinuxFaultException("open(mount namespace)", errno);
            return new SessionRoom(plan, new StartPlace(mounts, stay.User.Uid, stay.User.Gid));
        }
        finally
        {
            _ = maker.Signal(Signals.Kill);
            Span<PollEntry> ended = [new PollEntry { Number = maker.Descriptor.Number, WantsRead = true }];
            while (maker.TryReap() is null)
                _ = Polling.Wait(ended, -1);
        }
    }

    static ProcessHandle Start(
        RoomPlan plan, SessionStay stay, Descriptor input, Descriptor output, Descriptor error)
    {
        using (input)
        using (output)
        using (error)
            return Spawning.Start(
                plan.Launcher,
                [
                    "writ-launch", "room", Text(SpawnOrder.MappingNumber), Text(stay.User.Uid), Text(stay.User.Gid),
                    plan.Place, .. plan.Steps.SelectMany(step => (string[])[step.Kind, step.What, step.At]),
                ],
                [],
                [
                    new(input, InputNumber), new(output, OutputNumber), new(error, ErrorNumber),
                    new(stay.Mapping, SpawnOrder.MappingNumber),
                ],
                newSession: true);
    }

    internal void Enter()
    {
        lock (_gate)
            _users++;
    }

    /// <summary>With the last that leaves, it is gone.</summary>
    internal void Leave()
    {
        lock (_gate)
            if (--_users == 0)
                Place.Mounts.Dispose();
    }

    static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One thing in a room: what it is, of what, and where it is there.</summary>
readonly record struct RoomStep(string Kind, string What, string At);

/// <summary>
/// What a room is made of. Two that are equal come out the same, here and now: their text names all that goes in with
/// what it is at this moment, and the daemon's mounts, because what is mounted below is carried along.
/// </summary>
sealed record RoomPlan(string Launcher, string Place, IReadOnlyList<RoomStep> Steps, string Text)
{
    /// <summary>Where in the room lies what becomes the root of each sandbox.</summary>
    internal const string Root = "/sandbox";

    /// <summary>The same of what the launcher in there needs.</summary>
    internal const string Launch = "/launch";

    const string Shown = "/shown";

    // A folder that each sandbox gets anew, in which bubblewrap makes what has to be there.
    static readonly string[] _fresh = ["/tmp", "/home", "/run", "/dev"];

    /// <summary>Null when what the plan shows cannot be put together from a room.</summary>
    internal static RoomPlan? For(
        RunPlan plan, FileOwner owner, string bubblewrap, string launcher, string orderKey, string etc, string place)
    {
        var shown = SessionQuarters.Mapped(plan);
        // What lies in another keeps its own rights only where both are at their places.
        if (shown.Any(path => shown.Any(other => path != other && SandboxLayout.IsWithin(path, other)))
            || !SandboxLayout.IsWithin(bubblewrap, "/usr"))
            return null;
        List<RoomStep> steps =
        [
            new("system", "/proc", "/proc"), new("devices", "/dev", "/dev"), new("folder", "-", "/tmp"),
            new("show", "/usr", Root + "/usr"), new("link", Root[1..] + "/usr", "/usr"),
            new("link", Root[1..] + "/etc", "/etc"),
            new("show", launcher, $"{Launch}/launch"), new("show", orderKey, $"{Launch}/order.vkey"),
            new("show", etc, $"{Launch}/etc"),
            .. SandboxLayout.RoomSteps(plan),
            .. shown.Select((path, number) => new RoomStep(
                path == plan.WorkTree && plan.WorkTreeWritable ? "map" : "map-read", path, At(number))),
            .. shown.Where(path => !_fresh.Any(folder => SandboxLayout.IsWithin(path, folder)))
                .Select(path => new RoomStep("folder", "-", Root + path)),
        ];
        var text = new StringBuilder(4096).Append(CultureInfo.InvariantCulture, $"{owner}\n");
        foreach (var (kind, what, at) in steps)
        {
            var facts = kind is "folder" or "link" ? null : Files.TryFacts(what);
            text.Append(
                CultureInfo.InvariantCulture,
                $"{kind}\0{what}\0{at}\0{facts?.Device} {facts?.Inode} {facts?.IsDirectory}\0");
        }
        text.Append(MountTable.Text());
        return new RoomPlan(launcher, place, steps, text.ToString());
    }

    /// <summary>Where in the room lies what a plan shows.</summary>
    internal static string Of(RunPlan plan, string path) => At(SessionQuarters.Mapped(plan).IndexOf(path));

    static string At(int number) => string.Create(CultureInfo.InvariantCulture, $"{Shown}/{number}");
}

using System.Text;
using Writ.Linux;
using Writ.Runs;

namespace Writ.Launcher;

/// <summary>
/// What the sandboxes of one session are made of, in a mount namespace that has nothing else: whoever started this one
/// takes hold of the namespace and starts bubblewrap in it, time after time. Nothing in it can be changed from there:
/// bubblewrap is not root, and gets copies that it cannot take apart.
/// </summary>
static class Room
{
    const long BytesMax = 1 << 20;
    const int AnyoneReads = 0x1ED;
    const int WordsInStep = 3;

    /// <param name="mappingNumber">Whose files are whose.</param>
    /// <param name="place">A directory of the host in whose place the room is made, unseen by anybody.</param>
    /// <param name="words">For each step what it does, with what, and where in the room.</param>
    internal static int Stand(int mappingNumber, int uid, int gid, string place, string[] words)
    {
        var steps = words.Chunk(WordsInStep).ToArray();
        if (steps.Length == 0 || steps[^1].Length < WordsInStep)
            return Launch.Refuse("usage", "a room is made of something");
        using (var mapping = Descriptor.Inherited(mappingNumber))
        {
            Mounting.LeaveShared();
            // All of them first: what they are copies of may lie below the place.
            var copies = steps.Select(step => Copy(step[0], step[1], mapping)).ToArray();
            Mounting.Empty(place, BytesMax, AnyoneReads);
            for (var i = 0; i < steps.Length; i++)
                using (copies[i])
                    Take(steps[i], place + steps[i][2], copies[i], uid, gid);
        }
        Mounting.BecomeRoot(place);
        using var output = Descriptor.Standard(1);
        output.WriteAll(Encoding.UTF8.GetBytes(LaunchSignals.Ready), "write(ready)");
        using var input = Descriptor.Standard(0);
        _ = input.Read(new byte[1]);
        return 0;
    }

    static Descriptor? Copy(string kind, string what, Descriptor mapping) => kind switch
    {
        "map" => Mounting.Copy(what, mapping, readOnly: false),
        "map-read" => Mounting.Copy(what, mapping, readOnly: true),
        "show" => Mounting.Copy(what, mapping: null, readOnly: true),
        "system" => Mounting.Copy(what, mapping: null, readOnly: false),
        "devices" => Mounting.CopyDevices(what),
        _ => null,
    };

    static void Take(string[] step, string at, Descriptor? copy, int uid, int gid)
    {
        MakeFolder(Path.GetDirectoryName(at)!, uid, gid);
        switch (step[0])
        {
            case "folder":
                MakeFolder(at, uid, gid);
                break;
            case "link":
                Files.MakeLink(step[1], at, uid, gid);
                break;
            case var kind when copy is null:
                throw new LinuxFaultException($"step {kind}", Errno.NotSupported);
            case var _ when Files.Facts(copy).IsDirectory:
                MakeFolder(at, uid, gid);
                Mounting.Place(copy, at);
                break;
            default:
                Make(at, asDirectory: false);
                Mounting.Place(copy, at);
                break;
        }
    }

    // As everything that bubblewrap makes by itself is the session's user's.
    static void MakeFolder(string at, int uid, int gid)
    {
        if (Files.TryFacts(at) is not null)
            return;
        MakeFolder(Path.GetDirectoryName(at)!, uid, gid);
        Make(at, asDirectory: true);
        Files.ChangeOwner(at, uid, gid);
    }

    static void Make(string at, bool asDirectory)
    {
        using var above = Files.OpenExact(Path.GetDirectoryName(at)!);
        Files.Make(above, Path.GetFileName(at), asDirectory, AnyoneReads);
    }
}

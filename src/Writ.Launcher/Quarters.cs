using System.Globalization;
using Writ.Linux;

namespace Writ.Launcher;

/// <summary>
/// The stage in which root becomes a session's own user: before, it shows that user the files of the session as its
/// own, in a mount namespace that nobody else sees. What the user makes in them belongs to whom they belong.
/// </summary>
static class Quarters
{
    const int AnyoneWrites = 0x3FF;
    const int Passable = 0x1C9;
    const int Readable = 0x1ED;
    const long RoomBytesMax = 1 << 20;
    const int WordsInStep = 3;

    static readonly HashSet<ulong> _covered = [];

    /// <param name="mappingNumber">Whose files are whose.</param>
    /// <param name="words">How many steps; for each what it does, with what, and where; then the program.</param>
    internal static int Enter(int mappingNumber, int uid, int gid, string[] words)
    {
        var count = int.Parse(words[0], NumberStyles.None, CultureInfo.InvariantCulture);
        var steps = words.Skip(1).Take(count * WordsInStep).Chunk(WordsInStep).ToArray();
        var command = words[(1 + (count * WordsInStep))..];
        if (command.Length < 2)
            return Launch.Refuse("usage", "the session's user is to become something");
        using (var mapping = Descriptor.Inherited(mappingNumber))
        {
            Mounting.LeaveShared();
            // All of them first: what comes next covers the places where they are.
            var copies = steps.Select(step => step[0] switch
            {
                "map" => Mounting.Copy(step[1], mapping, readOnly: false),
                "map-read" => Mounting.Copy(step[1], mapping, readOnly: true),
                "show" => Mounting.Copy(step[1], mapping: null, readOnly: true),
                _ => null,
            }).ToArray();
            for (var i = 0; i < count; i++)
                using (copies[i])
                    Take(steps[i], copies[i], uid, gid);
        }
        return Launch.RunAs(uid, gid, command[0], command[1..]);
    }

    static void Take(string[] step, Descriptor? copy, int uid, int gid)
    {
        var (kind, what, place) = (step[0], step[1], step[2]);
        switch (kind)
        {
            case "map" or "map-read" or "show":
                MakePlace(place, Files.Facts(copy!).IsDirectory);
                Mounting.Place(copy!, place);
                break;
            case "room":
                Cover(place, RoomBytesMax, Passable);
                break;
            case "scratch":
                Cover(place, long.Parse(what, NumberStyles.None, CultureInfo.InvariantCulture), AnyoneWrites);
                break;
            case "home":
                MakePlace(place, asDirectory: true);
                Files.ChangeOwner(place, uid, gid);
                break;
            case "processes":
                Mounting.HideProcesses();
                break;
            default:
                throw new LinuxFaultException($"step {kind}", Errno.NotSupported);
        }
    }

    static void Cover(string place, long bytesMax, int mode)
    {
        Mounting.Empty(place, bytesMax, mode);
        using var covered = Files.OpenExact(place);
        _covered.Add(Files.Facts(covered).Device);
    }

    // Only in what has just been covered something may be missing; nothing is ever made in the host's own tree, however
    // its folders are exchanged meanwhile.
    static void MakePlace(string place, bool asDirectory)
    {
        if (Files.TryFacts(place) is not null)
            return;
        var above = Path.GetDirectoryName(place)!;
        MakePlace(above, asDirectory: true);
        using var directory = Files.OpenExact(above);
        if (!_covered.Contains(Files.Facts(directory).Device))
            throw new LinuxFaultException($"{place} is not there", Errno.NotFound);
        Files.Make(directory, Path.GetFileName(place), asDirectory, Readable);
    }
}

using Writ.Linux;
using Writ.Runs;

namespace Writ.Launcher;

/// <summary>
/// In a sandbox that was built ahead there is time until the document comes. What will be done then is done once for
/// nothing, so that its code and its libraries are in memory. None of it restricts this process, and all of it fails
/// or is thrown away.
/// </summary>
static class Rehearsal
{
    const string Nobody = "-";
    const string Folder = "/";

    /// <param name="keyPath">A file that is there, to be read as an executable is.</param>
    internal static void Hold(OrderKey key, string keyPath)
    {
        OrderNote.Rehearse(key);
        ContentDigest.Prepare();
        var (document, order) = (Document(), Order());
        Invariant.Must(
            OrderCheck.Open(document.Note, key, nowUnixMilliseconds: 0, out _) is null, "Nobody has signed this.");
        Invariant.Must(!OrderCheck.CoversAction(order, document, out _), "This orders something else.");
        if (Files.TryOpenRead(keyPath, out _) is { } file)
            using (file)
                Invariant.Must(!OrderCheck.CoversExecutable(order, document, file, out _), "This is no executable.");
        _ = SystemCallFilter.Build(hasNamespaces: true);
    }

    static LaunchDocument Document() => LaunchDocument.Parse(new LaunchDocument
    {
        Note = Nobody,
        Executable = Folder,
        WorkingDirectory = Folder,
        Argv = [Nobody],
        Environment = ["PATH=/"],
        Tier = "T2",
        Paths = [new PathGrant(PathGrantKind.ReadOnly, Folder)],
    }.Render())!;

    // It agrees with the document up to the environment, which is compared last.
    static WritOrder Order() => WritOrder.Parse(new WritOrder(
        Nobody, Nobody, Nobody, Nobody, Nobody, Nobody, ActionDigests.Argv([Nobody]),
        ActionDigests.WorkingDirectory(Folder), ActionDigests.Environment([]), ActionDigests.Executable([]), "T2",
        DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, Nobody, Nobody, Nobody, Nobody, [Nobody], [Nobody])
        .Render())!;
}

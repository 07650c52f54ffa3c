using System.Globalization;

namespace Writ.Server.Running;

/// <summary>
/// The generated part of /etc inside a sandbox: who the one user is, and that there is no network to ask.
/// </summary>
static class EtcFiles
{
    internal static readonly string[] Names = ["passwd", "group", "nsswitch.conf", "hosts"];

    /// <summary>Writes the files for one user once; they depend on nothing else.</summary>
    internal static string Prepare(string runtimeDirectory, int uid, int gid)
    {
        var directory = Path.Combine(
            runtimeDirectory, "etc", string.Create(CultureInfo.InvariantCulture, $"{uid}-{gid}"));
        if (File.Exists(Path.Combine(directory, Names[^1])))
            return directory;
        Directory.CreateDirectory(directory);
        var user = uid == 0 ? "root" : "agent";
        var nobody = uid == 65534 ? "" : "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
        var nogroup = gid == 65534 ? "" : "nogroup:x:65534:\n";
        Write(directory, "passwd", string.Create(
            CultureInfo.InvariantCulture, $"{user}:x:{uid}:{gid}:{user}:/home/agent:/bin/sh\n{nobody}"));
        Write(directory, "group", string.Create(CultureInfo.InvariantCulture, $"{user}:x:{gid}:\n{nogroup}"));
        Write(directory, "nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n");
        Write(directory, "hosts", "127.0.0.1 localhost writ\n::1 localhost\n");
        return directory;
    }

    // Complete or absent: another run may be looking.
    static void Write(string directory, string name, string text)
    {
        var path = Path.Combine(directory, name);
        var temporary = Path.Combine(directory, $".{name}.{Environment.CurrentManagedThreadId}");
        File.WriteAllText(temporary, text);
        File.Move(temporary, path, overwrite: true);
    }
}

using System.Globalization;
using System.Text;

namespace Writ.Server.Callers;

/// <summary>What the kernel says of one process.</summary>
/// <param name="StartTime">In clock ticks since boot: field 22 of proc_pid_stat(5).</param>
public readonly record struct ProcessFacts(int Pid, int Parent, long StartTime);

/// <summary>
/// The processes of this machine as /proc shows them (proc(5)). Whoever reads it must expect them to end.
/// </summary>
public sealed class ProcessTable(string root = "/proc")
{
    const int ProcessesMax = 65_536;
    const int DescriptorsMax = 65_536;
    const int EnvironmentBytesMax = 1024 * 1024;

    static readonly byte[][] _sessionMarks = ["CLAUDECODE="u8.ToArray(), "WRIT_SESSION="u8.ToArray()];

    public string Root => root;

    /// <summary>Null when there is no such process.</summary>
    public ProcessFacts? Find(int pid)
    {
        if (Read(pid, "stat", 4_096) is not { } bytes)
            return null;
        var stat = Encoding.UTF8.GetString(bytes);
        // The name is in parentheses and may hold any character, also more parentheses.
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19
            && int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var parent)
            && long.TryParse(fields[19], NumberStyles.None, CultureInfo.InvariantCulture, out var start)
                ? new ProcessFacts(pid, parent, start)
                : null;
    }

    /// <summary>
    /// True when the environment a process was started with says that it is inside a session. It is a hint: a process
    /// can leave it behind, which is why agents' processes are remembered as well.
    /// </summary>
    public bool NamesSession(int pid)
    {
        if (Read(pid, "environ", EnvironmentBytesMax) is not { } environment)
            return false;
        var rest = environment.AsSpan();
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)0);
            var variable = end < 0 ? rest : rest[..end];
            foreach (var mark in _sessionMarks)
                if (variable.StartsWith(mark))
                    return true;
            rest = end < 0 ? [] : rest[(end + 1)..];
        }
        return false;
    }

    /// <summary>
    /// True when a process's name, program or script is called like this: <c>claude</c>, <c>node .../claude</c>.
    /// </summary>
    public bool IsNamed(int pid, string word)
    {
        const int words = 2;
        var arguments = Encoding.UTF8.GetString(Read(pid, "cmdline", 4_096) ?? []).Split('\0').Take(words);
        var name = Encoding.UTF8.GetString(Read(pid, "comm", 64) ?? []).Trim();
        return arguments.Select(a => Path.GetFileName(a)).Append(name)
            .Any(n => n.StartsWith(word, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Every process that holds this socket and lets itself be looked at.</summary>
    public IReadOnlyList<int> HoldersOf(long socketInode)
    {
        var wanted = $"socket:[{socketInode.ToString(CultureInfo.InvariantCulture)}]";
        var holders = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories(root).Take(ProcessesMax))
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && Holds(pid, wanted))
                holders.Add(pid);
        return holders;
    }

    bool Holds(int pid, string wanted)
    {
        try
        {
            foreach (var file in new DirectoryInfo($"{root}/{pid}/fd").EnumerateFileSystemInfos().Take(DescriptorsMax))
                if (file.LinkTarget == wanted)
                    return true;
        }
        catch (IOException)
        {
            // It has ended, or closed the descriptor meanwhile.
        }
        catch (UnauthorizedAccessException)
        {
            // Another user's process; whoever asks has to do without it.
        }
        return false;
    }

    byte[]? Read(int pid, string file, int bytesMax)
    {
        try
        {
            using var stream = File.OpenRead($"{root}/{pid}/{file}");
            var buffer = new MemoryStream();
            var chunk = new byte[4_096];
            while (buffer.Length < bytesMax && stream.Read(chunk) is > 0 and var count)
                buffer.Write(chunk, 0, count);
            return buffer.ToArray();
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}

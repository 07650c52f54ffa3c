using System.Text;
using Writ.Assistants;
using Writ.Linux;

namespace Writ.Client.Connecting;

/// <summary>
/// Where the control plane's socket for agents may be. A place that was named is the only one looked at.
/// </summary>
static class AgentSocketPaths
{
    const string Name = "agent.sock";
    const int Unmapped = 65_534;
    const int MapBytesMax = 4_096;

    /// <param name="named">The value of <c>--socket</c>, if it was given.</param>
    public static IReadOnlyList<string> Candidates(string? named)
    {
        if ((named ?? Variable("WRIT_SOCKET")) is { } only)
            return [only];
        var paths = new List<string>(3);
        if (Variable("XDG_RUNTIME_DIR") is { } runtime)
            paths.Add($"{runtime}/writ/{Name}");
        // A root daemon serves every user of the machine there.
        paths.Add($"/run/writ/{Name}");
        if (Variable("WRIT_DATA") is { } data)
            paths.Add($"{data}/run/{Name}");
        else if (Variable("HOME") is { } home)
            paths.Add($"{home}/.local/state/writ/run/{Name}");
        return paths;
    }

    /// <summary>Only the machine's root or the user's own daemon may answer for the control plane.</summary>
    public static bool MayServe(string path, int uid) => uid == 0 || uid == ThisProcess.EffectiveUid
        || (uid == Unmapped && path == AssistantPlaces.SocketPath && !IsRootMapped());

    // In a sandbox the machine's root has no number of its own. That one place in there was made with the sandbox, and
    // nothing inside can put another socket there.
    static bool IsRootMapped()
    {
        using var map = Files.TryOpenRead("/proc/self/uid_map", out _);
        var text = map is null ? "0" : Encoding.ASCII.GetString(map.ReadToEnd(MapBytesMax));
        return text.Split('\n').Any(line => line.TrimStart().StartsWith("0 ", StringComparison.Ordinal));
    }

    static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value
        : null;
}

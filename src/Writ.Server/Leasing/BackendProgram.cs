using System.Diagnostics;

namespace Writ.Server.Leasing;

/// <summary>Starts what a backend is asked through: with nothing of this process's environment, and all three streams
/// ours.</summary>
static class BackendProgram
{
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public static Process Start(string path, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/bin:/usr/bin:/bin";
        start.Environment["LANG"] = "C.UTF-8";
        return Process.Start(start)!;
    }
}

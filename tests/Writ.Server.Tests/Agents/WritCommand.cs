using System.Diagnostics;
using System.Globalization;

namespace Writ.Testing;

/// <summary>What a command left behind.</summary>
public sealed record Ended(int Exit, string Out, string Error);

/// <summary>Runs the real client, with an environment that holds only what is given.</summary>
public static class WritCommand
{
    public static Process Start(string program, IEnumerable<string> arguments, string directory, params (string Name,
        string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/bin:/usr/bin:/bin";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException($"cannot start {program}");
    }

    public static async Task<Ended> Finish(
        Process process, ReadOnlyMemory<byte> input = default, TimeSpan? patience = null)
    {
        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            try
            {
                await process.StandardInput.BaseStream.WriteAsync(input);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended without reading everything, which it may.
            }
            await process.WaitForExitAsync().WaitAsync(patience ?? AgentWorld.Patience);
            return new Ended(process.ExitCode, await output, await error);
        }
    }

    /// <summary><c>writ run</c> with these words, which the caller finishes.</summary>
    public static Process StartRun(AgentWorld world, string tree, params string[] arguments) =>
        Start(AgentWorld.Binary("writ"), ["run", .. arguments], tree, ("WRIT_SOCKET", world.Socket));

    /// <summary>Sends a signal by its name, such as TERM.</summary>
    public static void Signal(Process process, string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public static Task<Ended> Run(AgentWorld world, string tree, params string[] arguments) =>
        Finish(StartRun(world, tree, arguments));
}

using System.Diagnostics;
using System.Globalization;

namespace Writ.Server.Tests.Sequencer;

/// <summary>One life of the process that writes several realms: from its start to the kill.</summary>
static class CrashLife
{
    /// <summary>Starts the process, listens until it has acknowledged so much, and kills it there.</summary>
    /// <param name="program">An executable that runs <see cref="CrashRealms"/> when it is told to.</param>
    public static void Live(string program, string folder, CrashAccount[] accounts, string life, int killAfter)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            ArgumentList = { CrashRealms.Argument, folder, $"{accounts.Length}", life },
        };
        using var process = Process.Start(start)!;
        try
        {
            for (var heard = 0; heard < killAfter; heard++)
                Hear(process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("it ended by itself"),
                    accounts);
        }
        finally
        {
            process.Kill();
        }
        // What was in the pipe was said before the kill; a line without its end was not.
        var rest = process.StandardOutput.ReadToEnd();
        foreach (var line in rest[..(rest.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Hear(line, accounts);
        process.WaitForExit();
    }

    static void Hear(string line, CrashAccount[] accounts)
    {
        var words = line.Split(' ');
        var account = accounts[int.Parse(words[1], CultureInfo.InvariantCulture)];
        var number = long.Parse(words[2], CultureInfo.InvariantCulture);
        if (words[0] == "loaded")
            account.HearLoaded(number, words[3], double.Parse(words[4], CultureInfo.InvariantCulture));
        else
            account.HearAcknowledged(number, words[3]);
    }
}

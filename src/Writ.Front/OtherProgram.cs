using System.Collections;
using Writ.Client;
using Writ.Client.Connecting;
using Writ.Linux;

namespace Writ.Front;

/// <summary>
/// <c>writ-cli</c>, the program of people's commands: it replaces this one, so that streams, signals, terminal and exit
/// status are its own (docs/decisions/0037-two-programs.md).
/// </summary>
static class OtherProgram
{
    const string Name = "writ-cli";

    /// <summary>Returns only when there is no such program, with the exit status that says so.</summary>
    public static int Become(string[] args)
    {
        // Beside this file, wherever a link to it lies: never searched for in places that others may write to.
        var path = Path.Combine(Path.GetDirectoryName(Environment.ProcessPath) ?? "/", Name);
        var error = ThisProcess.Execute(path, ["writ", .. args], Variables());
        StandardStreams.Say($"writ: {path} does not start (error {error}); it belongs beside writ [cli.incomplete]");
        return Exits.NotExecutable;
    }

    static string[] Variables()
    {
        var all = Environment.GetEnvironmentVariables();
        var list = new string[all.Count];
        var count = 0;
        foreach (DictionaryEntry variable in all)
            list[count++] = $"{variable.Key}={variable.Value}";
        return list;
    }
}

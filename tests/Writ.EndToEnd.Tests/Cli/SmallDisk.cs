using System.Diagnostics;
using System.Globalization;
using Writ.Testing;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>
/// A disk of a few megabytes that only this shell, and what it starts, can see: a file system in memory, mounted for
/// them alone at <see cref="Path"/> in the client's folder. What they write elsewhere is written for everybody.
/// </summary>
sealed class SmallDisk : IDisposable
{
    const string Bubblewrap = "/usr/bin/bwrap";
    static readonly TimeSpan _patience = TimeSpan.FromSeconds(120);

    readonly Client _client;
    readonly Process _shell;
    int _lines;

    public SmallDisk(Client client, int megabytes)
    {
        if (!File.Exists(Bubblewrap))
            SharedData.Unavailable("bubblewrap is not installed");
        _client = client;
        Path = client.At("disk");
        Directory.CreateDirectory(Path);
        _shell = client.Start(
            Bubblewrap, "--dev-bind", "/", "/", "--size", (megabytes << 20).ToString(CultureInfo.InvariantCulture),
            "--tmpfs", Path, "--die-with-parent", "--", "/bin/bash");
    }

    public string Path { get; }

    /// <summary>Runs one line of shell there, to its end; what it starts in the background may stay.</summary>
    public Ran Do(string line)
    {
        var (output, errors) = (_client.At($"line-{++_lines}.out"), _client.At($"line-{_lines}.err"));
        _shell.StandardInput.WriteLine($"{{ {line}\n}} </dev/null >{output} 2>{errors}; echo $?");
        _shell.StandardInput.Flush();
        var status = _shell.StandardOutput.ReadLineAsync().WaitAsync(_patience).GetAwaiter().GetResult();
        Assert.True(status is not null, "the shell is there");
        return new Ran(
            int.Parse(status!, CultureInfo.InvariantCulture), File.ReadAllText(output), File.ReadAllText(errors));
    }

    public void Dispose()
    {
        // What it started dies with the mount's own processes.
        _shell.StandardInput.WriteLine("kill $(jobs -p) 2>/dev/null; wait; exit");
        _shell.StandardInput.Close();
        if (!_shell.WaitForExit(_patience))
            _shell.Kill(entireProcessTree: true);
        _shell.Dispose();
    }
}

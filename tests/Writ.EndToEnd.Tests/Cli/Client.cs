using System.Diagnostics;
using System.Runtime.Versioning;
using Writ.Testing;

[assembly: SupportedOSPlatform("linux")]

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>What one run of a program left: its two streams and its status.</summary>
sealed record Ran(int Status, string Output, string Errors);

/// <summary>
/// The real client with a configuration of its own in a temporary folder. Its environment holds nothing of the test's,
/// because the control plane refuses whoever looks like an agent's process.
/// </summary>
sealed class Client : IDisposable
{
    public const string Passphrase = "correct horse battery";

    static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    public Client()
    {
        if (!File.Exists(Path.Combine(Binaries, "writ")))
            SharedData.Unavailable("out/writ is not built; run: ./build.sh build");
        Folder = Directory.CreateTempSubdirectory("writ-cli-").FullName;
        PassphraseFile = Write("passphrase", Passphrase + "\n");
        File.SetUnixFileMode(PassphraseFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Environment["PATH"] = $"{Binaries}:/usr/bin:/bin";
        Environment["HOME"] = Folder;
        Environment["LANG"] = "C.UTF-8";
        Environment["WRIT_CONFIG"] = Path.Combine(Folder, "config");
        Environment["WRIT_PASSPHRASE_FILE"] = PassphraseFile;
    }

    public static string Binaries { get; } = Path.Combine(SharedData.RepositoryRoot, "out");

    public string Folder { get; }

    public string PassphraseFile { get; }

    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    public string KeyOf(string person) => Path.Combine(Environment["WRIT_CONFIG"], "keys", person + ".key");

    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A path in the client's folder.</summary>
    public string At(string name) => Path.Combine(Folder, name);

    public Ran Writ(params string[] arguments) => Run(Path.Combine(Binaries, "writ"), arguments);

    public Ran Shell(string line) => Run("/bin/bash", "-c", line);

    /// <summary>Starts something that stays; the caller ends it.</summary>
    public Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    public Ran Run(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(_patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', arguments)} did not end within {_patience}");
        }
        return new Ran(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }
}

using System.Diagnostics;
using Writ.Linux;
using Writ.Testing;

namespace Writ.Server.Tests.Running;

/// <summary>
/// What holds for a daemon of root holds for one of anybody: the same tests once more, as a user without any right and
/// with a copy of everything, beside what root's daemon has left on this machine.
/// </summary>
public sealed class UnprivilegedTests
{
    const int Nobody = 65534;
    static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData("Running.ContainmentTests", 20)]
    [InlineData("Mediation.AttackTests", 10)]
    [InlineData("Mediation.MediatorTests", 3)]
    [InlineData("Mediation.ToolChainTests", 5)]
    [InlineData("Egress.ProxyTests", 40)]
    [InlineData("Egress.BridgeTests", 10)]
    [InlineData("Assistants.AssistantAttackTests", 6)]
    [InlineData("Assistants.AssistantPlaceTests", 4)]
    public async Task Containment_and_mediation_hold_without_any_right(string tests, int atLeast)
    {
        // Then the tests themselves are what this is about.
        if (ThisProcess.EffectiveUid != 0)
            return;
        // Not below /tmp, which inside of a sandbox is another one.
        var root = Directory.CreateDirectory($"/var/tmp/writ-unprivileged-{Guid.NewGuid():N}").FullName;
        try
        {
            Copy(root);
            var said = await Run(root, $"Writ.Server.Tests.{tests}");
            Assert.True(said.Contains("Errors: 0, Failed: 0, Skipped: 0", StringComparison.Ordinal), said);
            var total = said[(said.IndexOf("Total: ", StringComparison.Ordinal) + 7)..].Split(',')[0];
            Assert.True(int.Parse(total) >= atLeast, said);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    // A checkout may lie where nobody else can go.
    static void Copy(string root)
    {
        var checkout = Path.Combine(root, "checkout");
        var program = Path.Combine(checkout, "artifacts/bin/Writ.Server.Tests/debug");
        CopyFolder(AppContext.BaseDirectory, program);
        Directory.CreateDirectory(Path.Combine(checkout, "out"));
        File.Copy(Path.Combine(SharedData.RepositoryRoot, "Writ.slnx"), Path.Combine(checkout, "Writ.slnx"));
        foreach (var binary in (string[])["writ", "writ-cli", "writ-launch"])
            File.Copy(
                Path.Combine(SharedData.RepositoryRoot, "out", binary), Path.Combine(checkout, "out", binary));
        CopyFolder(Path.Combine(SharedData.RepositoryRoot, "policies"), Path.Combine(checkout, "policies"));
        CopyFolder(SharedData.Require("attacks"), Path.Combine(root, "shared", "attacks"));
        Directory.CreateDirectory(Path.Combine(root, "tmp"));
        Files.ChangeOwner(root, Nobody, Nobody);
        foreach (var entry in Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories))
            Files.ChangeOwner(entry, Nobody, Nobody);
    }

    static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.EnumerateDirectories(from))
            CopyFolder(folder, Path.Combine(to, Path.GetFileName(folder)));
    }

    static async Task<string> Run(string root, string tests)
    {
        var start = new ProcessStartInfo("/usr/bin/setpriv",
        [
            "--reuid", $"{Nobody}", "--regid", $"{Nobody}", "--clear-groups", "--",
            Path.Combine(root, "checkout/artifacts/bin/Writ.Server.Tests/debug/Writ.Server.Tests"), "-noColor",
            "-class", tests,
        ])
        { RedirectStandardOutput = true, WorkingDirectory = root };
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_ROOT");
        start.Environment.Clear();
        foreach (var (name, value) in new[]
        {
            ("PATH", "/usr/bin:/bin"), ("HOME", root), ("TMPDIR", Path.Combine(root, "tmp")), ("CI", "true"),
            ("WRIT_SHARED", Path.Combine(root, "shared")), ("DOTNET_ROOT", dotnet),
        })
            if (value is not null)
                start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        using var limit = new CancellationTokenSource(_patience);
        await process.WaitForExitAsync(limit.Token);
        return await output;
    }
}

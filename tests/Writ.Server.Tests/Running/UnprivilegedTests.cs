using System.Diagnostics;
using Writ.Linux;
using Writ.Testing;

namespace Writ.Server.Tests.Running;

/// <summary>
/// What holds for a daemon of root on a machine with namespaces holds for one of anybody, and on a machine that refuses
/// them: the same tests once more, as a user without any right and with a copy of everything, beside what root's daemon
/// has left on this machine; and where whoever asks for a namespace gets <c>EPERM</c>.
/// </summary>
public sealed class UnprivilegedTests
{
    const int Nobody = 65534;
    static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData("Running.ContainmentTests", 20)]
    [InlineData("Running.EscapeTests", 15)]
    [InlineData("Running.HeldWorkTests", 7)]
    [InlineData("Mediation.AttackTests", 10)]
    [InlineData("Mediation.MediatorTests", 3)]
    [InlineData("Mediation.ToolChainTests", 20)]
    [InlineData("Egress.ProxyTests", 40)]
    [InlineData("Egress.BridgeTests", 10)]
    public async Task Containment_and_mediation_hold_without_any_right(string tests, int atLeast)
    {
        // Then the tests themselves are what this is about.
        if (ThisProcess.EffectiveUid == 0)
            await RunAgain(tests, atLeast, asNobody: true, withoutNamespaces: false);
    }

    [Theory]
    [InlineData("Running.EscapeTests", 15, false)]
    [InlineData("Running.LowerTierTests", 4, true)]
    [InlineData("Running.LowerTierTests", 4, false)]
    [InlineData("Running.TierTests", 3, true)]
    [InlineData("Running.TierTests", 3, false)]
    public async Task They_hold_where_namespaces_are_refused(string tests, int atLeast, bool asNobody)
    {
        if (ThisProcess.EffectiveUid == 0 && !RunningFixture.WithoutNamespaces)
            await RunAgain(tests, atLeast, asNobody, withoutNamespaces: true);
    }

    [Theory]
    [InlineData("Running.ContainmentTests", 20, false)]
    [InlineData("Running.EscapeTests", 15, false)]
    [InlineData("Running.EscapeTests", 15, true)]
    [InlineData("Running.HeldWorkTests", 7, false)]
    [InlineData("Running.LowerTierTests", 4, true)]
    [InlineData("Running.TierTests", 3, false)]
    [InlineData("Mediation.AttackTests", 10, false)]
    [InlineData("Mediation.MediatorTests", 3, false)]
    [InlineData("Egress.ProxyTests", 40, false)]
    [InlineData("Assistants.AssistantRunTests", 2, false)]
    [InlineData("Assistants.AssistantPlaceTests", 5, false)]
    public async Task They_hold_for_users_that_are_a_sessions_alone(string tests, int atLeast, bool withoutNamespaces)
    {
        if (ThisProcess.EffectiveUid == 0 && !RunningFixture.WithoutNamespaces)
            await RunAgain(tests, atLeast, asNobody: false, withoutNamespaces, withSessionUsers: true);
    }

    static async Task RunAgain(
        string tests, int atLeast, bool asNobody, bool withoutNamespaces, bool withSessionUsers = false)
    {
        // Not below /tmp, which inside of a sandbox is another one.
        var root = Directory.CreateDirectory($"/var/tmp/writ-unprivileged-{Guid.NewGuid():N}").FullName;
        try
        {
            Copy(root, asNobody ? Nobody : 0);
            var said = await Run(root, $"Writ.Server.Tests.{tests}", asNobody, withoutNamespaces, withSessionUsers);
            Assert.True(said.Contains("Errors: 0, Failed: 0, Skipped: 0", StringComparison.Ordinal), said);
            var total = said[(said.IndexOf("Total: ", StringComparison.Ordinal) + 7)..].Split(',')[0];
            Assert.True(int.Parse(total) >= atLeast, said);
        }
        finally
        {
            TreeRemoval.Remove(root);
        }
    }

    // A checkout may lie where nobody else can go.
    static void Copy(string root, int owner)
    {
        var checkout = Path.Combine(root, "checkout");
        var program = Path.Combine(checkout, "artifacts/bin/Writ.Server.Tests/debug");
        CopyFolder(AppContext.BaseDirectory, program);
        Directory.CreateDirectory(Path.Combine(checkout, "out"));
        File.Copy(Path.Combine(SharedData.RepositoryRoot, "Writ.slnx"), Path.Combine(checkout, "Writ.slnx"));
        foreach (var binary in (string[])["writ", "writ-cli", "writ-launch"])
            File.Copy(
                Path.Combine(SharedData.RepositoryRoot, "out", binary), Path.Combine(checkout, "out", binary));
        CopyFolder(SharedData.Require("attacks"), Path.Combine(root, "shared", "attacks"));
        foreach (var folder in (string[])["tests/escapes", "policies", "knowledge"])
            CopyFolder(Path.Combine(SharedData.RepositoryRoot, folder), Path.Combine(checkout, folder));
        RunningFixture.Compile(
            Path.Combine(checkout, "tests/escapes/no-namespaces.c"), Path.Combine(root, "no-namespaces"));
        Directory.CreateDirectory(Path.Combine(root, "tmp"));
        if (owner == 0)
            return;
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

    static async Task<string> Run(
        string root, string tests, bool asNobody, bool withoutNamespaces, bool withSessionUsers)
    {
        string[] words =
        [
            .. withoutNamespaces && !withSessionUsers ? (string[])[Path.Combine(root, "no-namespaces")] : [],
            .. asNobody ? (string[])[
                "/usr/bin/setpriv", "--reuid", $"{Nobody}", "--regid", $"{Nobody}", "--clear-groups", "--"] : [],
            Path.Combine(root, "checkout/artifacts/bin/Writ.Server.Tests/debug/Writ.Server.Tests"), "-noColor",
            "-class", tests,
        ];
        var start = new ProcessStartInfo(words[0], words[1..])
        { RedirectStandardOutput = true, WorkingDirectory = root };
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_ROOT");
        start.Environment.Clear();
        foreach (var (name, value) in new[]
        {
            ("PATH", "/usr/bin:/bin"), ("HOME", root), ("TMPDIR", Path.Combine(root, "tmp")), ("CI", "true"),
            ("WRIT_SHARED", Path.Combine(root, "shared")), ("DOTNET_ROOT", dotnet),
            ("WRIT_TEST_WITHOUT_NAMESPACES", withoutNamespaces ? "1" : null),
            ("WRIT_TEST_WITH_SESSION_USERS", withSessionUsers ? "1" : null),
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

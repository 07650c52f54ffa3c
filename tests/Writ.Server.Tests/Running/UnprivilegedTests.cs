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
    // A row is over in three minutes on a machine that does nothing else.
    static readonly TimeSpan _patience = TimeSpan.FromMinutes(30);

    // One process for all of a row: to start it and to copy everything takes longer than most of them.
    [Fact]
    public Task Containment_and_mediation_hold_without_any_right() => RunAgain(
        atLeast: 130, asNobody: true, withoutNamespaces: false, withSessionUsers: false,
        "Running.ContainmentTests", "Running.EscapeTests", "Running.EndingTests", "Running.HeldWorkTests",
        "Mediation.AttackTests", "Mediation.MediatorTests", "Mediation.ToolChainTests", "Egress.ProxyTests",
        "Egress.BridgeTests", "Assistants.AssistantAttackTests", "Assistants.AssistantPlaceTests");

    [Fact]
    public Task They_hold_for_root_where_namespaces_are_refused() => RunAgain(
        atLeast: 45, asNobody: false, withoutNamespaces: true, withSessionUsers: false,
        "Running.EscapeTests", "Running.EndingTests", "Running.LowerTierTests", "Running.TierTests",
        "Mediation.AttackTests", "Mediation.MediatorTests");

    [Fact]
    public Task They_hold_without_any_right_where_namespaces_are_refused() => RunAgain(
        atLeast: 55, asNobody: true, withoutNamespaces: true, withSessionUsers: false,
        "Running.EscapeTests", "Running.EndingTests", "Running.LowerTierTests", "Running.TierTests",
        "Mediation.MediatorTests", "Mediation.ToolChainTests");

    [Fact]
    public Task They_hold_for_users_that_are_a_sessions_alone() => RunAgain(
        atLeast: 55, asNobody: false, withoutNamespaces: false, withSessionUsers: true,
        "Running.ContainmentTests", "Running.EscapeTests", "Running.HeldWorkTests", "Running.TierTests",
        "Mediation.MediatorTests", "Assistants.AssistantRunTests", "Assistants.AssistantPlaceTests");

    [Fact]
    public Task They_hold_for_such_users_where_namespaces_are_refused() => RunAgain(
        atLeast: 19, asNobody: false, withoutNamespaces: true, withSessionUsers: true,
        "Running.EscapeTests", "Running.LowerTierTests");

    static async Task RunAgain(
        int atLeast, bool asNobody, bool withoutNamespaces, bool withSessionUsers, params string[] classes)
    {
        // Then the tests themselves are what this is about.
        if (ThisProcess.EffectiveUid != 0 || RunningFixture.WithoutNamespaces)
            return;
        // Not below /tmp, which inside of a sandbox is another one.
        var root = Directory.CreateDirectory($"/var/tmp/writ-np-{Guid.NewGuid():N}"[..^24]).FullName;
        try
        {
            Copy(root, asNobody ? Nobody : 0);
            var said = await Run(root, classes, asNobody, withoutNamespaces, withSessionUsers);
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
        string root, string[] classes, bool asNobody, bool withoutNamespaces, bool withSessionUsers)
    {
        string[] words =
        [
            .. withoutNamespaces && !withSessionUsers ? (string[])[Path.Combine(root, "no-namespaces")] : [],
            .. asNobody ? (string[])[
                "/usr/bin/setpriv", "--reuid", $"{Nobody}", "--regid", $"{Nobody}", "--clear-groups", "--"] : [],
            Path.Combine(root, "checkout/artifacts/bin/Writ.Server.Tests/debug/Writ.Server.Tests"), "-noColor",
            // What one may start is counted for each user, so that of nobody's tests one goes after the other.
            .. asNobody ? (string[])["-parallel", "none"] : [],
            .. classes.SelectMany(name => (string[])["-class", $"Writ.Server.Tests.{name}"]),
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
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return $"{await output}\nnot over after {_patience}";
        }
        return await output;
    }
}

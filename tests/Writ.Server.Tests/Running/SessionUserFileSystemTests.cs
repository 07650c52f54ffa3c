using System.Diagnostics;
using Writ.Linux;
using Writ.Server.Agents;
using Writ.Server.Running;

namespace Writ.Server.Tests.Running;

/// <summary>
/// Work trees on other file systems than the tests' own: a session has a user of its own there where the kernel can
/// show that file system so, and the record says why not where it cannot.
/// </summary>
[Collection(HostMounts.Name)]
public sealed class SessionUserFileSystemTests(RunningFixture given, ITestOutputHelper output)
    : IClassFixture<RunningFixture>
{
    const int Person = 60_021;

    // Linux from which each can be mapped: mount_setattr(2).
    static readonly Dictionary<string, Version> _since = new()
    {
        ["tmpfs"] = new(6, 3),
        ["ext4"] = new(5, 12),
        ["xfs"] = new(5, 12),
        ["btrfs"] = new(5, 15),
    };

    [Fact]
    public void It_is_tried_where_the_daemon_keeps_its_data_and_not_in_memory()
    {
        if (given.Runner.Probe.SessionUserProblem is { } problem)
            Assert.Skip($"no session has a user of its own here: {problem}");
        // As /var/lib/writ is: nobody but root passes, and below it others' sessions have to.
        var data = given.NewTree();
        Files.SetMode(data, 0x1C0);
        var held = Path.Combine(data, "held");
        var paths = new AgentPathOptions(given.Launcher, given.NewTree(), "/usr/bin/writ", held)
        {
            SessionUids = UidRange.Default,
        };
        Assert.Equal(held, paths.UserTrial()?.Place);
        Assert.Null(paths.UserTrial()?.Problem());
        Assert.Empty(Directory.GetDirectories(held));
    }

    [Theory]
    [InlineData("tmpfs")]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public async Task A_tree_on_it_is_the_sessions_or_the_record_says_why_not(string kind)
    {
        var problem = ThisProcess.EffectiveUid == 0 ? given.Runner.Probe.SessionUserProblem : "not root";
        if (problem is not null)
            Assert.Skip($"no session has a user of its own here: {problem}");
        var tree = given.NewTree(Person);
        Provide(kind, tree);
        try
        {
            Files.ChangeOwner(tree, Person, Person);
            using var runner = given.NewRunner(UidRange.Default);
            var plan = given.Seal(given.Shell(tree, "id -u; echo x > made; mv made here; ls") with
            {
                Session = $"ses-{kind}",
                TierMin = ContainmentTier.T2,
            });
            var done = await RunningFixture.Collect(given.Start(plan, runner));
            runner.Dismiss(plan.Session!);

            var contained = done.Outcome.Containment;
            output.WriteLine(
                $"{kind}: runs as {contained.Uid} for {contained.Owner}; {string.Join("; ", contained.Weak)}");
            var maps = Environment.OSVersion.Version >= _since[kind];
            Assert.Equal(maps ? Person : null, contained.Owner);
            Assert.Equal(maps, UidRange.Default.Contains(contained.Uid));
            Assert.Equal(!maps, contained.Weak.Any(w => w.StartsWith("uid.shared: ", StringComparison.Ordinal)
                && w.Contains("mount_setattr", StringComparison.Ordinal)));
            Assert.StartsWith($"{contained.Uid}\nhere\n", done.Output, StringComparison.Ordinal);
            Assert.Equal(Person, Files.TryFacts(Path.Combine(tree, "here"))?.OwnerUid);
        }
        finally
        {
            Must("umount", tree);
        }
    }

    [Fact]
    public async Task What_could_be_shown_once_is_asked_again_after_something_was_mounted()
    {
        var problem = ThisProcess.EffectiveUid == 0 ? given.Runner.Probe.SessionUserProblem : "not root";
        if (problem is not null)
            Assert.Skip($"no session has a user of its own here: {problem}");
        var tree = given.NewTree(Person);
        var below = Directory.CreateDirectory(Path.Combine(tree, "below")).FullName;
        using var runner = given.NewRunner(UidRange.Default);
        async Task<int?> Owner()
        {
            var plan = given.Seal(given.Plan(tree, "/usr/bin/true") with
            {
                Session = "ses-a",
                TierMin = ContainmentTier.T2,
            });
            return (await RunningFixture.Collect(given.Start(plan, runner))).Outcome.Containment.Owner;
        }
        Assert.Equal(Person, await Owner());
        Assert.Equal(Person, await Owner());
        // The kernel shows no such file system as anybody else's.
        Must("mount", "-t", "proc", "proc", below);
        try
        {
            Assert.Null(await Owner());
        }
        finally
        {
            Must("umount", below);
        }
        Assert.Equal(Person, await Owner());
        runner.Dismiss("ses-a");
    }

    // In memory, or in a file of this machine's own file system.
    void Provide(string kind, string tree)
    {
        if (kind == "tmpfs")
        {
            Must("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", tree);
            return;
        }
        var mkfs = new[] { $"/usr/sbin/mkfs.{kind}", $"/sbin/mkfs.{kind}" }.FirstOrDefault(File.Exists);
        if (mkfs is null)
            Assert.Skip($"mkfs.{kind} is not installed");
        if (!File.Exists("/dev/loop-control"))
            Assert.Skip("there are no loop devices here");
        var image = Path.Combine(given.Root, $"{kind}.image");
        using (var file = File.Create(image))
            file.SetLength(400L << 20);
        Must(mkfs, "-q", image);
        if (Run("mount", "-o", "loop", "-t", kind, image, tree) is not 0 and var status)
            Assert.Skip($"mount -o loop -t {kind} ended with {status}");
    }

    static void Must(string program, params string[] arguments) => Assert.Equal(0, Run(program, arguments));

    static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }
}

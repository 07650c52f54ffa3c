using Writ.Linux;
using Writ.Runs;
using Writ.Server.Running;

namespace Writ.Server.Tests.Running;

/// <summary>What a session's sandboxes have in common is put together once, and no run can tell.</summary>
[Collection(HostMounts.Name)]
public sealed class SessionRoomTests(RunningFixture given) : IClassFixture<RunningFixture>
{
    const int Person = 12_345;
    const string Session = "ses-a";

    // Everything at the top and what is picked of the host, with owner, mode, and what it is mounted like.
    const string Look = """
        import os
        # What Landlock lets nobody list is asked for by name; of modes what the one user has of them.
        # The launcher's folder is read-only in a room, and may not be written in either.
        names = {
            '/': ['usr', 'bin', 'sbin', 'lib', 'lib64', 'etc', 'proc', 'dev', 'tmp', 'home', 'run', 'var'],
            '/var': ['tmp'],
        }
        for folder in ['/', '/var', '/etc', '/etc/ssl', '/run', '/run/writ', '/run/writ/etc', '/home', '/dev']:
            for name in ['.'] + sorted(names.get(folder) or os.listdir(folder)):
                path = os.path.normpath(os.path.join(folder, name))
                if not os.path.exists(path):
                    print(path, 'is not there')
                    continue
                s, v = os.lstat(path), os.statvfs(path)
                link = os.readlink(path) if os.path.islink(path) else ''
                print(path, oct(s.st_mode & 0o170700), s.st_uid, s.st_gid,
                    v.f_flag | (path == '/run/writ'), link)
        print([name for name in ('/shown', '/launch', '/sandbox', '/old') if os.path.lexists(name)])
        print(os.listdir('/dev/shm'), open('/proc/self/uid_map').read().split())
        """;

    static bool CanHave => ThisProcess.EffectiveUid == 0 && !RunningFixture.WithoutNamespaces;

    async Task<Finished> Done(Runner runner, RunPlan plan) =>
        await RunningFixture.Collect(given.Start(
            given.Seal(plan with { Session = Session, TierMin = ContainmentTier.T2 }), runner));

    [Fact]
    public async Task A_sandbox_from_a_room_looks_as_one_that_is_put_together_from_the_beginning()
    {
        if (!CanHave)
            return;
        using var runner = given.NewRunner(UidRange.Default);
        var tree = given.NewTree(Person);
        var inner = Directory.CreateDirectory(Path.Combine(tree, "inner")).FullName;
        Files.ChangeOwner(inner, Person, Person);
        var plan = given.Plan(tree, "/usr/bin/python3", "-c", Look);
        var fromRoom = await Done(runner, plan);
        // What is shown in something that is shown has to be at its place before, which a room does not have.
        var fromBeginning = await Done(runner, plan with { ReadOnlyPaths = [inner] });
        Assert.Equal(("", ""), (fromRoom.Error, fromBeginning.Error));
        Assert.Equal(fromRoom.Outcome.Containment, fromBeginning.Outcome.Containment with
        {
            Weak = fromRoom.Outcome.Containment.Weak,
        });
        Assert.Equal(fromBeginning.Output, fromRoom.Output);
    }

    [Fact]
    public async Task Nothing_of_a_run_is_there_for_the_next()
    {
        if (!CanHave)
            return;
        using var runner = given.NewRunner(UidRange.Default);
        var tree = given.NewTree(Person);
        // The spare's stay keeps the room, so that the second run has the same.
        runner.PrepareNext(given.Seal(given.Shell(tree, "") with { Session = Session, TierMin = ContainmentTier.T2 }));
        var first = await Done(runner, given.Shell(tree, """
            echo x > /tmp/left; echo x > /home/agent/left; echo x > /dev/shm/left
            for folder in / /usr /etc /run /run/writ /var /run/writ/etc; do
                echo x 2> /dev/null > $folder/left && echo "$folder can be written"
            done
            echo x > left
            """));
        Assert.Equal("", first.Output);
        var second = await Done(runner, given.Shell(
            tree, "ls /tmp/left /home/agent/left /dev/shm/left /etc/left /run/left 2> /dev/null; ls"));
        Assert.Equal(("left\n", 0), (second.Output, second.Outcome.ExitCode));
    }

    [Fact]
    public async Task What_is_exchanged_on_the_host_is_seen_by_the_next_run()
    {
        if (!CanHave)
            return;
        using var runner = given.NewRunner(UidRange.Default);
        var (tree, library) = (given.NewTree(Person), given.NewTree(Person));
        File.WriteAllText(Path.Combine(library, "which"), "first");
        var plan = given.Shell(tree, $"cat {library}/which") with { ReadOnlyPaths = [library] };
        runner.PrepareNext(given.Seal(plan with { Session = Session, TierMin = ContainmentTier.T2 }));
        Assert.Equal("first", (await Done(runner, plan)).Output);
        Directory.Move(library, library + ".old");
        Directory.CreateDirectory(library);
        Files.SetMode(library, 0x1ED);
        File.WriteAllText(Path.Combine(library, "which"), "second");
        Assert.Equal("second", (await Done(runner, plan)).Output);
    }
}

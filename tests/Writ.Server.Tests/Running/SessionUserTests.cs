using System.Diagnostics;
using System.Globalization;
using Writ.Linux;
using Writ.Runs;
using Writ.Server.Running;
using Writ.Server.Tests.Mediation;

namespace Writ.Server.Tests.Running;

/// <summary>
/// Sessions with users of their own, under root: what keeps two sessions of one person apart is looked at from outside
/// of every other containment, as each other's user.
/// </summary>
[Collection(HostMounts.Name)]
public sealed class SessionUserTests(RunningFixture given) : IClassFixture<RunningFixture>
{
    const int Person = 12_345;
    const int Other = 23_456;
    const string Secret = "the-secret-of-the-first";

    static readonly UidRange _uids = UidRange.Default;

    static bool CanHave => ThisProcess.EffectiveUid == 0 && !RunningFixture.WithoutNamespaces;

    Runner NewRunner(ContainmentTier tier, UidRange? uids = null) =>
        given.NewRunner(uids ?? _uids, tier == ContainmentTier.T1 ? RunningFixture.Bare : null);

    RunPlan Of(RunPlan plan, string session, ContainmentTier tier) =>
        given.Seal(plan with { Session = session, TierMin = tier });

    async Task<Finished> Done(Runner runner, RunPlan plan) =>
        await RunningFixture.Collect(given.Start(plan, runner));

    /// <summary>A tree of a person, behind a folder that is theirs alone.</summary>
    string TreeOf(int owner)
    {
        var closed = given.NewTree(owner);
        Files.SetMode(closed, 0x1C0);
        var tree = Directory.CreateDirectory(Path.Combine(closed, "tree")).FullName;
        Files.ChangeOwner(tree, owner, owner);
        Files.SetMode(tree, 0x1C0);
        return tree;
    }

    static string As(int uid, string script)
    {
        var id = uid.ToString(CultureInfo.InvariantCulture);
        using var process = Process.Start(new ProcessStartInfo(
            "/usr/bin/setpriv",
            ["--reuid", id, "--regid", id, "--clear-groups", "--", "/usr/bin/python3", "-c", script])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return said;
    }

    // Signal, ptrace, environment, memory, working directory, priority and limits of another process.
    static string Reach(int pid) => $$"""
        import ctypes, os, resource
        libc = ctypes.CDLL(None, use_errno=True)
        def attempt(name, action):
            try:
                action()
                print(name, 'worked')
            except (OSError, PermissionError) as e:
                print(name, 'refused')
        def seize():
            if libc.ptrace(0x4206, {{pid}}, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), 'ptrace')
        attempt('signal', lambda: os.kill({{pid}}, 0))
        attempt('environment', lambda: open('/proc/{{pid}}/environ', 'rb').read())
        attempt('memory', lambda: open('/proc/{{pid}}/mem', 'rb'))
        attempt('directory', lambda: os.readlink('/proc/{{pid}}/cwd'))
        attempt('descriptors', lambda: os.listdir('/proc/{{pid}}/fd'))
        attempt('priority', lambda: os.setpriority(os.PRIO_PROCESS, {{pid}}, 5))
        attempt('limits', lambda: resource.prlimit({{pid}}, resource.RLIMIT_NOFILE, (64, 64)))
        attempt('ptrace', seize)
        """;

    static readonly string[] _ways =
        ["signal", "environment", "memory", "directory", "descriptors", "priority", "limits", "ptrace"];

    static string All(string answer) => string.Concat(_ways.Select(way => $"{way} {answer}\n"));

    [Theory]
    [InlineData(ContainmentTier.T1)]
    [InlineData(ContainmentTier.T2)]
    public async Task Two_sessions_of_one_person_cannot_reach_each_other_and_neither_is_the_person(ContainmentTier tier)
    {
        if (!CanHave)
            return;
        using var runner = NewRunner(tier);
        var (first, at) = await Standing(runner, "ses-a", tier);
        var (second, beside) = await Standing(runner, "ses-b", tier);
        var (one, two) = (UidOf(at), UidOf(beside));
        Assert.True(_uids.Contains(one) && _uids.Contains(two) && one != two, $"{one} and {two}");
        Assert.Equal(2, runner.SessionUserCount);

        Assert.Equal(All("refused"), As(two, Reach(at)));
        Assert.Equal(All("refused"), As(one, Reach(beside)));
        Assert.Equal(All("refused"), As(Person, Reach(at)));

        Assert.Equal((Person, one), ((await first.Kill()).Containment.Owner, (await first.Outcome).Containment.Uid));
        _ = await second.Kill();
    }

    // What the test above rests on: without users of their own every one of these ways is open.
    [Fact]
    public async Task Where_both_are_the_person_each_reaches_the_other()
    {
        if (!CanHave)
            return;
        using var runner = given.NewRunner(uids: null, RunningFixture.Bare);
        var (first, at) = await Standing(runner, "ses-a", ContainmentTier.T1);
        Assert.Equal(Person, UidOf(at));
        Assert.Equal(All("worked"), As(Person, Reach(at)));
        Assert.Null((await first.Kill()).Containment.Owner);
    }

    async Task<(Run Run, int Pid)> Standing(Runner runner, string session, ContainmentTier tier)
    {
        var marker = $"{Environment.ProcessId}-{session}-{tier}";
        var plan = given.Plan(
            TreeOf(Person), "/usr/bin/python3", "-c", $"import time; print('{marker}', flush=True); time.sleep(60)");
        plan = plan with { Environment = plan.Environment.Add($"SECRET={Secret}") };
        var run = given.Start(Of(plan, session, tier), runner);
        await foreach (var chunk in run.ReadOutputAsync(TestContext.Current.CancellationToken))
        {
            Assert.False(chunk.IsError, System.Text.Encoding.UTF8.GetString(chunk.Bytes.Span));
            break;
        }
        var found = Directory.EnumerateDirectories("/proc")
            .Where(d => int.TryParse(Path.GetFileName(d), out var pid)
                && ProcessSight.TryRead(pid, "cmdline", 4096) is { } line
                && System.Text.Encoding.UTF8.GetString(line) is var text
                && text.StartsWith("python3\0", StringComparison.Ordinal)
                && text.Contains(marker, StringComparison.Ordinal))
            .Select(d => int.Parse(Path.GetFileName(d), CultureInfo.InvariantCulture));
        return (run, Assert.Single(found));
    }

    static int UidOf(int pid) => int.Parse(
        File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("Uid:", StringComparison.Ordinal))
            .Split('\t')[1], CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(ContainmentTier.T1)]
    [InlineData(ContainmentTier.T2)]
    public async Task What_a_session_makes_in_the_tree_belongs_to_the_trees_owner(ContainmentTier tier)
    {
        if (!CanHave)
            return;
        using var runner = NewRunner(tier);
        var tree = TreeOf(Person);
        File.WriteAllText(Path.Combine(tree, "old"), "old\n");
        Files.ChangeOwner(Path.Combine(tree, "old"), Person, Person);
        Files.SetMode(Path.Combine(tree, "old"), 0x180);
        var done = await Done(runner, Of(given.Shell(tree, """
            set -e
            cat old; echo more >> old
            mkdir -m 750 folder; echo x > folder/file; chmod 640 folder/file
            ln -s file folder/link; ln folder/file folder/second
            stat -c %n:%u:%a old | sed "s/:$(id -u):/:mine:/"
            git init -q . && git -c user.name=a -c user.email=b add . && git -c user.name=a -c user.email=b commit -qm c
            git status --short; git log --format=%s
            """), "ses-a", tier));
        Assert.Equal(("old\nold:mine:600\nc\n", "", 0), (done.Output, done.Error, done.Outcome.ExitCode));
        foreach (var entry in Directory.EnumerateFileSystemEntries(tree, "*", SearchOption.AllDirectories))
            Assert.Equal((Person, Person, entry), (Owner(entry).Uid, Owner(entry).Gid, entry));
        Assert.Equal(0x1A0, Files.TryFacts(Path.Combine(tree, "folder/file"))!.Value.Mode);
        Assert.Equal(0x1E8, Files.TryFacts(Path.Combine(tree, "folder"))!.Value.Mode);
        Assert.Equal("file", Files.TryReadLink(Path.Combine(tree, "folder/link")));
        Assert.Equal(
            Files.TryFacts(Path.Combine(tree, "folder/file"))!.Value.Inode,
            Files.TryFacts(Path.Combine(tree, "folder/second"))!.Value.Inode);
    }

    static (int Uid, int Gid) Owner(string path)
    {
        using var stat = Process.Start(new ProcessStartInfo("/usr/bin/stat", ["-c", "%u %g", path])
        { RedirectStandardOutput = true })!;
        var words = stat.StandardOutput.ReadToEnd().Split(' ');
        return (int.Parse(words[0], CultureInfo.InvariantCulture), int.Parse(words[1], CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_tree_of_root_is_worked_on_without_being_root()
    {
        if (!CanHave)
            return;
        using var runner = NewRunner(ContainmentTier.T2);
        var tree = given.NewTree();
        var done = await Done(runner, Of(given.Shell(tree, "id -u; echo x > made"), "ses-a", ContainmentTier.T2));
        Assert.True(_uids.Contains(int.Parse(done.Output, CultureInfo.InvariantCulture)), done.Output + done.Error);
        Assert.Equal((0, 0), Owner(Path.Combine(tree, "made")));
        Assert.DoesNotContain(
            done.Outcome.Containment.Weak, w => w.StartsWith("uid.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Changes_that_are_held_back_belong_to_the_trees_owner_too()
    {
        if (!CanHave)
            return;
        var held = "";
        using var runner = given.NewRunner(_uids);
        var tree = TreeOf(Person);
        foreach (var name in (string[])["kept", "gone"])
        {
            File.WriteAllText(Path.Combine(tree, name), name);
            Files.ChangeOwner(Path.Combine(tree, name), Person, Person);
        }
        var plan = Of(
            given.Shell(tree, "set -e; echo x >> kept; rm gone; mkdir f; echo y > f/new; ln -s new f/link; id -u"),
            "ses-a", ContainmentTier.T3);
        var done = await Done(runner, plan);
        Assert.Equal(("", 0), (done.Error, done.Outcome.ExitCode));
        Assert.Equal(ContainmentTier.T3, done.Outcome.Containment.Tier);
        held = Directory.EnumerateDirectories(given.Root, plan.Id, SearchOption.AllDirectories)
            .Single(d => d.Contains("held", StringComparison.Ordinal));
        var upper = HeldLayer.UpperOf(held);
        Assert.Equal(
            ["f", "f/link", "f/new", "gone", "kept"],
            Directory.EnumerateFileSystemEntries(upper, "*", SearchOption.AllDirectories)
                .Select(e => Path.GetRelativePath(upper, e)).Order(StringComparer.Ordinal));
        foreach (var entry in Directory.EnumerateFileSystemEntries(upper, "*", SearchOption.AllDirectories))
            Assert.Equal((Person, Person, entry), (Owner(entry).Uid, Owner(entry).Gid, entry));
        Assert.Equal("kept", File.ReadAllText(Path.Combine(tree, "kept")));
    }

    [Theory]
    [InlineData(ContainmentTier.T1)]
    [InlineData(ContainmentTier.T2)]
    public async Task Files_of_others_stay_closed_and_what_is_for_reading_is_not_written(ContainmentTier tier)
    {
        if (!CanHave)
            return;
        using var runner = NewRunner(tier);
        var (tree, library) = (TreeOf(Person), TreeOf(Person));
        foreach (var (name, owner) in new[] { ("theirs", Other), ("roots", 0) })
        {
            File.WriteAllText(Path.Combine(tree, name), name);
            Files.ChangeOwner(Path.Combine(tree, name), owner, owner);
            Files.SetMode(Path.Combine(tree, name), 0x1A0);
        }
        File.WriteAllText(Path.Combine(library, "known"), "known\n");
        Files.ChangeOwner(Path.Combine(library, "known"), Person, Person);
        Files.SetMode(Path.Combine(library, "known"), 0x180);
        var plan = given.Shell(tree, $$"""
            cat theirs || echo closed; cat roots || echo closed
            cat {{library}}/known; (echo x > {{library}}/known) || echo kept; (echo x > {{library}}/made) || echo kept
            cat /etc/shadow || echo closed
            """) with
        { ReadOnlyPaths = [library] };
        var done = await Done(runner, Of(plan, "ses-a", tier));
        Assert.Equal("closed\nclosed\nknown\nkept\nkept\nclosed\n", done.Output);
        Assert.Equal(["known"], Directory.EnumerateFiles(library).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(ContainmentTier.T1)]
    [InlineData(ContainmentTier.T2)]
    public async Task Programs_that_run_as_their_owner_are_nobodys_weapon(ContainmentTier tier)
    {
        if (!CanHave)
            return;
        using var runner = NewRunner(tier);
        var tree = TreeOf(Person);
        foreach (var (name, owner) in new[] { ("as-root", 0), ("as-person", Person) })
        {
            File.Copy("/usr/bin/id", Path.Combine(tree, name));
            Files.ChangeOwner(Path.Combine(tree, name), owner, owner);
            Files.SetMode(Path.Combine(tree, name), 0b100_111_101_101);
        }
        var done = await Done(runner, Of(given.Shell(tree, """
            ./as-root -u; ./as-person -u; cp /usr/bin/id mine; chmod u+s mine || echo no
            grep -c " $PWD .*nosuid,nodev" /proc/self/mountinfo
            """), "ses-a", tier));
        var uid = done.Outcome.Containment.Uid;
        Assert.Equal($"{uid}\n{uid}\nno\n1\n", done.Output);
        Assert.Equal(0, Files.TryFacts(Path.Combine(tree, "mine"))!.Value.Mode & 0xC00);
    }

    [Fact]
    public async Task Without_namespaces_a_run_has_scratch_space_and_a_home_and_sees_no_process_of_others()
    {
        if (!CanHave)
            return;
        using var runner = NewRunner(ContainmentTier.T1);
        var first = await Done(runner, Of(given.Shell(TreeOf(Person), """
            set -e
            echo mine > /tmp/mine; ls /tmp | grep -vx writ-.* ; id -un; cd "$HOME"; pwd; echo x > here; stat -c %a .
            python3 -c 'import multiprocessing as m; print(m.Pool(2).map(abs, [-1]))'
            printf 'int main(){return 0;}' > /tmp/a.c && cc /tmp/a.c -o a.out && echo compiled
            test ! -e /proc/1 && echo hidden
            ls -d /proc/[0-9]* | wc -l | sed 's/^[1-9]$/few/'
            """), "ses-a", ContainmentTier.T1));
        Assert.Equal(
            ("mine\nagent\n/home/agent\n755\n[1]\ncompiled\nhidden\nfew\n", ""), (first.Output, first.Error));
        var second = await Done(runner, Of(given.Shell(
            TreeOf(Person), "test ! -e /tmp/mine && test ! -e ~/here && echo new"), "ses-b", ContainmentTier.T1));
        Assert.Equal("new\n", second.Output);
        Assert.False(File.Exists("/tmp/mine") || Directory.Exists("/home/agent"));
    }

    // One of those that the kernel shows to everybody as they are.
    [Fact]
    public async Task A_file_system_that_cannot_do_it_keeps_the_owners_user_and_the_record_says_so()
    {
        if (!CanHave)
            return;
        using var runner = NewRunner(ContainmentTier.T2);
        var tree = given.NewTree(Person);
        Mount("mount", "-t", "ramfs", "ramfs", tree);
        try
        {
            Files.ChangeOwner(tree, Person, Person);
            var plan = Of(given.Shell(tree, "id -u; echo x > made"), "ses-a", ContainmentTier.T2);
            var done = await Done(runner, plan);
            Assert.Equal(($"{Person}\n", ""), (done.Output, done.Error));
            Assert.Null(done.Outcome.Containment.Owner);
            Assert.Contains(done.Outcome.Containment.Weak, w =>
                w.StartsWith("uid.shared: ", StringComparison.Ordinal)
                && w.Contains("mount_setattr", StringComparison.Ordinal));

            var refused = Assert.IsType<RunStart.Refused>(runner.Start(plan with { DemandsOwnUser = true }));
            Assert.Equal("run.no-own-uid", refused.Code);
        }
        finally
        {
            Mount("umount", tree);
        }
    }

    static void Mount(string program, params string[] arguments)
    {
        using var process = Process.Start($"/usr/bin/{program}", arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task A_number_is_one_sessions_until_that_is_over_and_is_bounded()
    {
        if (!CanHave)
            return;
        using var runner = NewRunner(ContainmentTier.T2, new UidRange(_uids.Last - 1, _uids.Last));
        var tree = TreeOf(Person);
        async Task<(int Uid, int? Owner)> Uid(string session, bool demands = false)
        {
            var plan = Of(given.Plan(tree, "/usr/bin/true"), session, ContainmentTier.T2);
            var done = await Done(runner, plan with { DemandsOwnUser = demands });
            return (done.Outcome.Containment.Uid, done.Outcome.Containment.Owner);
        }
        var (first, second) = ((await Uid("ses-a")).Uid, (await Uid("ses-b")).Uid);
        Assert.Equal([_uids.Last - 1, _uids.Last], new[] { first, second }.Order());
        Assert.Equal(first, (await Uid("ses-a")).Uid);
        Assert.Equal((Person, null), await Uid("ses-c"));
        Assert.Equal("run.no-own-uid", Assert.IsType<RunStart.Refused>(runner.Start(
            Of(given.Plan(tree, "/usr/bin/true"), "ses-c", ContainmentTier.T2) with { DemandsOwnUser = true })).Code);

        runner.Dismiss("ses-a");
        await Users(runner, 1);
        Assert.Equal((first, Person), await Uid("ses-c"));
        // Too late: it has ended, and leaves nothing behind when it is through.
        runner.Dismiss("ses-b");
        _ = await Uid("ses-b");
        runner.Dismiss("ses-c");
        await Users(runner, 0);
    }

    // Whoever was told of a run's end may be ahead of the user's return.
    static async Task Users(Runner runner, int count)
    {
        using var limit = new CancellationTokenSource(RunningFixture.Patience);
        while (runner.SessionUserCount != count)
            await Task.Delay(1, limit.Token);
    }

    [Fact]
    public async Task A_number_that_somebody_has_is_given_to_nobody()
    {
        if (!CanHave)
            return;
        // root's daemons have accounts of these numbers on every Debian.
        using var accounts = NewRunner(ContainmentTier.T2, new UidRange(1, 2));
        var done = await Done(
            accounts, Of(given.Plan(TreeOf(Person), "/usr/bin/true"), "ses-a", ContainmentTier.T2));
        Assert.Equal(Person, done.Outcome.Containment.Uid);

        using var running = NewRunner(ContainmentTier.T2, new UidRange(_uids.First, _uids.First));
        var id = _uids.First.ToString(CultureInfo.InvariantCulture);
        using var somebody = Process.Start(
            "/usr/bin/setpriv", ["--reuid", id, "--clear-groups", "--", "/usr/bin/sleep", "60"]);
        while (UidOf(somebody.Id) != _uids.First)
            await Task.Delay(1, TestContext.Current.CancellationToken);
        var plan = Of(given.Plan(TreeOf(Person), "/usr/bin/true"), "ses-a", ContainmentTier.T2);
        Assert.Equal(Person, (await Done(running, plan)).Outcome.Containment.Uid);
        somebody.Kill();
        await somebody.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(_uids.First, (await Done(running, plan)).Outcome.Containment.Uid);
    }

    [Fact]
    public async Task A_spare_sandbox_is_its_sessions_users_and_gives_the_number_back()
    {
        if (!CanHave)
            return;
        using var runner = NewRunner(ContainmentTier.T2);
        var plan = Of(given.Shell(TreeOf(Person), "id -u; cat /proc/self/uid_map"), "ses-a", ContainmentTier.T2);
        var first = await Done(runner, plan);
        runner.PrepareNext(plan);
        Assert.Equal(1, runner.SpareCount);
        var again = given.Start(plan with { Id = plan.Id + "-b" }, runner);
        Assert.Equal(0, runner.SpareCount);
        var second = await RunningFixture.Collect(again);
        Assert.Equal((first.Output, first.Error), (second.Output, second.Error));
        Assert.Equal(first.Outcome.Containment.Uid, second.Outcome.Containment.Uid);

        runner.PrepareNext(plan);
        runner.Dismiss("ses-a");
        using var limit = new CancellationTokenSource(RunningFixture.Patience);
        while (runner.SessionUserCount > 0 || runner.SpareCount > 0)
            await Task.Delay(1, limit.Token);
    }

    [Theory]
    [InlineData(ContainmentTier.T1)]
    [InlineData(ContainmentTier.T2)]
    public async Task What_a_session_starts_is_decided_as_what_it_is(ContainmentTier tier)
    {
        if (!CanHave)
            return;
        using var runner = NewRunner(tier);
        var desk = new RuleDesk(q => q.Program.Executable == "/usr/bin/id" ? "not this" : null);
        var plan = given.Shell(TreeOf(Person), """
            cp /usr/bin/true mine; ./mine && echo mine; cp /usr/bin/true /tmp/scratch; /tmp/scratch || echo no
            id || echo denied; cd "$(mktemp -d)" && true
            """) with
        { Desk = desk };
        var done = await Done(runner, Of(plan, "ses-a", tier));
        Assert.Equal("mine\nno\ndenied\n", done.Output);
        Assert.True(done.Outcome.Containment.Mediated);
        var origins = desk.Records.ToLookup(r => Path.GetFileName(r.Program.Name), r => r.Program.Origin);
        Assert.All(origins["cp"], o => Assert.Equal(ExecutableOrigin.System, o));
        Assert.Equal([ExecutableOrigin.WorkTree], origins["mine"]);
        Assert.All(origins["scratch"], o => Assert.Equal(ExecutableOrigin.Scratch, o));
        Assert.Equal("id", desk.Denied);
    }

    // What the owner of a tree could do to its path while root is about to show it.
    [Theory]
    [InlineData("map", "{room}/link/tree", "{room}/link/tree")]
    [InlineData("map", "{room}/tree", "{room}/link/tree")]
    [InlineData("map", "{room}/tree", "{room}/missing/tree")]
    [InlineData("show", "{room}/link", "{room}/tree")]
    [InlineData("other", "{room}/tree", "{room}/tree")]
    public void The_stage_follows_no_link_and_makes_nothing_on_the_host(string kind, string what, string place)
    {
        if (!CanHave)
            return;
        var room = given.NewTree();
        var real = Directory.CreateDirectory(Path.Combine(room, "real")).FullName;
        foreach (var tree in (string[])[Path.Combine(room, "tree"), Path.Combine(real, "tree")])
            Files.ChangeOwner(Directory.CreateDirectory(tree).FullName, Person, Person);
        File.CreateSymbolicLink(Path.Combine(room, "link"), real);
        var before = Directory.GetFileSystemEntries(room, "*", SearchOption.AllDirectories).Order().ToArray();

        // The same without the fault works, so it is the fault that is refused.
        var tree1 = Path.Combine(room, "tree");
        Assert.Equal((0, "60706\n"), Own("map", tree1, tree1));
        var (exit, said) = Own(
            kind, what.Replace("{room}", room, StringComparison.Ordinal),
            place.Replace("{room}", room, StringComparison.Ordinal));

        Assert.Equal((126, ""), (exit, said));
        Assert.Equal(before, Directory.GetFileSystemEntries(room, "*", SearchOption.AllDirectories).Order());
    }

    (int Exit, string Said) Own(string kind, string what, string place)
    {
        var user = new FileOwner(_uids.First, _uids.First);
        using var mapping = IdMapping.Create(new FileOwner(Person, Person), user);
        using var nothing = Files.TryOpenRead("/dev/null", out _)!;
        var pipe = Pipe.Create();
        using var reader = pipe.Reader;
        ProcessHandle started;
        using (pipe.Writer)
            started = Spawning.Start(
                given.Launcher,
                ["writ-launch", "own", "8", $"{user.Uid}", $"{user.Gid}", "1", kind, what, place, "/usr/bin/id", "id",
                    "-u"],
                [], [new(nothing, 0), new(pipe.Writer, 1), new(nothing, 2), new(mapping, 8)]);
        using var stage = started;
        var said = System.Text.Encoding.UTF8.GetString(reader.ReadToEnd(4096));
        Span<PollEntry> ended = [new PollEntry { Number = stage.Descriptor.Number, WantsRead = true }];
        Assert.True(Polling.Wait(ended, (int)RunningFixture.Patience.TotalMilliseconds));
        return (stage.TryReap()!.Value.ShellStatus, said);
    }

    [Theory]
    [InlineData("60706-61183", true)]
    [InlineData("5-5", true)]
    [InlineData("0-5", false)]
    [InlineData("7-6", false)]
    [InlineData("65000-65534", false)]
    [InlineData("65535-65536", false)]
    [InlineData("100000-200000", false)]
    [InlineData("-5", false)]
    [InlineData("5", false)]
    [InlineData("a-b", false)]
    public void A_range_has_neither_root_nor_nobody_and_an_end(string text, bool isOne) =>
        Assert.Equal(isOne, UidRange.TryParse(text) is { } range && range.ToString() == text);
}

using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Writ.Linux;
using Writ.Server.Running;
using Writ.Testing;

namespace Writ.Server.Tests.Running;

/// <summary>What a contained command can see and do, asked from the inside.</summary>
public sealed class ContainmentTests(RunningFixture given) : IClassFixture<RunningFixture>
{
    async Task<string> Inside(string script, string? tree = null)
    {
        var done = await given.Run(given.Shell(tree ?? given.NewTree(), script));
        Assert.True(done.Outcome.StartedAt is not null, $"{done.Outcome} {done.Error}");
        return done.Output;
    }

    Task<Finished> Python(string script) => given.Run(given.Plan(given.NewTree(), "/usr/bin/python3", "-c", script));

    static void Compile(string source, string program)
    {
        if (!File.Exists("/usr/bin/cc"))
            SharedData.Unavailable("no C compiler");
        using var cc = Process.Start("/usr/bin/cc", ["-O1", "-w", "-o", program, source, "-lpthread"]);
        cc.WaitForExit();
        Assert.Equal(0, cc.ExitCode);
    }

    async Task<Finished> Attack(string name, params string[] arguments)
    {
        var tree = given.NewTree();
        var program = Path.Combine(tree, name);
        Compile(SharedData.Require($"attacks/{name}.c"), program);
        return await given.Run(given.Plan(tree, program, arguments));
    }

    [Fact]
    public async Task The_environment_is_what_was_declared_and_nothing_else()
    {
        var plan = given.Plan(given.NewTree(), "/usr/bin/env");
        var done = await given.Run(plan);
        Assert.Equal(plan.Environment, done.Output.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task No_descriptor_but_the_standard_three_is_open()
    {
        // One that any library in the daemon may have left inheritable.
        await using var careless = new FileStream(
            Path.Combine(given.NewTree(), "secret"), FileMode.Create, FileAccess.ReadWrite,
            FileShare.ReadWrite | FileShare.Inheritable);
        var done = await Python("import os; print(sorted(os.listdir('/proc/self/fd')))");
        // The fourth is the directory being listed.
        Assert.Equal("['0', '1', '2', '3']\n", done.Output);
        var first = await Inside("ls -l /proc/1/fd 2>&1 || true");
        Assert.DoesNotContain("secret", first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_of_the_host_cannot_be_read()
    {
        var output = await Inside("""
            for f in /etc/shadow /root /etc/ssh /etc/sudoers /var/log /var/run/docker.sock /sys /boot \
                /proc/1/environ /proc/1/mem /proc/kcore; do
                [ -d "$f" ] && ls "$f" >/dev/null 2>&1 && echo "listed $f"
                [ -f "$f" ] && head -c 1 "$f" >/dev/null 2>&1 && echo "read $f"
            done
            ls -A /home/agent /tmp
            echo end
            """);
        // The work tree itself stands under /tmp in these tests, and nothing else does.
        var visible = output.Replace($"{Path.GetFileName(given.Root)}\n", "", StringComparison.Ordinal);
        Assert.Equal("/home/agent:\n\n/tmp:\nend\n", visible);
    }

    [Fact]
    public async Task There_is_no_network_but_loopback()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        var done = await Python($$"""
            import socket, os
            print([line.split(':')[0].strip() for line in open('/proc/self/net/dev') if ':' in line])
            for host in ('127.0.0.1', '192.0.2.1'):
                s = socket.socket()
                s.settimeout(2)
                try:
                    s.connect((host, {{port}}))
                    print('connected')
                except OSError as e:
                    print(e.errno)
            """);
        Assert.Equal("['lo']\n111\n101\n", done.Output);
    }

    [Fact]
    public async Task Only_the_run_s_own_processes_are_visible()
    {
        var done = await Python("""
            import os
            processes = sorted(int(p) for p in os.listdir('/proc') if p.isdigit())
            print([open(f'/proc/{p}/cmdline').read().split(chr(0))[0] for p in processes])
            """);
        Assert.Equal("['bwrap', 'python3']\n", done.Output);
    }

    [Fact]
    public async Task The_first_process_does_not_show_paths_of_the_host()
    {
        var done = await Python("print(open('/proc/1/cmdline').read().replace(chr(0), ' '))");
        Assert.Equal(
            "bwrap --args 3 --json-status-fd 4 -- /run/writ/launch run 5 6 /run/writ/order.vkey",
            done.Output.Trim());
    }

    [Fact]
    public async Task Nothing_outside_of_the_tree_and_the_scratch_space_can_be_written()
    {
        var output = await Inside("""
            for d in / /usr /usr/bin /etc /run /run/writ /dev /proc /var /root /home /home/agent /tmp /dev/shm .; do
                (echo x > "$d/written-by-test") 2>/dev/null && echo "$d"
            done
            for f in /usr/bin/true /etc/passwd /etc/ld.so.cache /run/writ/launch /run/writ/order.vkey; do
                (echo x >> "$f") 2>/dev/null && echo "$f"
                (rm -f "$f") 2>/dev/null && echo "removed $f"
            done
            """);
        Assert.Equal("/home\n/home/agent\n/tmp\n/dev/shm\n.\n", output);
        Assert.False(File.Exists("/tmp/written-by-test") || File.Exists("/dev/shm/written-by-test"));
    }

    [Fact]
    public async Task A_work_tree_may_lie_where_scratch_space_usually_is()
    {
        var tree = Directory.CreateDirectory($"/var/tmp/writ-tree-{Guid.NewGuid():N}").FullName;
        try
        {
            var done = await given.Run(given.Shell(tree, "pwd; echo kept > here.txt; touch /var/tmp/x"));
            Assert.StartsWith($"{tree}\n", done.Output, StringComparison.Ordinal);
            Assert.Equal(1, done.Outcome.ExitCode);
            Assert.True(File.Exists(Path.Combine(tree, "here.txt")));
        }
        finally
        {
            Directory.Delete(tree, recursive: true);
        }
    }

    [Fact]
    public async Task Programs_in_the_scratch_space_run_only_when_the_plan_says_so()
    {
        const string script = "cp /usr/bin/true /tmp/x && /tmp/x && echo ran";
        Assert.Equal("", await Inside(script));
        var done = await given.Run(given.Shell(given.NewTree(), script) with { ScratchExecutes = true });
        Assert.Equal("ran\n", done.Output);
    }

    [Theory]
    [InlineData(ContainmentTier.T2, false)]
    [InlineData(ContainmentTier.T2, true)]
    [InlineData(ContainmentTier.T3, false)]
    public async Task A_socket_that_the_host_opens_later_in_the_tree_is_closed_or_told_of(
        ContainmentTier tier, bool inRoom)
    {
        if (RunningFixture.WithoutNamespaces || (inRoom && ThisProcess.EffectiveUid != 0))
            return;
        using var runner = given.NewRunner(
            inRoom || RunningFixture.WithSessionUsers ? UidRange.Default : null);
        var tree = inRoom ? given.NewTree(12_345) : given.NewTree();
        var path = Path.Combine(tree, "later.sock");
        var plan = given.Plan(tree, "/usr/bin/python3", "-u", "-c", $$"""
            import socket, sys
            own = socket.socket(socket.AF_UNIX)
            own.bind('own.sock')
            own.listen()
            print('up')
            sys.stdin.readline()
            for address in ('{{path}}', 'own.sock'):
                try:
                    socket.socket(socket.AF_UNIX).connect(address)
                    print('connected')
                except OSError as e:
                    print(e.errno)
            """);
        var run = given.Start(given.Seal(plan with
        {
            TierMin = tier,
            InputClosed = false,
            Session = inRoom ? "ses-later" : null,
        }), runner);
        using var limit = new CancellationTokenSource(RunningFixture.Patience);
        var said = new StringBuilder();
        Socket? later = null;
        await foreach (var chunk in run.ReadOutputAsync(limit.Token))
        {
            said.Append(Encoding.UTF8.GetString(chunk.Bytes.Span));
            if (later is not null || !said.ToString().Contains("up", StringComparison.Ordinal))
                continue;
            later = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            later.Bind(new UnixDomainSocketEndPoint(path));
            later.Listen();
            Files.SetMode(path, 0x1FF);
            await run.WriteInputAsync("\n"u8.ToArray(), limit.Token);
        }
        var ended = await run.Outcome.WaitAsync(limit.Token);
        later?.Dispose();

        var closed = LandlockRuleset.SupportedAbi() >= LandlockRuleset.ConnectAbi;
        // A layer has an inode of its own for it, which nobody listens on. The kernel looks for a listener before it
        // asks Landlock, so that its right is not seen there.
        Assert.Equal(
            tier == ContainmentTier.T3 ? "up\n111\nconnected\n" : closed ? "up\n13\nconnected\n"
                : "up\nconnected\nconnected\n",
            said.ToString());
        Assert.Equal(
            !closed && tier == ContainmentTier.T2,
            ended.Containment.Weak.Contains($"socket.opened-later: the host listens on {path}, which was not covered"));
        Assert.Equal(!closed, ended.Containment.Weak.Any(
            w => w.StartsWith("landlock.unix-connect", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_socket_of_the_host_cannot_be_reached()
    {
        var path = Path.Combine(given.Root, "host.sock");
        using var named = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        named.Bind(new UnixDomainSocketEndPoint(path));
        named.Listen();
        using var nameless = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var name = $"\0writ-test-{Environment.ProcessId}";
        nameless.Bind(new UnixDomainSocketEndPoint(name));
        nameless.Listen();
        var done = await Python($$"""
            import socket
            for address in ('{{path}}', '\0{{name[1..]}}', '/run/docker.sock', '/run/dbus/system_bus_socket'):
                s = socket.socket(socket.AF_UNIX)
                try:
                    s.connect(address)
                    print('connected')
                except OSError as e:
                    print(e.errno)
            """);
        Assert.Equal("2\n111\n2\n2\n", done.Output);
    }

    public static TheoryData<string, string> Attempts => new()
    {
        { "socket AF_INET", "OK" },
        { "socket AF_UNIX", "OK" },
        { "socket AF_VSOCK", "Address family not supported by protocol" },
        { "socket AF_ALG", "Address family not supported by protocol" },
        { "socket AF_PACKET", "Address family not supported by protocol" },
        { "socket AF_NETLINK", "OK" },
        { "io_uring_setup", "Operation not permitted" },
        { "ptrace TRACEME", "Operation not permitted" },
        { "bpf", "Operation not permitted" },
        { "userfaultfd", "Operation not permitted" },
        { "keyctl", "Operation not permitted" },
        { "perf_event_open", "Operation not permitted" },
        { "unshare NEWUSER", "Operation not permitted" },
        { "unshare NEWNS", "Operation not permitted" },
        { "clone3(NEWUSER)", "Function not implemented" },
        { "kill outside (ppid 1)", "Operation not permitted" },
        { "open /proc/1/environ", "Permission denied" },
        { "open /proc/1/mem rw", "Permission denied" },
        { "open /proc/self/mem rw", "Permission denied" },
        { "write /proc/self/oom_score_a", "Permission denied" },
        { "process_vm_writev self", "Operation not permitted" },
        { "TIOCSTI", "Operation not permitted" },
        { "mount tmpfs", "Operation not permitted" },
        { "open_by_handle_at", "Operation not permitted" },
        { "open /work/new O_CREAT", "No such file or directory" },
        { "open /usr/new O_CREAT", "denied" },
        { "open /etc/shadow", "No such file or directory" },
        { "memfd_create", "OK" },
        { "chroot /", "Operation not permitted" },
        { "pidfd_getfd", "Operation not permitted" },
        { "link.. symlink", "No such file or directory" },
    };

    [Fact]
    public async Task The_catalogue_of_attempts_fails_where_it_must()
    {
        var done = await Attack("misc");
        var answers = done.Output.TrimEnd('\n').Split('\n');
        foreach (var row in Attempts)
        {
            var (attempt, expected) = row.Data;
            var answer = Assert.Single(answers, line => line.StartsWith(attempt, StringComparison.Ordinal));
            if (expected == "denied")
                Assert.Matches("(Permission denied|Read-only file system)$", answer);
            else
                Assert.EndsWith(" " + expected, answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_32_bit_entry_into_the_kernel_kills()
    {
        var done = await Attack("int80");
        Assert.Equal(128 + 31, done.Outcome.ExitCode);
        Assert.DoesNotContain("uid=", done.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_x32_entry_into_the_kernel_kills()
    {
        var done = await Attack("x32");
        Assert.Equal(128 + 31, done.Outcome.ExitCode);
        Assert.DoesNotContain("uid=", done.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ordinary_threads_and_executions_still_work()
    {
        var done = await Attack("thr");
        Assert.Contains("exec from a non-leader thread", done.Output, StringComparison.Ordinal);
        Assert.Equal(0, done.Outcome.ExitCode);
    }

    [Fact]
    public async Task A_program_from_memory_gains_nothing()
    {
        // Deciding each execution is a later stage; containment must hold for whatever is executed.
        var done = await Attack("memfd", "/usr/bin/id");
        Assert.DoesNotContain("groups=0(root),", done.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task System_calls_newer_than_the_table_do_not_exist()
    {
        var done = await Python("""
            import ctypes, os
            libc = ctypes.CDLL(None, use_errno=True)
            print([(libc.syscall(n, 0, 0, 0, 0, 0, 0), ctypes.get_errno()) for n in (463, 467, 470, 1000)])
            """);
        Assert.Equal("[(-1, 38), (-1, 38), (-1, 38), (-1, 38)]\n", done.Output);
    }

    [Fact]
    public async Task The_command_has_no_capability_no_new_privileges_and_a_filter()
    {
        var output = await Inside(
            "grep -E '^(Cap|NoNewPrivs|Seccomp:|SigIgn|SigBlk)' /proc/self/status | tr -s '\\t' ' '");
        Assert.Equal(
            """
            SigBlk: 0000000000000000
            SigIgn: 0000000000000000
            CapInh: 0000000000000000
            CapPrm: 0000000000000000
            CapEff: 0000000000000000
            CapBnd: 0000000000000000
            CapAmb: 0000000000000000
            NoNewPrivs: 1
            Seccomp: 2
            """,
            output.TrimEnd('\n'));
    }

    [Fact]
    public async Task The_containment_of_a_run_is_recorded_with_what_is_weak()
    {
        var done = await given.Run(given.Plan(given.NewTree(), "/usr/bin/true"));
        var containment = done.Outcome.Containment;
        Assert.Equal((ContainmentTier.T2, true), (containment.Tier, containment.Seccomp));
        Assert.NotNull(containment.BubblewrapVersion);
        Assert.Equal(LandlockRuleset.SupportedAbi(), containment.LandlockAbi);
        Assert.Equal(
            ThisProcess.EffectiveUid == 0 && !RunningFixture.WithSessionUsers,
            containment.Weak.Any(weak => weak.StartsWith("uid.root", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("git --version")]
    [InlineData("python3 -c 'import multiprocessing as m; print(m.Pool(2).map(abs, [-1]))'")]
    [InlineData("printf 'int main(){return 0;}' > a.c && cc a.c -o a.out && ./a.out && echo compiled")]
    [InlineData("perl -e 'print 1+1'")]
    [InlineData("find /usr/share -maxdepth 1 -type d | wc -l")]
    public async Task Ordinary_tools_work(string script)
    {
        var program = script.Split(' ')[0];
        if (program != "printf" && !File.Exists($"/usr/bin/{program}"))
            SharedData.Unavailable($"{program} is not installed");
        var done = await given.Run(given.Shell(given.NewTree(), script));
        Assert.True(done.Outcome.ExitCode == 0, $"{done.Outcome.ExitCode} {done.Output} {done.Error}");
        Assert.NotEmpty(done.Output);
    }
}

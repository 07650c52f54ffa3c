using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Writ.Leases;
using Writ.Linux;
using Writ.Server.Leasing;
using Writ.Server.Storage;
using Writ.Testing;
using Writ.Wire;

namespace Writ.Server.Tests.Leasing;

/// <summary>
/// An sshd of its own on 127.0.0.1 with the helper of <c>samples/ssh-server/</c>, in namespaces of its own: it has its
/// own users, sees only its own processes, and everything of it ends with it.
/// </summary>
sealed class LocalSshd : IAsyncDisposable
{
    public const string Client = "/usr/bin/ssh";
    public const string User = "deploy";
    const string Server = "/usr/sbin/sshd";

    readonly Process _server;
    readonly DataDirectory _data;

    LocalSshd(string root, int port, string hostKey, Process server, DataDirectory data) =>
        (Root, Port, HostKey, _server, _data) = (root, port, hostKey, server, data);

    public string Root { get; }

    public int Port { get; }

    public string HostKey { get; }

    public string Log => Path.Combine(Root, "log");

    public string List => Path.Combine(Root, "writ.krl");

    /// <summary>Where users may write.</summary>
    public string Common => Path.Combine(Root, "common");

    public SshLogins Logins { get; } = new();

    public CredentialBackend.Ssh Profile =>
        new("127.0.0.1", Port, User, [HostKey], [], [], [], Sessions: true);

    /// <param name="without">A line of the configuration that is left out.</param>
    public static async Task<LocalSshd> Start(string? without = null, DataDirectory? data = null)
    {
        if (!File.Exists(Server) || !File.Exists("/usr/bin/nc") || ThisProcess.EffectiveUid != 0)
            SharedData.Unavailable("sshd or nc is not installed, or this is not root");
        // Every folder above what sshd starts has to be root's alone, so /tmp will not do.
        var root = $"/run/writ-sshd-{Guid.CreateVersion7():n}";
        foreach (var folder in (string[])[root, $"{root}/common"])
            Directory.CreateDirectory(folder);
        Files.SetMode(root, 0x1ED);
        Files.SetMode($"{root}/common", 0x1FF);
        if (data is null)
        {
            Directory.CreateDirectory($"{root}/data");
            Files.SetMode($"{root}/data", 0x1C0);
            data = DataDirectory.Create($"{root}/data");
        }
        await Tool("/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", $"{root}/host");
        var authorities = new Authorities(data, TimeProvider.System);
        File.WriteAllText($"{root}/authority.pub", authorities.Make("ssh-admin", AuthorityKind.Ssh).Text);
        await Tool("/usr/bin/ssh-keygen", "-q", "-k", "-f", $"{root}/writ.krl");
        WriteAdmin(data, "root");
        var port = FreePort();
        Configure(root, port, without);
        var server = Process.Start(new ProcessStartInfo("unshare",
            ["--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "/bin/sh", $"{root}/start"])
        {
            RedirectStandardInput = true,
            WorkingDirectory = "/",
        })!;
        var hostKey = string.Join(' ', File.ReadAllText($"{root}/host.pub").Trim().Split(' ').Take(2));
        var sshd = new LocalSshd(root, port, hostKey, server, data);
        await sshd.Until(() => File.Exists(sshd.Log)
            && sshd.Said().Contains("Server listening", StringComparison.Ordinal));
        return sshd;
    }

    public Authorities Authorities => new(_data, TimeProvider.System);

    public static void WriteAdmin(DataDirectory data, string user)
    {
        var admin = Path.Combine(data.CredentialsPath, "ssh-admin");
        File.WriteAllText(admin, $$"""{"user": "{{user}}"}""");
        Files.SetMode(admin, 0x180);
    }

    public void WriteAdmin(string user) => WriteAdmin(_data, user);

    public string KeyFile => Path.Combine(_data.KeysPath, "authorities", "ssh-admin.ssh");

    public SshBackend Backend(CredentialBackend.Ssh? place = null, TimeProvider? time = null) => new(
        new CredentialProfile("release", CredentialTier.Deploy, "ssh-admin", 60, 600, 4, place ?? Profile),
        place ?? Profile, new Authorities(_data, time ?? TimeProvider.System), Logins, new AdminFiles(_data),
        time ?? TimeProvider.System);

    /// <summary>What sshd has said so far.</summary>
    public string Said() => File.ReadAllText(Log);

    public async Task Until(Func<bool> holds)
    {
        var began = Stopwatch.GetTimestamp();
        while (!holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < AgentWorld.Patience,
                "it never was so; sshd said:\n" + (File.Exists(Log) ? Said() : "nothing"));
            await Task.Delay(20);
        }
    }

    /// <summary>Every process of it stands still, or goes on.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", Children(_server.Id).Single()]);
        kill.WaitForExit();
    }

    /// <summary>Whether a process of it serves a connection. The log does not always say that a session is over: it
    /// may be the connection that was over first.</summary>
    public bool Serves() => Children(int.Parse(Children(_server.Id).Single(), CultureInfo.InvariantCulture))
        .Any(pid => NameOf(pid).StartsWith("sshd", StringComparison.Ordinal));

    static string[] Children(int pid) => File.ReadAllText($"/proc/{pid}/task/{pid}/children")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries);

    // One that has ended meanwhile has none.
    static string NameOf(string pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/comm");
        }
        catch (IOException)
        {
            return "";
        }
    }

    public void Stop()
    {
        if (_server.HasExited)
            return;
        _server.Kill();
        _server.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        Stop();
        _server.Dispose();
        // What it had started is being ended by the kernel.
        for (var tries = 0; ; tries++)
            try
            {
                Directory.Delete(Root, recursive: true);
                return;
            }
            catch (IOException) when (tries < 50)
            {
                await Task.Delay(20);
            }
    }

    static void Configure(string root, int port, string? without)
    {
        var helper = $"{root}/writ-ssh";
        File.Copy(Path.Combine(SharedData.RepositoryRoot, "samples", "ssh-server", "writ-ssh"), helper);
        Files.SetMode(helper, 0x1ED);
        File.WriteAllText($"{root}/writ-ssh.conf",
            $"REVOKED={root}/writ.krl\nPRINCIPALS={root}/principals\nSTATE={root}/state\nSSHD_CONFIG={root}/sshd\n");
        string[] lines =
        [
            string.Create(CultureInfo.InvariantCulture, $"Port {port}"), "ListenAddress 127.0.0.1", "UsePAM no",
            $"HostKey {root}/host", "PidFile none", "LogLevel VERBOSE", "AuthorizedKeysFile none",
            "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin forced-commands-only",
            $"TrustedUserCAKeys {root}/authority.pub", $"RevokedKeys {root}/writ.krl", "AuthorizedPrincipalsFile none",
            $"AuthorizedPrincipalsCommand {helper} -c {root}/writ-ssh.conf principals %i %u",
            "AuthorizedPrincipalsCommandUser root", "PermitUserEnvironment WRIT_LEASE", "MaxStartups 100",
        ];
        File.WriteAllLines(
            $"{root}/sshd", lines.Where(l => without is null || !l.StartsWith(without, StringComparison.Ordinal)));
        foreach (var (file, line) in ((string, string)[])
            [
                ("passwd", $"{User}:x:64201:64201::/nonexistent:/bin/sh\nother:x:64202:64202::/nonexistent:/bin/sh\n"),
                ("shadow", $"{User}:*:19000::::::\nother:*:19000::::::\n"),
            ])
            File.WriteAllText($"{root}/{file}", File.ReadAllText($"/etc/{file}") + line);
        File.WriteAllText($"{root}/start", $"""
            set -e
            mount --bind {root}/passwd /etc/passwd
            mount --bind {root}/shadow /etc/shadow
            mkdir -p /run/sshd
            exec {Server} -D -e -f {root}/sshd 2>{root}/log
            """);
    }

    static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    static async Task Tool(string program, params string[] arguments)
    {
        var ended = await WritCommand.Finish(WritCommand.Start(program, arguments, "/"));
        Assert.True(ended.Exit == 0, ended.Error);
    }
}

/// <summary>An SSH login as its run finds it, but outside of a sandbox: the same files, the same sockets.</summary>
sealed class SshClient : IAsyncDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("writ-ssh-client-").FullName;
    readonly LeaseDoor[] _doors;

    public SshClient(IssuedCredential issued)
    {
        var inside = Delivery.FolderOf("release");
        foreach (var file in issued.Files)
            File.WriteAllText(Path.Combine(_root, file.Name), System.Text.Encoding.ASCII.GetString(file.Content.Span)
                .Replace(inside, _root, StringComparison.Ordinal));
        _doors =
        [
            .. new[] { issued.Door!, issued.Agent! }
                .Select(s => new LeaseDoor(s.SocketName, s, TimeProvider.System)),
        ];
        var here = new Server.Running.RunNamespace();
        here.Begun(Environment.ProcessId);
        foreach (var door in _doors)
            door.Open(_root, ThisProcess.EffectiveUid, 0, here);
    }

    public string Agent => Path.Combine(_root, Delivery.SshAgentSocket);

    public string Configuration => Path.Combine(_root, Delivery.SshConfiguration);

    public Process Start(params string[] words) => WritCommand.Start(
        LocalSshd.Client, ["-F", Configuration, .. words], "/", ("SSH_AUTH_SOCK", Agent));

    public Task<Ended> Run(params string[] words) => WritCommand.Finish(Start(words));

    public Task<Ended> Ask(string program, params string[] words) => WritCommand.Finish(
        WritCommand.Start(program, words, _root, ("SSH_AUTH_SOCK", Agent)));

    public async ValueTask DisposeAsync()
    {
        foreach (var door in _doors)
            await door.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }
}

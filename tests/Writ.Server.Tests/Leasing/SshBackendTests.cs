using System.Globalization;
using Writ.Leases;
using Writ.Linux;
using Writ.Server.Leasing;
using Writ.Server.Storage;
using Writ.Server.Tests.Running;
using Writ.Server.Tests.Sequencer;
using Writ.Testing;

namespace Writ.Server.Tests.Leasing;

/// <summary>Logins at a real sshd: let in, held to what was agreed, refused, cut off; and what goes wrong.</summary>
[Slow]
public sealed class SshBackendTests
{
    const string Account = "w_0123456789abcdefghjkm";
    static readonly CancellationToken _none = CancellationToken.None;

    static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    static DateTimeOffset Soon => Now.AddMinutes(5);

    [Fact]
    public async Task A_run_logs_in_as_its_user_without_a_key_of_its_own()
    {
        await using var sshd = await LocalSshd.Start();
        var issued = await sshd.Backend().Issue(Account, Soon, _none);
        Assert.Empty(issued.Secrets);
        await using var client = new SshClient(issued);
        var ended = await client.Run("127.0.0.1", "id", "-un");
        Assert.True(ended.Exit == 0, ended.Error + sshd.Said());
        Assert.Equal("deploy\n", ended.Out);
        // The server's log and the ledger name the same key, authority and account.
        var prints = issued.Fingerprint.Split(";by=");
        Assert.Contains(
            $"ECDSA-CERT {prints[0]} ID {Account} ", sshd.Said(), StringComparison.Ordinal);
        Assert.Contains($"CA ECDSA {prints[1]}", sshd.Said(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenSSH_reads_a_certificate_as_it_was_meant()
    {
        await using var sshd = await LocalSshd.Start();
        var place = sshd.Profile with
        {
            Principals = ["deploy", "release"],
            ForceCommand = "/usr/bin/id -un",
            SourceAddresses = ["127.0.0.0/8", "192.0.2.7"],
            Extensions = ["permit-pty", "permit-port-forwarding"],
        };
        await using var client = new SshClient(await sshd.Backend(place).Issue(Account, Soon, _none));
        var listed = await client.Ask("/usr/bin/ssh-add", "-L");
        var file = Path.Combine(sshd.Root, "listed-cert.pub");
        await File.WriteAllTextAsync(file, listed.Out);
        var read = await client.Ask("/usr/bin/ssh-keygen", "-L", "-f", file);
        Assert.True(read.Exit == 0, read.Error);
        var lines = read.Out.Split('\n').Select(l => l.Trim()).ToArray();
        Assert.Contains("Type: ecdsa-sha2-nistp256-cert-v01@openssh.com user certificate", lines);
        Assert.Contains($"Key ID: \"{Account}\"", lines);
        Assert.Equal(
            ["deploy", "release", "Critical Options:", "force-command /usr/bin/id -un",
                "source-address 127.0.0.0/8,192.0.2.7", "Extensions:", "permit-port-forwarding", "permit-pty"],
            lines.SkipWhile(l => l != "Principals:").Skip(1).Where(l => l.Length > 0));
        var serial = ulong.Parse(lines.Single(l => l.StartsWith("Serial: ", StringComparison.Ordinal))[8..],
            CultureInfo.InvariantCulture);
        Assert.NotEqual(0UL, serial);
    }

    [Fact]
    public async Task A_forced_command_is_all_that_runs()
    {
        await using var sshd = await LocalSshd.Start();
        await using var client = new SshClient(await sshd.Backend(
            sshd.Profile with { ForceCommand = "echo only this" }).Issue(Account, Soon, _none));
        Assert.Equal("only this\n", (await client.Run("127.0.0.1", "id", "-un")).Out);
        Assert.Equal("only this\n", (await client.Run("127.0.0.1")).Out);
        var forward = await client.Run("-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:1", "127.0.0.1");
        Assert.DoesNotContain("Allocated port", forward.Out + forward.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("principal")]
    [InlineData("user")]
    [InlineData("source")]
    [InlineData("expired")]
    [InlineData("not yet")]
    [InlineData("revoked")]
    [InlineData("another authority")]
    public async Task Who_may_not_is_not_let_in(string why)
    {
        await using var sshd = await LocalSshd.Start();
        var place = why switch
        {
            "principal" => sshd.Profile with { Principals = ["somebody"] },
            "source" => sshd.Profile with { SourceAddresses = ["192.0.2.0/24"] },
            _ => sshd.Profile,
        };
        // The clock of the daemon is two minutes ahead: more than the one minute that is allowed for.
        var time = new ManualTime(why == "not yet" ? Now.AddMinutes(2) : Now);
        if (why == "another authority")
        {
            // The server goes on believing the one before.
            File.Delete(sshd.KeyFile);
            sshd.Authorities.Make("ssh-admin", Wire.AuthorityKind.Ssh);
            place = place with { Sessions = false };
        }
        var backend = sshd.Backend(why == "not yet" ? place with { Sessions = false } : place, time);
        var issued = await backend.Issue(Account, why == "expired" ? Now.AddSeconds(-1) : Soon, _none);
        await using var client = new SshClient(issued);
        if (why == "revoked")
        {
            Assert.Equal(0, (await client.Run("127.0.0.1", "true")).Exit);
            var before = await client.Ask("/usr/bin/ssh-add", "-L");
            Assert.Equal(0, await backend.Revoke(Account, _none));
            // The daemon signs nothing more; and the server would not believe it either.
            Assert.Contains(
                "no identities", (await client.Ask("/usr/bin/ssh-add", "-L")).Out, StringComparison.Ordinal);
            var file = Path.Combine(sshd.Root, "revoked-cert.pub");
            await File.WriteAllTextAsync(file, before.Out);
            var asked = await client.Ask("/usr/bin/ssh-keygen", "-Q", "-f", sshd.List, file);
            Assert.Equal(1, asked.Exit);
            Assert.Contains("REVOKED", asked.Out, StringComparison.Ordinal);
        }
        var ended = await client.Run("-l", why == "user" ? "other" : "deploy", "127.0.0.1", "id");
        Assert.Equal(255, ended.Exit);
        Assert.Contains("Permission denied", ended.Error, StringComparison.Ordinal);
    }

    // A server may believe two of them, and has one list.
    [Fact]
    public async Task Two_authorities_at_one_list_leave_each_other_s_word()
    {
        var root = Directory.CreateTempSubdirectory("writ-krl-").FullName;
        try
        {
            var data = DataDirectory.Create(Path.Combine(root, "data"));
            var authorities = new Authorities(data, TimeProvider.System);
            var list = Path.Combine(root, "krl");
            var place = new CredentialBackend.Ssh(
                "web.test", 22, "deploy", ["ssh-ed25519 AAAAC3Nz"], [], [], [], Sessions: false,
                RevocationList: list);
            foreach (var name in (string[])["reading", "writing"])
                authorities.Make(name, Wire.AuthorityKind.Ssh);
            SshBackend By(string name) => new(
                new CredentialProfile("release", CredentialTier.Deploy, name, 60, 600, 4, place), place, authorities,
                new SshLogins(), new AdminFiles(data), TimeProvider.System);
            await By("reading").Issue(Account, Soon, _none);
            await By("reading").Revoke(Account, _none);
            await By("writing").Issue(Account[..^1] + "n", Soon, _none);
            await By("writing").Revoke(Account[..^1] + "n", _none);
            var read = await WritCommand.Finish(
                WritCommand.Start("/usr/bin/ssh-keygen", ["-Q", "-l", "-f", list], "/"));
            Assert.True(read.Exit == 0, read.Error);
            Assert.Equal(3, read.Out.Split("# CA key ").Length);
            Assert.Contains(Account, read.Out, StringComparison.Ordinal);
            Assert.Contains(Account[..^1] + "n", read.Out, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public async Task A_server_that_is_told_nothing_but_the_list_refuses_a_key_that_is_on_it()
    {
        await using var sshd = await LocalSshd.Start();
        var backend = sshd.Backend(sshd.Profile with { Sessions = false, RevocationList = sshd.List });
        Assert.Equal(RevocationClass.NewLoginsOnly, (sshd.Profile with
        {
            Sessions = false,
            RevocationList = sshd.List,
        }).Class);
        var issued = await backend.Issue(Account, Soon, _none);
        await using var client = new SshClient(issued);
        var marker = Path.Combine(sshd.Common, "alive");
        var session = client.Start("127.0.0.1", $"while :; do date +%N >{marker}; sleep 0.02; done");
        var ended = WritCommand.Finish(session);
        await sshd.Until(() => File.Exists(marker));
        // Behind the daemon's back, so that the agent still signs: the server alone has to say no.
        sshd.Authorities.Book("ssh-admin", Wire.AuthorityKind.Ssh).Revoke(
            Account, SignedBackends.PlaceOf(sshd.Profile), Soon);
        await sshd.Backend(sshd.Profile with { Sessions = false, RevocationList = sshd.List })
            .Issue(Account[..^1] + "n", Soon, _none);
        Assert.Contains(
            "Permission denied", (await client.Run("127.0.0.1", "true")).Error, StringComparison.Ordinal);
        Assert.Contains("revoked by file", sshd.Said(), StringComparison.OrdinalIgnoreCase);
        // What the class says: who is in stays in.
        var seen = File.ReadAllText(marker);
        await sshd.Until(() => File.ReadAllText(marker) != seen);
        session.Kill();
        await ended;
    }

    [Fact]
    public async Task Who_is_in_is_put_out_with_all_that_it_started()
    {
        await using var sshd = await LocalSshd.Start();
        var backend = sshd.Backend();
        await using var client = new SshClient(await backend.Issue(Account, Soon, _none));
        var (near, far) = (Path.Combine(sshd.Common, "near"), Path.Combine(sshd.Common, "far"));
        // One that has left the session, its terminal and its parent.
        var session = client.Start("127.0.0.1",
            $"(setsid sh -c 'while :; do date +%N >{far}; sleep 0.02; done' &) </dev/null >/dev/null 2>&1; "
            + $"while :; do date +%N >{near}; sleep 0.02; done");
        var ended = WritCommand.Finish(session);
        await sshd.Until(() => File.Exists(near) && File.Exists(far));
        Assert.Equal([Account], await backend.Enumerate("w_01234", _none));

        Assert.Equal(1, await backend.Revoke(Account, _none));
        Assert.Equal(255, (await ended).Exit);
        var seen = (File.ReadAllText(near), File.ReadAllText(far));
        await Task.Delay(300);
        Assert.Equal(seen, (File.ReadAllText(near), File.ReadAllText(far)));
        Assert.Empty(await backend.Enumerate("w_", _none));
        // Gone already is a success.
        Assert.Equal(0, await backend.Revoke(Account, _none));
        Assert.Equal(0, await backend.TerminateSessions(Account, _none));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("env -i", false)]
    public async Task What_outlives_a_session_that_is_over_already_goes_with_its_lease(string by, bool isSeen)
    {
        await using var sshd = await LocalSshd.Start();
        var backend = sshd.Backend();
        var marker = Path.Combine(sshd.Common, "left");
        await using var client = new SshClient(await backend.Issue(Account, Soon, _none));
        // The session is over when this is; what it has started is nobody's child any more.
        var ended = await client.Run("127.0.0.1",
            $"({by} setsid sh -c 'while :; do date +%N >{marker}; sleep 0.02; done' &) </dev/null >/dev/null 2>&1");
        Assert.Equal(0, ended.Exit);
        await sshd.Until(() => File.Exists(marker) && !sshd.Serves());
        await GoesOn();
        await backend.Revoke(Account, _none);
        if (isSeen)
            Assert.False(IsThere());
        else
            await GoesOn();
        // What hides goes where its user is there for leases alone, with the last of them.
        File.AppendAllText($"{sshd.Root}/writ-ssh.conf", "OWN_USERS=\"other deploy\"\n");
        await using var next = new SshClient(await backend.Issue(Account[..^1] + "n", Soon, _none));
        Assert.Equal(0, (await next.Run("127.0.0.1", "true")).Exit);
        await backend.Revoke(Account[..^1] + "n", _none);
        await sshd.Until(() => !IsThere());

        Task GoesOn()
        {
            var seen = File.ReadAllText(marker);
            return sshd.Until(() => File.ReadAllText(marker) is { Length: > 0 } now && now != seen);
        }

        // The shell that writes it has its name among its words.
        bool IsThere()
        {
            var found = EndingTests.Marked(marker);
            found.ForEach(process => process.Dispose());
            return found.Count > 0;
        }
    }

    [Fact]
    public async Task A_session_without_a_command_is_put_out_too_and_others_stay()
    {
        await using var sshd = await LocalSshd.Start();
        var backend = sshd.Backend();
        var other = Account[..^1] + "n";
        await using var one = new SshClient(await backend.Issue(Account, Soon, _none));
        await using var two = new SshClient(await backend.Issue(other, Soon, _none));
        var (idle, stays) = (one.Start("-N", "127.0.0.1"), two.Start("127.0.0.1", "echo in; exec sleep 60"));
        var (idling, staying) = (WritCommand.Finish(idle), WritCommand.Finish(stays));
        await sshd.Until(() => sshd.Said().Split($"Accepted publickey for {LocalSshd.User}").Length == 3);
        Assert.Equal([Account, other], (await backend.Enumerate("w_", _none)).Order(StringComparer.Ordinal));
        Assert.Equal(1, await backend.TerminateSessions(Account, _none));
        Assert.Equal(255, (await idling).Exit);
        Assert.False(stays.HasExited);
        Assert.Equal(1, await backend.Revoke(other, _none));
        Assert.Equal(255, (await staying).Exit);
    }

    [Fact]
    public async Task A_login_goes_on_with_the_certificate_that_replaces_its_own()
    {
        await using var sshd = await LocalSshd.Start();
        var backend = sshd.Backend();
        // Long enough to log in on a busy machine.
        var until = Now.AddSeconds(10);
        await using var client = new SshClient(await backend.Issue(Account, until, _none));
        Assert.Equal(0, (await client.Run("127.0.0.1", "true")).Exit);
        await Task.Delay(until - Now + TimeSpan.FromSeconds(1));
        Assert.Equal(255, (await client.Run("127.0.0.1", "true")).Exit);
        await backend.Extend(Account, Soon, _none);
        Assert.Equal(0, (await client.Run("127.0.0.1", "true")).Exit);
        await backend.Revoke(Account, _none);
        // Over is over: nothing that comes too late makes it live again.
        await Assert.ThrowsAsync<BackendFaultException>(() => backend.Extend(Account, Soon, _none));
    }

    [Fact]
    public async Task The_agent_logs_in_at_its_server_and_signs_nothing_else()
    {
        await using var sshd = await LocalSshd.Start();
        await using var elsewhere = await LocalSshd.Start();
        // Another server that believes the same authority.
        File.Copy(Path.Combine(sshd.Root, "authority.pub"), Path.Combine(elsewhere.Root, "authority.pub"), true);
        await using var client = new SshClient(await sshd.Backend().Issue(Account, Soon, _none));
        Assert.Equal(0, (await client.Run("127.0.0.1", "true")).Exit);
        var away = await client.Ask(LocalSshd.Client, "-F", "none", "-o", $"IdentityAgent={client.Agent}",
            "-o", "IdentityFile=none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-p", $"{elsewhere.Port}", "deploy@127.0.0.1", "id");
        Assert.Equal(255, away.Exit);
        Assert.Contains("refused operation", away.Error, StringComparison.Ordinal);

        var key = Path.Combine(sshd.Root, "agent-cert.pub");
        await File.WriteAllTextAsync(key, (await client.Ask("/usr/bin/ssh-add", "-L")).Out);
        var text = Path.Combine(sshd.Root, "text");
        await File.WriteAllTextAsync(text, "pay everything");
        var signed = await client.Ask("/usr/bin/ssh-keygen", "-Y", "sign", "-f", key, "-n", "git", text);
        Assert.NotEqual(0, signed.Exit);
        Assert.False(File.Exists(text + ".sig"));
        foreach (var more in (string[][])[["-D"], ["-x"], ["-l"]])
            await client.Ask("/usr/bin/ssh-add", more);
        Assert.StartsWith(
            Identity.Ssh.SshCertificate.Type, (await client.Ask("/usr/bin/ssh-add", "-L")).Out,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("down", "lease.backend-down")]
    [InlineData("slow", "lease.backend-slow")]
    [InlineData("stranger", "lease.backend-denied")]
    [InlineData("not root", "lease.backend-fault")]
    [InlineData("no permission", "lease.backend-denied")]
    [InlineData("no list", "lease.backend-unsafe")]
    [InlineData("no principals command", "lease.backend-denied")]
    [InlineData("no mark", "lease.backend-unsafe")]
    [InlineData("no authority", "lease.no-authority")]
    [InlineData("open authority", "lease.no-admin")]
    [InlineData("no admin", "lease.no-admin")]
    public async Task What_goes_wrong_has_a_code_and_no_secret(string what, string code)
    {
        await using var sshd = await LocalSshd.Start(
            what switch
            {
                "no list" => "RevokedKeys",
                "no principals command" => "AuthorizedPrincipalsCommand",
                "no mark" => "PermitUserEnvironment",
                _ => null,
            });
        var place = sshd.Profile;
        switch (what)
        {
            case "down":
                sshd.Stop();
                break;
            case "slow":
                sshd.Signal("STOP");
                break;
            case "stranger":
                await using (var other = await LocalSshd.Start())
                    place = place with { HostKeys = [other.HostKey] };
                break;
            case "not root":
                sshd.WriteAdmin("deploy");
                File.AppendAllText($"{sshd.Root}/writ-ssh.conf", "ADMIN=deploy\n");
                break;
            case "no permission":
                File.WriteAllText($"{sshd.Root}/authority.pub", "");
                break;
            case "no authority":
                File.Delete(sshd.KeyFile);
                break;
            case "open authority":
                Files.SetMode(sshd.KeyFile, 0x1A4);
                break;
            case "no admin":
                sshd.WriteAdmin("");
                break;
        }
        var fault = await Assert.ThrowsAsync<BackendFaultException>(() => BackendCalls.Within(
            TimeProvider.System, c => sshd.Backend(place).Issue(Account, Soon, c), _none));
        Assert.True(code == fault.Code, $"{fault.Code}: {fault.Message}\n{sshd.Said()}");
        Assert.DoesNotContain("PRIVATE KEY", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_done_by_half_is_done_again()
    {
        await using var sshd = await LocalSshd.Start();
        var backend = sshd.Backend();
        await using var client = new SshClient(await backend.Issue(Account, Soon, _none));
        var session = WritCommand.Finish(client.Start("127.0.0.1", "exec sleep 60"));
        await sshd.Until(() => sshd.Said().Contains("Accepted publickey for deploy", StringComparison.Ordinal));
        // It is in the book and nowhere else: the daemon ended, or the permission was lost in between.
        var trusted = File.ReadAllText($"{sshd.Root}/authority.pub");
        File.WriteAllText($"{sshd.Root}/authority.pub", "");
        Assert.Equal("lease.backend-denied", (await Assert.ThrowsAsync<BackendFaultException>(
            () => backend.Revoke(Account, _none))).Code);
        File.WriteAllText($"{sshd.Root}/authority.pub", trusted);
        // A daemon that starts anew knows no logins, and takes back what was meant.
        Assert.Equal(1, await sshd.Backend().Revoke(Account, _none));
        Assert.Equal(255, (await session).Exit);
        // What the server has of an account that no book knows is seen, and can be ended.
        Assert.Equal(0, await backend.Revoke("w_0000000000000testtest"[..23], _none));
    }

    [Fact]
    public async Task The_helper_does_nothing_else_for_the_control_plane_either()
    {
        await using var sshd = await LocalSshd.Start();
        using var authority = sshd.Authorities.Ssh("ssh-admin");
        var link = new SshAdminLink(
            sshd.Profile, authority, new AdminAccount("root"), "writ-admin", TimeProvider.System);
        foreach (var question in (string[])
            ["id", "ready; id", "end w_x;id", "end ../../etc", "list /", "revoke w_0123456789abcdefghjk$", "end", ""])
            await Assert.ThrowsAsync<BackendFaultException>(() => link.Ask(question, default, _none));
        // A list that sshd could not read would let nobody in.
        await Assert.ThrowsAsync<BackendFaultException>(
            () => link.Ask($"revoke {Account}", "nonsense"u8.ToArray(), _none));
        await using var client = new SshClient(await sshd.Backend().Issue(Account, Soon, _none));
        Assert.Equal(0, (await client.Run("127.0.0.1", "true")).Exit);
    }
}

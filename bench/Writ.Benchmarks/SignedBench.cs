using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Writ.Leases;
using Writ.Linux;
using Writ.Server.Leasing;
using Writ.Server.Storage;
using Writ.Wire;

namespace Writ.Benchmarks;

/// <summary>
/// Credentials that the realm's own keys sign: certificates for SSH with a list in a file, the same at an sshd of this
/// machine whose helper puts the list there and ends sessions, and client certificates with their list.
/// </summary>
static class SignedBench
{
    const string Server = "/usr/sbin/sshd";

    // A login of the admin is two processes and a key exchange at each side.
    const int LoginsMost = 30;

    public static async Task Measure(string root, int count, Func<string, ICredentialBackend, int, Task> measure)
    {
        var data = DataDirectory.Create(Path.Combine(root, "signed"));
        var (time, admins) = (TimeProvider.System, new AdminFiles(data));
        var authorities = new Authorities(data, time);
        authorities.Make("bench", AuthorityKind.X509);
        var authority = authorities.Make("bench", AuthorityKind.Ssh).Text;
        var listed = new CredentialBackend.Ssh(
            "127.0.0.1", 22, "bench", ["ssh-ed25519 AAAAC3Nz"], [], [], [], Sessions: false,
            RevocationList: Path.Combine(root, "bench.krl"));
        await measure("SSH, list in a file", Ssh(listed), count);
        var x509 = new CredentialBackend.X509([], [], RevocationList: Path.Combine(root, "bench.crl"));
        await measure(
            "client certificate, list in a file",
            new X509Backend(Profile(x509), x509, authorities, time), count);
        if (!File.Exists(Server) || ThisProcess.EffectiveUid != 0)
            return;
        var admin = Path.Combine(data.CredentialsPath, "bench");
        await File.WriteAllTextAsync(admin, """{"user": "root"}""");
        Files.SetMode(admin, 0x180);
        var (process, port, key, folder) = await Start(authority);
        using (process)
            try
            {
                await measure("SSH, list and sessions at an sshd", Ssh(
                    listed with { Port = port, HostKeys = [key], Sessions = true, RevocationList = null }),
                    Math.Min(count, LoginsMost));
            }
            finally
            {
                process.Kill();
                await process.WaitForExitAsync();
                Directory.Delete(folder, recursive: true);
            }

        SshBackend Ssh(CredentialBackend.Ssh place) =>
            new(Profile(place), place, authorities, new SshLogins(), admins, time);
    }

    static CredentialProfile Profile(CredentialBackend place) =>
        new("bench", CredentialTier.Read, "bench", 60, 60, 1, place);

    // Every folder above what sshd starts has to be root's alone.
    static async Task<(Process Process, int Port, string HostKey, string Folder)> Start(string authority)
    {
        var folder = Directory.CreateDirectory(string.Create(
            CultureInfo.InvariantCulture, $"/run/writ-bench-sshd-{ThisProcess.Pid}")).FullName;
        Directory.CreateDirectory("/run/sshd");
        await Tool("-q", "-t", "ed25519", "-N", "", "-C", "", "-f", $"{folder}/host");
        await Tool("-q", "-k", "-f", $"{folder}/list");
        File.Copy(BenchFiles.Find("samples/ssh-server/writ-ssh"), $"{folder}/writ-ssh");
        Files.SetMode($"{folder}/writ-ssh", 0x1ED);
        await File.WriteAllTextAsync($"{folder}/authority", authority);
        await File.WriteAllTextAsync(
            $"{folder}/settings", $"REVOKED={folder}/list\nSTATE={folder}/state\nSSHD_CONFIG={folder}/sshd\n");
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        await File.WriteAllTextAsync($"{folder}/sshd", string.Create(CultureInfo.InvariantCulture, $"""
            Port {port}
            ListenAddress 127.0.0.1
            UsePAM no
            HostKey {folder}/host
            PidFile none
            AuthorizedKeysFile none
            PermitRootLogin forced-commands-only
            TrustedUserCAKeys {folder}/authority
            RevokedKeys {folder}/list
            AuthorizedPrincipalsFile none
            AuthorizedPrincipalsCommand {folder}/writ-ssh -c {folder}/settings principals %i %u
            AuthorizedPrincipalsCommandUser root
            PermitUserEnvironment WRIT_LEASE

            """));
        var process = Process.Start(new ProcessStartInfo(Server, ["-D", "-q", "-f", $"{folder}/sshd"]))!;
        for (var tries = 0; tries < 100; tries++)
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                break;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        var key = string.Join(' ', (await File.ReadAllTextAsync($"{folder}/host.pub")).Trim().Split(' ').Take(2));
        return (process, port, key, folder);
    }

    static async Task Tool(params string[] arguments)
    {
        using var tool = Process.Start("/usr/bin/ssh-keygen", arguments);
        await tool.WaitForExitAsync();
    }
}

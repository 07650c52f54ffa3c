using System.Collections.Immutable;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Writ.Identity.Ssh;
using Writ.Leases;
using Writ.Linux;

namespace Writ.Server.Leasing;

/// <summary>
/// The control plane's own way to a server of SSH: its admin logs in with a certificate that lives two minutes, made
/// for this one connection, and the server runs the helper of <c>samples/ssh-server/</c> and nothing else. Nothing has
/// to be kept for it but the authority.
/// </summary>
sealed class SshAdminLink(
    CredentialBackend.Ssh place, SshKey authority, AdminAccount admin, string seenFrom, TimeProvider time)
{
    const string Client = "/usr/bin/ssh";
    const int AnswerMax = 8 << 20;
    const int ErrorMax = 16 << 10;
    const int Backlog = 4;
    static readonly TimeSpan _certificateLife = TimeSpan.FromMinutes(2);

    /// <summary>What the helper says to one question: the lines after its <c>ok</c>.</summary>
    /// <param name="seenFrom">Stands in the server's log.</param>
    /// <exception cref="BackendFaultException">It could not be asked, or said no.</exception>
    public async Task<ImmutableArray<string>> Ask(
        string question, ReadOnlyMemory<byte> input, CancellationToken cancel)
    {
        if (!File.Exists(Client))
            throw new BackendFaultException("lease.no-admin", $"{Client} is not there; sessions are ended with it.");
        var folder = Directory.CreateTempSubdirectory("writ-ssh-").FullName;
        try
        {
            using var key = SshKey.Make();
            using var login = new SshLogin(key, admin.User, [.. place.HostKeys.Select(SshHostKey.Read)]);
            login.Renew(Certificate(key));
            await File.WriteAllTextAsync(
                Path.Combine(folder, "hosts"), string.Concat(place.HostKeys.Select(k => $"writ {k}\n")), cancel);
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "agent")));
            listener.Listen(Backlog);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var serving = ServeAgent(listener, login, over.Token);
            try
            {
                return await Run(folder, question, input, cancel);
            }
            finally
            {
                await over.CancelAsync();
                await serving;
            }
        }
        catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException)
        {
            throw new BackendFaultException("lease.backend-down", "The server's client cannot be used.", e);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    byte[] Certificate(SshKey key)
    {
        var now = time.GetUtcNow();
        var claims = new SshCertificateClaims(
            BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)), seenFrom,
            [CredentialBackend.Ssh.AdminPrincipal], now - LeaseDesk.ClockSkew, now + _certificateLife,
            ForceCommand: null, SourceAddresses: [], Extensions: []);
        return SshCertificate.Issue(
            authority, key, claims, RandomNumberGenerator.GetBytes(SshBackend.NonceBytes));
    }

    static async Task ServeAgent(Socket listener, SshLogin login, CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptAsync(cancel);
                using var peer = PeerCredentials.Of(client);
                if (peer.Uid != ThisProcess.EffectiveUid)
                    continue;
                await using var stream = new NetworkStream(client, ownsSocket: false);
                await SshAgent.Serve(stream, login, cancel);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException
            or LinuxFaultException)
        {
            // The client sees an agent that is gone, and says so.
        }
    }

    async Task<ImmutableArray<string>> Run(
        string folder, string question, ReadOnlyMemory<byte> input, CancellationToken cancel)
    {
        using var process = BackendProgram.Start(Client, [.. Arguments(folder), "--", place.Host, question]);
        try
        {
            var output = BoundedText(process.StandardOutput.BaseStream, AnswerMax, cancel);
            var errors = BoundedText(process.StandardError.BaseStream, ErrorMax, cancel);
            try
            {
                await using var writing = process.StandardInput.BaseStream;
                await writing.WriteAsync(input, cancel);
            }
            catch (IOException)
            {
                // It ended before it had read everything, and its status says why.
            }
            var (said, complaint) = (await output, await errors);
            await process.WaitForExitAsync(cancel);
            return process.ExitCode == 0 && said.StartsWith("ok", StringComparison.Ordinal)
                ? [.. said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)]
                : throw Refused(said, complaint);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    List<string> Arguments(string folder)
    {
        var arguments = new List<string>
        {
            "-F", "none", "-T", "-p", place.Port.ToString(CultureInfo.InvariantCulture), "-l", admin.User,
        };
        foreach (var option in (string[])
            [
                $"IdentityAgent={folder}/agent", "IdentityFile=none", $"UserKnownHostsFile={folder}/hosts",
                "GlobalKnownHostsFile=none", "HostKeyAlias=writ", "CheckHostIP=no", "StrictHostKeyChecking=yes",
                "UpdateHostKeys=no", "PreferredAuthentications=publickey", "BatchMode=yes", "ConnectTimeout=10",
                "ServerAliveInterval=5", "ServerAliveCountMax=2", "ClearAllForwardings=yes", "ControlPath=none",
                "LogLevel=ERROR", $"HostKeyAlgorithms={Algorithms()}",
            ])
            arguments.AddRange(["-o", option]);
        return arguments;
    }

    string Algorithms() => string.Join(',', place.HostKeys.Select(k => k.Split(' ')[0]).Distinct()
        .Select(t => t == "ssh-rsa" ? "rsa-sha2-512,rsa-sha2-256" : t));

    static async Task<string> BoundedText(Stream stream, int bytesMax, CancellationToken cancel)
    {
        using var whole = new MemoryStream();
        var buffer = new byte[8 << 10];
        for (int count; (count = await stream.ReadAsync(buffer, cancel)) > 0;)
            if (whole.Length < bytesMax)
                whole.Write(buffer, 0, count);
        return Encoding.UTF8.GetString(whole.ToArray());
    }

    // The sentences of the client and of the server could quote anything; what they are about is enough.
    static BackendFaultException Refused(string said, string complaint)
    {
        bool Has(string text) => complaint.Contains(text, StringComparison.OrdinalIgnoreCase);
        return said.Split('\n')[0].Split(' ') switch
        {
            ["no", "unsafe"] => new BackendFaultException("lease.backend-unsafe",
                "The server's sshd is not set up so that a login could be taken back: writ-ssh check, at the server."),
            ["no", "slow"] => new BackendFaultException("lease.backend-slow", "Sessions at the server do not end."),
            ["no", ..] => new BackendFaultException("lease.backend-fault", "The server's helper failed."),
            _ when Has("Host key verification failed") || Has("no matching host key") => new BackendFaultException(
                "lease.backend-denied", "It is not the server that it should be."),
            _ when Has("Permission denied") || Has("Too many authentication failures") => new BackendFaultException(
                "lease.backend-denied", "The server does not let the admin in."),
            _ when Has("timed out") || Has("not responding") => new BackendFaultException(
                "lease.backend-slow", "The server did not answer in time."),
            _ when Has("Connection refused") || Has("Connection closed") || Has("Connection reset")
                || Has("Could not resolve") || Has("No route") || Has("unreachable") || Has("kex_exchange") =>
                new BackendFaultException("lease.backend-down", "The server cannot be reached."),
            _ => new BackendFaultException("lease.backend-fault", "The server answered with something else."),
        };
    }
}

using System.Collections.Immutable;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Writ.Leases;

namespace Writ.Server.Leasing;

/// <summary>
/// PostgreSQL: a login role that is a member of one group role and is granted nothing itself, so that dropping it
/// leaves nothing behind. It acts as the group from its first statement (<c>SET role</c>), so what it makes is the
/// group's.
/// </summary>
/// <param name="name">Of the profile.</param>
/// <param name="profile">Which database and group.</param>
/// <param name="admin">A role with CREATEROLE, no superuser.</param>
sealed class PostgresBackend(string name, CredentialBackend.Postgres profile, AdminAccount admin) : ICredentialBackend
{
    const int TimeoutSeconds = 10;
    const int PasswordBytes = 32;
    const int ConnectionsMax = 16;
    const int TerminationRounds = 40;
    static readonly TimeSpan _betweenRounds = TimeSpan.FromMilliseconds(50);

    public Task<IssuedCredential> Issue(string account, DateTimeOffset until, CancellationToken cancel) =>
        Told(async () =>
        {
            var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(PasswordBytes));
            await using var link = await Open(cancel);
            await Check(link, cancel);
            var (role, group) = (Quoted(account), Quoted(profile.Role));
            // Both or neither: a role that does not act as its group would own what it makes.
            await Run(link,
                $"BEGIN; CREATE ROLE {role} LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION "
                + $"CONNECTION LIMIT {ConnectionsMax} PASSWORD '{ScramVerifier.Of(password)}' "
                + $"VALID UNTIL '{Instant(until)}' IN ROLE {group}; "
                + $"ALTER ROLE {role} SET role = {group}; COMMIT", cancel);
            return Delivered(account, password);
        });

    public Task Extend(string account, DateTimeOffset until, CancellationToken cancel) => Told(async () =>
    {
        await using var link = await Open(cancel);
        await Run(link, $"ALTER ROLE {Quoted(account)} VALID UNTIL '{Instant(until)}'", cancel);
        return 0;
    });

    public Task<int> Revoke(string account, CancellationToken cancel) => Told(async () =>
    {
        await using var link = await Open(cancel);
        if (!await Exists(link, account, cancel))
            return 0;
        var role = Quoted(account);
        // First nobody comes in any more, then whoever is in goes, and only then the role: a crash after any of them
        // leaves less than before, and the whole is done again.
        await Run(link, $"ALTER ROLE {role} NOLOGIN VALID UNTIL '-infinity'", cancel);
        var cut = await Terminate(link, account, cancel);
        try
        {
            await Run(link, $"DROP ROLE IF EXISTS {role}", cancel);
        }
        catch (PostgresException owns) when (owns.SqlState == PostgresErrorCodes.DependentObjectsStillExist)
        {
            await HandOver(link, role, cancel);
            await Run(link, $"DROP ROLE IF EXISTS {role}", cancel);
        }
        return cut;
    });

    public Task<int> TerminateSessions(string account, CancellationToken cancel) => Told(async () =>
    {
        await using var link = await Open(cancel);
        return await Exists(link, account, cancel) ? await Terminate(link, account, cancel) : 0;
    });

    public Task<ImmutableArray<string>> Enumerate(string prefix, CancellationToken cancel) => Told(async () =>
    {
        await using var link = await Open(cancel);
        await using var command = Command(
            link, "SELECT rolname FROM pg_roles WHERE starts_with(rolname, $1) ORDER BY rolname LIMIT $2");
        command.Parameters.Add(new NpgsqlParameter { Value = prefix });
        command.Parameters.Add(new NpgsqlParameter { Value = ICredentialBackend.EnumeratedMax });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var accounts = ImmutableArray.CreateBuilder<string>();
        while (await rows.ReadAsync(cancel))
            accounts.Add(rows.GetString(0));
        return accounts.ToImmutable();
    });

    // A group that could log in, or that is a superuser or can make itself one, would be more than what was declared.
    // What a role is a member of it can become by SET ROLE; and who runs programs on the server, or has its files, has
    // the server.
    async Task Check(NpgsqlConnection link, CancellationToken cancel)
    {
        await using var command = Command(link, """
            SELECT g.rolcanlogin OR g.rolsuper OR g.rolcreaterole OR EXISTS (
                SELECT 1 FROM pg_roles r WHERE pg_has_role(g.oid, r.oid, 'MEMBER') AND (r.rolsuper OR r.rolcreaterole
                    OR r.rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')))
            FROM pg_roles g WHERE g.rolname = $1
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = profile.Role });
        switch (await command.ExecuteScalarAsync(cancel))
        {
            case null:
                throw new BackendFaultException("lease.backend-unsafe", $"There is no group role {profile.Role}.");
            case true:
                throw new BackendFaultException("lease.backend-unsafe",
                    $"Role {profile.Role} may log in, is a superuser or makes roles, or can become what is, so it "
                        + "is no group.");
        }
    }

    static async Task<bool> Exists(NpgsqlConnection link, string account, CancellationToken cancel)
    {
        await using var command = Command(link, "SELECT 1 FROM pg_roles WHERE rolname = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = account });
        return await command.ExecuteScalarAsync(cancel) is not null;
    }

    // Until none is seen: one that had just been let in is there a moment later.
    static async Task<int> Terminate(NpgsqlConnection link, string account, CancellationToken cancel)
    {
        // Whoever is to end another's connections has to be a member of that role.
        await Run(link, $"GRANT {Quoted(account)} TO CURRENT_USER", cancel);
        var cut = new HashSet<int>();
        for (var round = 0; ; round++)
        {
            var seen = 0;
            await using (var command = Command(
                link, "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1"))
            {
                command.Parameters.Add(new NpgsqlParameter { Value = account });
                await using var rows = await command.ExecuteReaderAsync(cancel);
                for (; await rows.ReadAsync(cancel); seen++)
                    cut.Add(rows.GetInt32(0));
            }
            if (seen == 0)
                return cut.Count;
            if (round == TerminationRounds)
                throw new BackendFaultException(
                    "lease.backend-slow", $"{seen} connections of {account} do not end.");
            await Task.Delay(_betweenRounds, cancel);
        }
    }

    // What it made when it had put its group aside: the group's now, in this database.
    async Task HandOver(NpgsqlConnection link, string role, CancellationToken cancel)
    {
        var group = Quoted(profile.Role);
        await Run(link,
            $"BEGIN; GRANT {group} TO CURRENT_USER; REASSIGN OWNED BY {role} TO {group}; DROP OWNED BY {role}; "
            + $"REVOKE {group} FROM CURRENT_USER; COMMIT", cancel);
    }

    IssuedCredential Delivered(string account, string password)
    {
        var folder = Delivery.FolderOf(name);
        var line = Encoding.ASCII.GetBytes($"*:*:*:{account}:{password}\n");
        return new IssuedCredential(
            "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(password)))[..32],
            [
                new DeliveredFile(Delivery.PasswordFile, line),
                new DeliveredFile(Delivery.ConnectionFile, Encoding.ASCII.GetBytes(
                    $"host={folder} port={Delivery.PostgresPort} dbname={profile.Database} user={account} "
                    + $"passfile={folder}/{Delivery.PasswordFile}\n")),
            ],
            [password],
            new LeaseService(
                string.Create(CultureInfo.InvariantCulture, $".s.PGSQL.{Delivery.PostgresPort}"), Dial));
    }

    async Task<NpgsqlConnection> Open(CancellationToken cancel)
    {
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = profile.Host,
            Port = profile.Port,
            Database = profile.Database,
            Username = admin.User,
            Password = admin.Password,
            Timeout = TimeoutSeconds,
            CommandTimeout = TimeoutSeconds,
            CancellationTimeout = 1_000,
            Pooling = false,
            ApplicationName = "writ",
            IncludeErrorDetail = false,
            SslMode = IsNear ? SslMode.Disable : SslMode.VerifyFull,
        };
        if (admin.RootCertificates is { } roots)
            settings.RootCertificate = roots;
        var link = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await link.OpenAsync(cancel);
            return link;
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    bool IsNear => profile.IsLocal || ServiceLink.IsNear(profile.Host);

    async Task<Stream> Dial(CancellationToken cancel)
    {
        var stream = await ServiceLink.Dial(
            profile.IsLocal
                ? string.Create(CultureInfo.InvariantCulture, $"{profile.Host}/.s.PGSQL.{profile.Port}") : profile.Host,
            profile.Port, cancel);
        return IsNear ? stream : await Encrypted(stream, cancel);
    }

    // The client in the sandbox speaks without TLS over its socket; from here on nobody can read along.
    async Task<Stream> Encrypted(Stream plain, CancellationToken cancel)
    {
        try
        {
            byte[] ask = [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F];
            await plain.WriteAsync(ask, cancel);
            var answer = new byte[1];
            await plain.ReadExactlyAsync(answer, cancel);
            return answer[0] == (byte)'S'
                ? await ServiceLink.Encrypt(plain, profile.Host, admin.RootCertificates, cancel)
                : throw new IOException("the server does not offer TLS");
        }
        catch
        {
            await plain.DisposeAsync();
            throw;
        }
    }

    static NpgsqlCommand Command(NpgsqlConnection link, string sql)
    {
        var command = link.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    static async Task Run(NpgsqlConnection link, string sql, CancellationToken cancel)
    {
        await using var command = Command(link, sql);
        await command.ExecuteNonQueryAsync(cancel);
    }

    // Names here are checked plain words; quoting them is the second reason why nothing else can be read into them.
    static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    static string Instant(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    static async Task<T> Told<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (PostgresException e)
        {
            throw e.SqlState switch
            {
                PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.InvalidPassword
                    or PostgresErrorCodes.InvalidAuthorizationSpecification => Fault("lease.backend-denied", e),
                PostgresErrorCodes.QueryCanceled => Fault("lease.backend-slow", e),
                PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CannotConnectNow
                    or PostgresErrorCodes.CrashShutdown => Fault("lease.backend-down", e),
                _ => Fault("lease.backend-fault", e),
            };
        }
        catch (NpgsqlException e) when (e.InnerException is TimeoutException)
        {
            throw new BackendFaultException("lease.backend-slow", "PostgreSQL did not answer in time.", e);
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or IOException)
        {
            throw new BackendFaultException("lease.backend-down", "PostgreSQL cannot be reached.", e);
        }
    }

    // The server's message may quote the statement, and with it the verifier; the state says enough.
    static BackendFaultException Fault(string code, PostgresException e) =>
        new(code, $"PostgreSQL refused with state {e.SqlState}.", e);
}

using Npgsql;
using Writ.Server.Leasing;

namespace Writ.Server.Tests.Leasing;

public sealed class PostgresServer : IAsyncLifetime
{
    internal LocalPostgres Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await LocalPostgres.Start();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>Accounts in a real PostgreSQL: made, used, cut off, removed; and how that goes wrong.</summary>
public sealed class PostgresBackendTests(PostgresServer fixture) : IClassFixture<PostgresServer>
{
    static readonly CancellationToken _none = CancellationToken.None;
    static int s_next;

    LocalPostgres Server => fixture.Server;

    static string Account() => $"w_{Interlocked.Increment(ref s_next):0000000000000}test";

    static DateTimeOffset Soon => TimeProvider.System.GetUtcNow().AddMinutes(5);

    [Fact]
    public async Task An_account_acts_as_its_group_and_is_gone_with_everybody_in_it()
    {
        var (backend, account) = (Server.Backend(), Account());
        var issued = await backend.Issue(account, Soon, _none);
        await using var link = await Server.Connect(account, LocalPostgres.PasswordOf(issued));
        Assert.Equal(LocalPostgres.Group, await Scalar(link, "SELECT current_user::text"));
        Assert.Equal(account, await Scalar(link, "SELECT session_user::text"));
        await Scalar(link, "CREATE TABLE made_by_lease (id int); INSERT INTO orders VALUES (1)");
        Assert.Contains(account, await backend.Enumerate("w_", _none));

        Assert.Equal(1, await backend.Revoke(account, _none));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => Scalar(link, "SELECT 1"));
        await Assert.ThrowsAnyAsync<NpgsqlException>(
            () => Server.Connect(account, LocalPostgres.PasswordOf(issued)));
        Assert.DoesNotContain(account, await Server.Accounts());
        Assert.Equal(LocalPostgres.Group, await Server.Super(
            "SELECT pg_get_userbyid(relowner)::text FROM pg_class WHERE relname = 'made_by_lease'"));
        await Server.Super("DROP TABLE made_by_lease");
    }

    [Fact]
    public async Task What_it_owns_after_leaving_its_group_is_the_group_s_afterwards()
    {
        var (backend, account) = (Server.Backend(), Account());
        var issued = await backend.Issue(account, Soon, _none);
        await Server.Super($"GRANT CREATE ON SCHEMA public TO {LocalPostgres.Group}");
        await using (var link = await Server.Connect(account, LocalPostgres.PasswordOf(issued)))
            await Scalar(link, "RESET role; SET role = NONE; CREATE TABLE own_thing (id int)");
        Assert.Equal(account, await Server.Super(
            "SELECT tableowner::text FROM pg_tables WHERE tablename = 'own_thing'"));
        await backend.Revoke(account, _none);
        Assert.DoesNotContain(account, await Server.Accounts());
        Assert.Equal(LocalPostgres.Group, await Server.Super(
            "SELECT tableowner::text FROM pg_tables WHERE tablename = 'own_thing'"));
        // The broker holds no more than before.
        Assert.Equal(0L, await Server.Super(
            "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member "
            + "WHERE r.rolname = 'writ_broker'"));
        await Server.Super("DROP TABLE own_thing");
    }

    [Fact]
    public async Task Nothing_of_a_password_is_in_the_server_s_log_and_the_server_accepts_what_was_made_of_it()
    {
        var (backend, account) = (Server.Backend(), Account());
        var issued = await backend.Issue(account, Soon, _none);
        var password = LocalPostgres.PasswordOf(issued);
        (await Server.Connect(account, password)).Dispose();
        await backend.Revoke(account, _none);
        var log = await File.ReadAllTextAsync(Server.Log);
        Assert.Contains(account, log, StringComparison.Ordinal);
        Assert.DoesNotContain(password, log, StringComparison.Ordinal);
        Assert.DoesNotContain(password, issued.Fingerprint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_ends_by_itself_for_new_logins_and_can_be_made_to_live_longer()
    {
        var (backend, account) = (Server.Backend(), Account());
        var now = TimeProvider.System.GetUtcNow();
        var issued = await backend.Issue(account, now.AddSeconds(-1), _none);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => Server.Connect(account, LocalPostgres.PasswordOf(issued)));
        await backend.Extend(account, Soon, _none);
        (await Server.Connect(account, LocalPostgres.PasswordOf(issued))).Dispose();
        await backend.Revoke(account, _none);
    }

    [Fact]
    public async Task Whoever_is_in_can_be_put_out_without_an_end_of_the_account()
    {
        var (backend, account) = (Server.Backend(), Account());
        var issued = await backend.Issue(account, Soon, _none);
        await using (var link = await Server.Connect(account, LocalPostgres.PasswordOf(issued)))
        {
            Assert.Equal(1, await backend.TerminateSessions(account, _none));
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => Scalar(link, "SELECT 1"));
        }
        (await Server.Connect(account, LocalPostgres.PasswordOf(issued))).Dispose();
        await backend.Revoke(account, _none);
    }

    [Fact]
    public async Task Gone_already_is_a_success_and_so_is_going_twice_at_once()
    {
        var (backend, account) = (Server.Backend(), Account());
        Assert.Equal(0, await backend.Revoke(account, _none));
        Assert.Equal(0, await backend.TerminateSessions(account, _none));
        await backend.Issue(account, Soon, _none);
        await Server.Super($"DROP ROLE {account}");
        Assert.Equal(0, await backend.Revoke(account, _none));
    }

    [Theory]
    [InlineData("ALTER ROLE {0} NOLOGIN VALID UNTIL '-infinity'")]
    [InlineData("GRANT {0} TO writ_broker")]
    [InlineData("REVOKE orders_owner FROM {0}")]
    [InlineData("ALTER ROLE {0} RESET role")]
    public async Task What_is_half_done_is_finished(string half)
    {
        var (backend, account) = (Server.Backend(), Account());
        await backend.Issue(account, Soon, _none);
        await Server.Super(string.Format(System.Globalization.CultureInfo.InvariantCulture, half, account));
        await backend.Revoke(account, _none);
        Assert.DoesNotContain(account, await Server.Accounts());
    }

    [Fact]
    public async Task A_name_that_is_taken_makes_no_second_account()
    {
        var (backend, account) = (Server.Backend(), Account());
        await backend.Issue(account, Soon, _none);
        Assert.Equal("lease.backend-fault", await CodeOf(() => backend.Issue(account, Soon, _none)));
        await backend.Revoke(account, _none);
    }

    // What a group is a member of, every account of it can become by SET ROLE.
    [Theory]
    [InlineData("postgres")]
    [InlineData("pg_execute_server_program")]
    [InlineData("made_between")]
    public async Task A_group_that_can_become_more_is_no_group(string more)
    {
        await Server.Super("CREATE ROLE climbers NOLOGIN; CREATE ROLE made_between NOLOGIN");
        try
        {
            var superuser = (await Server.Super("SELECT current_user::text"))!;
            await Server.Super($"GRANT {superuser} TO made_between");
            await Server.Super($"GRANT {(more == "postgres" ? superuser : more)} TO climbers");
            await Server.Super($"GRANT climbers TO {LocalPostgres.Broker} WITH ADMIN OPTION");
            var backend = Server.Backend(profile: Server.Profile with { Role = "climbers" });
            Assert.Equal("lease.backend-unsafe", await CodeOf(() => backend.Issue(Account(), Soon, _none)));
        }
        finally
        {
            await Server.Super("DROP ROLE climbers; DROP ROLE made_between");
        }
    }

    [Fact]
    public async Task Faults_have_codes_and_say_no_secret()
    {
        var account = Account();
        var wrong = Server.Backend(Server.Admin with { Password = "wrong-password" });
        Assert.Equal("lease.backend-denied", await CodeOf(() => wrong.Issue(account, Soon, _none)));
        var nowhere = Server.Backend(profile: Server.Profile with { Host = "/nowhere" });
        Assert.Equal("lease.backend-down", await CodeOf(() => nowhere.Issue(account, Soon, _none)));
        var nobody = Server.Backend(profile: Server.Profile with { Role = "ghosts" });
        Assert.Equal("lease.backend-unsafe", await CodeOf(() => nobody.Issue(account, Soon, _none)));
        var person = Server.Backend(profile: Server.Profile with { Role = LocalPostgres.Broker });
        Assert.Equal("lease.backend-unsafe", await CodeOf(() => person.Issue(account, Soon, _none)));
        Assert.DoesNotContain(account, await Server.Accounts());
    }

    [Fact]
    public async Task A_broker_that_lost_its_right_is_told_apart_and_what_is_left_is_revoked_once_it_has_it_again()
    {
        var (backend, account) = (Server.Backend(), Account());
        await backend.Issue(account, Soon, _none);
        await Server.Super($"ALTER ROLE {LocalPostgres.Broker} NOCREATEROLE");
        try
        {
            Assert.Equal("lease.backend-denied", await CodeOf(() => backend.Issue(Account(), Soon, _none)));
            Assert.Equal("lease.backend-denied", await CodeOf(() => backend.Revoke(account, _none)));
        }
        finally
        {
            await Server.Super($"ALTER ROLE {LocalPostgres.Broker} CREATEROLE");
        }
        await backend.Revoke(account, _none);
        Assert.DoesNotContain(account, await Server.Accounts());
    }

    /// <summary>The example of RFC 7677, section 3.</summary>
    [Fact]
    public void Verifiers_are_those_of_the_standard()
    {
        var verifier = ScramVerifier.Of("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4_096);
        Assert.Equal(
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
            + ":wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=", verifier);
    }

    static async Task<object?> Scalar(NpgsqlConnection link, string sql)
    {
        await using var command = link.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }

    static async Task<string> CodeOf(Func<Task> call)
    {
        var fault = await Assert.ThrowsAsync<BackendFaultException>(call);
        Assert.DoesNotContain("password", fault.Message, StringComparison.Ordinal);
        return fault.Code;
    }
}

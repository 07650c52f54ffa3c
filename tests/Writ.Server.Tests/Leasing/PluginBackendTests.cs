using Writ.Leases;
using Writ.Linux;
using Writ.Server.Leasing;
using Writ.Server.Storage;
using Writ.Testing;

namespace Writ.Server.Tests.Leasing;

/// <summary>The contract of plugins, by the sample that is shipped and by others that break it.</summary>
public sealed class PluginBackendTests : IDisposable
{
    const string Account = "w_0123456789abcdefghjkm";
    static readonly CancellationToken _none = CancellationToken.None;

    readonly string _root = Directory.CreateTempSubdirectory("writ-plugin-").FullName;
    readonly AdminFiles _admins;
    readonly string _plugins;

    public PluginBackendTests()
    {
        if (!File.Exists("/usr/bin/python3"))
            SharedData.Unavailable("python3 is not installed");
        var data = DataDirectory.Create(Path.Combine(_root, "data"));
        _admins = new AdminFiles(data);
        _plugins = Directory.CreateDirectory(Path.Combine(data.CredentialsPath, "plugins")).FullName;
        var admin = Path.Combine(data.CredentialsPath, "vault");
        File.WriteAllText(admin, """{"user": "writ"}""");
        Files.SetMode(admin, 0x180);
        Directory.CreateDirectory(Folder);
        Install("folder", File.ReadAllText(
            Path.Combine(SharedData.RepositoryRoot, "samples", "credential-plugin", "folder")));
    }

    string Folder => Path.Combine(_root, "accounts");

    static DateTimeOffset Soon => TimeProvider.System.GetUtcNow().AddMinutes(5);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task The_sample_does_all_that_is_asked_of_a_plugin()
    {
        var backend = Backend("folder");
        var issued = await backend.Issue(Account, Soon, _none);
        var file = Assert.Single(issued.Files);
        Assert.Equal("token", file.Name);
        Assert.Equal(Assert.Single(issued.Secrets), System.Text.Encoding.ASCII.GetString(file.Content.Span));
        Assert.DoesNotContain(issued.Secrets[0], issued.Fingerprint, StringComparison.Ordinal);
        await backend.Extend(Account, Soon.AddMinutes(5), _none);
        Assert.Equal([Account], await backend.Enumerate("w_01234", _none));
        Assert.Empty(await backend.Enumerate("w_other", _none));
        Assert.Equal(0, await backend.TerminateSessions(Account, _none));
        Assert.Equal(0, await backend.Revoke(Account, _none));
        Assert.Equal(0, await backend.Revoke(Account, _none));
        Assert.Empty(await backend.Enumerate("w_", _none));
        Directory.Delete(Folder);
        Assert.Equal("lease.backend-down", await CodeOf(() => backend.Revoke(Account, _none)));
    }

    [Theory]
    [InlineData("cat >/dev/null; echo '{\"error\": \"denied\"}'", "lease.backend-denied")]
    [InlineData("cat >/dev/null; echo '{\"error\": \"slow\"}'", "lease.backend-slow")]
    [InlineData("cat >/dev/null; echo '{\"error\": \"secret-of-mine\"}'", "lease.backend-fault")]
    [InlineData("cat >/dev/null; echo '{\"fingerprint\": \"x\", \"more\": 1}'", "lease.backend-fault")]
    [InlineData("cat >/dev/null; echo '{}'", "lease.backend-fault")]
    [InlineData("cat >/dev/null; echo null", "lease.backend-fault")]
    [InlineData("cat >/dev/null; echo secret-of-mine", "lease.backend-fault")]
    [InlineData("cat >/dev/null; echo '{\"fingerprint\": \"x\", \"files\": {\"../a\": \"\"}}'", "lease.backend-fault")]
    [InlineData("cat >/dev/null; echo '{\"fingerprint\": \"x\", \"files\": {\"a\": \"?\"}}'", "lease.backend-fault")]
    [InlineData("cat >/dev/null; echo '{\"fingerprint\": \"x\", \"files\": {\"a\": null}}'", "lease.backend-fault")]
    [InlineData("cat >/dev/null; echo '{\"fingerprint\": \"x\", \"secrets\": [null]}'", "lease.backend-fault")]
    [InlineData("cat >/dev/null; echo '{\"fingerprint\": \"id:s3cret\", \"secrets\": [\"s3cret\"]}'",
        "lease.backend-fault")]
    [InlineData("echo '{\"fingerprint\": \"x\"}'; exit 3", "lease.backend-fault")]
    [InlineData("cat >/dev/null; yes | head -c 5000000", "lease.backend-fault")]
    [InlineData("yes secret-of-mine | head -c 5000000 >&2; cat", "lease.backend-fault")]
    public async Task What_breaks_the_contract_is_a_fault_that_quotes_nothing(string script, string code)
    {
        Install("broken", $"#!/bin/sh\n{script}\n");
        Assert.Equal(code, await CodeOf(() => Backend("broken").Issue(Account, Soon, _none)));
    }

    [Fact]
    public async Task An_account_without_a_name_is_listed_to_nobody()
    {
        Install("nameless", "#!/bin/sh\ncat >/dev/null; echo '{\"accounts\": [\"w_a\", null]}'\n");
        Assert.Equal("lease.backend-fault", await CodeOf(() => Backend("nameless").Enumerate("w_", _none)));
    }

    [Fact]
    public async Task A_mistake_of_a_backend_ends_its_call_and_nothing_else()
    {
        Assert.Equal("lease.backend-fault", await CodeOf(() => BackendCalls.Within<int>(
            TimeProvider.System, _ => throw new InvalidCastException("secret-of-mine"), _none)));
    }

    [Fact]
    public async Task An_admin_file_that_is_too_long_is_said_to_be_so()
    {
        var admin = Path.Combine(_admins.Folder, "vault");
        File.WriteAllText(admin, new string(' ', 20_000));
        Files.SetMode(admin, 0x180);
        Assert.Equal("lease.no-admin", await CodeOf(() => Backend("folder").Issue(Account, Soon, _none)));
    }

    [Fact]
    public async Task It_is_ended_with_all_it_started_when_its_time_is_over()
    {
        var marker = Path.Combine(_root, "late");
        Install("late", $"#!/bin/sh\n(sleep 3; touch {marker}) &\nwait\n");
        using var late = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Backend("late").Issue(Account, Soon, late.Token));
        await Task.Delay(TimeSpan.FromSeconds(3.5));
        Assert.False(File.Exists(marker));
    }

    [Fact]
    public async Task It_sees_nothing_of_the_daemon_s_environment()
    {
        var seen = Path.Combine(_root, "seen");
        Install("seen", $"#!/bin/sh\ncat >/dev/null; env | cut -d= -f1 | sort >{seen}\necho '{{}}'\n");
        await Backend("seen").Extend(Account, Soon, _none);
        Assert.Equal(["LANG", "PATH"], File.ReadAllLines(seen).Except(["PWD", "_", "SHLVL", "OLDPWD"]));
    }

    [Theory]
    [InlineData(0x1B6)]
    [InlineData(0x180)]
    [InlineData(0x1FD)]
    public async Task One_that_others_could_have_written_is_not_started(int mode)
    {
        Files.SetMode(Path.Combine(_plugins, "folder"), mode);
        Assert.Equal("lease.no-admin", await CodeOf(() => Backend("folder").Issue(Account, Soon, _none)));
    }

    ICredentialBackend Backend(string program)
    {
        var plugin = new CredentialBackend.Plugin(
            program, RevocationClass.Immediate, [new PluginSetting("folder", Folder)], []);
        return new PluginBackend(
            new CredentialProfile("p", CredentialTier.Read, "vault", 60, 60, 1, plugin), plugin, _admins);
    }

    void Install(string name, string text)
    {
        var path = Path.Combine(_plugins, name);
        File.WriteAllText(path, text);
        Files.SetMode(path, 0x1C0);
    }

    static async Task<string> CodeOf(Func<Task> call)
    {
        var fault = await Assert.ThrowsAsync<BackendFaultException>(call);
        Assert.DoesNotContain("secret-of-mine", fault.Message, StringComparison.Ordinal);
        return fault.Code;
    }
}

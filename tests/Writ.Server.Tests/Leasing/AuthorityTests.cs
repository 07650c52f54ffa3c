using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Writ.Realms;
using Writ.Server.Leasing;
using Writ.Server.Tests.PeoplePath;
using Writ.Wire;

namespace Writ.Server.Tests.Leasing;

/// <summary>Keys that sign for others' servers: made by a person's word, shown to who governs, never silently anew.
/// </summary>
public sealed class AuthorityTests
{
    [Theory]
    [InlineData(AuthorityKind.Ssh, "ecdsa-sha2-nistp256 ")]
    [InlineData(AuthorityKind.X509, "-----BEGIN CERTIFICATE-----")]
    public async Task One_is_made_once_and_the_ledger_says_by_whom(AuthorityKind kind, string begins)
    {
        var (realm, ada, bob, cyd) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var said = new List<Finding>();
        using var subscription = realm.Actor.Subscribe(c =>
        {
            if (c.Entry.Data.Move is RealmMove.RaiseFinding raised)
                said.Add(raised.Finding);
        });
        var first = await Ask(ada, "web", kind);
        Assert.True(first.IsNew);
        Assert.StartsWith(begins, first.Text, StringComparison.Ordinal);
        Assert.Equal(first with { IsNew = false }, await Ask(bob, "web", kind));
        Assert.NotEqual(first.Fingerprint, (await Ask(ada, "db", kind)).Fingerprint);
        Assert.Equal(["lease.authority-made", "lease.authority-made"], said.Select(f => f.Code));
        Assert.Contains($"web ({kind}) was made by ada: {first.Fingerprint}", said[0].Detail, StringComparison.Ordinal);
        // Only who governs, and nothing else than a name.
        Assert.Equal("realm.not-governing", await Someone.CodeOf(Post(cyd, "web", kind)));
        foreach (var name in (string[])["Web", "a.b", "web_x", "%2e%2e%2fweb"])
            Assert.Equal("lease.no-authority", await Someone.CodeOf(Post(ada, name, kind)));
        Assert.Equal("api.malformed", await Someone.CodeOf(ada.Send(
            HttpMethod.Post, "/v1/leases/authorities/web",
            new StringContent("""{"kind":"Rsa"}""", Encoding.UTF8, "application/json"))));
    }

    [Fact]
    public async Task One_that_others_could_read_or_that_is_broken_is_not_replaced()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        await Ask(ada, "web", AuthorityKind.Ssh);
        var data = realm.App.Services.GetRequiredService<Server.Storage.DataDirectory>();
        var file = Path.Combine(data.KeysPath, "authorities", "web.ssh");
        var key = File.ReadAllText(file);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Equal("lease.no-admin", await Someone.CodeOf(Post(ada, "web", AuthorityKind.Ssh)));
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(file, "nonsense");
        var problem = await Someone.Problem(await Post(ada, "web", AuthorityKind.Ssh));
        Assert.Equal("lease.no-admin", problem.Code);
        Assert.DoesNotContain("nonsense", problem.Detail, StringComparison.Ordinal);
        File.WriteAllText(file, key);
        Assert.False((await Ask(ada, "web", AuthorityKind.Ssh)).IsNew);
    }

    static Task<HttpResponseMessage> Post(Someone who, string name, AuthorityKind kind) => who.Post(
        $"/v1/leases/authorities/{name}", new AuthorityRequest(kind), ApiJson.Default.AuthorityRequest);

    static async Task<AuthorityView> Ask(Someone who, string name, AuthorityKind kind) =>
        await Someone.Read(await Post(who, name, kind), ApiJson.Default.AuthorityView);
}

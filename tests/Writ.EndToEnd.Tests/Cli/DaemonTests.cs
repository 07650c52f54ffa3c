using System.Text.Json.Nodes;
using Writ.Testing;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>The real daemon from its start to its end: it ends in good order, and what it kept is whole.</summary>
public sealed class DaemonTests
{
    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("KILL")]
    public void However_it_ends_nothing_acknowledged_is_lost(string signal)
    {
        using var client = new Client();
        string[] opened;
        using (var realm = OwnRealm.Start(client))
        {
            Become(client);
            opened = [.. Enumerable.Range(0, 3).Select(_ => client.Writ("invite", "bob", "--json").Output)];
            // Somebody watches, and keeps nobody waiting.
            using var watcher = client.Start(Path.Combine(Client.Binaries, "writ"), "inbox", "--watch");
            var ended = realm.End(signal);
            if (signal != "KILL")
            {
                Assert.Equal(0, ended.Status);
                Assert.Contains("Stopped at entry", ended.Errors, StringComparison.Ordinal);
                Assert.False(File.Exists(client.Environment["WRIT_SOCKET"]));
            }
            Assert.True(watcher.WaitForExit(TimeSpan.FromSeconds(60)));
            Assert.NotEqual(1, watcher.ExitCode);
        }
        Assert.All(opened, o => Assert.Contains("\"code\"", o, StringComparison.Ordinal));
        var check = client.Run(OwnRealm.Writd(), "check");
        Assert.True(check.Status == 0, check.Errors);
        // Creation, enrolment, login, the change and its parts, three invitations: at least these.
        Assert.True(JsonNode.Parse(check.Output)!["entries"]!.GetValue<long>() >= 8, check.Output);
    }

    [Fact]
    public void A_ledger_with_one_flipped_byte_or_a_lost_tail_is_not_served()
    {
        using var client = new Client();
        using (var realm = OwnRealm.Start(client))
        {
            Become(client);
            Assert.Equal(0, realm.End("TERM").Status);
        }
        var copy = client.At("data/tiles");
        var key = JsonNode.Parse(File.ReadAllText(client.At("founder.json")))!["ledgerKey"]!.GetValue<string>();
        var bundle = Directory.EnumerateFiles(Path.Combine(copy, "tile/entries"), "*", SearchOption.AllDirectories)
            .MaxBy(File.GetLastWriteTimeUtc)!;
        var whole = File.ReadAllBytes(bundle);
        Assert.Equal(0, client.Writ("ledger", "verify", copy, "--key", key).Status);

        File.WriteAllBytes(bundle, whole[..^100]);
        var cut = client.Writ("ledger", "verify", copy, "--key", key);
        Assert.Equal(1, cut.Status);
        Assert.Contains("[ledger.", cut.Output, StringComparison.Ordinal);

        var flipped = (byte[])whole.Clone();
        flipped[whole.Length / 2] ^= 1;
        File.WriteAllBytes(bundle, flipped);
        var bad = client.Writ("ledger", "verify", copy, "--key", key);
        Assert.Equal(1, bad.Status);
        Assert.Contains("The ledger is wrong at entry ", bad.Output, StringComparison.Ordinal);

        // And the daemon's own store, with the last page of its file gone.
        var store = client.At("data/ledger.db");
        using (var file = new FileStream(store, FileMode.Open))
            file.SetLength(file.Length - 4_096);
        File.Delete(store + "-wal");
        var refused = client.Run(OwnRealm.Writd(), "serve");
        Assert.Equal(1, refused.Status);
        Assert.Contains("writd: ", refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Errors, StringComparison.Ordinal);
    }

    static void Become(Client client)
    {
        var code = JsonNode.Parse(File.ReadAllText(client.At("founder.json")))!["code"]!.GetValue<string>();
        Assert.Equal(0, client.Writ("enrol", "alice", "--code", code).Status);
        Assert.Equal(0, client.Writ("login").Status);
        var root = SharedData.RepositoryRoot;
        Assert.Equal(0, client.Shell(
            $"mkdir -p realm/policies && cp {root}/samples/first-command/realm/*.yaml realm/ "
            + $"&& cp -r {root}/policies/. realm/policies/").Status);
        var applied = client.Writ("apply", "-f", "realm", "--reason", "first");
        Assert.True(applied.Status == 0, applied.Errors);
    }
}

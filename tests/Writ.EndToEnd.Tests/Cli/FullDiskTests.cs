using System.Text.Json.Nodes;
using Writ.Testing;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>The real daemon on a disk that runs full: what cannot be kept is not acknowledged, and nothing else is
/// lost.</summary>
public sealed class FullDiskTests
{
    const int Unreachable = 6;
    const string Invite = "writ invite bob --json";

    [Fact]
    public void What_cannot_be_made_durable_is_refused_and_the_daemon_says_so_and_is_itself_again_with_room()
    {
        using var client = new Client();
        var url = $"http://127.0.0.1:{FakeControlPlane.FreePort()}";
        client.Environment["WRIT_URL"] = client.Environment["WRIT_LISTEN"] = url;
        client.Environment["WRIT_SOCKET"] = client.At("agent.sock");
        client.Environment["WRIT_DATA"] = client.At("disk/data");
        using var disk = new SmallDisk(client, megabytes: 32);
        var made = disk.Do("writ init --name Test --origin writ.test/full --founder alice --founder-name Alice --json");
        Assert.Equal((0, ""), (made.Status, made.Errors));
        Serve(disk, "first");
        Become(disk, Code(made.Output));
        var acknowledged = Code(Enumerable.Range(0, 3).Select(_ => Must(disk, Invite)).Last());

        Fill(disk);
        var refused = disk.Do(Invite);

        Assert.Equal(Unreachable, refused.Status);
        Assert.Equal("urn:writ:refusal:realm.stopped", (string?)JsonNode.Parse(refused.Output)!["type"]);
        Assert.Equal(1, disk.Do("wait $first").Status);
        var size = Entries(disk);
        var said = File.ReadAllText(client.At("first.err"));
        Assert.Contains("database or disk is full", said, StringComparison.Ordinal);
        Assert.Contains($"The realm has stopped at entry {size}; restart to recover", said, StringComparison.Ordinal);

        // Started again it answers what it has; what it cannot keep stops it again.
        Serve(disk, "second");
        Fill(disk);
        Assert.Equal(Unreachable, disk.Do(Invite).Status);
        Assert.Equal(1, disk.Do("wait $second").Status);
        Assert.Equal(size, Entries(disk));

        Must(disk, "rm disk/filler");
        Serve(disk, "third");
        // The last thing that was acknowledged, and by it the first new one.
        Must(disk, $"writ enrol bob --code {acknowledged}");
        Must(disk, "kill $third; wait $third");
        Assert.True(Entries(disk) > size);
    }

    static void Become(SmallDisk disk, string code)
    {
        var root = SharedData.RepositoryRoot;
        Must(disk, $"writ enrol alice --code {code} && writ login");
        Must(disk, $"mkdir -p realm/policies && cp {root}/samples/first-command/realm/*.yaml realm/ "
            + $"&& cp -r {root}/policies/. realm/policies/ && writ apply -f realm --reason first");
    }

    // To the last block, so that every move has to grow the ledger's journal and cannot.
    static void Fill(SmallDisk disk) =>
        Assert.Equal(1, disk.Do("dd if=/dev/zero of=disk/filler bs=4096 oflag=append conv=notrunc status=none").Status);

    // Its number goes into a variable of that name; it is left once it answers.
    static void Serve(SmallDisk disk, string name) => Must(disk,
        $"writd serve >{name}.out 2>{name}.err & {name}=$!; until writ realm >/dev/null 2>&1; "
        + $"do kill -0 ${name} || {{ cat {name}.err >&2; exit 1; }}; sleep 0.1; done");

    static string Must(SmallDisk disk, string line)
    {
        var ran = disk.Do(line);
        Assert.True(ran.Status == 0, $"{line}: {ran}");
        return ran.Output;
    }

    static long Entries(SmallDisk disk) =>
        JsonNode.Parse(disk.Do("writd check").Output)!["entries"]!.GetValue<long>();

    static string Code(string made) => JsonNode.Parse(made)!["code"]!.GetValue<string>();
}

using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using Writ.Ledger;
using Writ.Linux;
using Writ.People;
using Writ.Realms;
using Writ.Wire;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>What the offline verification says of ledgers whose every hash and signature is right.</summary>
public sealed class LedgerTests
{
    static readonly byte[] _seed = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    static readonly NoteVerifierKey _key = new(Given.Origin, Ed25519.PublicKey(_seed));
    static readonly DateTimeOffset _start = new(2026, 11, 16, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_honest_ledger_is_intact()
    {
        using var client = new Client();
        Publish(client, Created().ToBytes(), Told("realm.nothing-due", "Nothing is due.").ToBytes());
        var ran = client.Writ("ledger", "verify", "copy", "--key", _key.ToString());
        Assert.Equal((0, ""), (ran.Status, ran.Errors));
        Assert.Contains("2 decided again, 1 of them refusals", ran.Output, StringComparison.Ordinal);
        Assert.Equal(0, client.Writ("ledger", "verify", "copy", "--key", client.Write("vkey", _key + "\n")).Status);
    }

    [Fact]
    public void An_operator_who_changed_an_outcome_is_found()
    {
        using var client = new Client();
        Publish(client, Created().ToBytes(), Told("realm.not-host", "Nothing is due.").ToBytes());
        var ran = client.Writ("ledger", "verify", "copy", "--key", _key.ToString(), "--json");
        Assert.Equal((1, ""), (ran.Status, ran.Errors));
        var answer = JsonNode.Parse(ran.Output)!;
        Assert.False(answer["intact"]!.GetValue<bool>());
        Assert.Equal(1, answer["firstBadEntry"]!.GetValue<int>());
        Assert.Equal("audit.decided-otherwise", answer["findings"]![0]!["code"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("founder")]
    [InlineData("origin")]
    public void An_entry_that_breaks_the_rules_themselves_is_named(string missing)
    {
        using var client = new Client();
        var entry = JsonNode.Parse(Created().ToBytes().Span)!;
        entry["data"]!["move"]!.AsObject().Remove(missing);
        Publish(client, Encoding.UTF8.GetBytes(entry.ToJsonString()),
            Told("realm.nothing-due", "Nothing is due.").ToBytes());
        var ran = client.Writ("ledger", "verify", "copy", "--key", _key.ToString());
        Assert.Equal((1, ""), (ran.Status, ran.Errors));
        Assert.Contains("wrong at entry 0", ran.Output, StringComparison.Ordinal);
        Assert.Contains("[audit.not-decidable]", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_wrong_key_vouches_for_nothing()
    {
        using var client = new Client();
        Publish(client, Created().ToBytes());
        var other = new NoteVerifierKey(Given.Origin, Ed25519.PublicKey(new byte[32]));
        var ran = client.Writ("ledger", "verify", "copy", "--key", other.ToString());
        Assert.Equal((1, ""), (ran.Status, ran.Errors));
        Assert.Contains("[ledger.signature]", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_proof_stands_without_the_ledger()
    {
        using var client = new Client();
        Publish(client, Created().ToBytes(), Told("realm.nothing-due", "Nothing is due.").ToBytes());
        Assert.Equal(0, client.Writ(
            "ledger", "proof", "1", "--ledger", "copy", "--key", _key.ToString(), "-o", "one.tlog-proof").Status);
        var text = File.ReadAllBytes(Path.Combine(client.Folder, "one.tlog-proof"));
        Assert.True(TlogProof.TryParse(text, out var proof, out var fault), fault?.Why);
        var entry = Told("realm.nothing-due", "Nothing is due.").ToBytes();
        Assert.True(proof.TryVerify(entry.Span, _key, Ed25519.Verify, out var head, out fault), fault?.Why);
        Assert.Equal(2, head.Size);
        Assert.False(proof.TryVerify(Created().ToBytes().Span, _key, Ed25519.Verify, out _, out _));
    }

    [Fact]
    public void A_copy_is_continued_while_the_ledger_grows()
    {
        using var client = new Client();
        var entries = Many(700);
        foreach (var size in new[] { 1, 255, 256, 300, 700 })
        {
            Publish(client, [.. entries.Take(size)]);
            var ran = client.Writ("ledger", "copy", "mine", "--ledger", "copy", "--key", _key.ToString());
            Assert.Equal((0, ""), (ran.Status, ran.Output));
            Assert.Contains($"mine has the {size} entries", ran.Errors, StringComparison.Ordinal);
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(client.Folder, "copy", "checkpoint")),
                File.ReadAllBytes(Path.Combine(client.Folder, "mine", "checkpoint")));
            ran = client.Writ("ledger", "proof", $"{size - 1}", "--ledger", "mine", "--key", _key.ToString());
            Assert.Equal(0, ran.Status);
        }
    }

    [Fact]
    public void A_partial_file_that_was_dropped_is_taken_from_the_full_one()
    {
        using var client = new Client();
        var entries = Many(300);
        Publish(client, [.. entries]);
        Publish(client, [.. entries.Take(200)]);
        Directory.Delete(Path.Combine(client.Folder, "copy", "tile", "entries", "000.p"), recursive: true);
        var ran = client.Writ("ledger", "copy", "mine", "--ledger", "copy", "--key", _key.ToString());
        Assert.Equal(0, ran.Status);
        Assert.True(File.Exists(Path.Combine(client.Folder, "mine", "tile", "entries", "000")));
    }

    [Fact]
    public void A_copy_is_never_replaced_by_another_history()
    {
        using var client = new Client();
        Publish(client, Created().ToBytes(), Told("realm.nothing-due", "No.").ToBytes());
        Assert.Equal(0, client.Writ("ledger", "copy", "mine", "--ledger", "copy", "--key", _key.ToString()).Status);
        var kept = File.ReadAllBytes(Path.Combine(client.Folder, "mine", "checkpoint"));
        foreach (var other in new ReadOnlyMemory<byte>[][]
        {
            [Created().ToBytes()],
            [Created().ToBytes(), Told("realm.nothing-due", "Yes.").ToBytes()],
        })
        {
            Publish(client, [.. other]);
            var ran = client.Writ("ledger", "copy", "mine", "--ledger", "copy", "--key", _key.ToString());
            Assert.Equal(1, ran.Status);
            Assert.Contains("[ledger.forked]", ran.Errors, StringComparison.Ordinal);
            Assert.Equal(kept, File.ReadAllBytes(Path.Combine(client.Folder, "mine", "checkpoint")));
        }
    }

    [Fact]
    public void A_copy_without_all_its_files_has_no_checkpoint()
    {
        using var client = new Client();
        Publish(client, Created().ToBytes());
        File.Delete(Path.Combine(client.Folder, "copy", "tile", "0", "000.p", "1"));
        var ran = client.Writ("ledger", "copy", "mine", "--ledger", "copy", "--key", _key.ToString());
        Assert.Equal(1, ran.Status);
        Assert.Contains("[ledger.tile-missing]", ran.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(client.Folder, "mine", "checkpoint")));
    }

    static Entry Created()
    {
        var move = new RealmMove.Create(
            "Test", Given.Origin, new Person(new PersonId("alice"), "Alice", null), Signatures.Sha256("code"),
            _start.AddDays(1));
        var actor = new Actor.Host("inception");
        var decided = Assert.IsType<Decided.Accepted>(RealmDecider.Decide(RealmState.None, move, actor, _start));
        return new Entry("first", "writ://test", _start, null, new EntryBody(actor, move, decided.Events, null));
    }

    static Entry Told(string code, string why) => new(
        "second", "writ://test", _start.AddSeconds(1), null,
        new EntryBody(new Actor.Host("due"), new RealmMove.Tick(), null, new Writ.Refusal(code, why)));

    static ReadOnlyMemory<byte>[] Many(int count) =>
        [.. Enumerable.Repeat(Told("realm.nothing-due", "Nothing is due.").ToBytes(), count)];

    static void Publish(Client client, params ImmutableArray<ReadOnlyMemory<byte>> entries)
    {
        var builder = new TileBuilder();
        foreach (var entry in entries)
            builder.Append(entry.Span);
        foreach (var file in builder.Flush())
            Put(file.Path.ToString(), file.Bytes.ToArray());
        Put(Tiles.CheckpointPath, new Checkpoint(Given.Origin, builder.Size, builder.Root())
            .Sign(_key, message => Ed25519.Sign(_seed, message)));

        void Put(string path, byte[] bytes)
        {
            var full = Path.Combine(client.Folder, "copy", path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllBytes(full, bytes);
        }
    }
}

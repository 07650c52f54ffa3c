using Writ.Runs;
using Writ.Server.Agents;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Server.Tests.Sequencer;
using Writ.Server.Tests.Storage;

namespace Writ.Server.Tests.Agents;

/// <summary>An order is signed ahead, and what is given out is the order that stands.</summary>
public sealed class OrderSigningTests
{
    static readonly string _digest = new('a', ActionDigests.Length);

    static WritOrder Order(string id) => new(
        id, "writ.test/realm", "ses-1", "req-1", _digest, _digest, _digest, _digest, _digest, _digest, "T2",
        DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddSeconds(30), "alice", "alice", "bob", "dave", ["dave"],
        []);

    static Decided Issued(WritOrder order) => Decided.Because(new RunEvent.WritIssued(order));

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task The_note_is_of_the_order_that_is_durable(bool ahead, bool isDecidedAgain)
    {
        using var folder = new TemporaryFolder();
        using var sample = await SampleRealm.Create(folder["data"], TimeProvider.System);
        var directory = DataDirectory.Open(folder["data"]);
        using var keys = KeyRing.Open(directory);
        var key = OrderKey.Parse(await File.ReadAllTextAsync(
            Path.Combine(directory.KeysPath, "orders.vkey"), TestContext.Current.CancellationToken));
        var order = Order("writ-2");
        var signing = new OrderSigning(keys);
        if (ahead)
            Assert.True(signing.Begins(Issued(isDecidedAgain ? Order("writ-1") : order)));

        var note = await signing.NoteOf(order);

        Assert.Equal(order.Render(), OrderNote.Open(note, key!));
        Assert.False(signing.Begins(Decided.No("session.closed", "It is over.")));
        Assert.False(signing.Begins(Decided.Because(new RunEvent.WritConsumed())));
    }
}

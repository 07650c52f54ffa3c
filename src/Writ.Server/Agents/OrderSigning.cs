using Writ.Runs;
using Writ.Server.Sequencer;

namespace Writ.Server.Agents;

/// <summary>
/// Signs the order of one run, from the moment it is decided on. A signature is made while the order is still being
/// made durable, by a thread that has nothing else to do then; nobody gets it before the order is in the ledger.
/// </summary>
sealed class OrderSigning(KeyRing keys)
{
    volatile Task<(WritOrder Order, string Note)>? _ahead;

    /// <summary>Whether this was the decision to make out an order; then signing it has begun.</summary>
    public bool Begins(Decided decided)
    {
        // What will not stand is not followed by a second refusal.
        if (decided is not Decided.Accepted { Events: [RunEvent.WritIssued { Order: var order }, ..] })
            return false;
        // Decided once more after a batch that failed, it is another order, and the last is the one that counts.
        _ahead = Task.Run(() => (order, Sign(order)));
        return true;
    }

    /// <summary>The order, which is durable, as a signed note.</summary>
    public async Task<string> NoteOf(WritOrder order)
    {
        if (_ahead is { } ahead && await ahead is var (signed, note) && ReferenceEquals(signed, order))
            return note;
        return Sign(order);
    }

    string Sign(WritOrder order)
    {
        Invariant.Must(order.Equals(WritOrder.Parse(order.Render())), "An order reads back as it is signed.");
        return keys.SignOrder(order);
    }
}

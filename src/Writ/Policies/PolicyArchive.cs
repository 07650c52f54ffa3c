using System.Text.Json;
using Writ.Changes;
using Writ.Realms;
using Writ.Wire;

namespace Writ.Policies;

/// <summary>One bundle that was in force, as the ledger tells of it.</summary>
/// <param name="Entry">The entry that put it in force.</param>
/// <param name="Author">Who proposed it.</param>
/// <param name="Reviewers">Who agreed besides the author.</param>
public sealed record PublishedPolicy(
    string Digest, long Entry, DateTimeOffset At, ChangeId Change, PersonId Author, ImmutableArray<PersonId> Reviewers,
    string Reason, bool ToAllSessions);

/// <summary>
/// The bundles a ledger has put in force, found by reading it once. The text of each lies in the ledger itself, so that
/// an earlier one can be looked at, and brought back, for as long as there is a ledger.
/// </summary>
public sealed class PolicyArchive(string? wanted = null)
{
    /// <summary>Proposed documents that are remembered while nothing has become of them.</summary>
    const int OpenMax = 64;

    readonly List<PublishedPolicy> _published = [];
    readonly Dictionary<string, SortedDictionary<int, string>> _staged = new(StringComparer.Ordinal);
    readonly Queue<string> _order = new();
    readonly Dictionary<ChangeId, (ChangeMove.Propose Move, List<PersonId> Reviewers)> _proposed = [];
    long _next;

    /// <summary>Oldest first; a bundle that was brought back stands there again.</summary>
    public IReadOnlyList<PublishedPolicy> Published => _published;

    /// <summary>The text of the bundle that was asked for; null when the ledger never had it in force.</summary>
    public PolicySource? Found { get; private set; }

    /// <summary>Takes the next entry of the ledger.</summary>
    public void Take(ReadOnlySpan<byte> entry)
    {
        var index = _next++;
        // Most entries tell of no change, and reading JSON is what costs.
        if (entry.IndexOf("\"change."u8) < 0)
            return;
        var read = Entry.FromBytes(entry);
        if (read.Data.Events is not { } events)
            return;
        switch (read.Data.Move)
        {
            case ChangeMove.Stage stage:
                Keep(stage);
                break;
            case ChangeMove.Propose propose:
                _proposed[propose.Change] = (propose, []);
                break;
            case ChangeMove.Review { Approves: true } review when _proposed.TryGetValue(review.Change, out var known):
                known.Reviewers.Add(review.Person);
                break;
        }
        foreach (var happened in events)
            if (happened is ChangeEvent.Applied applied)
                Apply(applied, read, index);
            else if (happened is ChangeEvent.Closed closed)
                _proposed.Remove(closed.Change);
    }

    void Keep(ChangeMove.Stage stage)
    {
        if (!_staged.TryGetValue(stage.Digest, out var parts))
        {
            _staged.Add(stage.Digest, parts = []);
            _order.Enqueue(stage.Digest);
            while (_order.Count > OpenMax)
                _staged.Remove(_order.Dequeue());
        }
        parts[stage.Index] = stage.Text;
    }

    void Apply(ChangeEvent.Applied applied, Entry entry, long index)
    {
        var id = entry.Data.Move switch
        {
            ChangeMove.Propose m => m.Change,
            ChangeMove.Review m => m.Change,
            _ => default,
        };
        if (!_proposed.Remove(id, out var proposed))
            return;
        if (_published.Count == 0 || _published[^1].Digest != applied.PolicyDigest)
            _published.Add(new PublishedPolicy(
                applied.PolicyDigest, index, entry.Time, id, proposed.Move.Person, [.. proposed.Reviewers],
                proposed.Move.Reason, proposed.Move.Reach != PolicyReach.NewSessions));
        if (applied.PolicyDigest == wanted && Found is null
            && _staged.TryGetValue(applied.DocumentDigest, out var parts))
            Found = PolicyOf(string.Concat(parts.Values), applied.PolicyDigest);
    }

    // What the ledger says of its own text is believed only where text and digest agree.
    static PolicySource? PolicyOf(string document, string digest)
    {
        try
        {
            var policy = JsonSerializer.Deserialize(document, WireJson.Default.RealmDocument)?.Policy;
            return policy is { Files.IsDefault: false } && policy.Digest() == digest ? policy : null;
        }
        catch (Exception e) when (Unreadable.Is(e))
        {
            return null;
        }
    }
}

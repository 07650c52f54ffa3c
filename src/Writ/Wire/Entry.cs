using System.Text.Json;

namespace Writ.Wire;

/// <summary>
/// One ledger entry: a move, who made it and when, and what came of it. CloudEvents-shaped; its canonical JSON bytes
/// are what the ledger hashes, so they are never written a second time.
/// </summary>
/// <param name="Id">Identifies the move; the idempotency key of whoever made it.</param>
public sealed record Entry(string Id, string Source, DateTimeOffset Time, string? Subject, EntryBody Data)
{
    /// <summary>The bytes the ledger keeps.</summary>
    public ReadOnlyMemory<byte> ToBytes() => PlainEntry.TryWrite(this, out var bytes) ? bytes : ToBytesInOrder();

    /// <summary>The same bytes on the way that every entry can go.</summary>
    internal ReadOnlyMemory<byte> ToBytesInOrder() => Canonical.Bytes(Content(), WireJson.Default.EntryContent);

    public static Entry FromBytes(ReadOnlySpan<byte> bytes)
    {
        EntryContent? content;
        try
        {
            content = JsonSerializer.Deserialize(bytes, WireJson.Default.EntryContent);
        }
        catch (NotSupportedException e)
        {
            // What the serializer says of a case without its discriminator.
            throw new JsonException("An entry names the kinds of its move, actor and events.", e);
        }
        if (content is not { Id: not null, Source: not null, Data: { Actor: not null, Move: not null } })
            throw new JsonException("An entry has an id, a source, and data with an actor and a move.");
        return new Entry(content.Id, content.Source, content.Time, content.Subject, content.Data);
    }

    EntryContent Content() => new("1.0", Id, Source, TypeOf(Data), Time, Subject, "application/json", Data);

    // A refusal has a type of its own, so that a subscriber can tell it without opening the data.
    static string TypeOf(EntryBody data) => data.Refusal is null ? "writ.accepted" : "writ.refused";
}

/// <summary>What an entry says: the move with its actor, and either its events or the refusal.</summary>
public sealed record EntryBody(Actor Actor, Move Move, ImmutableArray<Event>? Events, Refusal? Refusal);

/// <summary>An entry in the attributes of CloudEvents 1.0.</summary>
public sealed record EntryContent(
    string Specversion, string Id, string Source, string Type, DateTimeOffset Time, string? Subject,
    string Datacontenttype, EntryBody Data);

using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Writ.Ledger;
using Writ.Realms;
using Writ.Server.Storage;
using Writ.Wire;

namespace Writ.Server.Sequencer;

/// <summary>
/// A realm as it stood after so many entries, for a faster start. It is believed only when the log key has signed it,
/// and only together with the ledger: its frontier, extended by the entries that follow, has to arrive at the head.
/// </summary>
/// <param name="Keys">The idempotency keys of the last entries, oldest first.</param>
sealed record StateSnapshot(RealmState State, MerkleFrontier Frontier, string[] Keys)
{
    const string Header = "writ-snapshot/v2";
    const int PrefixBytes = 2 * sizeof(int);

    public void Save(ILedgerStore store, KeyRing keyRing)
    {
        var state = JsonSerializer.SerializeToUtf8Bytes(RealmSnapshot.Of(State), WireJson.Default.RealmSnapshot);
        var keys = Encoding.ASCII.GetBytes(string.Join('\n', Keys));
        var note = keyRing.Log.Sign(Text(keyRing.Origin, Frontier, state, keys));
        var content = new byte[PrefixBytes + note.Length + state.Length + keys.Length];
        BinaryPrimitives.WriteInt32BigEndian(content, note.Length);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(sizeof(int)), state.Length);
        note.CopyTo(content.AsSpan(PrefixBytes));
        state.CopyTo(content.AsSpan(PrefixBytes + note.Length));
        keys.CopyTo(content.AsSpan(PrefixBytes + note.Length + state.Length));
        store.SaveSnapshot(Frontier.Size, Frontier.Root().ToArray(), content);
    }

    /// <summary>The snapshot, or null and the reason why what is there is not used.</summary>
    public static StateSnapshot? Load(ILedgerStore store, KeyRing keyRing, out string? doubt)
    {
        doubt = null;
        LedgerSnapshot? stored;
        try
        {
            stored = store.LoadSnapshot();
        }
        catch (LedgerFaultException e) when (e.Code == StorageCodes.Io)
        {
            doubt = e.Message;
            return null;
        }
        if (stored is null)
            return null;
        var snapshot = Read(stored.Content, keyRing, out doubt);
        if (snapshot is not null && (snapshot.Frontier.Size != stored.Size || stored.Size > store.Head.Size))
        {
            doubt = "it is of another ledger size than it says, or ahead of the ledger";
            return null;
        }
        return snapshot;
    }

    static StateSnapshot? Read(ReadOnlySpan<byte> content, KeyRing keyRing, out string? doubt)
    {
        doubt = "its form is broken";
        if (content.Length < PrefixBytes)
            return null;
        var noteLength = BinaryPrimitives.ReadInt32BigEndian(content);
        var stateLength = BinaryPrimitives.ReadInt32BigEndian(content[sizeof(int)..]);
        var rest = content[PrefixBytes..];
        if (noteLength < 0 || stateLength < 0 || (long)noteLength + stateLength > rest.Length)
            return null;
        var state = rest.Slice(noteLength, stateLength);
        var keys = rest[(noteLength + stateLength)..];
        doubt = "the log key has not signed it";
        if (keyRing.Log.Open(rest[..noteLength]) is not { } text)
            return null;
        doubt = "it is not what was signed";
        var lines = text.Split('\n');
        if (lines.Length != 7 || MerkleFrontier.Load(Base64(lines[3])) is not { } frontier
            || text != Text(keyRing.Origin, frontier, state, keys))
            return null;
        doubt = "its state cannot be read by this version";
        if (Restore(state) is not { } restored)
            return null;
        doubt = null;
        return new StateSnapshot(restored, frontier, Split(keys));
    }

    static RealmState? Restore(ReadOnlySpan<byte> state)
    {
        try
        {
            return JsonSerializer.Deserialize(state, WireJson.Default.RealmSnapshot)?.Restore();
        }
        catch (Exception e) when (Unreadable.Is(e))
        {
            // Written by another version: the ledger says the same.
            return null;
        }
    }

    static string Text(string origin, MerkleFrontier frontier, ReadOnlySpan<byte> state, ReadOnlySpan<byte> keys) =>
        string.Create(CultureInfo.InvariantCulture, $"{Header}\n{origin}\n{frontier.Size}\n")
        + $"{Convert.ToBase64String(frontier.Save())}\n"
        + $"{Convert.ToHexStringLower(SHA256.HashData(state))}\n{Convert.ToHexStringLower(SHA256.HashData(keys))}\n";

    static string[] Split(ReadOnlySpan<byte> keys) =>
        keys.IsEmpty ? [] : Encoding.ASCII.GetString(keys).Split('\n');

    static byte[] Base64(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : [];
    }
}

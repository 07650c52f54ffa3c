using System.Globalization;
using System.Text;

namespace Writ.Runs;

/// <summary>
/// The public key that orders are signed with, in the note verifier form of C2SP signed-note:
/// <c>name+hash+base64(0x01 || key)</c>.
/// </summary>
public sealed record OrderKey
{
    const byte Ed25519Algorithm = 1;

    OrderKey(string name, byte[] id, byte[] publicKey)
    {
        Name = name;
        Id = id;
        PublicKey = Ed25519Verifier.Key.Read(publicKey);
    }

    public string Name { get; }

    internal byte[] Id { get; }

    /// <summary>Null when these bytes are no key that could have signed anything.</summary>
    internal Ed25519Verifier.Key? PublicKey { get; }

    /// <summary>Null for anything but one well-formed Ed25519 verifier key whose hash is right.</summary>
    public static OrderKey? Parse(string text)
    {
        var line = text.EndsWith('\n') ? text[..^1] : text;
        var first = line.IndexOf('+', StringComparison.Ordinal);
        var second = first < 0 ? -1 : line.IndexOf('+', first + 1);
        if (first < 1 || second != first + 9 || line.Contains('\n', StringComparison.Ordinal))
            return null;
        var key = new byte[1 + Ed25519Verifier.PublicKeyBytes];
        if (!Convert.TryFromBase64String(line[(second + 1)..], key, out var length)
            || length != key.Length || key[0] != Ed25519Algorithm)
            return null;
        var name = line[..first];
        var id = IdOf(name, key);
        return uint.TryParse(
            line.AsSpan(first + 1, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hash)
            && hash == System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(id)
            ? new OrderKey(name, id, key[1..])
            : null;
    }

    static byte[] IdOf(string name, byte[] key)
    {
        var hash = new Sha256();
        hash.Append(Encoding.UTF8.GetBytes(name));
        hash.Append("\n"u8);
        hash.Append(key);
        return hash.Finish()[..4];
    }
}

/// <summary>Opening a signed order: a C2SP signed note whose text is a writ.</summary>
public static class OrderNote
{
    const int SignaturesMax = 16;
    const string Mark = "\u2014 ";

    /// <summary>
    /// The text of the note if the key has signed it, else null. Signatures by other names or keys are passed over, as
    /// the format demands; a broken line anywhere, or a wrong signature by this key, voids the whole note.
    /// </summary>
    public static string? Open(string note, OrderKey key)
    {
        if (note.Length > WritOrder.BytesMax * 2)
            return null;
        var border = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (border < 0 || !note.EndsWith('\n'))
            return null;
        var text = note[..(border + 1)];
        var lines = note[(border + 2)..].Split('\n');
        if (lines.Length is < 2 or > SignaturesMax + 1)
            return null;
        var message = Encoding.UTF8.GetBytes(text);
        var signed = false;
        foreach (var line in lines.AsSpan(0, lines.Length - 1))
        {
            if (ReadSignature(line) is not var (name, signature))
                return null;
            if (name != key.Name || !signature.AsSpan(0, 4).SequenceEqual(key.Id))
                continue;
            if (key.PublicKey?.Signed(message, signature.AsSpan(4)) is not true)
                return null;
            signed = true;
        }
        return signed ? text : null;
    }

    /// <summary>
    /// Goes the way of an order that nobody signed, for nothing: whoever has time before one comes has then the code
    /// for it in memory.
    /// </summary>
    public static void Rehearse(OrderKey key)
    {
        const string none = "none";
        var digest = ActionDigests.WorkingDirectory("/");
        var text = new WritOrder(
            none, none, none, none, none, none, digest, digest, digest, digest, "T0", DateTimeOffset.UnixEpoch,
            DateTimeOffset.UnixEpoch, none, none, none, none, [none], [none]).Render();
        Invariant.Must(WritOrder.Parse(text) is not null, "What was rendered is read.");
        byte[] signature = [.. key.Id, .. new byte[Ed25519Verifier.SignatureBytes]];
        var note = $"{text}\n{Mark}{key.Name} {Convert.ToBase64String(signature)}\n";
        Invariant.Must(Open(note, key) is null, "Nobody signs with nothing.");
    }

    // An em dash, a space, the key's name, a space, base64 of four bytes of key hash and the signature.
    static (string Name, byte[] Signature)? ReadSignature(string line)
    {
        var space = line.LastIndexOf(' ');
        if (!line.StartsWith(Mark, StringComparison.Ordinal) || space <= Mark.Length)
            return null;
        var buffer = new byte[line.Length];
        return Convert.TryFromBase64String(line[(space + 1)..], buffer, out var length) && length >= 5
            ? (line[Mark.Length..space], buffer[..length])
            : null;
    }
}

using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Writ.Ledger;

/// <summary>
/// The public half of a note key in the form that verifiers are configured with (a <c>vkey</c>):
/// <c>name+hash+base64(type || public key)</c>. Only Ed25519 (type 0x01) is known here.
/// </summary>
public sealed class NoteVerifierKey
{
    public const byte Ed25519Type = 0x01;
    public const int Ed25519KeySize = 32;
    public const int TextLengthMax = 1024;

    readonly byte[] _publicKey;

    public NoteVerifierKey(string name, ReadOnlySpan<byte> publicKey)
    {
        if (!LedgerText.IsKeyName(name))
            throw new ArgumentException("A key name is not empty and has no spaces or plus signs.", nameof(name));
        if (publicKey.Length != Ed25519KeySize)
            throw new ArgumentException("An Ed25519 public key has 32 bytes.", nameof(publicKey));
        Name = name;
        _publicKey = publicKey.ToArray();
        Id = ComputeId(name, publicKey);
    }

    public string Name { get; }

    /// <summary>The first four bytes, big-endian, of SHA-256(name, newline, type, public key).</summary>
    public uint Id { get; }

    public ReadOnlySpan<byte> PublicKey => _publicKey;

    public static bool TryParse(
        string vkey, [NotNullWhen(true)] out NoteVerifierKey? key, [NotNullWhen(false)] out LedgerFault? fault)
    {
        key = null;
        if (!TrySplit(vkey, out var name, out var id, out var bytes))
            fault = new LedgerFault("note.key-malformed", "A verifier key is written name+hash+base64.");
        else if (bytes.Length != 1 + Ed25519KeySize || bytes[0] != Ed25519Type)
            fault = new LedgerFault("note.key-type", "The verifier key is not an Ed25519 note key.");
        else if (ComputeId(name, bytes.AsSpan(1)) != id)
            fault = new LedgerFault("note.key-hash", "The verifier key does not match its own hash.");
        else
        {
            key = new NoteVerifierKey(name, bytes.AsSpan(1));
            fault = null;
            return true;
        }
        return false;
    }

    /// <summary>The vkey text.</summary>
    public override string ToString() => Spell(Name, Id, _publicKey);

    internal static string Spell(string name, uint id, ReadOnlySpan<byte> key) =>
        $"{name}+{id.ToString("x8", CultureInfo.InvariantCulture)}+{Convert.ToBase64String([Ed25519Type, .. key])}";

    internal static bool TrySplit(string text, out string name, out uint id, out byte[] bytes)
    {
        (name, id, bytes) = ("", 0, []);
        if (text is not { Length: <= TextLengthMax })
            return false;
        // Base64 may contain plus signs, names may not.
        var first = text.IndexOf('+', StringComparison.Ordinal);
        if (first < 0 || text.Length < first + 10 || text[first + 9] != '+')
            return false;
        name = text[..first];
        var hex = text.AsSpan(first + 1, 8);
        foreach (var digit in hex)
            if (!char.IsAsciiHexDigit(digit))
                return false;
        id = uint.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        var decoded = LedgerText.Base64OrNull(Encoding.UTF8.GetBytes(text[(first + 10)..]));
        bytes = decoded ?? [];
        return decoded is not null && LedgerText.IsKeyName(name);
    }

    internal static uint ComputeId(string name, ReadOnlySpan<byte> publicKey)
    {
        byte[] input = [.. Encoding.UTF8.GetBytes(name), (byte)'\n', Ed25519Type, .. publicKey];
        return BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(input));
    }
}

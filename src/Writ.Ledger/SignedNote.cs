using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Writ.Ledger;

/// <summary>Whether the bytes are a valid Ed25519 signature of the message by the key.</summary>
public delegate bool NoteVerify(
    ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

/// <summary>Signs a message with a key that the delegate knows.</summary>
public delegate byte[] NoteSign(ReadOnlySpan<byte> message);

/// <summary>
/// A signed note (C2SP signed-note v1): text that ends in a newline, an empty line, and signature lines. A parsed note
/// proves nothing; its text may be used only after <see cref="TryVerify"/> answered yes.
/// </summary>
public sealed class SignedNote
{
    public const int BytesMax = 1_000_000;
    public const int SignaturesMax = 100;

    const int KeyIdSize = 4;

    readonly byte[] _text;
    readonly NoteSignature[] _signatures;

    SignedNote(byte[] text, NoteSignature[] signatures)
    {
        _text = text;
        _signatures = signatures;
    }

    /// <summary>The signed bytes, with the final newline.</summary>
    public ReadOnlyMemory<byte> Text => _text;

    public IReadOnlyList<NoteSignature> Signatures => _signatures;

    static ReadOnlySpan<byte> Dash => "— "u8;

    public static bool TryParse(
        ReadOnlySpan<byte> bytes,
        [NotNullWhen(true)] out SignedNote? note, [NotNullWhen(false)] out LedgerFault? fault)
    {
        note = null;
        if (bytes.Length > BytesMax)
        {
            fault = new LedgerFault("note.too-large", $"The note is longer than {BytesMax} bytes.");
            return false;
        }
        if (!IsNoteText(bytes))
        {
            fault = Malformed("The note is not UTF-8 text without control characters.");
            return false;
        }
        var split = bytes.LastIndexOf("\n\n"u8);
        if (split < 0)
        {
            fault = Malformed("The note has no empty line before its signatures.");
            return false;
        }
        var signatures = new List<NoteSignature>();
        var rest = bytes[(split + 2)..];
        while (!rest.IsEmpty)
        {
            if (signatures.Count == SignaturesMax)
            {
                fault = new LedgerFault("note.too-many-signatures", $"The note has over {SignaturesMax} signatures.");
                return false;
            }
            if (!LedgerText.TryLine(ref rest, out var line) || SignatureOrNull(line) is not { } signature)
            {
                fault = Malformed("A signature line is malformed.");
                return false;
            }
            signatures.Add(signature);
        }
        if (signatures.Count == 0)
        {
            fault = Malformed("The note has no signature line.");
            return false;
        }
        note = new SignedNote(bytes[..(split + 1)].ToArray(), signatures.ToArray());
        fault = null;
        return true;
    }

    /// <summary>
    /// True when at least one of the keys signed the text. Lines of unknown keys are ignored; a line that names a known
    /// key and is wrong refuses the whole note.
    /// </summary>
    /// <param name="signers">The keys whose signatures are valid, each once.</param>
    public bool TryVerify(
        ReadOnlySpan<NoteVerifierKey> keys, NoteVerify verify,
        out IReadOnlyList<NoteVerifierKey> signers, [NotNullWhen(false)] out LedgerFault? fault)
    {
        ArgumentNullException.ThrowIfNull(verify);
        var valid = new List<NoteVerifierKey>();
        signers = valid;
        foreach (var signature in _signatures)
        {
            foreach (var key in keys)
            {
                if (key.Id != signature.KeyId || !string.Equals(key.Name, signature.Name, StringComparison.Ordinal))
                    continue;
                if (!verify(key.PublicKey, _text, signature.Signature.Span))
                {
                    valid.Clear();
                    fault = new LedgerFault("note.bad-signature", $"The signature of {key.Name} is not valid.");
                    return false;
                }
                if (!valid.Contains(key))
                    valid.Add(key);
            }
        }
        fault = valid.Count > 0 ? null : new LedgerFault("note.no-known-key", "No known key signed the note.");
        return valid.Count > 0;
    }

    /// <summary>Parses the bytes and answers the text only if the one trusted key signed it.</summary>
    public static bool TryOpen(
        ReadOnlySpan<byte> bytes, NoteVerifierKey key, NoteVerify verify,
        out ReadOnlyMemory<byte> text, [NotNullWhen(false)] out LedgerFault? fault)
    {
        text = default;
        if (!TryParse(bytes, out var note, out fault) || !note.TryVerify([key], verify, out _, out fault))
            return false;
        text = note.Text;
        return true;
    }

    /// <summary>Writes a note with one signature line. The text must be one that a note can carry.</summary>
    public static byte[] Sign(ReadOnlySpan<byte> text, NoteVerifierKey key, NoteSign sign)
    {
        ArgumentNullException.ThrowIfNull(sign);
        if (!CanSign(text))
            throw new ArgumentException("A note's text is UTF-8 without controls and ends in a newline.", nameof(text));
        return [.. text, (byte)'\n', .. SignatureLine(key, sign(text))];
    }

    /// <summary>The note with one more signature line, as in a key rotation.</summary>
    public byte[] AlsoSign(NoteVerifierKey key, NoteSign sign)
    {
        ArgumentNullException.ThrowIfNull(sign);
        var lines = new List<byte>();
        foreach (var signature in _signatures)
            lines.AddRange(SignatureLine(signature.Name, signature.KeyId, signature.Signature.Span));
        return [.. _text, (byte)'\n', .. lines, .. SignatureLine(key, sign(_text))];
    }

    /// <summary>Whether a note can carry the text: UTF-8, no controls but newline, ending in one.</summary>
    public static bool CanSign(ReadOnlySpan<byte> text) =>
        text.EndsWith("\n"u8) && text.Length <= BytesMax && IsNoteText(text);

    static byte[] SignatureLine(NoteVerifierKey key, byte[] signature) => SignatureLine(key.Name, key.Id, signature);

    static byte[] SignatureLine(string name, uint keyId, ReadOnlySpan<byte> signature)
    {
        var blob = new byte[KeyIdSize + signature.Length];
        BinaryPrimitives.WriteUInt32BigEndian(blob, keyId);
        signature.CopyTo(blob.AsSpan(KeyIdSize));
        return Encoding.UTF8.GetBytes($"— {name} {Convert.ToBase64String(blob)}\n");
    }

    static NoteSignature? SignatureOrNull(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith(Dash))
            return null;
        line = line[Dash.Length..];
        var space = line.IndexOf((byte)' ');
        if (space < 0)
            return null;
        var name = Encoding.UTF8.GetString(line[..space]);
        if (!LedgerText.IsKeyName(name) || LedgerText.Base64OrNull(line[(space + 1)..]) is not { } blob)
            return null;
        return blob.Length <= KeyIdSize
            ? null
            : new NoteSignature(name, BinaryPrimitives.ReadUInt32BigEndian(blob), blob.AsMemory(KeyIdSize));
    }

    static bool IsNoteText(ReadOnlySpan<byte> bytes)
    {
        if (!Utf8.IsValid(bytes))
            return false;
        while (bytes.IndexOfAnyInRange((byte)0x00, (byte)0x1F) is var control && control >= 0)
        {
            if (bytes[control] != '\n')
                return false;
            bytes = bytes[(control + 1)..];
        }
        return true;
    }

    static LedgerFault Malformed(string why) => new("note.malformed", why);
}

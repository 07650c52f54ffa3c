using System.Text;
using Writ.Ledger;
using Writ.Linux;

namespace Writ.Server.Sequencer;

/// <summary>One Ed25519 key of the control plane under its C2SP key name. It signs notes and never shows its
/// secret.</summary>
public sealed class NoteKey : IDisposable
{
    readonly Ed25519Key _key;
    readonly NoteSign _sign;

    NoteKey(NoteSigningKey secret)
    {
        Verifier = secret.VerifierKey;
        _key = new Ed25519Key(secret.Seed);
        _sign = message => _key.Sign(message);
    }

    public NoteVerifierKey Verifier { get; }

    public string Name => Verifier.Name;

    /// <summary>The public key as others are given it: <c>name+keyid+base64</c>.</summary>
    public string VkeyText => Verifier.ToString();

    /// <summary>The key of a secret text as its file holds it; null when that is not a whole key.</summary>
    internal static NoteKey? Parse(string secret) =>
        NoteSigningKey.TryParse(secret, Ed25519.PublicKey, out var key, out _) ? new NoteKey(key) : null;

    /// <summary>The text with this key's signature, as the bytes of a note.</summary>
    public byte[] Sign(string text) => Sign(Encoding.UTF8.GetBytes(text));

    /// <summary>The same for a text in bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> text) => SignedNote.Sign(text, Verifier, _sign);

    /// <summary>The text of a note that this key has signed, else null.</summary>
    public string? Open(ReadOnlySpan<byte> note) =>
        SignedNote.TryOpen(note, Verifier, Ed25519.Verify, out var text, out _) ? Encoding.UTF8.GetString(text.Span)
            : null;

    public void Dispose() => _key.Dispose();
}

using System.Diagnostics.CodeAnalysis;

namespace Writ.Ledger;

/// <summary>Derives the Ed25519 public key of a 32-byte seed.</summary>
public delegate byte[] NotePublicKey(ReadOnlySpan<byte> seed);

/// <summary>
/// The secret half of a note key (an <c>skey</c>): <c>PRIVATE+KEY+name+hash+base64(type || seed)</c>. It prints as its
/// public half, so that a stray log line gives nothing away.
/// </summary>
public sealed class NoteSigningKey
{
    const string Prefix = "PRIVATE+KEY+";

    readonly byte[] _seed;

    public NoteSigningKey(string name, ReadOnlySpan<byte> seed, NotePublicKey publicKey)
    {
        ArgumentNullException.ThrowIfNull(publicKey);
        if (seed.Length != NoteVerifierKey.Ed25519KeySize)
            throw new ArgumentException("An Ed25519 seed has 32 bytes.", nameof(seed));
        VerifierKey = new NoteVerifierKey(name, publicKey(seed));
        _seed = seed.ToArray();
    }

    public NoteVerifierKey VerifierKey { get; }

    public ReadOnlySpan<byte> Seed => _seed;

    public static bool TryParse(
        string skey, NotePublicKey publicKey,
        [NotNullWhen(true)] out NoteSigningKey? key, [NotNullWhen(false)] out LedgerFault? fault)
    {
        key = null;
        if (skey is null || !skey.StartsWith(Prefix, StringComparison.Ordinal)
            || !NoteVerifierKey.TrySplit(skey[Prefix.Length..], out var name, out var id, out var bytes))
        {
            fault = new LedgerFault("note.key-malformed", "A signing key is written PRIVATE+KEY+name+hash+base64.");
            return false;
        }
        if (bytes.Length != 1 + NoteVerifierKey.Ed25519KeySize || bytes[0] != NoteVerifierKey.Ed25519Type)
        {
            fault = new LedgerFault("note.key-type", "The signing key is not an Ed25519 note key.");
            return false;
        }
        var read = new NoteSigningKey(name, bytes.AsSpan(1), publicKey);
        if (read.VerifierKey.Id != id)
        {
            fault = new LedgerFault("note.key-hash", "The signing key does not match its own hash.");
            return false;
        }
        (key, fault) = (read, null);
        return true;
    }

    /// <summary>The skey text, for the key file only.</summary>
    public string ToSecretText() => Prefix + NoteVerifierKey.Spell(VerifierKey.Name, VerifierKey.Id, _seed);

    public override string ToString() => VerifierKey.ToString();
}

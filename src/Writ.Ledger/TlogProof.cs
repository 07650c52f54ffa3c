using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Writ.Ledger;

/// <summary>
/// The proof that one entry is in a ledger, complete in one <c>.tlog-proof</c> file (C2SP tlog-proof v1): the index,
/// the path to the root, and the signed checkpoint. No network and no other file is needed to verify it. Nothing
/// authenticates the extra bytes.
/// </summary>
public sealed record TlogProof(
    long Index, IReadOnlyList<MerkleHash> Hashes, ReadOnlyMemory<byte> Checkpoint, ReadOnlyMemory<byte> Extra = default)
{
    public const int ExtraBytesMax = 1 << 20;
    public const int BytesMax = SignedNote.BytesMax + 2 * ExtraBytesMax;

    static ReadOnlySpan<byte> Header => "c2sp.org/tlog-proof@v1"u8;

    static ReadOnlySpan<byte> ExtraPrefix => "extra "u8;

    static ReadOnlySpan<byte> IndexPrefix => "index "u8;

    public byte[] ToText()
    {
        var head = new StringBuilder();
        head.Append(Encoding.UTF8.GetString(Header)).Append('\n');
        if (!Extra.IsEmpty)
            head.Append("extra ").Append(Convert.ToBase64String(Extra.Span)).Append('\n');
        head.Append(CultureInfo.InvariantCulture, $"index {Index}\n");
        foreach (var hash in Hashes)
            head.Append(hash.ToString()).Append('\n');
        head.Append('\n');
        return [.. Encoding.UTF8.GetBytes(head.ToString()), .. Checkpoint.Span];
    }

    public static bool TryParse(
        ReadOnlySpan<byte> text,
        [NotNullWhen(true)] out TlogProof? proof, [NotNullWhen(false)] out LedgerFault? fault)
    {
        proof = null;
        if (text.Length > BytesMax)
        {
            fault = new LedgerFault("proof.too-large", $"The proof is longer than {BytesMax} bytes.");
            return false;
        }
        if (!LedgerText.TryLine(ref text, out var line) || !line.SequenceEqual(Header))
            return Refuse("The first line does not name the format.", out fault);
        if (!LedgerText.TryLine(ref text, out line))
            return Refuse("There is no index line.", out fault);
        byte[] extra = [];
        if (line.StartsWith(ExtraPrefix))
        {
            if (LedgerText.Base64OrNull(line[ExtraPrefix.Length..]) is not { Length: > 0 and <= ExtraBytesMax } bytes)
                return Refuse("The extra line is not base64 of a sensible length.", out fault);
            extra = bytes;
            if (!LedgerText.TryLine(ref text, out line))
                return Refuse("There is no index line.", out fault);
        }
        if (!line.StartsWith(IndexPrefix) || !LedgerText.TryDecimal(line[IndexPrefix.Length..], out var index))
            return Refuse("The index line is malformed.", out fault);
        var hashes = new List<MerkleHash>();
        while (true)
        {
            if (!LedgerText.TryLine(ref text, out line))
                return Refuse("There is no empty line before the checkpoint.", out fault);
            if (line.IsEmpty)
                break;
            if (hashes.Count == MerkleTree.ProofHashesMax || !LedgerText.TryHash(line, out var hash))
                return Refuse("A hash line is malformed or one too many.", out fault);
            hashes.Add(hash);
        }
        (proof, fault) = (new TlogProof(index, hashes, text.ToArray(), extra), null);
        return true;
    }

    /// <summary>True when the ledger of the key holds exactly these bytes at the index of this proof.</summary>
    public bool TryVerify(
        ReadOnlySpan<byte> entry, NoteVerifierKey key, NoteVerify verify,
        [NotNullWhen(true)] out Checkpoint? checkpoint, [NotNullWhen(false)] out LedgerFault? fault)
    {
        if (!Ledger.Checkpoint.TryOpen(Checkpoint.Span, key, verify, out checkpoint, out fault))
            return false;
        if (MerkleTree.VerifyInclusion(
            MerkleTree.LeafHash(entry), Index, checkpoint.Size, Hashes.ToArray(), checkpoint.Root))
            return true;
        checkpoint = null;
        fault = new LedgerFault("proof.not-included", "The entry is not in the ledger at the index of the proof.");
        return false;
    }

    static bool Refuse(string why, out LedgerFault fault)
    {
        fault = new LedgerFault("proof.malformed", why);
        return false;
    }
}

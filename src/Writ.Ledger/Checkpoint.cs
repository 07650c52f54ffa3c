using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Writ.Ledger;

/// <summary>
/// The head of a ledger (C2SP tlog-checkpoint): whose ledger, how many entries, and the root over all of them. Trusted
/// only as the text of a verified <see cref="SignedNote"/>. Extension lines are accepted and covered by the signature,
/// but they mean nothing here and are never written.
/// </summary>
public sealed record Checkpoint(string Origin, long Size, MerkleHash Root)
{
    public const int ExtensionLinesMax = 100;

    /// <summary>The note text: three lines, each with its newline.</summary>
    public byte[] ToText()
    {
        if (!IsOrigin(Origin) || Size < 0)
            throw new InvalidOperationException("A checkpoint has an origin of one line and a size from zero.");
        return Encoding.UTF8.GetBytes($"{Origin}\n{Size.ToString(CultureInfo.InvariantCulture)}\n{Root}\n");
    }

    public byte[] Sign(NoteVerifierKey key, NoteSign sign) => SignedNote.Sign(ToText(), key, sign);

    public static bool TryParse(
        ReadOnlySpan<byte> text,
        [NotNullWhen(true)] out Checkpoint? checkpoint, [NotNullWhen(false)] out LedgerFault? fault)
    {
        checkpoint = null;
        if (!LedgerText.TryLine(ref text, out var originLine) || !LedgerText.TryLine(ref text, out var sizeLine)
            || !LedgerText.TryLine(ref text, out var rootLine))
        {
            fault = Malformed("A checkpoint has an origin, a size and a root line.");
            return false;
        }
        var origin = Encoding.UTF8.GetString(originLine);
        if (!IsOrigin(origin))
        {
            fault = Malformed("The origin of the checkpoint is empty or not text.");
            return false;
        }
        if (!LedgerText.TryDecimal(sizeLine, out var size))
        {
            fault = Malformed("The size of the checkpoint is not a plain decimal.");
            return false;
        }
        if (!LedgerText.TryHash(rootLine, out var root))
        {
            fault = Malformed("The root of the checkpoint is not the base64 of 32 bytes.");
            return false;
        }
        for (var lines = 0; !text.IsEmpty; lines++)
        {
            if (lines < ExtensionLinesMax && LedgerText.TryLine(ref text, out var extension) && !extension.IsEmpty)
                continue;
            fault = Malformed("An extension line of the checkpoint is empty, unfinished, or one too many.");
            return false;
        }
        (checkpoint, fault) = (new Checkpoint(origin, size, root), null);
        return true;
    }

    /// <summary>
    /// Reads a published checkpoint file: signed by the ledger's key, whose name must be the origin. C2SP recommends
    /// that they match; it is required here, so that a key of one ledger never vouches for another.
    /// </summary>
    public static bool TryOpen(
        ReadOnlySpan<byte> file, NoteVerifierKey key, NoteVerify verify,
        [NotNullWhen(true)] out Checkpoint? checkpoint, [NotNullWhen(false)] out LedgerFault? fault)
    {
        ArgumentNullException.ThrowIfNull(key);
        checkpoint = null;
        if (!SignedNote.TryOpen(file, key, verify, out var text, out fault)
            || !TryParse(text.Span, out var read, out fault))
            return false;
        if (!string.Equals(read.Origin, key.Name, StringComparison.Ordinal))
        {
            fault = new LedgerFault("checkpoint.origin", "The checkpoint is of another origin than the key.");
            return false;
        }
        checkpoint = read;
        return true;
    }

    static bool IsOrigin(string origin) =>
        origin.Length > 0 && !origin.Contains('\n', StringComparison.Ordinal)
        && !origin.Contains('\uFFFD', StringComparison.Ordinal);

    static LedgerFault Malformed(string why) => new("checkpoint.malformed", why);
}

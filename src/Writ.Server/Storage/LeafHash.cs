using System.Security.Cryptography;

namespace Writ.Server.Storage;

/// <summary>RFC 6962 leaf hashes, SHA-256(0x00 || entry), one after the other without allocating. Not thread-safe.</summary>
sealed class LeafHash
{
    // The first byte is the leaf prefix and stays zero.
    readonly byte[] _prefixed = new byte[1 + LedgerLimits.EntryBytesMax];

    /// <summary>An entry too long to be one (a damaged row) hashes as nothing does.</summary>
    internal void Compute(ReadOnlySpan<byte> entry, Span<byte> leaf)
    {
        if (entry.Length > LedgerLimits.EntryBytesMax)
        {
            leaf.Clear();
            return;
        }
        entry.CopyTo(_prefixed.AsSpan(1));
        SHA256.HashData(_prefixed.AsSpan(0, 1 + entry.Length), leaf);
    }
}

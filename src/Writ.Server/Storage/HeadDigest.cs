using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Writ.Server.Storage;

/// <summary>
/// SHA-256 over the parts of a head, each after its length. It finds damage, not malice: the checkpoint's signature
/// is what vouches for the root.
/// </summary>
static class HeadDigest
{
    const int FixedBytes = sizeof(long) + LedgerHead.RootBytes + 2 * sizeof(int);

    internal static void Compute(LedgerHead head, Span<byte> digest)
    {
        Span<byte> fixedPart = stackalloc byte[FixedBytes];
        fixedPart.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(fixedPart, head.Size);
        if (head.Root.Length == LedgerHead.RootBytes)
            head.Root.CopyTo(fixedPart[sizeof(long)..]);
        BinaryPrimitives.WriteInt32LittleEndian(fixedPart[^8..], head.CheckpointNote.Length);
        BinaryPrimitives.WriteInt32LittleEndian(fixedPart[^4..], head.Frontier.Length);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(fixedPart);
        hash.AppendData(head.CheckpointNote);
        hash.AppendData(head.Frontier);
        hash.GetHashAndReset(digest);
    }
}

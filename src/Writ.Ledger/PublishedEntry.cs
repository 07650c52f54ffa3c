namespace Writ.Ledger;

/// <summary>One entry as it was published: its index from zero, its exact bytes, and their leaf hash.</summary>
public readonly record struct PublishedEntry(long Index, ReadOnlyMemory<byte> Bytes, MerkleHash LeafHash);

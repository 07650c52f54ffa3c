namespace Writ.Ledger;

/// <summary>
/// The hash of one complete subtree: 2^<c>Level</c> leaves, the first of them leaf <c>Index</c> * 2^<c>Level</c>.
/// Level 0 is a leaf; nodes whose level is a multiple of eight are the contents of tiles.
/// </summary>
public readonly record struct MerkleNode(int Level, long Index, MerkleHash Hash);

namespace Writ.Ledger;

/// <summary>One signature line of a signed note, not yet verified: whose it says it is, and its bytes.</summary>
public sealed record NoteSignature(string Name, uint KeyId, ReadOnlyMemory<byte> Signature);

namespace Writ.Ledger;

/// <summary>One file to publish, never changed once it is written.</summary>
public sealed record TileFile(TilePath Path, ReadOnlyMemory<byte> Bytes);

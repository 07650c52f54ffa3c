namespace Writ.Ledger;

/// <summary>
/// Why a text has no canonical form: the byte offset in the input, a stable dotted code, and a sentence that never
/// quotes the text (it may hold what must not be logged). The default value stands for "no fault".
/// </summary>
public readonly record struct CanonicalJsonFault(int Offset, string Code, string Why);

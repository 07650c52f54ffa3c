namespace Writ.Ledger;

/// <summary>
/// Why bytes were refused by one of the ledger's formats: a stable dotted code and a sentence. The sentence never
/// quotes the refused bytes, because it may leave the process.
/// </summary>
public sealed record LedgerFault(string Code, string Why)
{
    public override string ToString() => $"{Code}: {Why}";
}

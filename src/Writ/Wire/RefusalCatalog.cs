using System.Globalization;
using System.Text;

namespace Writ.Wire;

/// <summary>One stable code: what it means, how it travels, and what its reader can do.</summary>
/// <param name="Status">The HTTP status; 200 for codes that only say how something ended well.</param>
/// <param name="Exit">The client's exit code.</param>
/// <param name="Next">The next step, as a sentence.</param>
public sealed record RefusalEntry(string Code, string Title, int Status, int Exit, string Next);

/// <summary>
/// Every stable code of Writ in one table. <c>docs/refusals.md</c> is its rendering; a code that is given anywhere and
/// stands not here fails a test. Codes are never reused for another meaning.
/// </summary>
public static partial class RefusalCatalog
{
    public static ImmutableSortedDictionary<string, RefusalEntry> All => Whole.Entries;

    /// <summary>The entry of a code. A code nobody listed is answered like a fault of ours, never like a yes.</summary>
    public static RefusalEntry Of(string code) => All.GetValueOrDefault(code)
        ?? new RefusalEntry(code, "Refused", 500, 1, "Report this code: it is missing from the catalogue.");

    /// <summary>The catalogue as <c>docs/refusals.md</c>.</summary>
    public static string Render()
    {
        var page = new StringBuilder(
            "# Refusals and other stable codes\n\n"
            + "The same code stands in HTTP problem details, on the client's stderr and in the ledger. Codes are\n"
            + "never reused. Exit codes: 0 ok, 1 error, 2 usage, 3 blocked, 4 approval pending, 5 refused or expired,\n"
            + "6 control plane unreachable. This page is generated from `RefusalCatalog`; run its test with\n"
            + "`WRIT_REGENERATE=1` after changing it.\n");
        var family = "";
        foreach (var entry in All.Values)
        {
            var dot = entry.Code.IndexOf('.', StringComparison.Ordinal);
            if (entry.Code[..dot] != family)
            {
                family = entry.Code[..dot];
                page.Append(CultureInfo.InvariantCulture, $"\n## {family}\n\n| code | meaning | HTTP | exit | what "
                    + $"to do |\n|---|---|---|---|---|\n");
            }
            page.Append(CultureInfo.InvariantCulture,
                $"| `{entry.Code}` | {entry.Title} | {entry.Status} | {entry.Exit} | {entry.Next} |\n");
        }
        return page.ToString();
    }

    static ImmutableArray<RefusalEntry> Parse(string table) =>
    [
        .. table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('|',
        StringSplitOptions.TrimEntries))
            .Select(f => new RefusalEntry(f[0], f[1], int.Parse(f[2], CultureInfo.InvariantCulture),
                int.Parse(f[3], CultureInfo.InvariantCulture), f[4])),
    ];

    // A class of its own: initializers of one class over several files run in the order the compiler was given the
    // files, and the whole needs every part.
    static class Whole
    {
        internal static readonly ImmutableSortedDictionary<string, RefusalEntry> Entries =
            new[]
            {
                Realm, People, Changes, Policy, Schema, Validation, Sessions, Work, Executions, Egress, Holds,
                Assistants, RollingBack, Leases, Identity, Foreign, Trees, Host, Client, Findings,
                Raised,
            }.SelectMany(part => part)
                .ToImmutableSortedDictionary(e => e.Code, e => e, StringComparer.Ordinal);
    }
}

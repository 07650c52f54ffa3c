using System.Collections.Immutable;
using Writ.Cli.Arguments;

namespace Writ.Cli.Commands;

/// <summary>The commands of <c>writ policy</c>: a bundle's life from a directory to the ledger and back.</summary>
static class PolicyRules
{
    /// <summary>The publisher's choice: open sessions keep their bundle unless this is said.</summary>
    public static readonly OptionRule Mandatory = new(
        "--mandatory", null, "a new policy judges open sessions too, at once; what waits in them is void");

    static readonly OptionRule _reason =
        new("--reason", "WHY", "why, in a sentence; it is signed and recorded", Short: "-r");

    static readonly OptionRule _digest =
        new("--digest", "DIGEST", "exactly what is meant, as writ show --json prints it");

    static readonly OptionRule _key = new("--key", "VKEY|FILE", "the ledger's key; else the one from enrolment");
    static readonly OptionRule _ledger = new("--ledger", "DIR", "a copy of the ledger, instead of the control plane");
    static readonly OptionRule _dryRun = new("--dry-run", null, "only show what would change");
    static readonly OptionRule _yes = new("--yes", null, "do not ask before proposing");
    static readonly OperandRule _folder = new("DIR");

    static readonly OptionRule _realm =
        new("--realm", "DIR", "a realm directory, to see whether its teams can open the gates");

    public static ImmutableArray<CommandRule> All { get; } =
    [
        new("policy check", "look at a bundle: does it parse, is it sound, do its tests pass; 0 when sound, else 1",
            _folder, [_realm, new("--strict", null, "warnings count as errors")],
            ["writ policy check policies/", "writ policy check policies/ --realm realm/ --strict"],
            PolicyCommands.Check),
        new("policy test", "run the tests that lie beside the policies; 0 when all pass, else 1", _folder, [],
            ["writ policy test policies/", "writ policy test policies/ --json"], PolicyCommands.Test),
        new("policy fmt", "lay the policies of a bundle out in the one way", _folder,
            [
                new("--check", null, "change nothing; 1 when something would change"),
                new("--width", "N", "columns of a line; else 120"),
            ], ["writ policy fmt policies/", "writ policy fmt policies/ --check"], PolicyCommands.Format),
        new("policy explain", "say which rules decided a request, why, and what would change it",
            new OperandRule("REQUEST"), [_ledger, _key],
            [
                "writ policy explain req-4f7c9m2k4f7c9m2k",
                "writ policy explain req-4f7c9m2k4f7c9m2k --ledger ~/copies/prod",
            ], PolicyCommands.Explain),
        new("policy diff", "compare two bundles rule by rule: directories, digests, or 'current'",
            new OperandRule("A [B]", Most: 2), [],
            ["writ policy diff current policies/", "writ policy diff sha256:4f7c9a current"], PolicyCommands.Diff),
        new("policy analyze", "ask a bundle a reviewer's questions: anything new, ever automatic, rules without use",
            _folder,
            [
                new("--against", "BUNDLE", "whether it allows anything that this one does not: a directory, a digest"),
                new("--automatic", "VERB", "whether this effect can ever be automatic"),
                new("--production", null, "only on the targets of production"),
            ],
            [
                "writ policy analyze policies/ --against current",
                "writ policy analyze policies/ --automatic infra.write --production",
            ], PolicyCommands.Analyze),
        new("policy impact", "judge recorded verdicts again under a bundle: a directory, a digest",
            new OperandRule("BUNDLE"), [new("--since", "DATE", "from this day on (UTC); else 30 days"), _ledger, _key],
            [
                "writ policy impact policies/", "writ policy impact policies/ --since 2026-11-01 --json",
                "writ policy impact policies/ --ledger ~/copies/prod --key prod.vkey",
            ],
            PolicyCommands.Impact),
        new("policy list", "list the bundles that were in force", null, [], ["writ policy list"], PolicyCommands.List),
        new("policy propose", "propose a bundle for the realm, with what it would change", _folder,
            [_reason, Mandatory, _dryRun, _yes],
            ["writ policy propose policies/ --dry-run", "writ policy propose policies/ --reason 'gate deletions'"],
            PolicyCommands.Propose),
        new("policy publish", "put a proposed bundle in force, as somebody who is not its author",
            new OperandRule("CHANGE"), [_reason, _digest],
            ["writ policy publish change-4f7c9m2k4f7c9m2k"], PolicyCommands.Publish),
        new("policy rollback", "propose a bundle that was in force before; else the one before this one",
            new OperandRule("DIGEST", Required: false), [_reason, Mandatory, _dryRun, _yes],
            ["writ policy rollback --reason 'too strict for releases'", "writ policy rollback sha256:4f7c9a"],
            PolicyCommands.Rollback),
    ];
}

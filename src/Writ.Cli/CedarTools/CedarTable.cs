using System.Collections.Immutable;
using Writ.Cli.Arguments;

namespace Writ.Cli.CedarTools;

/// <summary>The commands of <c>writ cedar</c>, for people who only want the language.</summary>
static class CedarTable
{
    static readonly OperandRule _file = new("FILE", Required: false);

    static readonly OptionRule _policies = new(
        "--policies", "FILE", "policies as Cedar or JSON; else standard input", Repeats: true, Short: "-p");

    static readonly OptionRule _schema = new(
        "--schema", "FILE", "the schema as Cedar or JSON", Repeats: true, Short: "-s");

    static readonly OptionRule _entities = new("--entities", "FILE", "the entities as JSON", Short: "-e");

    static readonly OptionRule _context = new("--context", "FILE", "the request's context as JSON", Short: "-c");

    static readonly OptionRule _ids = new(
        "--id-annotation", null, "a policy's id is its @id; else policy0, policy1, ...");

    static readonly OptionRule _variadic = new(
        "--variadic", null, "isInRange takes several ranges, an experiment of the official tools");

    public static ImmutableArray<CommandRule> All { get; } =
    [
        new("cedar authorize", "decide one request; status 0 for allow, 3 for deny", null,
        [
            _policies, _entities, _schema, _context,
            new("--request", "FILE", "the request as JSON: principal, action, resource, context"),
            new("--principal", "UID", "who asks, as User::\"alice\""), new("--action", "UID", "to do what"),
            new("--resource", "UID", "with what"), _ids, _variadic,
        ],
        [
            "writ cedar authorize -p policies.cedar -e entities.json --principal 'User::\"alice\"' "
                + "--action 'Action::\"view\"' --resource 'Photo::\"flower\"'",
            "writ cedar authorize -p policies.cedar -e entities.json -s schema.cedarschema --request request.json",
        ], CedarCommands.Telling(CedarCommands.Authorize, Exits.Error)),
        new("cedar validate", "check policies against a schema; status 3 when they do not fit", _file,
        [
            _policies, _schema, new("--mode", "MODE", "strict (the default) or permissive"),
            new("--level", "N", "how many entities in a row a policy may look into (RFC 76)"), _ids, _variadic,
        ],
        [
            "writ cedar validate policies.cedar -s schema.cedarschema",
            "writ cedar validate -p a.cedar -p b.json -s schema.json --level 1 --json",
        ], CedarCommands.Telling(CedarCommands.Validate, Exits.Blocked)),
        new("cedar check", "say whether inputs can be read; status 3 when not", _file,
            [_policies, _schema, _entities, _context, _ids, _variadic],
            ["writ cedar check policies.cedar", "writ cedar check -p policies.cedar -e entities.json -c context.json"],
            CedarCommands.Telling(CedarCommands.Check, Exits.Blocked)),
        new("cedar format", "lay out policies; comments are kept", _file,
        [
            new("--write", null, "change the file itself", Short: "-w"),
            new("--check", null, "only say whether it is formatted; status 3 when not"),
            new("--width", "COLUMNS", "how wide lines may be; else 80"),
            new("--indent", "COLUMNS", "how far each level is indented; else 2"),
        ],
        [
            "writ cedar format policies.cedar", "writ cedar format --write policies.cedar",
            "writ cedar format --check policies.cedar", "writ cedar format < policies.cedar",
        ], CedarCommands.Telling(CedarCommands.Format, Exits.Error)),
        new("cedar translate", "turn policies or a schema from Cedar into JSON or back", _file,
        [
            new("--to", "FORM", "json or cedar"), new("--schema", null, "it is a schema", Short: "-s"), _ids, _variadic,
        ],
        [
            "writ cedar translate --to json policies.cedar > policies.json",
            "writ cedar translate --to cedar policies.json",
            "writ cedar translate --schema --to json schema.cedarschema",
        ], CedarCommands.Telling(CedarCommands.Translate, Exits.Error)),
        new("cedar link", "fill a template's slots; prints the set as JSON", _file,
        [
            _policies, new("--template", "ID", "which template"), new("--id", "ID", "the new policy's id"),
            new("--principal", "UID", "what takes the place of ?principal"),
            new("--resource", "UID", "what takes the place of ?resource"), _ids, _variadic,
        ],
        [
            "writ cedar link templates.cedar --template policy0 --id alice-reads --principal 'User::\"alice\"' "
                + "> policies.json",
        ], CedarCommands.Telling(CedarCommands.Link, Exits.Error)),
    ];
}
